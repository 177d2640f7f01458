import { expect } from 'chai';
import { hardened, hardenedContainer } from './hardened.ts';
import { catalogueOf, entry, profile } from '../pods/profiles.ts';
import type { Container } from '../../src/core/pod/pod.ts';

const catalogue = catalogueOf(
  profile('s6', {
    writable: [entry('/run'), entry('/home/app', { movedBy: { env: ['HOME'] } })],
    environment: [
      { name: 'S6_READ_ONLY_ROOT', value: '1', why: 'a test' },
      { name: 'HOME', value: '/home/app', why: 'a test' },
    ],
    when: [
      {
        match: { tags: ['2*'] },
        environment: [
          { name: 'HOME', value: '/run', why: 'a test' },
          { name: 'SKIP', value: 'yes', why: 'a test' },
        ],
      },
    ],
  }),
);

function given(fields: Partial<Container> & Readonly<Record<string, unknown>>) {
  const { name: _name, ...rest } = fields;
  const result = hardenedContainer({ image: 's6', ...rest }, { catalogue });
  return { env: result.container.env, codes: result.codes('environment') };
}

const set = [
  { name: 'S6_READ_ONLY_ROOT', value: '1' },
  { name: 'HOME', value: '/home/app' },
];

describe('environment', () => {
  it('appends what the profile wants, behind what the container has', () => {
    expect(given({})).to.deep.equal({ env: set, codes: ['variable-set', 'variable-set'] });
    const own = { name: 'A', valueFrom: { fieldRef: { fieldPath: 'metadata.name' } } };
    expect(given({ env: [own] }).env).to.deep.equal([own, ...set]);
    expect(given({ image: 's6:2.1' }).env).to.deep.equal([
      set[0],
      { name: 'HOME', value: '/run' },
      { name: 'SKIP', value: 'yes' },
    ]);
  });

  it('says nothing of one that is set already', () => {
    expect(given({ env: set })).to.deep.equal({ env: set, codes: [] });
  });

  it('leaves one that the container sets, and tells of it', () => {
    for (const env of [
      [{ name: 'S6_READ_ONLY_ROOT', value: '0' }],
      [{ name: 'S6_READ_ONLY_ROOT', valueFrom: { secretKeyRef: { name: 'x', key: 'y' } } }],
      [{ name: 'S6_READ_ONLY_ROOT' }],
    ]) {
      const result = given({ env });
      expect(result.env).to.deep.equal([...env, set[1]]);
      expect(result.codes).to.deep.equal(['variable-kept', 'variable-set']);
    }
  });

  it('sets none that could come from elsewhere, or that the container’s text refers to', () => {
    const both = ['variable-not-set', 'variable-not-set'];
    expect(given({ envFrom: [{ configMapRef: { name: 'x' } }] })).to.deep.equal({
      env: undefined,
      codes: both,
    });
    expect(given({ envFrom: [{ prefix: 'HO', secretRef: { name: 'x' } }] })).to.deep.equal({
      env: [set[0]],
      codes: ['variable-set', 'variable-not-set'],
    });
    for (const fields of [
      { args: ['--home=$(HOME)'] },
      { command: ['sh', '-c', 'echo $(HOME)'] },
    ]) {
      expect(given(fields)).to.deep.equal({
        env: [set[0]],
        codes: ['variable-set', 'variable-not-set'],
      });
    }
    const env = [{ name: 'X', value: '$(HOME)/x' }];
    expect(given({ env }).env).to.deep.equal([...env, set[0]]);
    // What a shell expands is no reference of the API.
    expect(given({ command: ['sh', '-c', 'echo ${HOME} $HOME'] }).env).to.deep.equal(set);
  });

  it('comes to the same on a second pass, also where a variable of ours moves a path', () => {
    const pod = { spec: { containers: [{ name: 'app', image: 's6:2' }] } };
    const first = hardened(pod, { catalogue });
    expect(first.container.volumeMounts?.map(({ mountPath }) => mountPath)).to.deep.equal(['/run']);
    const second = hardened(first.pod, { catalogue });
    expect(second.pod).to.equal(first.pod);
  });

  it('leaves ephemeral containers, and those that copy files, as they are', () => {
    const debug = { name: 'debug', image: 's6' };
    const pod = { spec: { containers: [], ephemeralContainers: [debug] } };
    const { pod: after } = hardened(pod, { catalogue, subject: { scope: 'ephemeral-containers' } });
    expect(after.spec.ephemeralContainers?.[0]).not.to.have.property('env');
  });
});
