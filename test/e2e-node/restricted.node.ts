// Level restricted on a node: pods that say nothing of users and privileges are admitted by Pod
// Security's own `restricted`, run as the user that the profile of their image names, and do what
// they are for.

import { expect } from 'chai';

import { busybox } from './images/recipes/base.ts';
import * as data from './images/recipes/data.ts';
import { node } from './images/recipes/languages.ts';
import { haproxy, httpd, nginx, phpApache } from './images/recipes/web.ts';
import type { Recipe } from './images/recipe.ts';
import type { Cluster, Manifest, PodName } from './node/cluster.ts';
import { until } from './node/until.ts';
import {
  becomesReady,
  crashes,
  createPod,
  logOf,
  restartContainer,
  touch,
  type PodPlan,
} from './pods.ts';
import { killSandbox } from './sandbox.ts';
import { bareNamespace, restrictedNamespace, useNode } from './shared-node.ts';

const namespace = 'restricted-by-both';

interface Case {
  readonly recipe: Recipe;
  readonly image: string;
  readonly uid: number;
  readonly container?: Manifest;
  /** Mounted from a ConfigMap. */
  readonly file?: { readonly path: string; readonly text: string };
  /** A file for which its directory is writable. */
  readonly writes?: string;
  readonly use: (cluster: Cluster, pod: PodName) => Promise<string>;
  /** What {@link use} answers when all is well. */
  readonly answer: RegExp;
}

const cases: readonly Case[] = [
  {
    recipe: nginx,
    image: 'nginx',
    uid: 101,
    writes: '/var/cache/nginx/x',
    use: page(80),
    answer: /^200 [^]*Welcome to nginx!/,
  },
  {
    recipe: httpd,
    image: 'httpd',
    uid: 33,
    writes: '/usr/local/apache2/logs/x',
    use: page(80),
    answer: /^200 [^]*It works!/,
  },
  {
    recipe: data.redis,
    image: 'redis',
    uid: 999,
    writes: '/data/x',
    use: running('redis-cli incr a && redis-cli save'),
    answer: /^\d+\nOK\n$/,
  },
  {
    recipe: data.memcached,
    image: 'memcached',
    uid: 11211,
    use: running(
      'exec bash -c \'exec 3<>/dev/tcp/127.0.0.1/11211; printf "set a 0 0 5\\r\\nvalue\\r\\nget a\\r\\nquit\\r\\n" >&3; cat <&3\'',
    ),
    answer: /STORED[^]*value/,
  },
  {
    recipe: data.postgres,
    image: 'postgres:15',
    uid: 999,
    writes: '/tmp/x',
    container: { env: [{ name: 'POSTGRES_PASSWORD', value: 'secret' }] },
    use: running(
      "psql -U postgres -qAt -c 'create table if not exists a (b int); insert into a values (7); select b from a limit 1'",
    ),
    answer: /^7$/m,
  },
  {
    recipe: data.mariadb,
    image: 'mariadb:10.11',
    uid: 999,
    writes: '/tmp/x',
    container: { env: [{ name: 'MARIADB_ROOT_PASSWORD', value: 'secret' }] },
    use: running(
      "mariadb -uroot -psecret -N -e 'create database if not exists d; create table if not exists d.a (b int); insert into d.a values (7); select b from d.a limit 1'",
    ),
    answer: /^7$/m,
  },
  {
    recipe: haproxy,
    image: 'haproxy:2.6',
    uid: 99,
    writes: '/var/lib/haproxy/x',
    file: {
      path: '/usr/local/etc/haproxy/haproxy.cfg',
      text: `defaults
  mode http
  timeout client 5s
frontend web
  bind :80
  http-request return status 200 content-type text/plain string "haproxy answers"
`,
    },
    use: page(80),
    answer: /^200 haproxy answers/,
  },
  {
    recipe: phpApache,
    image: 'php:8.2-apache',
    uid: 33,
    writes: '/tmp/x',
    file: {
      path: '/var/www/html/index.php',
      text: '<?php $f = tempnam(sys_get_temp_dir(), "x"); file_put_contents($f, "kept"); echo file_get_contents($f);',
    },
    use: page(80),
    answer: /^200 kept$/,
  },
  {
    recipe: node,
    image: 'node',
    uid: 1000,
    writes: '/tmp/x',
    container: {
      command: ['node', '-e'],
      args: ['require("http").createServer((_, r) => r.end("node answers")).listen(8080)'],
    },
    use: page(8080),
    answer: /^200 node answers/,
  },
];

