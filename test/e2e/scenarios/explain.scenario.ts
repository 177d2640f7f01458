// `lithopod explain` against a real API server: what it stores, what it refuses, and that there is
// no kubelet to ask for logs. What logs say is test/cluster's business.

import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

import { expect } from 'chai';

import type { PodExplanation } from '../../../src/cli/report/pod-explanation.ts';
import { parseProfiles } from '../../../src/core/catalogue/parse/parse.ts';
import { cli } from '../../cli/run.ts';
import { until } from '../installation.ts';
import { sharedCluster, type Cluster } from './cluster.ts';

const containers = [
  { name: 'nginx', image: 'nginx:1.29', securityContext: { privileged: true } },
] as const;

const pod = {
  metadata: { name: 'web' },
  // No such node: the API server looks for it when it is asked for the log.
  spec: { nodeName: 'nowhere', containers },
};

const crashed = {
  phase: 'Running',
  containerStatuses: [
    {
      name: 'nginx',
      image: 'nginx:1.29',
      imageID: '',
      ready: false,
      restartCount: 3,
      state: { waiting: { reason: 'CrashLoopBackOff', message: 'back-off' } },
      lastState: {
        terminated: {
          exitCode: 1,
          reason: 'Error',
          message: "can't create /etc/nginx/conf.d/default.conf: Read-only file system",
        },
      },
    },
  ],
};

