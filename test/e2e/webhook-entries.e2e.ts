import { once } from 'node:events';
import { createServer, type Server } from 'node:https';
import type { AddressInfo } from 'node:net';

import { expect } from 'chai';
import { parseAllDocuments } from 'yaml';

import { makeInMemoryTls } from '../../src/tls/in-memory.ts';
import {
  container,
  pod,
  startInstallation,
  until,
  type Installation,
  type Manifest,
} from './installation.ts';

const NODE = 'system:node:node-1';

describe('the webhook entries', () => {
  let cluster: Installation;
  const calls: string[] = [];
  let server: Server;

  before(async () => {
    cluster = await startInstallation();
    const store = await makeInMemoryTls({ now: new Date() });
    const { certificate, key } = store.current();
    server = createServer({ cert: certificate, key }, (request, response) => {
      void (async () => {
        let text = '';
        for await (const chunk of request) text += String(chunk);
        const review = JSON.parse(text) as {
          request: {
            uid: string;
            resource: { resource: string };
            subResource?: string;
            operation: string;
          };
        };
        const { uid, resource, subResource, operation } = review.request;
        const target = [resource.resource, subResource].filter(Boolean).join('/');
        calls.push(`${operation} ${target} ${String(request.url).replace(/\?.*/, '')}`);
        response.setHeader('Content-Type', 'application/json');
        response.end(
          JSON.stringify({ ...review, request: undefined, response: { uid, allowed: true } }),
        );
      })();
    });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    const { port } = server.address() as AddressInfo;

    const rendered = await cluster.kubectl(['kustomize', cluster.folder]);
    const configuration = parseAllDocuments(rendered.stdout)
      .map((document) => document.toJS() as Manifest)
      .find(({ kind }) => kind === 'MutatingWebhookConfiguration') as Manifest & {
      webhooks: { clientConfig: { service: { path: string } } }[];
    };
    const caBundle = Buffer.from(store.ca).toString('base64');
    const webhooks = configuration.webhooks.map((webhook) => ({
      ...webhook,
      clientConfig: {
        url: `https://127.0.0.1:${port}${webhook.clientConfig.service.path}`,
        caBundle,
      },
    }));
    await cluster.kubectl(['delete', 'mutatingwebhookconfiguration', 'lithopod']);
    const created = await cluster.kubectl(['create', '-f', '-'], { ...configuration, webhooks });
    expect(created.code, created.stderr).to.equal(0);

    await cluster.namespace('audited', { 'lithopod.dev/audit': 'immutable' });
    await cluster.namespace('warned', { 'lithopod.dev/warn': 'restricted' });
    await cluster.namespace('enforced', { 'lithopod.dev/enforce': 'restricted' });
    const all = {
      'lithopod.dev/audit': 'restricted',
      'lithopod.dev/warn': 'restricted',
      'lithopod.dev/enforce': 'immutable',
    };
    await cluster.namespace('all', all);
    for (const name of ['audited', 'warned', 'enforced', 'all']) {
      await until('the webhook', async () => {
        await cluster.rehearse(pod({}), name);
        return calls.length > 0;
      });
      calls.length = 0;
    }
  });
  after(async () => {
    await cluster.stop();
    server.closeAllConnections();
    server.close();
    await once(server, 'close');
  });
  beforeEach(() => {
    calls.length = 0;
  });

  const template = { metadata: { labels: { app: 'a' } }, spec: { containers: [container()] } };
  const selected = { selector: { matchLabels: { app: 'a' } }, template };
  const owned = {
    ownerReferences: [
      { apiVersion: 'apps/v1', kind: 'ReplicaSet', name: 'rs', uid: 'u', controller: true },
    ],
  };
  function workload(
    apiVersion: string,
    kind: string,
    rest: object,
    metadata: object = {},
  ): Manifest {
    return { apiVersion, kind, metadata: { name: 'w', ...metadata }, ...rest };
  }
  const once_ = { spec: { template: { spec: { ...template.spec, restartPolicy: 'Never' } } } };
  const workloads: readonly [string, Manifest][] = [
    ['pods', pod({})],
    ['podtemplates', workload('v1', 'PodTemplate', { template })],
    ['replicationcontrollers', workload('v1', 'ReplicationController', { spec: { template } })],
    ['deployments', workload('apps/v1', 'Deployment', { spec: selected })],
    ['replicasets', workload('apps/v1', 'ReplicaSet', { spec: selected })],
    ['daemonsets', workload('apps/v1', 'DaemonSet', { spec: selected })],
    [
      'statefulsets',
      workload('apps/v1', 'StatefulSet', { spec: { ...selected, serviceName: 's' } }),
    ],
    ['jobs', workload('batch/v1', 'Job', once_)],
    [
      'cronjobs',
      workload('batch/v1', 'CronJob', { spec: { schedule: '* * * * *', jobTemplate: once_ } }),
    ],
  ];

  /** Without the policy that refuses mistyped values. */
  async function noPolicy(): Promise<void> {
    const binding = ['validatingadmissionpolicybinding', 'lithopod-namespace-labels'];
    await cluster.kubectl(['delete', '--ignore-not-found', ...binding]);
  }

  for (const [resource, object] of workloads) {
    it(`send the creation of ${resource} where it belongs`, async () => {
      const results = [
        await cluster.rehearse(object, 'audited'),
        await cluster.rehearse(object, 'warned'),
        await cluster.rehearse(object, 'enforced'),
      ];
      for (const { code, stderr } of results) expect(code, stderr).to.equal(0);
      expect(calls).to.deep.equal([
        `CREATE ${resource} /mutate/audit/immutable`,
        `CREATE ${resource} /mutate/warn/restricted`,
        `CREATE ${resource} /mutate/enforce/restricted`,
      ]);
    });

    if (resource === 'pods' || resource === 'podtemplates') continue;
    for (const [namespace, path] of [
      ['warned', '/mutate/warn/restricted'],
      ['enforced', '/mutate/enforce/restricted'],
    ] as const)
      it(`send an update of ${resource} in ${namespace} only when its spec changes`, async () => {
        const target = ['-n', namespace, `${resource}/w`];
        const created = await cluster.kubectl(['-n', namespace, 'create', '-f', '-'], object);
        expect(created.code, created.stderr).to.equal(0);
        calls.length = 0;
        await cluster.kubectl(['label', ...target, 'a=b']);
        expect(calls).to.be.empty;
        const spec = object['spec'] as Record<string, unknown>;
        const change =
          resource === 'cronjobs' || resource === 'jobs'
            ? { spec: { suspend: true } }
            : { spec: { ...spec, minReadySeconds: 7 } };
        const patched = await cluster.kubectl([
          'patch',
          ...target,
          '--type=merge',
          '-p',
          JSON.stringify(change),
        ]);
        expect(patched.code, patched.stderr).to.equal(0);
        expect(calls).to.deep.equal([`UPDATE ${resource} ${path}`]);
      });
  }

  it('leave to enforce what it says itself: warn is not asked where that is as strict', async () => {
    await noPolicy();
    const askedBy: Record<string, readonly string[]> = {};
    for (const warn of ['immutable', 'restricted']) {
      for (const enforce of ['immutable', 'restricted', 'imutable', undefined]) {
        const name = `${warn}-${enforce ?? 'none'}`;
        await until('the end of the policy', async () => {
          const { code } = await cluster.namespace(name, {
            'lithopod.dev/warn': warn,
            ...(enforce !== undefined && { 'lithopod.dev/enforce': enforce }),
          });
          return code === 0;
        });
        for (const [resource, object] of [workloads[0]!, workloads[3]!]) {
          await until(`the labels of ${name}`, async () => {
            calls.length = 0;
            await cluster.rehearse(object, name);
            return calls.length > 0;
          });
          askedBy[`${name} ${resource}`] = calls.map((call) => call.replace(/.*\/mutate\//, ''));
        }
      }
    }
    const expected = {
      'immutable-immutable': ['enforce/immutable'],
      'immutable-restricted': ['enforce/restricted'],
      'immutable-imutable': ['enforce/unknown-level'],
      'immutable-none': ['warn/immutable'],
      'restricted-immutable': ['warn/restricted', 'enforce/immutable'],
      'restricted-restricted': ['enforce/restricted'],
      'restricted-imutable': ['warn/restricted', 'enforce/unknown-level'],
      'restricted-none': ['warn/restricted'],
    };
    expect(askedBy).to.deep.equal(
      Object.fromEntries(
        Object.entries(expected).flatMap(([name, asked]) =>
          ['pods', 'deployments'].map((resource) => [`${name} ${resource}`, asked]),
        ),
      ),
    );
  });

  it('send an update of podtemplates only when the template changes', async () => {
    const target = ['-n', 'warned', 'podtemplate', 'w'];
    await cluster.kubectl(
      ['-n', 'warned', 'create', '-f', '-'],
      workload('v1', 'PodTemplate', { template }),
    );
    calls.length = 0;
    await cluster.kubectl(['label', ...target, 'a=b']);
    expect(calls).to.be.empty;
    const change = { template: { metadata: { labels: { app: 'b' } } } };
    await cluster.kubectl(['patch', ...target, '--type=merge', '-p', JSON.stringify(change)]);
    expect(calls).to.deep.equal(['UPDATE podtemplates /mutate/warn/restricted']);
  });

  it('ask in the order audit, warn, enforce', async () => {
    await cluster.rehearse(pod({}), 'all');
    expect(calls).to.deep.equal([
      'CREATE pods /mutate/audit/restricted',
      'CREATE pods /mutate/warn/restricted',
      'CREATE pods /mutate/enforce/immutable',
    ]);
  });

  it('pass over what a controller made, but never a pod to audit or enforce', async () => {
    const replicaSet = workload('apps/v1', 'ReplicaSet', { spec: selected }, owned);
    await cluster.rehearse(replicaSet, 'all');
    expect(calls).to.be.empty;
    await cluster.rehearse(pod({}, owned), 'all');
    expect(calls).to.deep.equal([
      'CREATE pods /mutate/audit/restricted',
      'CREATE pods /mutate/enforce/immutable',
    ]);
  });

  it('see an ephemeral container of a controlled pod, and no other update of a pod', async () => {
    const created = await cluster.kubectl(['-n', 'all', 'create', '-f', '-'], pod({}, owned));
    expect(created.code, created.stderr).to.equal(0);
    calls.length = 0;
    await cluster.kubectl(['-n', 'all', 'label', 'pod', 'pod', 'a=b']);
    expect(calls).to.be.empty;
    const patch = JSON.stringify({ spec: { ephemeralContainers: [container({}, 'debug')] } });
    const target = ['-n', 'all', 'pod', 'pod', '--subresource=ephemeralcontainers'];
    const patched = await cluster.kubectl(['patch', ...target, '-p', patch]);
    expect(patched.code, patched.stderr).to.equal(0);
    expect(calls).to.deep.equal([
      'UPDATE pods/ephemeralcontainers /mutate/audit/restricted',
      'UPDATE pods/ephemeralcontainers /mutate/warn/restricted',
      'UPDATE pods/ephemeralcontainers /mutate/enforce/immutable',
    ]);
  });

  it('pass over a mirror pod from a node, and from nobody else', async () => {
    const mirror = pod(
      { nodeName: 'node-1' },
      { annotations: { 'kubernetes.io/config.mirror': 'x' } },
    );
    await cluster.rehearse(mirror, 'enforced', NODE);
    expect(calls).to.be.empty;
    await cluster.rehearse(mirror, 'enforced');
    expect(calls).to.deep.equal(['CREATE pods /mutate/enforce/restricted']);
  });

  it('catch a mistyped level, the empty one too', async () => {
    await noPolicy();
    for (const [name, value] of [
      ['mistyped', 'imutable'],
      ['empty', ''],
    ] as const) {
      await until('the end of the policy', async () => {
        return (await cluster.namespace(name, { 'lithopod.dev/enforce': value })).code === 0;
      });
      calls.length = 0;
      const [, deployment] = workloads[3]!;
      await cluster.rehearse(pod({}), name);
      await cluster.rehearse(deployment, name);
      expect(calls, name).to.deep.equal([
        'CREATE pods /mutate/enforce/unknown-level',
        'CREATE deployments /mutate/enforce/unknown-level',
      ]);
    }
  });

  it('never select the namespaces of the control plane and their own', async () => {
    const never = ['kube-system', 'kube-public', 'kube-node-lease', 'lithopod-system'];
    for (const name of never) {
      await cluster.kubectl([
        'label',
        'namespace',
        name,
        'lithopod.dev/enforce=immutable',
        '--overwrite',
      ]);
    }
    // The API server hears of labels in their order: when it knows this one, it knows those.
    await cluster.namespace('later', { 'lithopod.dev/enforce': 'immutable' });
    await until('the label', async () => {
      await cluster.rehearse(pod({}), 'later');
      return calls.length > 0;
    });
    calls.length = 0;
    for (const name of never) await cluster.rehearse(pod({}), name);
    expect(calls).to.deep.equal([]);
  });
});
