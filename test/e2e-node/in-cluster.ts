// Lithopod in the cluster, as docs/ has people install it.

import { mkdtemp, writeFile } from 'node:fs/promises';
import { join, relative } from 'node:path';

import { runCommand, type CommandResult } from '../e2e/control-plane/owned-process.ts';
import { copyManifests } from '../e2e/installation.ts';
import type { Cluster, Manifest } from './node/cluster.ts';
import { importArchive } from './node/containerd.ts';
import { until } from './node/until.ts';

const REPOSITORY = join(import.meta.dirname, '../..');
const SYSTEM = 'lithopod-system';
const COMMAND_MS = 120_000;
/** Kinds whose objects come and go by themselves. */
const UNSTEADY =
  /^(events|events\.events\.k8s\.io|leases\.coordination\.k8s\.io|componentstatuses)$/;

/** A replica of the Deployment, as its pod tells. */
export interface Replica {
  readonly name: string;
  readonly uid: string;
  readonly ready: boolean;
  /** Its IP, once it has one. */
  readonly address: string | undefined;
  /** How often its container was started again, say after the kernel ended it for its memory. */
  readonly restarts: number;
  /** Exit code of the container, once it has ended. */
  readonly exitCode: number | undefined;
}

interface PodObject {
  readonly metadata: { readonly name: string; readonly uid: string };
  readonly status: {
    readonly podIP?: string;
    readonly containerStatuses?: readonly ContainerStatus[];
  };
}

interface ContainerStatus {
  readonly ready: boolean;
  readonly restartCount: number;
  readonly state: { readonly terminated?: { readonly exitCode: number } };
}

/**
 * Installs Lithopod: its image, an archive, and overlays/bring-your-own of this repository, with a
 * certificate that `lithopod certs` made: a pod of this cluster does not reach the API server.
 * Answers their folder, for {@link kustomize}, when both replicas are ready.
 */
export async function installLithopod(cluster: Cluster, image: string): Promise<string> {
  await importArchive(cluster.premises, image);
  const folder = await preparedManifests(cluster);
  await applied(cluster, folder);
  await twoReady(cluster);
  return folder;
}

/**
 * Runs the command line of this checkout against the cluster, as an operator does. Any exit code is
 * a result.
 */
export async function lithopod(cluster: Cluster, args: readonly string[]): Promise<CommandResult> {
  const main = join(REPOSITORY, 'src/cli/main.ts');
  return runCommand(process.execPath, ['--import=tsx', main, ...args], {
    timeoutMs: COMMAND_MS,
    cwd: REPOSITORY,
    env: { ...process.env, KUBECONFIG: cluster.kubeconfig },
  });
}

/**
 * Gives Lithopod profiles of the operator's: files by name, in a ConfigMap that it reads by
 * `--profiles`; none takes them all away. `manifests` is what {@link installLithopod} answered.
 * Resolves when nothing is left of the replicas that had others. Rejects where the new ones do not
 * become ready, as with a profile that the lint refuses.
 */
export async function giveProfiles(
  cluster: Cluster,
  manifests: string,
  profiles: Readonly<Record<string, string>>,
): Promise<void> {
  const old = await twoReady(cluster);
  const names = Object.keys(profiles);
  const folder =
    names.length === 0 ? manifests : await mkdtemp(join(cluster.premises.dir, 'overlay-'));
  for (const name of names) await writeFile(join(folder, name), profiles[name]!);
  if (names.length > 0) {
    await writeFile(
      join(folder, 'kustomization.yaml'),
      JSON.stringify(withProfiles(relative(folder, manifests), names)),
    );
  }
  const before = await generation(cluster);
  await applied(cluster, folder);
  if ((await generation(cluster)) !== before) await twoReady(cluster, old);
}

/**
 * A kustomization: the generated ConfigMap has a hash in its name, so other profiles are another
 * Deployment.
 */
function withProfiles(manifests: string, files: readonly string[]): object {
  const container = '/spec/template/spec/containers/0';
  const at = '/etc/lithopod/profiles';
  const patch = [
    { op: 'add', path: `${container}/args/-`, value: `--profiles=${at}` },
    {
      op: 'add',
      path: `${container}/volumeMounts/-`,
      value: { name: 'profiles', mountPath: at, readOnly: true },
    },
    {
      op: 'add',
      path: '/spec/template/spec/volumes/-',
      value: { name: 'profiles', configMap: { name: 'lithopod-profiles' } },
    },
  ];
  return {
    apiVersion: 'kustomize.config.k8s.io/v1beta1',
    kind: 'Kustomization',
    resources: [manifests],
    configMapGenerator: [{ name: 'lithopod-profiles', namespace: SYSTEM, files }],
    patches: [{ target: { kind: 'Deployment', name: 'lithopod' }, patch: JSON.stringify(patch) }],
  };
}

/** Changes with the Deployment's spec. */
async function generation(cluster: Cluster): Promise<string> {
  const jsonpath = 'jsonpath={.metadata.generation}';
  return cluster.kubectl(['-n', SYSTEM, 'get', 'deployment', 'lithopod', '-o', jsonpath]);
}

