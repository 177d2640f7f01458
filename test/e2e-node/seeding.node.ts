// Paths that images must write to and keep files in: a volume there hides them, a copy of them does
// not.

import { expect } from 'chai';

import { describeCase, logs, serves } from './catalogue/harness.ts';
import { ruby } from './images/recipes/languages.ts';
import { nginx } from './images/recipes/web.ts';
import { answerOf, attributesOf, shellPrints } from './inside.ts';
import type { Cluster, Manifest, PodName } from './node/cluster.ts';
import { until } from './node/until.ts';
import { becomesReady, crashes, createPod, logOf, restartContainer, touch } from './pods.ts';
import { bareNamespace, immutableNamespace, useNode } from './shared-node.ts';

const CONF = '/etc/nginx/conf.d';

describe('nginx with templates on a node', () => {
  const restrictedNamespace = 'restricted-templates';
  let cluster: Cluster;
  before(async function () {
    cluster = await useNode(this, [nginx]);
    await cluster.namespace(restrictedNamespace, {
      'lithopod.dev/enforce': 'restricted',
      'pod-security.kubernetes.io/enforce': 'restricted',
    });
    for (const namespace of [bareNamespace, immutableNamespace, restrictedNamespace]) {
      await cluster.kubectl(['-n', namespace, 'create', '-f', '-'], {
        apiVersion: 'v1',
        kind: 'ConfigMap',
        metadata: { name: 'templates' },
        data: {
          'site.conf.template':
            'server { listen 8080; location / { default_type text/plain; return 200 "$uri of ${WHOM}"; } }',
        },
      });
    }
  });

  const create = async (
    namespace: string,
    name: string,
    { container = {}, securityContext = {} }: { container?: Manifest; securityContext?: Manifest },
  ): Promise<PodName> =>
    createPod(cluster, {
      namespace,
      name,
      image: 'nginx',
      container: {
        env: [{ name: 'WHOM', value: 'the environment' }],
        volumeMounts: [{ name: 'templates', mountPath: '/etc/nginx/templates' }],
        ...container,
      },
      spec: { volumes: [{ name: 'templates', configMap: { name: 'templates' } }], securityContext },
    });
  const servesBoth = async (pod: PodName): Promise<void> => {
    const rendered = await answerOf(cluster, pod, 8080, '/a');
    expect(rendered).to.deep.equal({ status: 200, body: '/a of the environment' });
    const packaged = await answerOf(cluster, pod, 80);
    expect(packaged.status).to.equal(200);
    expect(packaged.body).to.match(/Welcome to nginx!/);
  };
  const files = (pod: PodName): Promise<readonly string[]> =>
    attributesOf(cluster, pod, CONF, `${CONF}/default.conf`, `${CONF}/site.conf`);
  // Without the hidden ones: a ConfigMap's own folder bears the time of its mounting, and is
  // rendered too.
  const contents = (pod: PodName): Promise<string> =>
    shellPrints(cluster, pod, `cd ${CONF} && ls && cat *`);

  const bare: PodName = { namespace: bareNamespace, name: 'templates' };
  const asInTheImage = [`755 0:0 ${CONF}`, `644 0:0 ${CONF}/default.conf`];

  it('renders them as it is', async () => {
    await create(bare.namespace, bare.name, {});
    await becomesReady(cluster, bare);
    await servesBoth(bare);
    expect((await files(bare)).slice(0, 2)).to.deep.equal(asInTheImage);
  });

  it('goes without them on a read-only root', async () => {
    const writable = ['/var/cache/nginx', '/var/run'].map((mountPath, index) => ({
      name: 'writable',
      mountPath,
      subPath: `${index}`,
    }));
    const pod = await createPod(cluster, {
      namespace: bareNamespace,
      name: 'templates-by-hand',
      image: 'nginx',
      container: {
        securityContext: { readOnlyRootFilesystem: true },
        volumeMounts: [...writable, { name: 'templates', mountPath: '/etc/nginx/templates' }],
      },
      spec: {
        volumes: [
          { name: 'writable', emptyDir: {} },
          { name: 'templates', configMap: { name: 'templates' } },
        ],
      },
    });
    await becomesReady(cluster, pod);
    expect(await answerOf(cluster, pod, 80)).to.include({ status: 200 });
    expect(await logOf(cluster, pod)).to.include(`${CONF} is not writable`);
  });

  it('renders them hardened, beside the files of the image', async () => {
    const pod = await create(immutableNamespace, 'templates', {});
    await becomesReady(cluster, pod);
    await servesBoth(pod);
    expect(await files(pod)).to.deep.equal(await files(bare));
    expect(await contents(pod)).to.equal(await contents(bare));
    expect(await touch(cluster, pod, '/etc/nginx/x')).to.match(/Read-only file system/);
  });

  for (const { name, user, securityContext } of [
    { name: 'templates-101', user: '101', securityContext: {} },
    { name: 'templates-1000', user: '1000', securityContext: { runAsUser: 1000 } },
  ]) {
    it(`renders them as user ${user} at level restricted, also when started again`, async () => {
      const pod = await create(restrictedNamespace, name, { securityContext });
      await becomesReady(cluster, pod);
      expect(await shellPrints(cluster, pod, 'id -u')).to.equal(user);
      for (const again of [false, true]) {
        if (again) await restartContainer(cluster, pod);
        await servesBoth(pod);
      }
      expect(await contents(pod)).to.equal(await contents(bare));
      const owners = (await files(pod)).map((line) => line.replace(/:\d+ /, ' '));
      const expected = (await files(bare)).map((line) => line.replace(/0:0 /, `${user} `));
      expect(owners).to.deep.equal(expected);
      expect(await touch(cluster, pod, '/etc/nginx/x')).to.match(/Read-only file system/);
    });
  }
});

