import { expect } from 'chai';
import { reasonOf } from '../../src/core/findings/reasons.ts';
import { catalogueOf, profile } from '../pods/profiles.ts';
import { hardenedContainer } from './hardened.ts';

describe('read-only-root', () => {
  for (const [given, codes] of [
    [undefined, ['root-made-read-only']],
    [null, ['root-made-read-only']],
    [false, ['writable-root-overridden']],
    [true, []],
  ] as const) {
    it(`makes ${String(given)} true`, () => {
      const securityContext = given === undefined ? {} : { readOnlyRootFilesystem: given };
      const result = hardenedContainer({ securityContext });
      expect(result.container.securityContext?.readOnlyRootFilesystem).to.equal(true);
      expect(result.codes('read-only-root')).to.deep.equal(codes);
    });
  }

  it('leaves an image without a profile where the policy says so', () => {
    const skip = { unprofiled: 'skip' } as const;
    const unknown = hardenedContainer({ image: 'example.com/unknown' }, skip);
    expect(unknown.container).to.deep.equal({ name: 'app', image: 'example.com/unknown' });
    expect(unknown.codes('read-only-root')).to.deep.equal(['unprofiled-skipped']);
    const known = hardenedContainer({}, skip);
    expect(known.codes('read-only-root')).to.deep.equal(['root-made-read-only']);
  });

  it('says of Windows and mirror pods that it leaves them', () => {
    const windows = hardenedContainer({}, {}, { os: { name: 'windows' } });
    expect(windows.findings.map(({ code }) => code)).to.deep.equal(['windows-pod']);
    expect(windows.container).to.deep.equal({ name: 'app', image: 'plain' });
  });

  it('makes the root of an image read-only that cannot run so, and says what to do', () => {
    const catalogue = catalogueOf(
      profile('plain', { readOnlyRoot: { works: false, why: 'it replaces its own program.' } }),
    );
    const { container, findings } = hardenedContainer({}, { catalogue });
    expect(container.securityContext?.readOnlyRootFilesystem).to.equal(true);
    const [told] = findings.filter(({ code }) => code === 'read-only-root-fails');
    expect(told).to.include({ outcome: 'conflict', rule: 'read-only-root' });
    expect(told?.detail).to.include('(it replaces its own program)').and.to.include('namespace');
    expect(reasonOf('read-only-root-fails').warn).to.equal(true);
  });
});
