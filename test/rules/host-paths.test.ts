import { expect } from 'chai';
import {
  agentPaths,
  judgeNodePath,
  nodePaths,
  socketPaths,
} from '../../src/core/mounts/node-paths.ts';
import { hardenedContainer } from './hardened.ts';
import type { VolumeMount } from '../../src/core/pod/pod.ts';

function mounting(
  path: string,
  mount: Partial<VolumeMount> = {},
  others: readonly VolumeMount[] = [],
) {
  const own = { name: 'node', mountPath: '/host', ...mount };
  const result = hardenedContainer(
    { volumeMounts: [own, ...others] },
    {},
    { volumes: [{ name: 'node', hostPath: { path } }] },
  );
  return {
    codes: result.codes('host-paths'),
    mount: result.container.volumeMounts?.find(({ name }) => name === 'node'),
    given: own,
  };
}

const guarded = { readOnly: true, recursiveReadOnly: 'IfPossible' };

describe('host-paths', () => {
  for (const path of [
    '/',
    '//',
    '/boot',
    '/boot/grub',
    '/opt',
    '/opt/cni/bin',
    '/var',
    '/var/lib',
    '/var/spool/cron/crontabs',
    '/var/lib/kubelet',
    '/var/lib/kubelet/pods',
    '/var/lib/kubelet/pki',
    '/var/lib/containerd/io.containerd.snapshotter.v1.overlayfs',
    '/var/lib/docker/',
    '/var/lib/rancher/k3s',
    '/var/lib/k0s',
    '/var/snap/microk8s',
    '/proc',
    '/proc/sys/kernel',
    '/proc/1/root/data',
    '/sys',
    '/sys/fs',
    '/sys/module',
    '/etc',
    '/usr',
    '/bin',
    '/bin/',
    '/usr/bin',
    '/sbin',
    '/lib',
    '/lib64',
    '/usr/lib',
    '/usr/lib/systemd/system',
    '/lib/systemd',
    '/root',
    '/root/.ssh',
    '/etc/kubernetes/manifests',
    '/etc/cron.d',
    '/etc/crontab',
    '/etc/systemd/system',
    '/etc/cni/net.d',
    '/etc/ld.so.preload',
    '/etc/ssh/sshd_config.d',
    '/data/../etc/./ssh//',
  ]) {
    it(`makes ${path} read-only`, () => {
      const { mount, codes } = mounting(path);
      expect(mount).to.deep.include(guarded);
      expect(codes).to.include('host-path-read-only');
      expect(codes).not.to.include('host-path-writable');
    });
  }

  for (const path of ['/run', '/var/run', '/run/containerd', '/var/run/k3s', '/run/containers']) {
    it(`makes ${path} read-only, and tells of the sockets in it`, () => {
      const { mount, codes } = mounting(path);
      expect(mount).to.deep.include(guarded);
      expect(codes).to.include('host-path-read-only');
      if (path !== '/run/containers') expect(codes).to.include('host-socket');
    });
  }

  for (const path of [
    '/data',
    '/var/log',
    '/var/log/pods',
    '/tmp',
    '/run/nvidia',
    '/etc/letsencrypt',
    '/usr/share/app',
    '/usr/src',
    '/home/etc',
    '/varnish',
    '/bootstrap',
    '/procedures',
    ...agentPaths,
    '/var/lib/kubelet/plugins/csi.example.com',
    '/sys/fs/bpf/tc',
  ]) {
    it(`leaves ${path} writable, and says so`, () => {
      const { mount, given, codes } = mounting(path);
      expect(mount).to.equal(given);
      expect(codes).to.deep.equal(['host-path-writable']);
    });
  }

  for (const path of [
    '/dev',
    '/dev/sda',
    '/var/run/docker.sock',
    '/run/systemd/private',
    '/run/dbus/system_bus_socket',
    '/run/crio/crio.sock',
  ]) {
    it(`calls ${path} a conflict, also where it is mounted read-only`, () => {
      expect(mounting(path).codes).to.include('host-socket');
      expect(mounting(path, { readOnly: true }).codes).to.include('host-socket');
    });
  }

  it('counts the subPath to the path', () => {
    expect(mounting('/etc', { subPath: 'letsencrypt' }).mount?.readOnly).to.equal(undefined);
    expect(mounting('/etc', { subPath: 'ssh' }).mount).to.deep.include(guarded);
    expect(mounting('/data', { subPath: 'etc/ssh' }).mount?.readOnly).to.equal(undefined);
    expect(mounting('/', { subPath: 'var/./lib//kubelet' }).mount).to.deep.include(guarded);
    expect(mounting('/etc', { subPathExpr: '$(X)' }).mount).to.deep.include(guarded);
  });

  it('makes a read-only mount recursive where it may be', () => {
    expect(mounting('/', { readOnly: true }).mount).to.deep.include(guarded);
    for (const recursiveReadOnly of ['Enabled', 'IfPossible']) {
      const { mount, given, codes } = mounting('/etc', { readOnly: true, recursiveReadOnly });
      expect(mount).to.equal(given);
      expect(codes).to.deep.equal([]);
    }
    const { mount } = mounting('/etc', { readOnly: true, recursiveReadOnly: 'Disabled' });
    expect(mount).to.deep.include(guarded);
  });

  it('tells of what is mounted below where propagation keeps it from being recursive', () => {
    const { mount, codes } = mounting('/etc', { mountPropagation: 'HostToContainer' });
    expect(mount).to.include({ readOnly: true, mountPropagation: 'HostToContainer' });
    expect(mount).not.to.have.property('recursiveReadOnly');
    expect(codes).to.deep.equal(['host-path-submounts', 'host-path-read-only'].reverse());
  });

  it('leaves a mount with another one below it, which would have no mount point', () => {
    const below = { name: 'tmp', mountPath: '/host/tmp' };
    const { mount, given, codes } = mounting('/etc', {}, [below]);
    expect(mount).to.equal(given);
    expect(codes).to.deep.equal(['host-path-kept']);
    // One that is read-only already has its mount points.
    expect(mounting('/etc', { readOnly: true }, [below]).mount).to.deep.include(guarded);
  });

  it('counts no termination message below a mount that goes back to its default place', () => {
    const result = hardenedContainer(
      {
        terminationMessagePath: 'etc/passwd',
        volumeMounts: [{ name: 'node', mountPath: '/etc' }],
      },
      {},
      { volumes: [{ name: 'node', hostPath: { path: '/' } }] },
    );
    expect(result.container.terminationMessagePath).to.equal('/dev/termination-log');
    expect(result.container.volumeMounts?.at(-1)).to.deep.include(guarded);
  });

  it('leaves one above the place of the service account’s token', () => {
    const { mount, codes } = mounting('/run', { mountPath: '/var/run' });
    expect(mount?.readOnly).to.equal(undefined);
    expect(codes).to.include('host-path-kept');
  });

  it('looks at no other volume, and at no claim of the same name', () => {
    const container = { volumeMounts: [{ name: 'etc', mountPath: '/etc/x' }] };
    for (const [volume, claims] of [
      [{ name: 'etc', emptyDir: {} }, []],
      [{ name: 'etc', persistentVolumeClaim: { claimName: 'x' } }, []],
      [{ name: 'etc', hostPath: { path: '/etc' } }, ['etc']],
    ] as const) {
      const result = hardenedContainer(container, { subject: { claims } }, { volumes: [volume] });
      expect(result.codes('host-paths')).to.deep.equal([]);
    }
  });

  it('gives each entry of the tables its own reason, and none twice', () => {
    const paths = nodePaths.map(({ path }) => path);
    expect(new Set(paths).size).to.equal(paths.length);
    for (const { path, why } of nodePaths) {
      expect(why, path).to.match(/^[a-z]/i);
      expect(judgeNodePath(path.replace('*', '')).guarded, path).to.equal(true);
    }
    for (const path of agentPaths) expect(judgeNodePath(path).guarded, path).to.equal(false);
    for (const path of socketPaths) expect(judgeNodePath(path).sockets, path).to.equal(true);
  });
});
