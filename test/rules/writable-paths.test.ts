import { expect } from 'chai';
import { reasonOf } from '../../src/core/findings/reasons.ts';
import { hardened, hardenedContainer } from './hardened.ts';

import { entry, catalogueOf, profile } from '../pods/profiles.ts';

const claim = { name: 'data', persistentVolumeClaim: { claimName: 'data' } };
const volumes = [claim];

describe('writable-paths', () => {
  it('mounts an emptyDir of its own at each path, before what the author mounts', () => {
    const mount = { name: 'data', mountPath: '/var/run/app' };
    const result = hardenedContainer({ image: 'web', volumeMounts: [mount] }, {}, { volumes });
    const mounts = result.container.volumeMounts ?? [];
    expect(mounts.map(({ mountPath }) => mountPath)).to.deep.equal([
      '/var/cache/web',
      '/var/run',
      '/var/run/app',
    ]);
    expect(result.pod.spec.volumes).to.deep.equal([
      ...volumes,
      { name: mounts[0]!.name, emptyDir: {} },
      { name: mounts[1]!.name, emptyDir: {} },
    ]);
    expect(result.codes('writable-paths')).to.deep.equal(['path-mounted', 'path-mounted']);
  });

  it('gives two containers of one image volumes of their own', () => {
    const { pod } = hardened({
      spec: {
        initContainers: [{ name: 'a', image: 'web', restartPolicy: 'Always' }],
        containers: [{ name: 'b', image: 'web' }],
      },
    });
    expect(new Set(pod.spec.volumes?.map(({ name }) => name)).size).to.equal(4);
  });

  it('names an image without a profile, once, and not where it is left as it is', () => {
    const image = 'registry.corp/shop/api:2.1';
    const told = (given: object, setting = {}): unknown =>
      hardenedContainer({ image, ...given }, setting).findings.filter(
        ({ code }) => code === 'no-profile',
      );
    const [finding] = told({}) as readonly { detail: string; repository: string }[];
    expect(finding?.detail).to.include(image);
    expect(finding?.repository).to.equal('registry.corp/shop/api');
    expect(told({ image: 'web' })).to.deep.equal([]);
    const securityContext = { readOnlyRootFilesystem: true };
    expect(told({ securityContext })).to.have.length(1);
    expect(told({ securityContext }, { unprofiled: 'skip' })).to.have.length(1);
    expect(told({}, { unprofiled: 'skip' })).to.deep.equal([]);
    expect(reasonOf('no-profile')).to.include({ warn: false, unresolved: false });
  });

  it('gives the mode that the profile names where a volume can have it, and tells where not', () => {
    const catalogue = catalogueOf(
      profile('plain', {
        writable: [
          entry('/tmp', { mode: '1777' }),
          entry('/run', { mode: '1777', medium: 'Memory' }),
          entry('/srv', { mode: '0700', medium: 'Memory' }),
          entry('/etc/app', { mode: '0755', contents: 'seeded' }),
        ],
      }),
    );
    const modeless = hardenedContainer({}, { catalogue });
    expect(
      modeless.codes('writable-paths').filter((code) => code === 'mode-not-set'),
    ).to.have.length(2);
    expect(JSON.stringify(modeless.pod.spec.volumes)).not.to.include('mode');
    const { pod, codes } = hardenedContainer({}, { catalogue, emptyDirMode: true });
    expect(pod.spec.volumes?.map(({ emptyDir }) => emptyDir)).to.deep.equal([
      { mode: 0o1777 },
      { medium: 'Memory', mode: 0o1777 },
      { medium: 'Memory', mode: 0o700 },
      {},
    ]);
    expect(codes('writable-paths')).not.to.include('mode-not-set');
    expect(hardened(pod, { catalogue, emptyDirMode: true }).pod).to.equal(pod);
  });

  it('takes medium and size from the profile', () => {
    const result = hardenedContainer({ image: 'seedy' });
    expect(result.pod.spec.volumes?.map(({ emptyDir }) => emptyDir)).to.deep.include.members([
      { sizeLimit: '1024Mi' },
      { medium: 'Memory' },
    ]);
  });

  it('says what stands in the way', () => {
    const result = hardenedContainer(
      {
        image: 'web',
        volumeMounts: [{ name: 'data', mountPath: '/run', readOnly: true }],
        volumeDevices: [{ name: 'disk', devicePath: '/var/cache/web' }],
      },
      {},
      { volumes },
    );
    expect(result.codes('writable-paths')).to.deep.equal(['device-at-path', 'read-only-mount']);
    expect(result.container.volumeMounts).to.have.length(1);
  });

  it('leaves data to a writable mount of the author at or above', () => {
    expect(hardenedContainer({ image: 'bare' }).codes('writable-paths')).to.deep.equal([
      'path-mounted',
      'data-not-persistent',
    ]);
    for (const mountPath of ['/data', '/data/']) {
      const volumeMounts = [{ name: 'data', mountPath }];
      const result = hardenedContainer({ image: 'bare', volumeMounts }, {}, { volumes });
      expect(result.codes('writable-paths')).to.deep.equal(['path-mounted']);
      expect(result.container.volumeMounts).to.have.length(2);
    }
  });

  for (const [title, volume, expected] of [
    ['a claim', claim, 'path-mounted'],
    ['a ConfigMap', { name: 'data', configMap: { name: 'some' } }, 'data-not-persistent'],
    ['a Secret', { name: 'data', secret: { secretName: 'some' } }, 'data-not-persistent'],
    ['an emptyDir', { name: 'data', emptyDir: {} }, 'data-not-persistent'],
  ] as const) {
    it(`makes data writable above ${title}, which stays visible`, () => {
      const volumeMounts = [{ name: 'data', mountPath: '/data/sub' }];
      const result = hardenedContainer({ image: 'bare', volumeMounts }, {}, { volumes: [volume] });
      expect(result.codes('writable-paths')).to.deep.equal(['path-mounted', expected]);
      const paths = result.container.volumeMounts?.map(({ mountPath }) => mountPath);
      expect(paths?.slice(-2)).to.deep.equal(['/data', '/data/sub']);
    });
  }

  it('tells of data in a sidecar, and not in a container that ends before there are any', () => {
    const codesFor = (restartPolicy?: string): readonly string[] => {
      const init = { name: 'a', image: 'bare', ...(restartPolicy && { restartPolicy }) };
      const spec = { initContainers: [init], containers: [{ name: 'b', image: 'web' }] };
      const { findings } = hardened({ spec });
      return findings.filter(({ container }) => container === 'a').map(({ code }) => code);
    };
    expect(codesFor()).to.not.include('data-not-persistent');
    expect(codesFor('Always')).to.include('data-not-persistent');
  });

  for (const [title, image, path, mount, volume] of [
    ['a ConfigMap', 'web', '/var/run', { mountPath: '/run' }, { configMap: { name: 'some' } }],
    [
      'data mounted read-only',
      'bare',
      '/data',
      { mountPath: '/data', readOnly: true },
      { emptyDir: {} },
    ],
  ] as const) {
    it(`leaves ${title} as its author means it`, () => {
      const volumeMounts = [{ name: 'data', ...mount }];
      const own = [{ name: 'data', ...volume }];
      const result = hardenedContainer({ image, volumeMounts }, {}, { volumes: own });
      const [told] = result.findings.filter(({ code }) => code === 'read-only-meant');
      expect(told?.outcome).to.equal('skipped');
      expect(told?.detail).to.include(`must write to ${path},`);
      expect(result.codes('writable-paths')).to.not.include('read-only-mount');
      expect(reasonOf('read-only-meant').warn).to.equal(false);
    });
  }

  it('is not brought to another variant by its own mounts', () => {
    const catalogue = catalogueOf(
      profile('app', {
        writable: [entry('/tmp')],
        when: [{ match: { mounts: ['/tmp'] }, writable: [entry('/extra')] }],
      }),
    );
    const first = hardenedContainer({ image: 'app' }, { catalogue });
    expect(first.container.volumeMounts).to.have.length(1);
    expect(hardened(first.pod, { catalogue }).pod).to.equal(first.pod);
    const volumeMounts = [{ name: 'data', mountPath: '/tmp' }];
    const variant = hardenedContainer({ image: 'app', volumeMounts }, { catalogue }, { volumes });
    expect(variant.container.volumeMounts?.map(({ mountPath }) => mountPath)).to.deep.equal([
      '/extra',
      '/tmp',
    ]);
  });

  it('gives ephemeral containers no volume', () => {
    const spec = { containers: [], ephemeralContainers: [{ name: 'debug', image: 'web' }] };
    const { pod } = hardened({ spec }, { subject: { scope: 'ephemeral-containers' } });
    expect(pod.spec).not.to.have.property('volumes');
    expect(pod.spec.ephemeralContainers?.[0]).not.to.have.property('volumeMounts');
  });
});
