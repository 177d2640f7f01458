import { createHash } from 'node:crypto';
import { expect } from 'chai';
import fc from 'fast-check';
import { seedName, volumeName } from '../pods/names.ts';
import { maskVolumeName } from '../../src/core/mounts/names.ts';

const label = /^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$/;

function digest(text: string): string {
  return createHash('sha256').update(text).digest('hex').slice(0, 6);
}

const container = fc.stringMatching(/^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$/);
const path = fc.string({ maxLength: 40 }).map((text) => `/${text}`);

describe('names', () => {
  it('tell the container, the path and a digest of both', () => {
    expect(volumeName('web', '/var/cache/nginx')).to.equal(
      `lithopod-web-var-cache-nginx-${digest('web\0/var/cache/nginx')}`,
    );
    expect(seedName('web')).to.equal('lithopod-seed-web');
    expect(seedName('web', '/etc/nginx/conf.d')).to.equal(
      `lithopod-seed-web-etc-nginx-conf-d-${digest('web\0/etc/nginx/conf.d\x000')}`,
    );
    expect(maskVolumeName()).to.equal('lithopod-masks');
  });

  it('are the same each time, also when many others were asked for in between', () => {
    const first = volumeName('web', '/tmp');
    for (let index = 0; index < 5000; index++) volumeName('web', `/${index}`);
    expect(volumeName('web', '/tmp')).to.equal(first);
  });

  it('are DNS labels, whatever the container and the path', () => {
    fc.assert(
      fc.property(container, path, fc.nat(3), (name, where, salt) => {
        for (const made of [
          volumeName(name, where, salt),
          seedName(name, undefined, salt),
          seedName(name, where, salt),
          maskVolumeName(salt),
        ]) {
          expect(made).to.match(label);
        }
      }),
    );
  });

  it('differ where the end that is cut off differs', () => {
    const long = 'a'.repeat(62);
    expect(volumeName(`${long}a`, '/tmp')).not.to.equal(volumeName(`${long}b`, '/tmp'));
    expect(volumeName(`${long}a`, '/tmp')).not.to.equal(volumeName(`${long}a`, '/run'));
    expect(seedName(`${long}a`)).not.to.equal(seedName(`${long}b`));
    expect(volumeName('a', '/B')).not.to.equal(volumeName('a', '/b'));
    expect(volumeName('a-b', '/c')).not.to.equal(volumeName('a', '/b/c'));
  });

  it('differ by their salt', () => {
    const salts = [0, 1, 2, 3];
    for (const make of [
      (salt: number) => volumeName('a', '/tmp', salt),
      (salt: number) => seedName('a', undefined, salt),
      (salt: number) => seedName('a', '/tmp', salt),
      maskVolumeName,
    ]) {
      expect(new Set(salts.map(make)).size).to.equal(4);
    }
  });
});