describe('in a namespace that Lithopod and Pod Security hold to restricted', () => {
  let cluster: Cluster;
  before(async function () {
    cluster = await useNode(
      this,
      cases.map(({ recipe }) => recipe),
    );
    await cluster.namespace(namespace, {
      'lithopod.dev/enforce': 'restricted',
      'pod-security.kubernetes.io/enforce': 'restricted',
    });
  });

  it('Pod Security admits nothing that Lithopod has not mended', async () => {
    const bare = await cluster.namespace('pod-security-alone', {
      'pod-security.kubernetes.io/enforce': 'restricted',
    });
    const refusal = await createPod(cluster, {
      namespace: bare,
      name: 'bare',
      image: 'nginx',
    }).then(() => 'admitted', String);
    expect(refusal).to.match(/violates PodSecurity "restricted:latest"/);
  });

  for (const { recipe, image, uid, container = {}, file, writes, use, answer } of cases) {
    it(`${recipe.name} is used as uid ${uid}, and again after its container and its sandbox were killed`, async () => {
      const plan = { namespace, name: recipe.name, image, container };
      const pod = await createPod(cluster, file ? await withFile(cluster, plan, file) : plan);
      const isUsed = async (): Promise<void> => {
        let last = '';
        await until(
          `answer of ${recipe.name}`,
          async () => answer.test((last = await use(cluster, pod))),
          async () => `${last}\nIts log:\n${await logOf(cluster, pod)}`,
        );
      };
      await becomesReady(cluster, pod);
      await isUsed();
      const { stdout } = await cluster.exec(pod, ['cat', '/proc/1/status']);
      expect(stdout).to.match(new RegExp(`^Uid:(\\t${uid}){4}$`, 'm'));
      expect(stdout).to.match(/^CapEff:\t0+$/m);
      expect(stdout).to.match(/^CapBnd:\t0+$/m);
      expect(stdout).to.match(/^NoNewPrivs:\t1$/m);
      expect(stdout).to.match(/^Seccomp:\t2$/m);
      expect(await touch(cluster, pod, '/x')).to.match(/Read-only file system/);
      if (writes !== undefined) expect(await touch(cluster, pod, writes)).to.equal(undefined);
      await restartContainer(cluster, pod);
      await isUsed();
      await killSandbox(cluster, pod);
      await isUsed();
    });
  }
});

describe('root without capabilities', () => {
  let cluster: Cluster;
  before(async function () {
    cluster = await useNode(this, [busybox]);
  });

  const plan = { name: 'web', image: 'busybox' };
  const command = ['httpd', '-f', '-v', '-p', '80', '-h', '/'];

  it('may not listen on a low port by itself', async () => {
    const securityContext = { capabilities: { drop: ['ALL'] } };
    const container = { command, securityContext };
    const pod = await createPod(cluster, { ...plan, namespace: bareNamespace, container });
    expect(await crashes(cluster, pod)).to.match(/bind: Permission denied/);
  });

  it('may where Lithopod took them away, though neither a profile nor the pod speaks of ports', async () => {
    const namespace = restrictedNamespace;
    const pod = await createPod(cluster, { ...plan, namespace, container: { command } });
    await becomesReady(cluster, pod);
    const { stdout } = await cluster.exec(pod, ['cat', '/proc/1/status']);
    expect(stdout).to.match(/^Uid:(\t0){4}$/m);
    expect(stdout).to.match(/^CapEff:\t0+$/m);
    const asked = page(80);
    await until('answer', async () => (await asked(cluster, pod)).startsWith('404 '));
  });
});

/** Makes the ConfigMap, and the plan that mounts it. */
async function withFile(
  cluster: Cluster,
  plan: PodPlan,
  { path, text }: { readonly path: string; readonly text: string },
): Promise<PodPlan> {
  const { name } = plan;
  await cluster.kubectl(['-n', namespace, 'create', '-f', '-'], {
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: { name },
    data: { file: text },
  });
  const volumeMounts = [{ name: 'file', mountPath: path, subPath: 'file' }];
  return {
    ...plan,
    container: { ...plan.container, volumeMounts },
    spec: { volumes: [{ name: 'file', configMap: { name } }] },
  };
}

/** What an HTTP server answers, its status first. */
function page(port: number): Case['use'] {
  return async (cluster, pod) => {
    try {
      const { status, body } = await cluster.http(pod, port);
      return `${status} ${body}`;
    } catch (error) {
      return String(error);
    }
  };
}

/** What a script prints in the container. */
function running(script: string): Case['use'] {
  return async (cluster, pod) => {
    const { stdout, stderr } = await cluster.exec(pod, ['sh', '-c', script]);
    return `${stdout}${stderr}`;
  };
}
