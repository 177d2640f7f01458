// How the catalogue's profiles are held against programs that run: each serves what it is for, bare, hardened and at
// level restricted, also when started again in what it left behind.

import { connect } from 'node:net';

import { expect } from 'chai';

import type { Recipe } from '../images/recipe.ts';
import type { Cluster, Manifest, PodName } from '../node/cluster.ts';
import { until } from '../node/until.ts';
import { becomesReady, createPod, logOf, restartContainer, touch } from '../pods.ts';
import { bareNamespace, immutableNamespace, restrictedNamespace, useNode } from '../shared-node.ts';

/** Files of a ConfigMap, by name, in the folder `at`. */
export interface Files {
  readonly at: string;
  readonly data: Readonly<Record<string, string>>;
}

/** An image, and what shows that it works. */
export interface Case {
  /** The recipe's, unless it has several cases. */
  readonly name?: string;
  readonly recipe: Recipe;
  readonly image: string;
  readonly container?: Manifest;
  readonly files?: Files;
  /** What it needs in its pod, as sidecars: containers that start before it. */
  readonly beside?: readonly Beside[];
  /** Uses it over its own protocol: `undefined` when it answered as it should, else what it said. */
  readonly use: Use;
}

/** A container beside the one that a case is about. */
export interface Beside {
  readonly recipe: Recipe;
  readonly image: string;
  readonly container?: Manifest;
}

/** See {@link Case.use}. */
export type Use = (cluster: Cluster, pod: PodName) => Promise<string | undefined>;

/** The tests of a case. */
export function describeCase(subject: Case): void {
  const { recipe, name = recipe.name, image, container = {}, files, beside = [], use } = subject;
  describe(`${name} on a node`, () => {
    let cluster: Cluster;
    before(async function () {
      cluster = await useNode(this, [recipe, ...beside.map((each) => each.recipe)]);
    });

    const create = async (namespace: string): Promise<PodName> => {
      const spec = { initContainers: beside.map(sidecarOf) };
      const plan = { namespace, name, image, container, spec };
      if (!files) return createPod(cluster, plan);
      await cluster.kubectl(['-n', namespace, 'create', '-f', '-'], {
        apiVersion: 'v1',
        kind: 'ConfigMap',
        metadata: { name },
        data: files.data,
      });
      return createPod(cluster, {
        ...plan,
        container: { ...container, volumeMounts: mountsOf(files) },
        spec: { ...spec, volumes: [{ name: 'files', configMap: { name } }] },
      });
    };
    const isUsed = async (pod: PodName): Promise<void> => {
      let last: string | undefined = '';
      await until(
        `answer of ${name}`,
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

    const worksIn = async (namespace: string): Promise<void> => {
      const pod = await create(namespace);
      await becomesReady(cluster, pod);
      await isUsed(pod);
      expect(await touch(cluster, pod, '/hardened')).to.match(/Read-only file system/);
      await restartContainer(cluster, pod);
      await isUsed(pod);
    };

    it('works hardened, and again after its container was killed', () =>
      worksIn(immutableNamespace));

    it('works at level restricted, and again after its container was killed', () =>
      worksIn(restrictedNamespace));
  });
}

function sidecarOf({ recipe, image, container }: Beside): Manifest {
  return {
    name: recipe.name,
    image,
    imagePullPolicy: 'IfNotPresent',
    restartPolicy: 'Always',
    ...container,
  };
}

/** One by one: in a folder of them each is a link, which Tomcat does not serve. */
function mountsOf({ at, data }: Files): readonly object[] {
  return Object.keys(data).map((name) => ({
    name: 'files',
    mountPath: `${at}/${name}`,
    subPath: name,
  }));
}

/** What a command in the container prints, which has to end well. */
export async function says(
  cluster: Cluster,
  pod: PodName,
  command: readonly string[],
  expected: RegExp,
): Promise<string | undefined> {
  const { code, stdout, stderr } = await cluster.exec(pod, command);
  return code === 0 && expected.test(stdout) ? undefined : `${stdout}${stderr}`;
}

/** What an HTTP server answers, which has to have status 200. */
export async function serves(
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

/** What the container has written. */
export async function logs(
  cluster: Cluster,
  pod: PodName,
  expected: RegExp,
): Promise<string | undefined> {
  const log = await logOf(cluster, pod);
  return expected.test(log) ? undefined : log;
}

/** What a server says to some lines: until it is as expected, the server ends the conversation, or is silent. */
export async function answers(
  cluster: Cluster,
  pod: PodName,
  port: number,
  lines: string,
  expected: RegExp,
): Promise<string | undefined> {
  const host = await cluster.address(pod);
  return new Promise((resolve) => {
    let said = '';
    const socket = connect({ host, port, timeout: 5_000 }, () => socket.write(lines));
    socket
      .on('data', (chunk) => {
        said += String(chunk);
        if (expected.test(said)) socket.end();
      })
      .on('timeout', () => socket.destroy())
      .on('error', (error) => (said += error.message))
      .on('close', () => {
        resolve(expected.test(said) ? undefined : said);
      });
  });
}
