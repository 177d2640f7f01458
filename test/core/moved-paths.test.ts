import { expect } from 'chai';
import { hardened, hardenedContainer } from '../rules/hardened.ts';
import { catalogueOf, entry, profile } from '../pods/profiles.ts';
import type { Container, PodSpec } from '../../src/core/pod/pod.ts';
import type { WritablePath } from '../../src/core/catalogue/profile/profile.ts';

function given(
  movedBy: WritablePath['movedBy'],
  fields: Partial<Container> & Readonly<Record<string, unknown>>,
  spec: Partial<PodSpec> = {},
  more: Partial<WritablePath> = {},
) {
  const { name: _name, ...rest } = fields;
  const data = [entry('/var/lib/app', { ...(movedBy && { movedBy }), ...more })];
  const catalogue = catalogueOf(profile('db', { data }));
  const result = hardenedContainer({ image: 'db', ...rest }, { catalogue }, spec);
  expect(hardened(result.pod, { catalogue }).pod, 'a second pass').to.equal(result.pod);
  const mounts = result.container.volumeMounts?.filter(({ name }) => name.startsWith('lithopod-'));
  return {
    paths: mounts?.map(({ mountPath }) => mountPath) ?? [],
    findings: result.findings.filter(({ rule }) => rule.endsWith('-paths')),
    codes: [...result.codes('writable-paths'), ...result.codes('seeded-paths')],
  };
}

const byEnv = { env: ['DATA', 'HOME'] };
const value = (text: string, name = 'DATA') => ({ env: [{ name, value: text }] });