/** Listens elsewhere than the packaged one, and needs a file of the image beside it. */
const wholeConfiguration = {
  at: '/etc/nginx/templates',
  data: {
    'nginx.conf.template': [
      'events {}',
      'http {',
      '  include /etc/nginx/mime.types;',
      '  server { listen 8080; location / { return 200 "$uri of ${WHOM}"; } }',
      '}',
    ].join('\n'),
  },
  whole: true,
};
const rendered = (output: string): readonly Manifest[] => [
  { name: 'WHOM', value: 'the environment' },
  { name: 'NGINX_ENVSUBST_OUTPUT_DIR', value: output },
];

describeCase({
  recipe: nginx,
  name: 'nginx-rendered-beside',
  image: 'nginx',
  files: wholeConfiguration,
  container: { env: rendered('/etc/nginx') },
  byHand: {
    writable: ['/var/cache/nginx', '/var/run'],
    outcome: async (cluster, pod) =>
      (await logs(cluster, pod, /\/etc\/nginx is not writable/)) ??
      (await serves(cluster, pod, 80, '/', /Welcome to nginx!/)),
  },
  use: (cluster, pod) => serves(cluster, pod, 8080, '/a', /^\/a of the environment$/),
});

describeCase({
  recipe: nginx,
  name: 'nginx-rendered-elsewhere',
  image: 'nginx',
  files: wholeConfiguration,
  container: {
    env: rendered('/srv/rendered'),
    args: ['nginx', '-c', '/srv/rendered/nginx.conf', '-g', 'daemon off;'],
    volumeMounts: [{ name: 'rendered', mountPath: '/srv/rendered' }],
  },
  spec: { volumes: [{ name: 'rendered', emptyDir: {} }] },
  byHand: { outcome: /"\/var\/cache\/nginx\/client_temp" failed \(30: Read-only file system\)/ },
  use: (cluster, pod) => serves(cluster, pod, 8080, '/a', /^\/a of the environment$/),
});

describe('the sticky /tmp of Ruby on a node', () => {
  const program = 'require "tmpdir"; $stdout.sync = true; puts "made #{Dir.mktmpdir}"; sleep';
  const users = [
    // Root is told by the mode of / that it may write there.
    { user: 0, securityContext: {}, complaint: /Read-only file system @ dir_s_mkdir - \/d/ },
    {
      user: 1000,
      securityContext: { runAsUser: 1000 },
      complaint: /could not find a temporary directory/,
    },
  ];
  let cluster: Cluster;
  before(async function () {
    cluster = await useNode(this, [ruby]);
  });

  const create = (namespace: string, name: string, container: Manifest, spec: Manifest) =>
    createPod(cluster, {
      namespace,
      name,
      image: 'ruby',
      container: { command: ['ruby', '-e', program], ...container },
      spec,
    });

  for (const { user, securityContext, complaint } of users) {
    it(`is missed by user ${user} where a volume is mounted there by hand`, async () => {
      const container = {
        securityContext: { readOnlyRootFilesystem: true },
        volumeMounts: [{ name: 'writable', mountPath: '/tmp' }],
      };
      const spec = { securityContext, volumes: [{ name: 'writable', emptyDir: {} }] };
      const pod = await create(bareNamespace, `ruby-by-hand-${user}`, container, spec);
      const log = await crashes(cluster, pod);
      expect(log).to.match(/^\/tmp is world-writable/m);
      expect(log).to.match(complaint);
    });

    it(`is there for user ${user} in a namespace that Lithopod enforces`, async () => {
      const pod = await create(immutableNamespace, `ruby-${user}`, {}, { securityContext });
      await becomesReady(cluster, pod);
      const [tmp] = await attributesOf(cluster, pod, '/tmp');
      expect(tmp).to.match(new RegExp(`^1777 ${user}:\\d+ /tmp$`));
      expect(await shellPrints(cluster, pod, "ruby -rtmpdir -e 'puts Dir.tmpdir'")).to.equal(
        '/tmp',
      );
      await until('temporary directory', async () =>
        /^made \/tmp\/d\S+\n$/.test(await logOf(cluster, pod)),
      );
    });
  }
});
