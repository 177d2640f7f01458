import { expect } from 'chai';
import {
  freeVolumeName,
  VolumeIndex,
  keepsDataBelow,
  placementOf,
} from '../../src/core/mounts/volume-index.ts';
import { volumeName } from '../pods/names.ts';
import type { Container, Pod, Volume, VolumeMount } from '../../src/core/pod/pod.ts';

const sources = {
  emptyDir: { emptyDir: {} },
  pvc: { persistentVolumeClaim: { claimName: 'p' } },
  'pvc-ro': { persistentVolumeClaim: { claimName: 'p', readOnly: true } },
  hostPath: { hostPath: { path: '/' } },
  'csi-ro': { csi: { driver: 'd', readOnly: true } },
  configMap: { configMap: { name: 'c' } },
  secret: { secret: { secretName: 's' } },
  downwardAPI: { downwardAPI: { items: [] } },
  projected: { projected: { sources: [] } },
  image: { image: { reference: 'r' } },
  bare: {},
} as const;

const volumes: readonly Volume[] = Object.entries(sources).map(([name, source]) => ({
  name,
  ...source,
}));

function mounted(...volumeMounts: readonly VolumeMount[]): Container {
  return { name: 'web', volumeMounts };
}

function place(container: Container, path: string, claims: readonly string[] = []): unknown {
  const pod: Pod = { spec: { containers: [container], volumes } };
  const placement = placementOf(container, path, new VolumeIndex(pod, claims));
  switch (placement.kind) {
    case 'free':
      return placement.nested ? `nested ${placement.mountPath}` : `free ${placement.mountPath}`;
    case 'mounted':
      return `${placement.exact ? 'at' : 'below'} ${placement.mount.mountPath}`;
    case 'read-only':
      return `read-only ${placement.mount.mountPath}`;
    case 'device':
      return 'device';
  }
}

describe('placementOf', () => {
  describe('one mount', () => {
    for (const [name, mountPath, path, expected] of [
      ['emptyDir', '/tmp', '/tmp', 'at /tmp'],
      ['emptyDir', '/tmp/', '/tmp', 'at /tmp/'],
      ['emptyDir', '//tmp', '/tmp', 'at //tmp'],
      ['emptyDir', '/var/run', '/run', 'at /var/run'],
      ['emptyDir', '/run/', '/var/run', 'at /run/'],
      ['emptyDir', '/var', '/var/cache', 'below /var'],
      ['emptyDir', '/', '/tmp', 'below /'],
      ['emptyDir', '/tmp/x', '/tmp', 'free /tmp'],
      ['emptyDir', '/tmpx', '/tmp', 'free /tmp'],
      // What is mounted at /var hides the link /var/run.
      ['emptyDir', '/var', '/var/run', 'below /var'],
      ['pvc-ro', '/var/', '/var/run', 'read-only /var/'],
      ['configMap', '/var', '/var/run', 'nested /var/run'],
      ['pvc-ro', '/var', '/run', 'free /run'],
      ['pvc', '/data', '/data/x', 'below /data'],
      ['hostPath', '/data', '/data', 'at /data'],
      ['bare', '/data', '/data', 'at /data'],
      ['pvc-ro', '/data', '/data', 'read-only /data'],
      ['pvc-ro', '/data', '/data/x', 'read-only /data'],
      ['csi-ro', '/data', '/data/x', 'read-only /data'],
      ['image', '/data', '/data/x', 'read-only /data'],
      ['configMap', '/data', '/data', 'read-only /data'],
      ['configMap', '/data', '/data/x', 'nested /data/x'],
      ['secret', '/data/', '/data/x/y', 'nested /data/x/y'],
      ['downwardAPI', '//data', '/data/x', 'nested /data/x'],
      ['projected', '/var/run', '/run/x', 'nested /var/run/x'],
      ['projected', '/run', '/var/run/x', 'nested /run/x'],
      ['configMap', '/', '/data', 'read-only /'],
    ] as const) {
      it(`${name} at ${mountPath}, for ${path}: ${expected}`, () => {
        expect(place(mounted({ name, mountPath }), path)).to.equal(expected);
      });
    }
  });

  it('takes the word of the mount', () => {
    const mount = { name: 'emptyDir', mountPath: '/data', readOnly: true };
    expect(place(mounted(mount), '/data')).to.equal('read-only /data');
    expect(place(mounted({ ...mount, readOnly: null }), '/data')).to.equal('at /data');
  });

  it('makes no room below one file or a part of a configMap', () => {
    for (const part of [{ subPath: 'a' }, { subPathExpr: '$(A)' }]) {
      const mount = { name: 'configMap', mountPath: '/data', ...part };
      expect(place(mounted(mount), '/data/x')).to.equal('read-only /data');
    }
  });

  it('knows claims, which win over volumes', () => {
    const mount = { name: 'configMap', mountPath: '/data' };
    expect(place(mounted(mount), '/data', ['configMap'])).to.equal('at /data');
    expect(place(mounted({ name: 'claim', mountPath: '/data' }), '/data', ['claim'])).to.equal(
      'at /data',
    );
  });

  it('goes by the deepest mount', () => {
    const outer = { name: 'pvc-ro', mountPath: '/data' };
    const inner = { name: 'emptyDir', mountPath: '/data/x' };
    for (const mounts of [
      [outer, inner],
      [inner, outer],
    ]) {
      expect(place(mounted(...mounts), '/data/x/y')).to.equal('below /data/x');
      expect(place(mounted(...mounts), '/data/y')).to.equal('read-only /data');
    }
  });

  it('goes by what the runtime mounts last where an alias makes two mounts one place', () => {
    const short = { name: 'emptyDir', mountPath: '/run' };
    const deep = { name: 'pvc-ro', mountPath: '/var/run' };
    expect(place(mounted(deep, short), '/run/x')).to.equal('read-only /var/run');
    const app = { name: 'emptyDir', mountPath: '/run/app' };
    expect(place(mounted(app, deep), '/run/app')).to.equal('read-only /var/run');
    expect(place(mounted(deep, app), '/run/app')).to.equal('at /run/app');
    const nestable = { name: 'configMap', mountPath: '/var/run' };
    expect(place(mounted(app, nestable), '/run/app')).to.equal('read-only /var/run');
  });

  it('knows block devices', () => {
    const container = {
      ...mounted(),
      volumeDevices: [{ name: 'pvc', devicePath: '/var/run/disk/' }],
    };
    expect(place(container, '/run/disk')).to.equal('device');
    expect(place(container, '/run')).to.equal('free /run');
  });

  it('takes null for nothing', () => {
    expect(place({ name: 'a', volumeMounts: null, volumeDevices: null }, '/tmp')).to.equal(
      'free /tmp',
    );
  });
});