describe('paths that a pod moves', () => {
  it('go where a literal variable says, the strongest and the last', () => {
    expect(given(byEnv, {}).paths).to.deep.equal(['/var/lib/app']);
    expect(given(byEnv, value('/srv/db')).paths).to.deep.equal(['/srv/db']);
    expect(given(byEnv, value('/srv//db/', 'HOME')).paths).to.deep.equal(['/srv/db']);
    const env = [
      { name: 'HOME', value: '/srv/home' },
      { name: 'DATA', value: '/srv/one' },
      { name: 'DATA', value: '/srv/two' },
    ];
    const { paths, findings } = given(byEnv, { env });
    expect(paths).to.deep.equal(['/srv/two']);
    expect(findings.map(({ detail }) => detail)).to.deep.equal([
      'container "app" keeps its data at /srv/two, where DATA has it, in an emptyDir, which ends with the pod: mount a volume there',
    ]);
  });

  it('go where a flag says, in words of its own and not in a script', () => {
    const byFlag = { flags: ['--dir', '-d'], env: ['DATA'] };
    for (const fields of [
      { args: ['--dir', '/srv/db'] },
      { args: ['--dir=/srv/db'] },
      { command: ['server', '-d'], args: ['/srv/db', '--other'] },
      { args: ['--dir=/srv/x', '-x', '-d=/srv/y', '--dir=/srv/db'] },
      { args: ['--dir=/srv/db'], ...value('/srv/env') },
    ]) {
      expect(given(byFlag, fields).paths, JSON.stringify(fields)).to.deep.equal(['/srv/db']);
    }
    for (const fields of [
      { command: ['sh', '-c', 'server --dir /srv/db'] },
      { args: ['--dir'] },
      { args: ['--directory=/srv/db', 'dir=/srv/db'] },
    ]) {
      expect(given(byFlag, fields).paths, JSON.stringify(fields)).to.deep.equal(['/var/lib/app']);
    }
  });

  it('have what the program adds behind the value', () => {
    const { paths } = given({ env: ['HOME'], append: '/.cache' }, value('/srv/me', 'HOME'));
    expect(paths).to.deep.equal(['/srv/me/.cache']);
  });

  it('are several where the value is a list', () => {
    const byList = { env: ['DATA'], list: ',' };
    expect(given(byList, value('/srv/a,/srv/b,,/srv/a')).paths).to.deep.equal(['/srv/a', '/srv/b']);
    expect(given(byList, value('/srv/a,/var/lib/app/b')).paths).to.deep.equal([
      '/var/lib/app',
      '/srv/a',
    ]);
    expect(given(byList, value(' /srv/a, /srv/b ')).paths).to.deep.equal(['/srv/a', '/srv/b']);
    const some = given(byList, value('/srv/a,b'));
    expect(some.paths).to.deep.equal(['/srv/a']);
    expect(some.codes).to.deep.equal(['path-moved-unknown', 'data-not-persistent']);
    const many = given(byList, value(Array.from({ length: 17 }, (_, i) => `/srv/${i}`).join(',')));
    expect(many.paths).to.deep.equal(['/var/lib/app']);
  });

  it('stay where a place below them is meant, which is writable with them', () => {
    for (const path of ['/var/lib/app', '/var/lib/app/', '/var/lib/app/main/data']) {
      const { paths, codes } = given(byEnv, value(path));
      expect(paths).to.deep.equal(['/var/lib/app']);
      expect(codes).to.deep.equal(['data-not-persistent']);
    }
  });

  it('stay, and that is told, where the place cannot be known or used', () => {
    for (const env of [
      [{ name: 'DATA', valueFrom: { secretKeyRef: { name: 'x', key: 'y' } } }],
      [{ name: 'DATA', value: '$(BASE)/db' }],
      [{ name: 'DATA', value: 'data' }],
      [{ name: 'DATA', value: '~/data' }],
      [{ name: 'DATA', value: '' }],
      [{ name: 'DATA', value: '/' }],
      [{ name: 'DATA', value: '/usr' }],
      [{ name: 'DATA', value: '/proc/x' }],
      [{ name: 'DATA', value: '/var/log/nginx' }],
      [{ name: 'DATA', value: '/srv/a:b' }],
      [{ name: 'DATA', value: `/${'x'.repeat(20_000)}` }],
    ]) {
      const { paths, codes, findings } = given(byEnv, { env });
      expect(paths).to.deep.equal(['/var/lib/app']);
      expect(codes).to.deep.equal(['path-moved-unknown', 'data-not-persistent']);
      expect(findings[0]?.detail).to.include('DATA').and.to.have.length.below(200);
    }
  });

  it('may be moved by a ConfigMap or Secret that is taken whole', () => {
    const { paths, codes } = given(byEnv, { envFrom: [{ configMapRef: { name: 'x' } }] });
    expect(paths).to.deep.equal(['/var/lib/app']);
    expect(codes).to.deep.equal(['path-maybe-moved', 'data-not-persistent']);
    const prefixed = [{ prefix: 'APP_', configMapRef: { name: 'x' } }];
    expect(given(byEnv, { envFrom: prefixed }).codes).to.deep.equal(['data-not-persistent']);
    // A variable of the container's own beats it.
    const both = { envFrom: [{ configMapRef: { name: 'x' } }], ...value('/srv/db') };
    expect(given(byEnv, both).paths).to.deep.equal(['/srv/db']);
  });

  it('get nothing, and nothing is said, in a writable mount of the pod', () => {
    const volumes = [{ name: 'claim', persistentVolumeClaim: { claimName: 'x' } }];
    for (const mountPath of ['/srv', '/srv/db', '/srv/db/']) {
      const fields = { ...value('/srv/db'), volumeMounts: [{ name: 'claim', mountPath }] };
      for (const parent of [true, false]) {
        const result = given({ ...byEnv, parent }, fields, { volumes });
        expect(result.paths).to.deep.equal([]);
        expect(result.codes).to.deep.equal([]);
      }
    }
  });

  it('are the directory above, where the program changes that which it is told', () => {
    const parent = { ...byEnv, parent: true };
    expect(given(parent, value('/srv/db/pg')).paths).to.deep.equal(['/srv/db']);
    // Nothing may be mounted above it.
    expect(given(parent, value('/pgdata')).paths).to.deep.equal(['/pgdata']);
    expect(given(parent, value('/var/lib/pg')).paths).to.deep.equal(['/var/lib/pg']);
  });

  it('are filled where the profile says that the image has them, and nowhere else', () => {
    const seeded = { contents: 'seeded', seededAt: ['/etc/app'] } as const;
    expect(given(byEnv, value('/etc/app'), {}, seeded).paths).to.deep.equal(['/etc/app']);
    const elsewhere = given(byEnv, value('/etc/other'), {}, seeded);
    expect(elsewhere.paths).to.deep.equal([]);
    expect(elsewhere.codes).to.deep.equal(['moved-not-seeded']);
    const volumes = [{ name: 'v', emptyDir: {} }];
    const volumeMounts = [{ name: 'v', mountPath: '/etc/other' }];
    const mounted = given(byEnv, { ...value('/etc/other'), volumeMounts }, { volumes }, seeded);
    expect(mounted.codes).to.deep.equal([]);
  });

  it('are known to be in a mount of the pod where no profile may have one', () => {
    const volumes = [{ name: 'claim', persistentVolumeClaim: { claimName: 'x' } }];
    for (const mountPath of ['/var/lib', '/opt/', '/srv/app']) {
      const volumeMounts = [{ name: 'claim', mountPath }];
      const command = ['/srv/app/run'];
      const { paths, codes } = given(
        byEnv,
        { command, ...value(mountPath), volumeMounts },
        { volumes },
      );
      expect(paths, mountPath).to.deep.equal([]);
      expect(codes).to.deep.equal([]);
    }
    const config = [{ name: 'conf', configMap: { name: 'x' } }];
    const volumeMounts = [{ name: 'conf', mountPath: '/var/lib' }];
    const readOnly = given(byEnv, { ...value('/var/lib'), volumeMounts }, { volumes: config });
    expect(readOnly.paths).to.deep.equal([]);
    expect(readOnly.codes).to.deep.equal(['read-only-meant']);
  });

  it('stay where another entry keeps what they would hide, on every pass', () => {
    const writable = [
      entry('/etc/nginx/conf.d', { contents: 'seeded' }),
      entry('/srv/streams', { movedBy: { env: ['DATA'] } }),
    ];
    const catalogue = catalogueOf(profile('db', { writable }));
    const first = hardenedContainer({ image: 'db', ...value('/etc/nginx/conf.d') }, { catalogue });
    const second = hardened(first.pod, { catalogue });
    for (const { findings } of [first, second]) {
      expect(findings.map(({ code }) => code)).to.include('path-moved-unknown');
    }
    expect(second.pod).to.equal(first.pod);
  });

  it('never hide the program that the container executes', () => {
    const command = ['/srv/app/bin/run'];
    for (const path of ['/srv/app', '/srv/app/bin']) {
      const { paths, codes } = given(byEnv, { command, ...value(path) });
      expect(paths, path).to.deep.equal(['/var/lib/app']);
      expect(codes).to.deep.equal(['path-moved-unknown', 'data-not-persistent']);
    }
    expect(given(byEnv, { command, ...value('/srv/app/data') }).paths).to.deep.equal([
      '/srv/app/data',
    ]);
    // Nor does the directory above the one that the program is told.
    const parent = given({ ...byEnv, parent: true }, { command, ...value('/srv/app/data') });
    expect(parent.paths).to.deep.equal(['/srv/app/data']);
  });

  it('leave a place to the entry that the profile has there', () => {
    const movedBy = { env: ['DATA'] };
    const at = (moving: WritablePath, fixed: WritablePath) =>
      hardenedContainer(
        { image: 'db', ...value(fixed.path) },
        { catalogue: catalogueOf(profile('db', { writable: [moving, fixed] })) },
      );
    const seeded = at(entry('/data', { movedBy }), entry('/etc/app', { contents: 'seeded' }));
    expect(seeded.container.volumeMounts?.map(({ subPath }) => subPath)).to.deep.equal(['app']);
    const empty = at(entry('/etc/app', { movedBy, contents: 'seeded' }), entry('/tmp'));
    expect(empty.container.volumeMounts?.map(({ mountPath }) => mountPath)).to.deep.equal(['/tmp']);
    expect(empty.codes('seeded-paths')).to.deep.equal([]);
  });

  it('share a place only once', () => {
    const catalogue = catalogueOf(
      profile('db', {
        writable: [entry('/tmp')],
        data: [entry('/data', { movedBy: { env: ['DATA'] } })],
      }),
    );
    const { container } = hardenedContainer({ image: 'db', ...value('/tmp') }, { catalogue });
    expect(container.volumeMounts).to.have.length(1);
  });
});