async function applied(cluster: Cluster, folder: string): Promise<void> {
  const { code, stderr } = await kustomize(cluster, 'apply', folder);
  // Nor may it warn.
  if (code !== 0 || stderr !== '') throw new Error(`kubectl apply -k: ${stderr}`);
}

async function preparedManifests(cluster: Cluster): Promise<string> {
  const folder = await copyManifests(await mkdtemp(join(cluster.premises.dir, 'manifests-')));
  const { code, stderr } = await lithopod(cluster, ['certs', '--out', join(folder, 'tls')]);
  if (code !== 0) throw new Error(`lithopod certs: ${stderr}`);
  return folder;
}

/** `kubectl apply -k` or `kubectl delete -k`, which waits until everything is gone. */
export async function kustomize(
  cluster: Cluster,
  verb: 'apply' | 'delete',
  folder: string,
): Promise<CommandResult> {
  return cluster.plane.kubectl([verb, '-k', folder], { timeoutMs: COMMAND_MS });
}

/** The replicas that are there, also those on their way out. */
export async function replicas(cluster: Cluster): Promise<readonly Replica[]> {
  const selector = 'app.kubernetes.io/component=webhook';
  const json = await cluster.kubectl(['-n', SYSTEM, 'get', 'pods', '-l', selector, '-o', 'json']);
  const { items } = JSON.parse(json) as { items: readonly PodObject[] };
  return items.map(({ metadata: { name, uid }, status }) => {
    const [main] = status.containerStatuses ?? [];
    const exitCode = main?.state.terminated?.exitCode;
    return {
      ...{ name, uid, address: status.podIP },
      ...{ ready: main?.ready ?? false, restarts: main?.restartCount ?? 0, exitCode },
    };
  });
}

/** Waits until there are two replicas and no more, all of them ready, and none of `gone`. */
export async function twoReady(
  cluster: Cluster,
  gone: readonly Replica[] = [],
): Promise<readonly Replica[]> {
  let last: readonly Replica[] = [];
  await until(
    'two ready replicas',
    async () => {
      last = await replicas(cluster);
      const isNew = last.every(({ uid }) => !gone.some((old) => old.uid === uid));
      return last.length === 2 && isNew && last.every(({ ready }) => ready);
    },
    async () => (await cluster.tryKubectl(['-n', SYSTEM, 'describe', 'pods'])).stdout,
  );
  return last;
}

/** Waits until pods of this namespace are hardened. */
export async function hardens(cluster: Cluster, namespace: string): Promise<void> {
  const create = ['-n', namespace, 'create', '--dry-run=server', '-o', 'json', '-f', '-'];
  let last = '';
  await until(
    `hardening in ${namespace}`,
    async () => {
      const { stdout, stderr } = await cluster.tryKubectl(create, homelessPod);
      last = stderr;
      return isHardened(stdout);
    },
    () => Promise.resolve(last),
  );
}

/** What became of pods that were created one after the other. */
export interface Creations {
  /** How many were stored with a read-only root. */
  hardened: number;
  /** How many were stored without. */
  missed: number;
  /** What the API server said of each one that it refused. */
  readonly refusals: string[];
}

/** Creates pods that no node takes, without a pause, for as long as `during` lasts. */
export async function creationsDuring(
  cluster: Cluster,
  namespace: string,
  during: () => Promise<unknown>,
): Promise<Creations> {
  const creations: Creations = { hardened: 0, missed: 0, refusals: [] };
  let lasts = true;
  const change = during().finally(() => {
    lasts = false;
  });
  const create = ['-n', namespace, 'create', '-o', 'json', '-f', '-'];
  const loop = async (): Promise<void> => {
    while (lasts) {
      const { code, stdout, stderr } = await cluster.tryKubectl(create, homelessPod);
      if (code !== 0) creations.refusals.push(stderr);
      else if (isHardened(stdout)) creations.hardened++;
      else creations.missed++;
    }
  };
  await Promise.all([change, loop()]);
  return creations;
}

function isHardened(json: string): boolean {
  return json.includes('"readOnlyRootFilesystem": true');
}

const homelessPod: Manifest = {
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: { generateName: 'homeless-' },
  spec: {
    nodeSelector: { 'lithopod.dev/no-such-node': '' },
    containers: [{ name: 'main', image: 'nginx' }],
  },
};

/** Every object of the cluster by type and name, but for those that come and go by themselves. */
export async function everything(cluster: Cluster): Promise<ReadonlySet<string>> {
  const types = await cluster.kubectl(['api-resources', '--verbs=list', '-o', 'name']);
  const steady = types.split('\n').filter((type) => type !== '' && !UNSTEADY.test(type));
  const columns = 'NAMESPACE:.metadata.namespace,NAME:.metadata.name';
  const objects = new Set<string>();
  for (const type of steady) {
    const get = ['get', type, '-A', '--no-headers', '-o', `custom-columns=${columns}`];
    const listed = await cluster.kubectl(get);
    for (const line of listed.split('\n').filter(Boolean)) {
      objects.add(`${type} ${line.trim().replaceAll(/\s+/g, '/')}`);
    }
  }
  return objects;
}
