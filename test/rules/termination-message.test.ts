import { expect } from 'chai';
import { hardenedContainer } from './hardened.ts';

describe('termination-message', () => {
  for (const path of [
    '/usr/bin/curl',
    '//usr//bin/../bin/curl',
    'bin/sh',
    '/bin/sh',
    '/lib64/ld-linux-x86-64.so.2',
    '/etc/passwd',
    '/root/.bashrc',
    '/sbin/init',
    '/usr/share/app/message',
    '/data/link/../message',
    '..',
  ]) {
    it(`goes back to the default from ${path}`, () => {
      const result = hardenedContainer({ terminationMessagePath: path });
      expect(result.container.terminationMessagePath).to.equal('/dev/termination-log');
      expect(result.codes('termination-message')).to.deep.equal(['termination-path-reset']);
    });
  }

  for (const path of ['/app/run', '/docker-entrypoint.sh', '/opt/x', '/etcetera']) {
    it(`stays at ${path}, and is told`, () => {
      const result = hardenedContainer({ terminationMessagePath: path });
      expect(result.container.terminationMessagePath).to.equal(path);
      expect(result.codes('termination-message')).to.deep.equal(['termination-path-writable']);
    });
  }

  it('stays below /dev and in writable mounts without a word', () => {
    const volumes = [{ name: 'data', emptyDir: {} }];
    const volumeMounts = [{ name: 'data', mountPath: '/data' }];
    for (const terminationMessagePath of ['/dev/termination-log', '/dev/x', '/data/message', '']) {
      const result = hardenedContainer({ terminationMessagePath, volumeMounts }, {}, { volumes });
      expect(result.container.terminationMessagePath).to.equal(terminationMessagePath);
      expect(result.codes('termination-message')).to.deep.equal([]);
    }
  });
});

describe('a writable mount of the author’s', () => {
  const volumes = [{ name: 'v', emptyDir: {} }];
  for (const mountPath of ['/usr', '/bin/', '/lib', '/etc', '/usr/local/bin', '/usr/sbin', '/']) {
    it(`over ${mountPath} is told`, () => {
      const container = { volumeMounts: [{ name: 'v', mountPath }] };
      const result = hardenedContainer(container, {}, { volumes });
      expect(result.codes('read-only-root')).to.include('system-directory-mounted');
      expect(result.container.volumeMounts).to.equal(container.volumeMounts);
    });
  }

  for (const mount of [
    { name: 'v', mountPath: '/etc/nginx/conf.d' },
    { name: 'v', mountPath: '/usr', readOnly: true },
    { name: 'v', mountPath: '/data' },
  ]) {
    it(`at ${mount.mountPath}${mount.readOnly ? ', read-only,' : ''} is not`, () => {
      const result = hardenedContainer({ volumeMounts: [mount] }, {}, { volumes });
      expect(result.codes('read-only-root')).not.to.include('system-directory-mounted');
    });
  }
});
