import { AppsV1Api, CoreV1Api, KubeConfig } from '@kubernetes/client-node';
import { expect } from 'chai';

import { controlNamespace, sharedCluster, type Cluster } from './cluster.ts';
import { deployment, seeds, templatingNginx } from './seeds.ts';
import {
  allContainers,
  comparable,
  copyOf,
  emptyDirPaths,
  maskedPaths,
  weaknesses,
  type StoredPod,
} from './stored-pod.ts';

describe('the pods of the seed documents', () => {
  let cluster: Cluster;
  const client = new KubeConfig();

  before('start the cluster', async () => {
    cluster = await sharedCluster();
    client.loadFromFile(cluster.installation.plane.kubeconfig);
  });

  async function podsOf(namespace: string): Promise<ReadonlyMap<string, StoredPod>> {
    const { stdout } = await cluster.kubectl(['-n', namespace, 'get', 'pods', '-o', 'json']);
    const { items } = JSON.parse(stdout) as { items: StoredPod[] };
    return new Map(items.map((pod) => [pod.metadata.name, pod]));
  }

  const allSeeds = {
    apiVersion: 'v1',
    kind: 'List',
    items: seeds.map(({ name, pod }) => pod(name)),
  };

  describe('created with kubectl in an enforced namespace', () => {
    let stored: ReadonlyMap<string, StoredPod>;
    let warnings: string;

    before(async () => {
      await cluster.namespace('seeds', { 'lithopod.dev/enforce': 'immutable' });
      const created = await cluster.kubectl(['-n', 'seeds', 'create', '-f', '-'], allSeeds);
      warnings = created.stderr;
      stored = await podsOf('seeds');
    });

    for (const { name, pod, ...expected } of seeds) {
      it(`${name} is stored hardened`, () => {
        const found = stored.get(name)!;
        const main = found.spec.containers[0]!;
        expect(weaknesses(found)).to.deep.equal([]);
        expect(main.securityContext?.privileged ?? false).to.be.false;
        expect(emptyDirPaths(found, main)).to.deep.equal(expected.writable);
        expect(maskedPaths(main)).to.deep.equal(expected.masked ?? []);
        expect(main).not.to.have.property('startupProbe');
        if (expected.ownVolumes) {
          const names = found.spec.volumes?.map((volume) => volume.name);
          expect(names?.filter((volume) => !volume.startsWith('kube-api-access'))).to.deep.equal([
            ...expected.ownVolumes,
            ...(expected.added ?? []),
          ]);
        }
        expect(main).to.include({ image: pod(name).spec.containers[0]!.image, name: 'main' });
      });
    }

    it('tells the client what it was not given, and nothing else', () => {
      const lines = warnings.split('\n').filter((line) => line !== '');
      expect(lines.filter((line) => !line.startsWith('Warning: lithopod: '))).to.deep.equal([]);
      for (const { warning, name } of seeds) {
        if (warning) expect(warnings, name).to.match(warning);
      }
      expect(lines).to.have.length(seeds.filter(({ warning }) => warning).length);
    });

    it('come out the same when what was stored is created again', async () => {
      for (const pod of stored.values()) {
        const again = await cluster.api.createPod(
          'seeds',
          copyOf(pod, `${pod.metadata.name}-again`),
          {
            dryRun: true,
          },
        );
        expect(again.status, pod.metadata.name).to.equal(201);
        expect(comparable(again.body as StoredPod)).to.deep.equal(comparable(pod));
      }
    });
  });

  it('busybox in the namespace sun sleeps on a read-only root', async () => {
    await cluster.namespace('sun', { 'lithopod.dev/enforce': 'immutable' });
    const run = ['run', 'pod-ro', '-n', 'sun', '--image=busybox:1.32.0', '--command'];
    await cluster.kubectl([...run, '--', 'sh', '-c', 'sleep 1d']);
    const pod = await cluster.api.readPod('sun', 'pod-ro');
    expect(weaknesses(pod)).to.deep.equal([]);
    expect(pod.spec.containers[0]?.command).to.deep.equal(['sh', '-c', 'sleep 1d']);
    expect(emptyDirPaths(pod, pod.spec.containers[0]!)).to.deep.equal(['/tmp']);
  });

  it('the Deployment is stored as it was sent, and the pod of its ReplicaSet hardened', async () => {
    const namespace = await cluster.namespace('rollout', { 'lithopod.dev/enforce': 'immutable' });
    const apps = client.makeApiClient(AppsV1Api);
    const core = client.makeApiClient(CoreV1Api);
    const made = await apps.createNamespacedDeployment({ namespace, body: deployment as never });
    expect(made.spec?.template.spec?.containers[0]?.volumeMounts).to.have.length(1);
    const { template } = deployment.spec;
    const labels = { app: 'app', 'pod-template-hash': '5d4f8c7b9' };
    const replicaSet = await apps.createNamespacedReplicaSet({
      namespace,
      body: {
        metadata: { name: 'app-5d4f8c7b9', labels },
        spec: {
          selector: { matchLabels: labels },
          template: { ...template, metadata: { labels } },
        },
      } as never,
    });

    const owner = {
      apiVersion: 'apps/v1',
      kind: 'ReplicaSet',
      name: 'app-5d4f8c7b9',
      uid: replicaSet.metadata?.uid ?? '',
      controller: true,
      blockOwnerDeletion: true,
    };
    const pod = (await core.createNamespacedPod({
      namespace,
      body: {
        metadata: { generateName: 'app-5d4f8c7b9-', labels, ownerReferences: [owner] },
        spec: template.spec,
      } as never,
    })) as unknown as StoredPod;

    expect(pod.metadata.name).to.match(/^app-5d4f8c7b9-\w{5}$/);
    expect(weaknesses(pod)).to.deep.equal([]);
    expect(emptyDirPaths(pod, pod.spec.containers[0]!)).to.deep.equal([
      '/usr/local/apache2/logs',
      '/var/run',
    ]);
  });

  it('created through client-node are hardened too', async () => {
    const namespace = await cluster.namespace('client', { 'lithopod.dev/enforce': 'immutable' });
    const core = client.makeApiClient(CoreV1Api);
    for (const { name, pod, writable } of seeds.slice(0, 4)) {
      await core.createNamespacedPod({ namespace, body: pod(name) as never });
      const read = (await core.readNamespacedPod({ namespace, name })) as unknown as StoredPod;
      expect(weaknesses(read)).to.deep.equal([]);
      expect(emptyDirPaths(read, read.spec.containers[0]!)).to.deep.equal(writable);
    }
  });

  it('are stored in an unlabelled namespace as if Lithopod were not installed', async () => {
    await cluster.namespace('unlabelled');
    const { stderr } = await cluster.kubectl(['-n', 'unlabelled', 'create', '-f', '-'], allSeeds);
    expect(stderr).to.equal('');
    const [control, stored] = [await podsOf(controlNamespace), await podsOf('unlabelled')];
    expect([...stored.keys()]).to.deep.equal([...control.keys()]);
    for (const [name, pod] of stored) {
      const [spec, plain] = [comparable(pod), comparable(control.get(name)!)];
      expect(JSON.stringify(spec), name).to.equal(JSON.stringify(plain));
      expect(pod.metadata.annotations, name).to.be.undefined;
    }
    expect(cluster.webhook.log.filter(({ namespace }) => namespace === 'unlabelled')).to.be.empty;
  });

  it('get a name from generateName', async () => {
    await cluster.namespace('generated', { 'lithopod.dev/enforce': 'immutable' });
    const { metadata: _, ...pod } = seeds[0]!.pod('nobody');
    const { stdout } = await cluster.kubectl(
      ['-n', 'generated', 'create', '-o', 'json', '-f', '-'],
      {
        ...pod,
        metadata: { generateName: 'web-' },
      },
    );
    const made = JSON.parse(stdout) as StoredPod;
    expect(made.metadata.name).to.match(/^web-\w{5}$/);
    expect(weaknesses(await cluster.api.readPod('generated', made.metadata.name))).to.deep.equal(
      [],
    );
    const lines = cluster.webhook.log.filter(({ namespace }) => namespace === 'generated');
    expect(lines.map(({ name }) => name)).to.deep.equal(['web-*']);
  });

  for (const way of ['--server-side=false', '--server-side=true']) {
    it(`are left alone when they are applied twice with ${way}`, async () => {
      const namespace = `applied-${way.slice(way.indexOf('=') + 1)}`;
      await cluster.namespace(namespace, { 'lithopod.dev/enforce': 'immutable' });
      // A pod's own wish that was not granted cannot be wished again: no pod's probe or privileges
      // can be updated.
      const granted = allSeeds.items.filter(({ spec: { containers } }) => {
        const { startupProbe, securityContext } = containers[0] as {
          startupProbe?: object;
          securityContext?: { privileged?: boolean };
        };
        return !startupProbe && securityContext?.privileged !== true;
      });
      const apply = ['-n', namespace, 'apply', way, '-f', '-'];
      await cluster.kubectl(apply, { ...allSeeds, items: granted });
      const before = await podsOf(namespace);
      await cluster.kubectl(apply, { ...allSeeds, items: granted });
      expect(before.size).to.equal(granted.length).and.be.above(10);
      for (const [name, pod] of await podsOf(namespace)) {
        expect(pod.spec, name).to.deep.equal(before.get(name)?.spec);
      }
    });
  }

  it('come back hardened from a dry run, which stores nothing', async () => {
    await cluster.namespace('rehearsed', { 'lithopod.dev/enforce': 'immutable' });
    const create = ['-n', 'rehearsed', 'create', '--dry-run=server', '-o', 'json', '-f', '-'];
    const { stdout } = await cluster.kubectl(create, seeds[0]!.pod('web'));
    const pod = JSON.parse(stdout) as StoredPod;
    expect(weaknesses(pod)).to.deep.equal([]);
    expect(emptyDirPaths(pod, pod.spec.containers[0]!)).to.deep.equal(seeds[0]!.writable);
    expect(await podsOf('rehearsed')).to.be.empty;
  });

  it('keep the files of a seeded path through one more init container', async () => {
    await cluster.namespace('seeded', { 'lithopod.dev/enforce': 'immutable' });
    await cluster.kubectl(['-n', 'seeded', 'create', '-f', '-'], templatingNginx('web'));
    const pod = await cluster.api.readPod('seeded', 'web');
    expect(weaknesses(pod)).to.deep.equal([]);
    expect(allContainers(pod).map(({ name }) => name)).to.deep.equal([
      'lithopod-seed-main',
      'main',
    ]);
    expect(emptyDirPaths(pod, pod.spec.containers[0]!)).to.deep.equal([
      '/etc/nginx/conf.d',
      '/etc/nginx/stream-conf.d',
      '/tmp',
      '/var/cache/nginx',
      '/var/run',
    ]);
  });
});
