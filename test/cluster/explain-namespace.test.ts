import { expect } from 'chai';
import { parse } from 'yaml';
import { cli } from '../cli/run.ts';
import { status, withApi } from './api-server.ts';
import type { Outcome } from '../cli/run.ts';
import type { Reply } from './api-server.ts';

type Answers = Readonly<Record<string, unknown>>;

const controller = (kind: string, name: string, apiVersion = 'apps/v1'): object => ({
  apiVersion,
  kind,
  name,
  uid: `uid-${name}`,
  controller: true,
});

interface PodParts {
  readonly owner?: object;
  readonly labels?: object;
  readonly annotation?: string;
  readonly restarts?: number;
  readonly created?: string;
  readonly deleted?: string;
  readonly container?: object;
}

/** A pod as a list of the API server has it: without apiVersion and kind. */
function pod(name: string, parts: PodParts = {}): object {
  const { owner, labels, annotation, restarts = 0, created, deleted, container } = parts;
  return {
    metadata: {
      name,
      namespace: 'shop',
      uid: `uid-${name}`,
      creationTimestamp: created ?? '2026-11-01T00:00:00Z',
      ...(deleted !== undefined && { deletionTimestamp: deleted }),
      labels,
      ...(owner && { ownerReferences: [owner] }),
      ...(annotation !== undefined && { annotations: { 'lithopod.dev/hardened': annotation } }),
    },
    spec: { containers: [{ name: 'main', image: 'nginx:1.29', ...container }] },
    status: { containerStatuses: [{ name: 'main', restartCount: restarts }] },
  };
}

const hard = {
  terminationMessagePolicy: 'FallbackToLogsOnError',
  securityContext: { readOnlyRootFilesystem: true, privileged: false },
};
const pods = [
  pod('web-7c9d-a', {
    owner: controller('ReplicaSet', 'web-7c9d'),
    labels: { app: 'web', 'pod-template-hash': '7c9d' },
    restarts: 1,
  }),
  pod('web-7c9d-b', {
    owner: controller('ReplicaSet', 'web-7c9d'),
    labels: { app: 'web', 'pod-template-hash': '7c9d' },
    restarts: 4,
    annotation: '{"main":{"profile":"nginx","rules":[]}}',
    container: hard,
  }),
  pod('web-7c9d-gone', {
    owner: controller('ReplicaSet', 'web-7c9d'),
    labels: { app: 'web' },
    restarts: 9,
    deleted: '2026-11-02T00:00:00Z',
  }),
  pod('agent-x', {
    owner: controller('DaemonSet', 'agent'),
    labels: { app: 'agent' },
    annotation: '{"main":{"exempt":{"read-only-root":"node-agent"}}}',
  }),
  pod('db-0', { owner: controller('StatefulSet', 'db'), labels: { app: 'db' }, container: hard }),
  pod('report-1-x', { owner: controller('Job', 'report-1', 'batch/v1'), labels: { j: '1' } }),
  pod('alone', { container: hard }),
];

const workload = (name: string, selector: object): object => ({
  metadata: { name, uid: `uid-${name}` },
  spec: { selector },
});
const cluster: Answers = {
  '/api/v1/namespaces/shop': {
    metadata: {
      labels: { 'lithopod.dev/enforce': 'immutable', 'lithopod.dev/warn': 'restricted' },
    },
  },
  '/apis/apps/v1/namespaces/shop/deployments/web': workload('web', { matchLabels: { app: 'web' } }),
  '/apis/apps/v1/namespaces/shop/deployments/idle': workload('idle', { matchLabels: { app: 'i' } }),
  '/apis/apps/v1/namespaces/shop/replicasets/web-7c9d': workload('web-7c9d', {
    matchExpressions: [{ key: 'app', operator: 'In', values: ['web'] }],
  }),
  '/apis/apps/v1/namespaces/shop/daemonsets/agent': workload('agent', {
    matchLabels: { app: 'agent' },
  }),
  '/apis/apps/v1/namespaces/shop/statefulsets/db': workload('db', { matchLabels: { app: 'db' } }),
  '/apis/batch/v1/namespaces/shop/jobs/report-1': workload('report-1', { matchLabels: { j: '1' } }),
  '/apis/batch/v1/namespaces/shop/cronjobs/report': {
    metadata: { name: 'report', uid: 'uid-report' },
  },
  '/apis/batch/v1/namespaces/shop/jobs': {
    items: [
      {
        metadata: {
          name: 'report-1',
          uid: 'uid-report-1',
          ownerReferences: [controller('CronJob', 'report', 'batch/v1')],
        },
      },
    ],
  },
};

