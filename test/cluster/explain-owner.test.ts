/**
 * `npm run golden` does not write test/cluster/golden:
 * `UPDATE_GOLDEN=1 npx mocha test/cluster/explain-owner.test.ts` does.
 */
import { readFile, writeFile } from 'node:fs/promises';
import { expect } from 'chai';
import { loadCatalogue } from '../../src/profile-files/catalogue-files.ts';
import { defaultPolicy } from '../../src/core/context/context.ts';
import { harden } from '../../src/core/harden.ts';
import { cli } from '../cli/run.ts';
import { status, withApi } from './api-server.ts';
import type { PodExplanation } from '../../src/cli/report/pod-explanation.ts';
import type { Pod } from '../../src/core/pod/pod.ts';
import type { Reply } from './api-server.ts';

type Json = Readonly<Record<string, unknown>>;

const golden = new URL('golden/', import.meta.url);

const template = {
  metadata: { labels: { app: 'agent' } },
  spec: {
    containers: [
      {
        name: 'agent',
        image: 'busybox:1.37',
        securityContext: { privileged: true, capabilities: { add: ['SYS_ADMIN', 'NET_ADMIN'] } },
        volumeMounts: [{ name: 'etc', mountPath: '/host/etc' }],
      },
      { name: 'web', image: 'nginx:1.29', securityContext: { readOnlyRootFilesystem: false } },
    ],
    volumes: [{ name: 'etc', hostPath: { path: '/etc' } }],
  },
};

/** A controller as the API server gives it, and the reference to it. */
interface Controller {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: { readonly name: string; readonly uid: string } & Json;
  readonly [field: string]: unknown;
}

function controller(apiVersion: string, kind: string, name: string, rest: Json = {}): Controller {
  return { apiVersion, kind, metadata: { name, uid: `uid of ${kind} ${name}` }, ...rest };
}

function ownedBy({ apiVersion, kind, metadata: { name, uid } }: Controller): Json {
  return { ownerReferences: [{ apiVersion, kind, name, uid, controller: true }] };
}

function withMetadata(object: Controller, metadata: Json): Controller {
  return { ...object, metadata: { ...object.metadata, ...metadata } };
}

const deployment = controller('apps/v1', 'Deployment', 'agent');
const replicaSet = withMetadata(
  controller('apps/v1', 'ReplicaSet', 'agent-7c9d', { spec: { template } }),
  ownedBy(deployment),
);
const daemonSet = controller('apps/v1', 'DaemonSet', 'agent');
const statefulSet = controller('apps/v1', 'StatefulSet', 'agent');
const revision = (owner: Controller, name: string): Controller =>
  withMetadata(
    controller('apps/v1', 'ControllerRevision', name, {
      data: { spec: { template: { ...template, $patch: 'replace' } } },
      revision: 3,
    }),
    ownedBy(owner),
  );
const ofRevision = (hash: string): Json => ({ labels: { 'controller-revision-hash': hash } });
const cronJob = controller('batch/v1', 'CronJob', 'agent');
const job = withMetadata(
  controller('batch/v1', 'Job', 'agent-1', { spec: { template } }),
  ownedBy(cronJob),
);
const replicationController = controller('v1', 'ReplicationController', 'agent', {
  spec: { template },
});

const apps = '/apis/apps/v1/namespaces/shop';
const batch = '/apis/batch/v1/namespaces/shop';

