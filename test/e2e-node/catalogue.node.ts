// The catalogue's profiles against programs that run: each serves what it is for, bare and hardened, also when started
// again in what it left behind.

import { connect } from 'node:net';

import { expect } from 'chai';

import * as recipes from './images/recipes.ts';
import type { Recipe } from './images/recipe.ts';
import type { Cluster, Manifest, PodName } from './node/cluster.ts';
import { until } from './node/until.ts';
import { becomesReady, createPod, logOf, restartContainer, touch } from './pods.ts';
import { bareNamespace, immutableNamespace, useNode } from './shared-node.ts';

/** Files of a ConfigMap, by name, in the folder `at`. */
interface Files {
  readonly at: string;
  readonly data: Readonly<Record<string, string>>;
}

interface Case {
  readonly recipe: Recipe;
  readonly image: string;
  readonly container?: Manifest;
  readonly files?: Files;
  /** Uses it over its own protocol: `undefined` when it answered as it should, else what it said. */
  readonly use: (cluster: Cluster, pod: PodName) => Promise<string | undefined>;
}

const cases: readonly Case[] = [
  {
    recipe: recipes.busybox,
    image: 'busybox',
    container: { command: ['sh', '-c', 'cat <<E\nhere\nE\nsleep 100000'] },
    use: (cluster, pod) => says(cluster, pod, ['sh', '-c', 'echo a > /tmp/a; cat /tmp/a'], /^a$/m),
  },
  {
    recipe: recipes.redis,
    image: 'redis',
    use: async (cluster, pod) =>
      (await says(cluster, pod, ['redis-cli', 'incr', 'a'], /^\d+$/m)) ??
      (await says(cluster, pod, ['redis-cli', 'save'], /^OK$/m)),
  },
  {
    recipe: recipes.memcached,
    image: 'memcached',
    use: (cluster, pod) =>
      answers(cluster, pod, 11211, 'set a 0 0 5\r\nvalue\r\nget a\r\nquit\r\n', /STORED[^]*value/),
  },
  {
    recipe: recipes.postgres,
    image: 'postgres:15',
    container: { env: [{ name: 'POSTGRES_PASSWORD', value: 'secret' }] },
    use: (cluster, pod) => {
      const sql = 'create table if not exists a (b int); insert into a values (7); select b from a';
      return says(cluster, pod, ['psql', '-U', 'postgres', '-At', '-c', sql], /^7$/m);
    },
  },
  {
    recipe: recipes.mariadb,
    image: 'mariadb:10.11',
    container: { env: [{ name: 'MARIADB_ROOT_PASSWORD', value: 'secret' }] },
    use: (cluster, pod) => {
      const sql =
        'create database if not exists d; create table if not exists d.a (b int); insert into d.a values (7); select b from d.a';
      return says(cluster, pod, ['mariadb', '-uroot', '-psecret', '-N', '-e', sql], /^7$/m);
    },
  },
  {
    recipe: recipes.haproxy,
    image: 'haproxy:2.6',
    files: {
      at: '/usr/local/etc/haproxy',
      data: {
        'haproxy.cfg': `global
  stats socket /var/lib/haproxy/stats mode 600
defaults
  mode http
  timeout client 5s
  timeout server 5s
  timeout connect 5s
frontend web
  bind :8080
  http-request return status 200 content-type text/plain string "haproxy answers"
`,
      },
    },
    use: (cluster, pod) => serves(cluster, pod, 8080, '/', /haproxy answers/),
  },
  {
    recipe: recipes.tomcat,
    image: 'tomcat:10.1',
    files: {
      at: '/usr/local/tomcat/webapps/ROOT',
      data: { 'index.jsp': '<%= "sum " + (40 + 2) + System.getProperty("java.io.tmpdir") %>' },
    },
    use: (cluster, pod) => serves(cluster, pod, 8080, '/index.jsp', /sum 42\/usr\/local\/tomcat/),
  },
  {
    recipe: recipes.phpApache,
    image: 'php:8.2-apache',
    files: {
      at: '/var/www/html',
      data: {
        'index.php':
          '<?php $f = tempnam(sys_get_temp_dir(), "x"); file_put_contents($f, "kept"); echo $f, " ", file_get_contents($f);',
      },
    },
    use: (cluster, pod) => serves(cluster, pod, 80, '/', /^\/tmp\/x\w+ kept$/),
  },
  {
    recipe: recipes.ruby,
    image: 'ruby:3.1',
    container: {
      command: ['ruby', '-rtempfile', '-e'],
      args: ['$stdout.sync = true; Tempfile.create("x") { |f| puts "made #{f.path}" }; sleep'],
    },
    use: (cluster, pod) => logs(cluster, pod, /^made \/tmp\/x/m),
  },
  {
    recipe: recipes.python,
    image: 'python:3.11',
    container: {
      command: ['python', '-u', '-c'],
      args: [
        'import tempfile, time\nwith tempfile.NamedTemporaryFile() as f: print("made", f.name)\ntime.sleep(100000)',
      ],
    },
    use: (cluster, pod) => logs(cluster, pod, /^made \/tmp\//m),
  },
  {
    recipe: recipes.temurin,
    image: 'eclipse-temurin:17',
    files: {
      at: '/app',
      data: {
        'Main.java': `import java.nio.file.Files;
class Main {
  public static void main(String[] arguments) throws Exception {
    System.out.println("made " + Files.createTempFile("x", null));
    Thread.sleep(Long.MAX_VALUE);
  }
}
`,
      },
    },
    container: { command: ['java', '/app/Main.java'] },
    use: (cluster, pod) => logs(cluster, pod, /^made \/tmp\/x/m),
  },
  {
    recipe: recipes.node,
    image: 'node',
    container: {
      command: ['node', '-e'],
      args: [
        'const fs = require("fs"); console.log("made " + fs.mkdtempSync(require("os").tmpdir() + "/x")); setInterval(() => 0, 1e6)',
      ],
    },
    use: (cluster, pod) => logs(cluster, pod, /^made \/tmp\/x/m),
  },
];

for (const { recipe, image, container = {}, files, use } of cases) {
  describe(`${recipe.name} on a node`, () => {
    let cluster: Cluster;
    before(async function () {
      cluster = await useNode(this, [recipe]);
    });

    const create = async (namespace: string): Promise<PodName> => {
      const plan = { namespace, name: recipe.name, image, container };
      if (!files) return createPod(cluster, plan);
      await cluster.kubectl(['-n', namespace, 'create', '-f', '-'], {
        apiVersion: 'v1',
        kind: 'ConfigMap',
        metadata: { name: recipe.name },
        data: files.data,
      });
      return createPod(cluster, {
        ...plan,
        container: { ...container, volumeMounts: mountsOf(files) },
        spec: { volumes: [{ name: 'files', configMap: { name: recipe.name } }] },
      });
    };
    const isUsed = async (pod: PodName): Promise<void> => {
      let last: string | undefined = '';
      await until(
        `answer of ${recipe.name}`,
        async () => (last = await use(cluster, pod)) === undefined,
        async () => `${last ?? ''}\nIts log:\n${await logOf(cluster, pod)}`,
      );
    };

    it('works as it is', async () => {
      const pod = await create(bareNamespace);
      await becomesReady(cluster, pod);
      await isUsed(pod);
      expect(await touch(cluster, pod, '/bare')).to.satisfy(
        (said: string | undefined) => said === undefined || said.includes('Permission denied'),
      );
    });

    it('works hardened, and again after its container was killed', async () => {
      const pod = await create(immutableNamespace);
      await becomesReady(cluster, pod);
      await isUsed(pod);
      expect(await touch(cluster, pod, '/hardened')).to.match(/Read-only file system/);
      await restartContainer(cluster, pod);
      await isUsed(pod);
    });
  });
}

/** One by one: in a folder of them each is a link, which Tomcat does not serve. */
function mountsOf({ at, data }: Files): readonly object[] {
  return Object.keys(data).map((name) => ({
    name: 'files',
    mountPath: `${at}/${name}`,
    subPath: name,
  }));
}

async function says(
  cluster: Cluster,
  pod: PodName,
  command: readonly string[],
  expected: RegExp,
): Promise<string | undefined> {
  const { code, stdout, stderr } = await cluster.exec(pod, command);
  return code === 0 && expected.test(stdout) ? undefined : `${stdout}${stderr}`;
}

async function serves(
  cluster: Cluster,
  pod: PodName,
  port: number,
  path: string,
  expected: RegExp,
): Promise<string | undefined> {
  try {
    const { status, body } = await cluster.http(pod, port, path);
    return status === 200 && expected.test(body) ? undefined : `${status} ${body}`;
  } catch (error) {
    return String(error);
  }
}

async function logs(cluster: Cluster, pod: PodName, expected: RegExp): Promise<string | undefined> {
  const log = await logOf(cluster, pod);
  return expected.test(log) ? undefined : log;
}

/** What a server says to some lines, the last of which ends the conversation. */
async function answers(
  cluster: Cluster,
  { namespace, name }: PodName,
  port: number,
  lines: string,
  expected: RegExp,
): Promise<string | undefined> {
  const host = await cluster.kubectl([
    ...['-n', namespace, 'get', 'pod', name, '-o', 'jsonpath={.status.podIP}'],
  ]);
  return new Promise((resolve) => {
    let said = '';
    const socket = connect({ host, port, timeout: 5_000 }, () => socket.end(lines));
    socket
      .on('data', (chunk) => (said += String(chunk)))
      .on('timeout', () => socket.destroy())
      .on('error', (error) => (said += error.message))
      .on('close', () => {
        resolve(expected.test(said) ? undefined : said);
      });
  });
}