interface Labelled {
  readonly metadata: { readonly name: string; readonly labels?: Record<string, string> };
}

/** Selects as the API server does, as far as these tests need it, in pages of two. */
function list(query: URLSearchParams): Reply {
  const [, key, value] = /^(\w+)(?:=| in \()(\w+)\)?$/.exec(query.get('labelSelector') ?? '') ?? [];
  const items = (pods as Labelled[]).filter(
    ({ metadata }) => key === undefined || metadata.labels?.[key] === value,
  );
  const from = Number(query.get('continue') ?? 0);
  const more = from + 2 < items.length ? { continue: String(from + 2) } : {};
  return { body: { metadata: more, items: items.slice(from, from + 2) } };
}

function explain(argv: readonly string[], without?: RegExp): Promise<Outcome> {
  return withApi(
    (path, query) => {
      if (without?.test(path) === true) return status(403, 'User "dev" cannot do this');
      if (path === '/api/v1/namespaces/shop/pods') return list(query);
      if (path === '/api/v1/namespaces/empty/pods') return { body: { items: [] } };
      if (path === '/api/v1/namespaces/nowhere/pods') return { body: { items: [] } };
      if (path === '/api/v1/namespaces/empty') return { body: { metadata: {} } };
      const one = (pods as Labelled[]).find((each) => path.endsWith(`/pods/${each.metadata.name}`));
      if (one !== undefined) return { body: one };
      if (path.endsWith('/log')) return { body: '' };
      if (path.endsWith('/events')) return { body: { items: [] } };
      const body = cluster[path];
      return body === undefined ? status(404, `"x" not found`) : { body };
    },
    ({ kubeconfig }) => cli(['explain', '--kubeconfig', kubeconfig, ...argv]),
  );
}

describe('lithopod explain -n NAMESPACE', () => {
  it('lists each pod with its owner, its state and why, and its profiles', async () => {
    const { code, stdout, stderr } = await explain(['-n', 'shop']);
    expect({ code, stderr }).to.deep.equal({ code: 0, stderr: '' });
    const [heading, , ...rows] = stdout.split('\n');
    expect(heading).to.equal('Namespace/shop: enforce=immutable, warn=restricted');
    expect(rows.map((row) => row.split(/ {2,}/))).to.deep.equal([
      ['POD', 'OWNER', 'STATE', 'WHY', 'PROFILES'],
      ['web-7c9d-a', 'Deployment/web', 'mutable', 'older than the label: create it anew', 'nginx'],
      ['web-7c9d-b', 'Deployment/web', 'hardened', 'by Lithopod', 'nginx'],
      [
        'web-7c9d-gone',
        'ReplicaSet/web-7c9d',
        'mutable',
        'older than the label: create it anew',
        'nginx',
      ],
      ['agent-x', 'DaemonSet/agent', 'mutable', 'an Exemption', 'nginx'],
      ['db-0', 'StatefulSet/db', 'hard', 'as its author wrote it', 'nginx'],
      ['report-1-x', 'Job/report-1', 'mutable', 'older than the label: create it anew', 'nginx'],
      ['alone', '-', 'hard', 'as its author wrote it', 'nginx'],
      [''],
      ['7 pods, 4 mutable. With the name of a pod, or deploy/NAME, explain says more.'],
      [''],
    ]);
  });

  it('gives the same as JSON', async () => {
    const { stdout } = await explain(['-n', 'shop', '-o', 'json']);
    const { version, overview } = parse(stdout) as { version: number; overview: never };
    expect(version).to.equal(1);
    expect(overview).to.deep.include({
      namespace: 'shop',
      levels: { enforce: 'immutable', warn: 'restricted' },
      unread: [],
    });
    const [first, , , agent] = (overview as { pods: object[] }).pods;
    expect(first).to.deep.include({
      name: 'web-7c9d-a',
      owner: { kind: 'Deployment', name: 'web' },
      hardened: false,
      containers: [{ name: 'main', profile: 'nginx' }],
    });
    expect(agent).to.have.deep.nested.property('mutable.why').that.include('node-agent');
  });

  it('says what it may not read, and what is not there', async () => {
    const blind = await explain(['-n', 'shop'], /\/namespaces\/shop$/);
    expect(blind.code).to.equal(0);
    expect(blind.stdout).to.match(/^Namespace\/shop: its labels could not be read\n/);
    expect(blind.stdout).to.match(/not known: its namespace could not be read/);
    expect(blind.stdout).to.match(/not read\n {2}may not read namespace "shop"/);
    const refused = await explain(['-n', 'shop'], /\/pods$/);
    expect(refused.code).to.equal(2);
    expect(refused.stderr).to.match(/has to allow the verb "list" on "pods"/);
    expect(await explain(['-n', 'nowhere'])).to.deep.equal({
      code: 2,
      stdout: '',
      stderr: 'error: there is no namespace "nowhere" ("x" not found)\n',
    });
    expect(await explain(['-n', 'empty'])).to.deep.equal({
      code: 0,
      stdout: 'Namespace/empty: no label of Lithopod\n\nNo pods.\n',
      stderr: '',
    });
    expect((await explain(['-n', 'shop', '-c', 'main'])).stderr).to.equal(
      'error: --container needs the name of a pod\n',
    );
  });
});