describe('lithopod explain -n NAMESPACE POD, of a pod that a controller made', () => {
  let hardened: Pod;

  before('harden the template', async () => {
    const catalogue = await loadCatalogue();
    if (!catalogue.ok) throw new Error('the built-in catalogue does not load');
    hardened = harden({ metadata: {}, spec: template.spec }, catalogue.value, defaultPolicy).pod;
  });

  interface Cluster {
    /** What the pod's metadata have beside its name and annotations. */
    readonly metadata?: Json;
    /** The pod, where it is not the hardened one. */
    readonly pod?: Pod;
    /** What else the API server has, by path. */
    readonly objects?: Readonly<Record<string, Reply['body']>>;
    readonly forbidden?: RegExp;
  }

  async function explain(
    { metadata = {}, pod = hardened, objects = {}, forbidden }: Cluster,
    ...argv: readonly string[]
  ): Promise<{ readonly stdout: string; readonly asked: readonly string[] }> {
    const annotations = pod.metadata?.annotations ?? {};
    const object = { ...pod, metadata: { name: 'web', uid: 'u', annotations, ...metadata } };
    const answers: Readonly<Record<string, unknown>> = {
      '/api/v1/namespaces/shop/pods/web': object,
      '/api/v1/namespaces/shop/events': { items: [] },
      ...objects,
    };
    return withApi(
      (path) => {
        if (forbidden?.test(path) === true) return status(403, 'User "dev" cannot do this');
        return Object.hasOwn(answers, path) ? { body: answers[path] } : undefined;
      },
      async ({ kubeconfig, asked }) => {
        const { code, stdout, stderr } = await cli(
          ['explain', '--kubeconfig', kubeconfig, '-n', 'shop', 'web', ...argv],
          { columns: 100 },
        );
        expect({ code, stderr }).to.deep.equal({ code: 0, stderr: '' });
        return { stdout, asked };
      },
    );
  }

  async function explained(cluster: Cluster, ...argv: readonly string[]): Promise<PodExplanation> {
    const { stdout } = await explain(cluster, '-o', 'json', ...argv);
    return (JSON.parse(stdout) as { pods: [PodExplanation] }).pods[0];
  }

  async function expectGolden(name: string, text: string): Promise<void> {
    const file = new URL(`${name}.txt`, golden);
    if (process.env['UPDATE_GOLDEN'] !== undefined) await writeFile(file, text);
    expect(text).to.equal(await readFile(file, 'utf8'));
  }

  const taken = [
    'privileged-removed agent',
    'escape-capability-removed agent',
    'host-path-read-only agent',
    'writable-root-overridden web',
  ];

  for (const [what, metadata, objects, maker] of [
    [
      'a ReplicaSet of a Deployment',
      ownedBy(replicaSet),
      { [`${apps}/replicasets/agent-7c9d`]: replicaSet },
      { kind: 'ReplicaSet', name: 'agent-7c9d', by: { kind: 'Deployment', name: 'agent' } },
    ],
    [
      'a DaemonSet, by the revision of the pod',
      { ...ownedBy(daemonSet), ...ofRevision('5f4b') },
      { [`${apps}/controllerrevisions/agent-5f4b`]: revision(daemonSet, 'agent-5f4b') },
      { kind: 'DaemonSet', name: 'agent' },
    ],
    [
      'a StatefulSet, by the revision of the pod',
      { ...ownedBy(statefulSet), ...ofRevision('agent-5f4b') },
      { [`${apps}/controllerrevisions/agent-5f4b`]: revision(statefulSet, 'agent-5f4b') },
      { kind: 'StatefulSet', name: 'agent' },
    ],
    [
      'a Job of a CronJob',
      ownedBy(job),
      { [`${batch}/jobs/agent-1`]: job },
      { kind: 'Job', name: 'agent-1', by: { kind: 'CronJob', name: 'agent' } },
    ],
    [
      'a ReplicationController',
      ownedBy(replicationController),
      { '/api/v1/namespaces/shop/replicationcontrollers/agent': replicationController },
      { kind: 'ReplicationController', name: 'agent' },
    ],
  ] as const) {
    it(`tells what was taken from a pod of ${what}`, async () => {
      const told = await explained({ metadata, objects });
      const { taken: found = [], ...rest } = told.maker!;
      expect(rest).to.deep.equal(maker);
      expect(found.map(({ code, container }) => `${code} ${container}`)).to.deep.equal(taken);
      expect(told.unread.filter((text) => text.includes('template'))).to.deep.equal([]);
      expect(told).not.to.have.property('mutable');
    });
  }

  it('prints it for people', async () => {
    const objects = { [`${apps}/replicasets/agent-7c9d`]: replicaSet };
    const { stdout, asked } = await explain({ metadata: ownedBy(replicaSet), objects });
    await expectGolden('taken', stdout);
    // No right is asked for that is not needed: of a hard pod the namespace is nobody's business.
    expect(asked).to.include(`GET ${apps}/replicasets/agent-7c9d`);
    expect(asked).not.to.include('GET /api/v1/namespaces/shop');
  });

  it('tells of one container what was taken from that one', async () => {
    const objects = { [`${apps}/replicasets/agent-7c9d`]: replicaSet };
    const { maker } = await explained({ metadata: ownedBy(replicaSet), objects }, '-c', 'web');
    expect(maker?.taken?.map(({ container }) => container)).to.deep.equal(['web']);
  });

  for (const [what, metadata, objects, unread] of [
    [
      'that may not be read',
      ownedBy(replicaSet),
      {},
      'may not read the template of ReplicaSet "agent-7c9d": a Role of the namespace "shop" has to allow the verb "get" on "replicasets.apps" (User "dev" cannot do this)',
    ],
    [
      'of another that came by the same name',
      ownedBy(job),
      { [`${batch}/jobs/agent-1`]: withMetadata(job, { uid: 'another' }) },
      'the template of Job "agent-1": what has its name did not make this pod',
    ],
    [
      'of a revision of somebody else',
      { ...ownedBy(daemonSet), ...ofRevision('5f4b') },
      { [`${apps}/controllerrevisions/agent-5f4b`]: revision(statefulSet, 'agent-5f4b') },
      'the template of DaemonSet "agent": what has its name did not make this pod',
    ],
    [
      'that is gone',
      ownedBy(job),
      {},
      'the template of Job "agent-1" cannot be read: pods "nobody" not found (HTTP 404)',
    ],
    [
      'of a pod that names no revision',
      ownedBy(statefulSet),
      {},
      'the template of StatefulSet "agent": the pod does not tell where it stands',
    ],
    [
      'of a kind that is not known',
      ownedBy(controller('example.org/v1', 'Workflow', 'agent')),
      {},
      'the template of Workflow "agent": the pod does not tell where it stands',
    ],
  ] as const) {
    it(`compares with no template ${what}, and says so`, async () => {
      const told = await explained({ metadata, objects, forbidden: /replicasets/ });
      expect(told.maker).not.to.have.property('taken');
      expect(told.unread).to.include(unread);
      expect(told.containers.map(({ name }) => name)).to.deep.equal(['agent', 'web']);
    });
  }

  it('takes no name for a part of the path', async () => {
    const owner = controller('batch/v1', 'Job', '../../x?y');
    const { asked } = await explain({ metadata: ownedBy(owner) });
    expect(asked).to.include(`GET ${batch}/jobs/..%2F..%2Fx%3Fy`);
  });

  it('reads references of any shape as none', async () => {
    for (const ownerReferences of [7, [7], [{ kind: 'Job' }], [{ ...replicaSet, controller: 1 }]]) {
      expect(await explained({ metadata: { ownerReferences } })).not.to.have.property('maker');
    }
  });

  describe('and is mutable', () => {
    const pod: Pod = { spec: template.spec };
    const namespacePath = '/api/v1/namespaces/shop';
    const labelled = (labels: Json | undefined): Cluster => ({
      pod,
      objects: { [namespacePath]: { metadata: { name: 'shop', labels } } },
    });
    const since =
      'now, but the pod has no annotation of Lithopod: it was created before the label, or while Lithopod was not asked; created anew, it is hardened';
    const all = [
      'privileged-removed agent',
      'escape-capability-removed agent',
      'host-path-read-only agent',
      'root-made-read-only agent',
      'writable-root-overridden web',
    ];

    for (const [what, cluster, why] of [
      ['without a label', labelled({}), 'its namespace has no label lithopod.dev/enforce'],
      [
        'with no labels at all',
        labelled(undefined),
        'its namespace has no label lithopod.dev/enforce',
      ],
      [
        'with the label',
        labelled({ 'lithopod.dev/enforce': 'restricted' }),
        `its namespace has lithopod.dev/enforce=restricted ${since}`,
      ],
      [
        'with a mistyped label',
        labelled({ 'lithopod.dev/enforce': 'imutable' }),
        `its namespace has lithopod.dev/enforce=imutable, which counts as immutable, ${since}`,
      ],
    ] as const) {
      it(`says so, and why, in a namespace ${what}`, async () => {
        const { mutable, hardened: isHardened } = await explained(cluster);
        expect(isHardened).to.equal(false);
        expect(mutable?.why).to.equal(why);
        expect(
          mutable?.weaknesses.map(({ code, container }) => `${code} ${container}`),
        ).to.have.members(all);
      });
    }

    it('prints it for people, with what is weak and not what was taken', async () => {
      const objects = {
        ...labelled({ 'lithopod.dev/enforce': 'immutable' }).objects,
        [`${apps}/replicasets/agent-7c9d`]: replicaSet,
      };
      const { stdout } = await explain({ pod, metadata: ownedBy(replicaSet), objects });
      await expectGolden('mutable', stdout);
    });

    it('names the right that is missing where the namespace may not be read', async () => {
      const { mutable, unread } = await explained({ pod, forbidden: /\/shop$/ });
      expect(mutable?.why).to.equal('whether its namespace asks for hardening could not be read');
      expect(unread).to.include(
        'may not read namespace "shop": a Role of the namespace "shop" has to allow the verb "get" on "namespaces" (User "dev" cannot do this)',
      );
    });

    it('says of a pod with the annotation that something came later', async () => {
      const debug = { name: 'debug', image: 'busybox', securityContext: { privileged: true } };
      const spec = { ...hardened.spec, ephemeralContainers: [debug] };
      const { mutable } = await explained({ pod: { ...hardened, spec } });
      expect(mutable?.why).to.match(/^it has Lithopod’s annotation, and yet/);
      expect(
        mutable?.weaknesses.map(({ code, container }) => `${code} ${container}`),
      ).to.deep.equal(['privileged-removed debug', 'root-made-read-only debug']);
    });

    for (const [what, changed, why] of [
      [
        'a mirror pod',
        { metadata: { annotations: { 'kubernetes.io/config.mirror': 'x' } }, spec: pod.spec },
        /mirrors a static pod of its node/,
      ],
      [
        'a Windows pod',
        { spec: { os: { name: 'windows' }, containers: [{ name: 'web', image: 'iis' }] } },
        /runs on Windows/,
      ],
    ] as const) {
      it(`says what kind of pod it is: ${what}`, async () => {
        const told = await explained({ pod: changed, metadata: ownedBy(replicaSet) });
        expect(told.mutable?.why).to.match(why);
        expect(told.maker).to.deep.equal({ kind: 'ReplicaSet', name: 'agent-7c9d' });
      });
    }
  });

  it('says of a pod without the annotation that is hard enough that it is not mutable', async () => {
    const securityContext = { readOnlyRootFilesystem: true };
    const pod = { spec: { containers: [{ name: 'web', image: 'x', securityContext }] } };
    const { stdout } = await explain({ pod });
    expect(stdout).to.include('\n  Not changed by Lithopod, and not mutable as it is.\n');
  });
});
