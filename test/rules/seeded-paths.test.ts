import { expect } from 'chai';
import { hardened, hardenedContainer } from './hardened.ts';

import { catalogueOf, entry, profile } from '../pods/profiles.ts';
import { defaulted } from '../pods/defaulted.ts';
import type { Container, Pod } from '../../src/core/pod/pod.ts';

const catalogue = catalogueOf(
  profile('app', {
    writable: [entry('/opt/conf', { contents: 'seeded' })],
    user: { uid: 999, gid: 999 },
  }),
  profile('secret', { writable: [entry('/opt/conf', { contents: 'seeded', readableBy: 'root' })] }),
  profile('static', { writable: [entry('/opt/conf', { contents: 'seeded' })], cp: 'none' }),
  profile('tool', { writable: [] }),
);
const app = {
  image: 'app:1',
  imagePullPolicy: 'Always',
  resources: { limits: { cpu: '1' } },
} as const;

function seeds(pod: Pod): readonly Container[] {
  return (pod.spec.initContainers ?? []).filter(({ command }) => command?.includes('-af'));
}

describe('seeded-paths', () => {
  it('copies the directory in an init container that is like its target', () => {
    const { pod, container, codes } = hardenedContainer(app, { catalogue, level: 'restricted' });
    const [seed] = seeds(pod);
    const volume = pod.spec.volumes![0]!.name;
    expect(seed).to.deep.equal({
      name: 'lithopod-seed-app',
      ...app,
      command: ['cp', '-af', '/opt/conf', '/mount/'],
      volumeMounts: [{ name: volume, mountPath: '/mount' }],
      securityContext: container.securityContext,
    });
    expect(container.securityContext?.runAsUser).to.equal(999);
    expect(container.volumeMounts).to.deep.equal([
      { name: volume, mountPath: '/opt/conf', subPath: 'conf' },
    ]);
    expect(codes('seeded-paths')).to.deep.equal(['path-seeded']);
  });

  it('copies a single file, which is mounted over the image’s own', () => {
    const file = '/opt/app/app.conf';
    const ofFile = catalogueOf(profile('app', { writable: [entry(file, { contents: 'seeded' })] }));
    const { pod, container } = hardenedContainer(app, { catalogue: ofFile });
    // `cp` puts it beside nothing else at the root of the volume, where the subPath finds it.
    expect(seeds(pod)[0]?.command).to.deep.equal(['cp', '-af', file, '/mount/']);
    expect(container.volumeMounts).to.deep.equal([
      { name: pod.spec.volumes![0]!.name, mountPath: file, subPath: 'app.conf' },
    ]);
  });

  it('comes once where two containers have one name, which the API refuses', () => {
    const twin = { name: 'app', ...app };
    const { pod } = hardened(
      { spec: { initContainers: [twin, twin], containers: [] } },
      { catalogue },
    );
    const names = pod.spec.initContainers!.map(({ name }) => name);
    expect(names.filter((name) => name === 'app')).to.have.length(2);
    expect(new Set(names).size).to.equal(names.length - 1);
  });

  it('comes before the container that it is for', () => {
    const { pod } = hardened(
      {
        spec: {
          initContainers: [
            { name: 'first', image: 'tool' },
            { name: 'second', image: 'app' },
          ],
          containers: [{ name: 'main', image: 'app' }],
        },
      },
      { catalogue },
    );
    expect(pod.spec.initContainers?.map(({ name }) => name)).to.deep.equal([
      'lithopod-seed-main',
      'first',
      'lithopod-seed-second',
      'second',
    ]);
  });

  it('says where it cannot', () => {
    const reason = (image: string, runAsUser?: number): unknown =>
      hardenedContainer(
        { image, ...(runAsUser !== undefined && { securityContext: { runAsUser } }) },
        { catalogue },
      ).codes('seeded-paths');
    expect(reason('static')).to.deep.equal(['seed-without-cp']);
    expect(reason('secret', 1000)).to.deep.equal(['seed-unreadable']);
    expect(reason('secret', 0)).to.deep.equal(['path-seeded']);
    expect(reason('secret')).to.deep.equal(['path-seeded']);
  });

  it('conflicts with a ConfigMap that hides files which the program changes', () => {
    const volumeMounts = [{ name: 'c', mountPath: '/opt/conf' }];
    const volumes = [{ name: 'c', configMap: { name: 'c' } }];
    const { codes } = hardenedContainer({ image: 'app', volumeMounts }, { catalogue }, { volumes });
    expect(codes('seeded-paths')).to.include('read-only-mount');
  });

  it('tells of seeded data that it ends with the pod', () => {
    const { codes } = hardenedContainer({ image: 'seedy' });
    expect(codes('seeded-paths')).to.include('data-not-persistent');
  });

  it('keeps in step with its target when the level rises', () => {
    const first = hardenedContainer(app, { catalogue });
    const second = hardened(defaulted(first.pod), { catalogue, level: 'restricted' });
    expect(seeds(second.pod)).to.have.length(1);
    expect(seeds(second.pod)[0]?.securityContext).to.deep.equal(second.container.securityContext);
    expect(hardened(second.pod, { catalogue, level: 'restricted' }).pod).to.equal(second.pod);
  });

  it('is brought back to what it was, whatever another webhook made of it', () => {
    const { pod } = hardenedContainer(app, { catalogue });
    const changed: Pod = {
      spec: {
        ...pod.spec,
        initContainers: pod.spec.initContainers!.map((seed) => ({
          ...seed,
          image: 'app:0',
          env: [{ name: 'A', value: 'b' }],
          volumeMounts: [...seed.volumeMounts!, { name: 'token', mountPath: '/token' }],
        })),
      },
    };
    const again = hardened(changed, { catalogue });
    expect(again.pod.spec.initContainers).to.deep.equal(pod.spec.initContainers);
    expect(again.pod.spec.volumes).to.deep.equal(pod.spec.volumes);
    expect(again.codes('seeded-paths')).to.deep.equal(['path-seeded']);
  });

  it('is made anew where somebody took it away, and says so', () => {
    const { pod } = hardenedContainer(app, { catalogue });
    const again = hardened({ ...pod, spec: { ...pod.spec, initContainers: [] } }, { catalogue });
    expect(again.pod.spec.initContainers).to.deep.equal(pod.spec.initContainers);
    expect(again.codes('seeded-paths')).to.deep.equal(['path-seeded']);
  });

  it('takes no container of the author for its own, whatever its name or mounts', () => {
    const { pod } = hardenedContainer(app, { catalogue });
    const [seed] = pod.spec.initContainers!;
    for (const authors of [
      { ...seed!, command: ['sh', '-c', 'prepare'] },
      { ...seed!, args: ['/etc'] },
      { ...seed!, volumeMounts: [{ name: seed!.volumeMounts![0]!.name, mountPath: '/elsewhere' }] },
    ]) {
      const again = hardened({ spec: { ...pod.spec, initContainers: [authors] } }, { catalogue });
      expect(seeds(again.pod).some(({ name }) => name !== seed!.name)).to.equal(true);
      const kept = again.pod.spec.initContainers!.find(({ name }) => name === seed!.name)!;
      expect([kept.command, kept.args]).to.deep.equal([authors.command, authors.args]);
      expect(kept.volumeMounts).to.deep.include.members([...authors.volumeMounts!]);
    }
  });

  it('treats a second copy of its container as anybody’s', () => {
    const { pod } = hardenedContainer(app, { catalogue, level: 'restricted' });
    const [seed] = pod.spec.initContainers!;
    const copy = { ...seed!, name: 'copy', securityContext: { runAsUser: 0 } };
    const initContainers = [seed!, copy];
    const again = hardened(
      { spec: { ...pod.spec, initContainers } },
      { catalogue, level: 'restricted' },
    );
    expect(again.findings).to.deep.include({
      rule: 'non-root',
      outcome: 'conflict',
      code: 'root-requested',
      container: 'copy',
      detail: 'container "copy" asks for runAsUser: 0',
    });
  });
});
