import { expect } from 'chai';
import { hardened, hardenedContainer } from './hardened.ts';

import { entry, catalogueOf, profile } from '../pods/profiles.ts';

const volumes = [{ name: 'data', persistentVolumeClaim: { claimName: 'data' } }];

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
        initContainers: [{ name: 'a', image: 'web', restartPolicy: 'Always' } as { name: string }],
        containers: [{ name: 'b', image: 'web' }],
      },
    });
    expect(new Set(pod.spec.volumes?.map(({ name }) => name)).size).to.equal(4);
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

  it('mounts data only where the author mounts nothing at, above or below', () => {
    expect(hardenedContainer({ image: 'bare' }).codes('writable-paths')).to.deep.equal([
      'path-mounted',
      'data-not-persistent',
    ]);
    for (const mountPath of ['/data', '/data/', '/data/sub']) {
      const volumeMounts = [{ name: 'data', mountPath }];
      const result = hardenedContainer({ image: 'bare', volumeMounts }, {}, { volumes });
      expect(result.codes('writable-paths')).to.deep.equal(['path-mounted']);
    }
  });

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
