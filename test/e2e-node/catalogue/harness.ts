// How the catalogue's profiles are held against programs that run: each serves what it is for,
// bare, hardened and at level restricted, also when started again in what it left behind.

import { connect } from 'node:net';

import { expect } from 'chai';

import type { Recipe } from '../images/recipe.ts';
import type { Cluster, Manifest, PodName } from '../node/cluster.ts';
import { until } from '../node/until.ts';
import {
  becomesReady,
  crashes,
  createManifest,
  createPod,
  logOf,
  restartContainer,
  touch,
  type PodPlan,
} from '../pods.ts';
import { barFile, draftOf, record, type Draft } from './bar.ts';
import { bareNamespace, immutableNamespace, restrictedNamespace, useNode } from '../shared-node.ts';

/** Files of a ConfigMap, by name, in the folder `at`. */
export interface Files {
  readonly at: string;
  readonly data: Readonly<Record<string, string>>;
  /**
   * The ConfigMap as a folder; else one by one: in a folder each is a link, which Tomcat does not
   * serve.
   */
  readonly whole?: boolean;
}

/** An image, and what shows that it works. */
export interface Case {
  /** The recipe's, unless it has several cases. */
  readonly name?: string;
  readonly recipe: Recipe;
  readonly image: string;
  readonly container?: Manifest;
  readonly spec?: Manifest;
  readonly files?: Files;
  /** What it needs in its pod, as sidecars: containers that start before it. */
  readonly beside?: readonly Beside[];
  /**
   * Uses it over its own protocol: `undefined` when it answered as it should, else what it said.
   */
  readonly use: Use;
  /**
   * What shows that it has kept its data when it is started again; {@link use} where it says
   * nothing of that.
   */
  readonly useAgain?: Use;
  /** Shown in place of how it works as it is. */
  readonly byHand?: ByHand;
}

/**
 * What becomes of a pod whose root is read-only, with emptyDirs that somebody thought to be enough.
 */
export interface ByHand {
  readonly writable?: readonly string[];
  /** What it says when it dies of that, or what it does all the same. */
  readonly outcome: RegExp | Use;
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
  const { recipe, name = recipe.name, beside = [], use, useAgain = use, byHand } = subject;
  describe(`${name} on a node`, () => {
    let cluster: Cluster;
    before(async function () {
      cluster = await useNode(this, [recipe, ...beside.map((each) => each.recipe)]);
    });

    const prepare = async (namespace: string): Promise<void> => {
      const { files } = subject;
      if (files) {
        await cluster.kubectl(['-n', namespace, 'apply', '-f', '-'], {
          apiVersion: 'v1',
          kind: 'ConfigMap',
          metadata: { name },
          data: files.data,
        });
      }
    };
    const create = async (namespace: string, hand?: ByHand): Promise<PodName> => {
      await prepare(namespace);
      return createPod(cluster, { namespace, name, ...podOf(subject, hand) });
    };
    const isUsed = async (pod: PodName, how = use): Promise<void> => {
      let last: string | undefined = '';
      await until(
        `answer of ${name}`,
        async () => (last = await how(cluster, pod)) === undefined,
        async () => `${last ?? ''}\nIts log:\n${await logOf(cluster, pod)}`,
      );
    };

    if (byHand === undefined) {
      let draft: Draft | undefined;
      it('works as it is', async () => {
        const pod = await create(bareNamespace);
        await becomesReady(cluster, pod);
        await isUsed(pod);
        if (barFile !== undefined) draft = await draftOf(cluster, pod);
        expect(await touch(cluster, pod, '/bare')).to.satisfy(
          (said: string | undefined) => said === undefined || said.includes('Permission denied'),
        );
      });
      if (barFile !== undefined) {
        it('works hardened with what was learnt of it', async function () {
          if (draft === undefined) this.skip();
          const plan = { namespace: bareNamespace, name: `${name}-learnt`, ...podOf(subject) };
          const { outcome, why } = await record(cluster, name, plan, draft, async (manifest) => {
            const twin = await createManifest(cluster, plan, manifest);
            await becomesReady(cluster, twin);
            await isUsed(twin);
          });
          expect(outcome, why).not.to.equal('fails');
        });
      }
    } else {
      it('does not on a read-only root by hand', async () => {
        const { outcome } = byHand;
        const pod = await create(bareNamespace, byHand);
        if (outcome instanceof RegExp) expect(await crashes(cluster, pod)).to.match(outcome);
        else await isUsed(pod, outcome);
      });
    }

    const worksIn = async (namespace: string): Promise<void> => {
      const pod = await create(namespace);
      await becomesReady(cluster, pod);
      await isUsed(pod);
      expect(await touch(cluster, pod, '/hardened')).to.match(/Read-only file system/);
      await restartContainer(cluster, pod);
      await isUsed(pod, useAgain);
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

/** The pod of a case, but for its names. */
function podOf(
  { recipe, name = recipe.name, image, container = {}, spec = {}, files, beside = [] }: Case,
  hand?: ByHand,
): Pick<PodPlan, 'image' | 'container' | 'spec'> {
  const writable = (hand?.writable ?? []).map((mountPath, index) => ({
    name: 'by-hand',
    mountPath,
    subPath: `${index}`,
  }));
  const mounts = [...listOf(container, 'volumeMounts'), ...(files ? mountsOf(files) : [])];
  return {
    image,
    container: {
      ...container,
      ...(hand && { securityContext: { readOnlyRootFilesystem: true } }),
      volumeMounts: [...mounts, ...writable],
    },
    spec: {
      ...spec,
      initContainers: beside.map(sidecarOf),
      volumes: [
        ...listOf(spec, 'volumes'),
        ...(files ? [{ name: 'files', configMap: { name } }] : []),
        ...(hand ? [{ name: 'by-hand', emptyDir: {} }] : []),
      ],
    },
  };
}

function listOf(manifest: Manifest, field: string): readonly unknown[] {
  return (manifest[field] ?? []) as readonly unknown[];
}

function mountsOf({ at, data, whole = false }: Files): readonly object[] {
  if (whole) return [{ name: 'files', mountPath: at }];
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

/**
 * What a server says to some lines: until it is as expected, the server ends the conversation, or
 * is silent.
 */
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