describe('keepsDataBelow', () => {
  const claim = { persistentVolumeClaim: { claimName: 'data' } };
  const keeps = (mountPath: string, volume: object, path: string, fields = {}): boolean => {
    const mount = { name: 'v', mountPath, ...fields };
    const container = { name: 'a', volumeMounts: [mount] };
    const pod: Pod = { spec: { containers: [container], volumes: [{ name: 'v', ...volume }] } };
    return keepsDataBelow(container, path, new VolumeIndex(pod, []));
  };

  for (const [mountPath, path, expected] of [
    ['/data/db', '/data', true],
    ['/data//db/', '/data', true],
    ['/var/run/app', '/run', true],
    ['/data', '/data', false],
    ['/', '/data', false],
    ['/database', '/data', false],
  ] as const) {
    it(`a claim at ${mountPath} for ${path}: ${expected}`, () => {
      expect(keeps(mountPath, claim, path)).to.equal(expected);
    });
  }

  for (const [title, volume] of [
    ['a ConfigMap', { configMap: {} }],
    ['a Secret', { secret: {} }],
    ['an image', { image: {} }],
    ['an emptyDir', { emptyDir: {} }],
    ['a volume without a source', {}],
    ['an ephemeral volume', { ephemeral: {} }],
    ['a read-only claim', { persistentVolumeClaim: { claimName: 'data', readOnly: true } }],
  ] as const) {
    it(`not ${title}`, () => {
      expect(keeps('/data/x', volume, '/data')).to.equal(false);
    });
  }

  it('not a mount that is read-only', () => {
    expect(keeps('/data/x', claim, '/data', { readOnly: true })).to.equal(false);
  });

  it('a claim of which the pod says nothing', () => {
    const container = { name: 'a', volumeMounts: [{ name: 'claim', mountPath: '/data/x' }] };
    const pod: Pod = { spec: { containers: [container] } };
    expect(keepsDataBelow(container, '/data', new VolumeIndex(pod, ['claim']))).to.equal(true);
  });
});

describe('freeVolumeName', () => {
  const plain = volumeName('web', '/tmp');
  const salted = volumeName('web', '/tmp', 1);
  const nameFor = (
    volume: object | undefined,
    source: object,
    claims: readonly string[] = [],
  ): string => {
    const own = volume === undefined ? [] : [{ name: plain, ...volume }];
    const pod: Pod = { spec: { containers: [], volumes: own } };
    return freeVolumeName('web', '/tmp', { emptyDir: source }, new VolumeIndex(pod, claims));
  };

  for (const [title, volume, source, expected] of [
    ['no volume', undefined, {}, plain],
    ['an equal one', { emptyDir: {} }, {}, plain],
    ['one without a source', {}, {}, plain],
    ['one with a null source', { emptyDir: null }, {}, plain],
    ['one with nulls', { emptyDir: { medium: null }, configMap: null }, {}, plain],
    ['one in memory', { emptyDir: { medium: 'Memory' } }, {}, salted],
    ['one with a limit', { emptyDir: { sizeLimit: '1Gi' } }, {}, salted],
    [
      'one with the limit rewritten',
      { emptyDir: { sizeLimit: '1Gi' } },
      { sizeLimit: '1024Mi' },
      plain,
    ],
    ['one with an unknown field', { emptyDir: { mode: 511 } }, {}, salted],
    ['another kind', { hostPath: { path: '/' } }, {}, salted],
    ['two kinds', { emptyDir: {}, hostPath: { path: '/' } }, {}, salted],
  ] as const) {
    it(`given ${title}`, () => {
      expect(nameFor(volume, source)).to.equal(expected);
    });
  }

  it('given a claim of the name', () => {
    expect(nameFor(undefined, {}, [plain])).to.equal(salted);
    expect(nameFor({ emptyDir: {} }, {}, [plain])).to.equal(salted);
  });
});