describe('lithopod explain, asking a cluster', () => {
  let cluster: Cluster;
  let kubeconfig: string;
  let uid: string;

  before('create a pod that crashes', async () => {
    cluster = await sharedCluster();
    ({ kubeconfig } = cluster.installation.plane);
    await cluster.namespace('crashing', { 'lithopod.dev/enforce': 'immutable' });
    await cluster.api.create('/api/v1/namespaces/crashing/pods', pod);
    const path = '/api/v1/namespaces/crashing/pods/web/status';
    const { status } = await cluster.api.call('PATCH', path, { status: crashed });
    expect(status).to.equal(200);
    ({ uid } = (await cluster.api.readPod('crashing', 'web')).metadata);
    await cluster.api.create('/api/v1/namespaces/crashing/events', {
      metadata: { name: 'web.1' },
      involvedObject: {
        ...{ kind: 'Pod', namespace: 'crashing', name: 'web', uid },
        fieldPath: 'spec.containers{nginx}',
      },
      ...{ type: 'Warning', reason: 'BackOff', message: 'Back-off restarting', count: 4 },
    });
  });

  async function explain(...argv: readonly string[]): ReturnType<typeof cli> {
    return cli(['explain', '--kubeconfig', kubeconfig, ...argv]);
  }

  /** As somebody who may do nothing yet. */
  async function kubeconfigOf(user: string): Promise<string> {
    const config = JSON.parse(await readFile(kubeconfig, 'utf8')) as {
      users: { user: object }[];
    };
    for (const each of config.users) Object.assign(each.user, { as: user });
    const file = join(cluster.installation.plane.dir, `${user}-kubeconfig`);
    await writeFile(file, JSON.stringify(config));
    return file;
  }

  it('tells what was changed, how the pod runs, and the profile that mends it', async () => {
    const { code, stdout, stderr } = await explain('-n', 'crashing', 'web', '-o', 'json');
    expect(code, stderr).to.equal(0);
    const [told] = (JSON.parse(stdout) as { pods: PodExplanation[] }).pods;
    expect(told?.hardened).to.be.true;
    const [nginx] = told?.containers ?? [];
    expect(nginx?.changes.securityContext).to.include({
      readOnlyRootFilesystem: true,
      privileged: false,
    });
    expect(nginx?.changes.volumes.map(({ path }) => path)).to.include('/var/cache/nginx');
    expect(nginx?.changes.rules).to.include('no-privileged');
    expect(nginx?.profile).not.to.have.property('annotated');
    expect(nginx?.run).to.include({ reason: 'CrashLoopBackOff', restarts: 3 });
    expect(nginx?.diagnoses.map(({ path }) => path)).to.deep.equal(['/etc/nginx/conf.d']);
    expect(parseProfiles(nginx?.mended?.profile ?? 'x: y', 'mended').ok).to.be.true;
    expect(
      told?.events.map(({ reason, count, container }) => [reason, count, container]),
    ).to.deep.equal([['BackOff', 4, 'nginx']]);
  });

  it('says of each log why it cannot be read: no kubelet runs here', async () => {
    const { code, stdout } = await explain('-n', 'crashing', 'pod/web');
    expect(code).to.equal(0);
    expect(stdout).to.include(
      '\n  not read\n    the log of container "nginx" cannot be read: pods "nowhere" not found (HTTP 404)\n',
    );
  });

  it('names the right that is missing, and reads on where it is granted', async () => {
    const file = await kubeconfigOf('dev');

    const refused = await cli(['explain', '--kubeconfig', file, '-n', 'crashing', 'web']);
    expect(refused).to.include({ code: 2, stdout: '' });
    expect(refused.stderr).to.match(
      /^error: may not read pod "web": a Role of the namespace "crashing" has to allow the verb "get" on "pods" \(pods "web" is forbidden/,
    );

    const dev = ['-n', 'crashing', 'create'];
    await cluster.kubectl([...dev, 'role', 'dev', '--verb=get', '--resource=pods']);
    await cluster.kubectl([...dev, 'rolebinding', 'dev', '--role=dev', '--user=dev']);
    const read = await cli(['explain', '--kubeconfig', file, '-n', 'crashing', 'web']);
    expect(read.code, read.stderr).to.equal(0);
    expect(read.stdout).to.include('has to allow the verb "list" on "events"');
    expect(read.stdout).to.include('has to allow the verb "get" on "pods/log"');
    expect(read.stdout).to.include('missing-mount /etc/nginx/conf.d');
  });

  describe('of a pod that a controller made', () => {
    const path = '/apis/apps/v1/namespaces/crashing';
    const selected = { selector: { matchLabels: { app: 'web' } } };
    const template = { metadata: { labels: { app: 'web' } }, spec: { containers } };
    /** No controllers run here: their objects and references are made as they would make them. */
    async function made(kind: string, resource: string, name: string, object: object) {
      const { metadata } = (await cluster.api.create(`${path}/${resource}`, {
        ...object,
        metadata: { name, ...(object as { metadata?: object }).metadata },
      })) as { metadata: { uid: string } };
      const apiVersion = 'apps/v1';
      return { ownerReferences: [{ apiVersion, kind, name, uid: metadata.uid, controller: true }] };
    }
    async function createPod(name: string, metadata: object): Promise<void> {
      const object = { metadata: { name, ...metadata }, spec: { containers } };
      await cluster.api.create('/api/v1/namespaces/crashing/pods', object);
    }
    async function explained(namespace: string, name: string): Promise<PodExplanation> {
      const { stdout, stderr } = await explain('-n', namespace, name, '-o', 'json');
      expect(stderr).to.equal('');
      return (JSON.parse(stdout) as { pods: [PodExplanation] }).pods[0];
    }
    const taken = [
      {
        container: 'nginx',
        code: 'privileged-removed',
        detail: 'container "nginx" asked for privileged: true and runs with privileged: false',
      },
    ];

    it('tells what its template asks for in vain', async () => {
      const byDeployment = await made('Deployment', 'deployments', 'web', {
        spec: { ...selected, template },
      });
      const bySet = await made('ReplicaSet', 'replicasets', 'web-7c9d', {
        metadata: byDeployment,
        spec: { ...selected, template },
      });
      await createPod('web-7c9d-x', bySet);
      const { maker, mutable } = await explained('crashing', 'web-7c9d-x');
      expect(mutable).to.equal(undefined);
      expect(maker).to.deep.equal({
        ...{ kind: 'ReplicaSet', name: 'web-7c9d' },
        by: { kind: 'Deployment', name: 'web' },
        taken,
      });
    });

    it('tells it of the revision of a DaemonSet that the pod is of', async () => {
      const harmless = { ...template, spec: { containers: [{ name: 'nginx', image: 'nginx' }] } };
      const byDaemonSet = await made('DaemonSet', 'daemonsets', 'agent', {
        spec: { ...selected, template: harmless },
      });
      await made('ControllerRevision', 'controllerrevisions', 'agent-5f4b', {
        metadata: byDaemonSet,
        revision: 1,
        data: { spec: { template: { ...template, $patch: 'replace' } } },
      });
      await createPod('agent-x', {
        ...byDaemonSet,
        labels: { 'controller-revision-hash': '5f4b' },
      });
      const { maker } = await explained('crashing', 'agent-x');
      expect(maker).to.deep.equal({ kind: 'DaemonSet', name: 'agent', taken });
    });

    it('says of one that is older than the label that it is mutable, and why', async () => {
      await cluster.namespace('labelled-later');
      await cluster.api.create('/api/v1/namespaces/labelled-later/pods', pod);
      const { mutable: before } = await explained('labelled-later', 'web');
      expect(before?.why).to.equal('its namespace has no label lithopod.dev/enforce');
      const label = ['label', 'namespace', 'labelled-later', 'lithopod.dev/enforce=immutable'];
      await cluster.kubectl(label);
      const { stdout } = await explain('-n', 'labelled-later', 'web');
      expect(stdout).to.match(
        /^ {2}Mutable: its namespace has lithopod\.dev\/enforce=immutable now, but the pod has no annotation/m,
      );
      expect(stdout).to.include('container "nginx" runs with readOnlyRootFilesystem: true\n');
    });

    it('asks for each right by its name, and goes on without', async () => {
      const file = await kubeconfigOf('guest');
      const guest = ['create', '-f', '-'];
      for (const namespace of ['crashing', 'labelled-later']) {
        await cluster.kubectl(['-n', namespace, ...guest], {
          ...{ apiVersion: 'rbac.authorization.k8s.io/v1', kind: 'Role' },
          metadata: { name: 'guest' },
          rules: [{ apiGroups: [''], resources: ['pods'], verbs: ['get'] }],
        });
        const binding = ['rolebinding', 'guest', '--role=guest', '--user=guest'];
        await cluster.kubectl(['-n', namespace, 'create', ...binding]);
      }
      const read = (namespace: string, name: string): ReturnType<typeof cli> =>
        cli(['explain', '--kubeconfig', file, '-n', namespace, name]);
      for (const [namespace, name, resource] of [
        ['crashing', 'web-7c9d-x', 'replicasets.apps'],
        ['crashing', 'agent-x', 'controllerrevisions.apps'],
        ['labelled-later', 'web', 'namespaces'],
      ] as const) {
        const missing = `a Role of the namespace "${namespace}" has to allow the verb "get" on "${resource}"`;
        const refused = await read(namespace, name);
        expect(refused.code).to.equal(0);
        expect(refused.stdout).to.include(missing);
        // As the message says it: kubectl takes the resource by that name.
        const role = ['-n', namespace, 'create', 'role', `${name}-guest`, '--verb=get'];
        await cluster.kubectl([...role, `--resource=${resource}`]);
        const binding = ['rolebinding', `${name}-guest`, `--role=${name}-guest`, '--user=guest'];
        await cluster.kubectl(['-n', namespace, 'create', ...binding]);
        await until(
          'the right',
          async () => !(await read(namespace, name)).stdout.includes(missing),
        );
      }
    });
  });

  it('refuses a pod and a namespace that are not there', async () => {
    expect((await explain('-n', 'crashing', 'nobody')).stderr).to.equal(
      'error: there is no pod "nobody" in the namespace "crashing" (pods "nobody" not found)\n',
    );
    expect((await explain('-n', 'nowhere', 'web')).code).to.equal(2);
  });

  it('changes nothing', async () => {
    const before = await cluster.api.readPod('crashing', 'web');
    await explain('-n', 'crashing', 'web');
    expect(await cluster.api.readPod('crashing', 'web')).to.deep.equal(before);
  });
});