describe('lithopod explain KIND/NAME', () => {
  for (const [operands, name] of [
    [['deploy/web'], 'web-7c9d-b'],
    [['deployment/web'], 'web-7c9d-b'],
    [['Deployments/web'], 'web-7c9d-b'],
    [['deployments.apps/web'], 'web-7c9d-b'],
    [['deployments.v1.apps/web'], 'web-7c9d-b'],
    [['deploy', 'web'], 'web-7c9d-b'],
    [['rs/web-7c9d'], 'web-7c9d-b'],
    [['sts/db'], 'db-0'],
    [['statefulset/db'], 'db-0'],
    [['ds/agent'], 'agent-x'],
    [['daemonsets', 'agent'], 'agent-x'],
    [['job/report-1'], 'report-1-x'],
    [['cronjob/report'], 'report-1-x'],
    [['cj/report'], 'report-1-x'],
    [['pods/alone'], 'alone'],
    [['po', 'alone'], 'alone'],
  ] as const) {
    it(operands.join(' '), async () => {
      for (const flags of [['-n', 'shop'], []]) {
        const { code, stdout, stderr } = await explain([...operands, ...flags]);
        expect(code, stderr).to.equal(0);
        expect(stdout).to.match(new RegExp(`^Pod/${name} \\(namespace shop\\)\n`));
        expect(stdout.match(/^Pod\//gm)).to.have.lengthOf(1);
        expect(stderr.includes('has 3 pods; explained is pod/web-7c9d-b')).to.equal(
          name.startsWith('web'),
        );
      }
    });
  }

  it('refuses kinds that it does not know, and workloads without pods', async () => {
    const unknown = await explain(['-n', 'shop', 'rollout/web', 'alone']);
    expect(unknown.code).to.equal(2);
    expect(unknown.stderr).to.match(/^error: rollout\/web is of no kind .*deployment, statefulset/);
    const idle = await explain(['-n', 'shop', 'deploy/idle']);
    expect(idle.code).to.equal(2);
    expect(idle.stderr).to.match(
      /^error: Deployment\/idle has no pod in the namespace "shop"; events/,
    );
    expect((await explain(['-n', 'shop', 'sts/nothing'])).stderr).to.equal(
      'error: there is no statefulset "nothing" in the namespace "shop" ("x" not found)\n',
    );
    expect((await explain(['deploy/web'], /deployments/)).stderr).to.match(
      /may not read deployment "web": .* the verb "get" on "deployments.apps"/,
    );
  });
});
