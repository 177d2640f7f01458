// A cluster of one node that runs real containers.

import { get as httpRequest } from 'node:http';
import { text } from 'node:stream/consumers';

import {
  attachControlPlane,
  startControlPlane,
  type ControlPlane,
  type ControlPlaneAddress,
  type KubectlOptions,
} from '../../e2e/control-plane/control-plane.ts';
import {
  onEnd,
  type CommandResult,
  type ServerProcess,
} from '../../e2e/control-plane/owned-process.ts';
import type { BuiltImage } from '../images/layout.ts';
import { apiReader } from './api.ts';
import { cleanUp } from './clean-up.ts';
import { importImages, startContainerd } from './containerd.ts';
import { startControllers, startKubelet } from './kubelet.ts';
import { leftovers } from './leftovers.ts';
import { abandonedPremises, takePremises, type Premises } from './premises.ts';
import { until } from './until.ts';

/** An object as kubectl takes it. */
export type Manifest = Readonly<Record<string, unknown>>;

/** What an HTTP server in a pod answered. */
export interface HttpAnswer {
  readonly status: number;
  readonly body: string;
}

/** A running cluster. Pods run images that were imported, with `imagePullPolicy: IfNotPresent`. */
export interface Cluster {
  readonly plane: ControlPlane;
  readonly premises: Premises;
  /** A kubeconfig file whose user is in `system:masters`. */
  readonly kubeconfig: string;
  /** Runs kubectl, with an object on its stdin; any exit code is a result. */
  readonly tryKubectl: (args: readonly string[], input?: Manifest) => Promise<CommandResult>;
  /** The same; rejects unless the exit code is 0, and answers what was printed. */
  readonly kubectl: (args: readonly string[], input?: Manifest) => Promise<string>;
  /**
   * What is at a path of the API, such as `/api/v1/namespaces/a/pods/b`, without the second that
   * kubectl takes.
   */
  readonly get: (path: string) => Promise<unknown>;
  /** Makes a namespace with these labels, and waits for its default service account. */
  readonly namespace: (name: string, labels?: Readonly<Record<string, string>>) => Promise<string>;
  /** Runs a command in a pod's container, the first one unless `container` names another. */
  readonly exec: (pod: PodName, command: readonly string[]) => Promise<CommandResult>;
  /** The address of a pod that has one. */
  readonly address: (pod: PodName) => Promise<string>;
  /** `http://<the pod's address>:<port><path>`, asked from this machine. */
  readonly http: (pod: PodName, port: number, path?: string) => Promise<HttpAnswer>;
  /**
   * Ends everything and removes it. Rejects when something is still there. May be called more than
   * once.
   */
  readonly stop: () => Promise<void>;
}

/** By what another process finds a cluster: plain data. */
export interface ClusterAddress {
  readonly premises: Premises;
  readonly plane: ControlPlaneAddress;
}

export interface PodName {
  readonly namespace: string;
  readonly name: string;
  readonly container?: string;
}

const EXEC_MS = 180_000;
const HTTP_MS = 5_000;

/**
 * Starts a cluster on which pods of `images` can run: etcd, kube-apiserver, scheduler, controllers,
 * containerd, kubelet. Needs what {@link ensurePackages} looks for. Resolves when the node is
 * ready; rejects, leaving nothing behind, where it does not get there. Premises of earlier runs
 * that were killed are cleaned up first.
 *
 * There is no DNS and no address for Services in this cluster: pods are reached by their own
 * addresses, and a webhook's Service by the API server, which looks up its endpoints.
 */
export async function startNode(images: readonly BuiltImage[]): Promise<Cluster> {
  for (const abandoned of abandonedPremises()) cleanUp(abandoned);
  const premises = await takePremises();
  const servers: ServerProcess[] = [];
  let starting: Promise<ControlPlane> | undefined;
  const release = onEnd(() => {
    cleanUp(premises);
  });
  const stop = async (): Promise<void> => {
    // The kubelet first: it would start again what it sees ending.
    for (const server of servers.toReversed()) await server.stop();
    cleanUp(premises);
    await starting?.then(
      (plane) => plane.stop(),
      () => undefined, // It stopped itself, and whoever waits for it knows.
    );
    release();
    const left = leftovers(premises);
    if (left.length > 0) throw new Error(`left behind:\n${left.join('\n')}`);
  };
  try {
    servers.push(await startContainerd(premises));
    starting = startControlPlane({ serviceAccounts: true, auditLog: true });
    const [plane] = await Promise.all([starting, importImages(premises, images)]);
    servers.push(...(await startControllers(plane, premises)));
    servers.push(await startKubelet(plane, premises));
    const cluster = { ...clusterOf(plane, premises), stop };
    await nodeIsReady(cluster, servers);
    return cluster;
  } catch (error) {
    await stop().catch((problem: unknown) => {
      process.stderr.write(`[e2e-node] ${String(problem)}\n`);
    });
    throw error;
  }
}

/** Uses a cluster that another process started, and will stop. */
export async function attachCluster({ premises, plane }: ClusterAddress): Promise<Cluster> {
  return {
    ...clusterOf(await attachControlPlane(plane), premises),
    stop: () => Promise.resolve(),
  };
}

function clusterOf(plane: ControlPlane, premises: Premises): Omit<Cluster, 'stop'> {
  const tryKubectl: Cluster['tryKubectl'] = (args, input) => {
    const options: KubectlOptions = {
      timeoutMs: EXEC_MS,
      ...(input !== undefined && { input: JSON.stringify(input) }),
    };
    return plane.kubectl(args, options);
  };
  const kubectl: Cluster['kubectl'] = async (args, input) => {
    const { code, stdout, stderr } = await tryKubectl(args, input);
    if (code !== 0) throw new Error(`kubectl ${args.join(' ')}: ${stderr}`);
    return stdout;
  };
  const get = apiReader(plane);
  const address: Cluster['address'] = async ({ namespace, name }) => {
    const pod = await get(`/api/v1/namespaces/${namespace}/pods/${name}`);
    const { podIP } = (pod as { readonly status: { readonly podIP?: string } }).status;
    if (podIP === undefined) throw new Error(`${namespace}/${name} has no address`);
    return podIP;
  };
  return {
    plane,
    premises,
    kubeconfig: plane.kubeconfig,
    tryKubectl,
    kubectl,
    get,
    namespace: async (name, labels = {}) => {
      const metadata = { name, labels };
      await kubectl(['create', '-f', '-'], { apiVersion: 'v1', kind: 'Namespace', metadata });
      const account = ['-n', name, 'get', 'serviceaccount', 'default'];
      await until('service account', async () => (await tryKubectl(account)).code === 0);
      return name;
    },
    exec: ({ namespace, name, container }, command) => {
      const where = container === undefined ? [] : ['-c', container];
      return tryKubectl(['-n', namespace, 'exec', name, ...where, '--', ...command]);
    },
    address,
    http: async (pod, port, path = '/') => httpGet(`http://${await address(pod)}:${port}${path}`),
  };
}

async function nodeIsReady(cluster: Cluster, servers: readonly ServerProcess[]): Promise<void> {
  const jsonpath = '{.items[*].status.conditions[?(@.type=="Ready")].status}';
  const untainted = '{.items[*].spec.taints[*].key}';
  await until(
    'ready node',
    async () => {
      for (const server of servers) {
        const end = server.ended();
        if (end !== undefined) throw new Error(`${server.name} ${end}:\n${server.lastLogLines()}`);
      }
      const get = ['get', 'nodes', '-o', `jsonpath=${jsonpath}/${untainted}`];
      return (await cluster.tryKubectl(get)).stdout === 'True/';
    },
    () => Promise.resolve(servers.map((server) => server.lastLogLines()).join('\n\n')),
  );
}

function httpGet(url: string): Promise<HttpAnswer> {
  return new Promise((resolve, reject) => {
    const signal = AbortSignal.timeout(HTTP_MS);
    httpRequest(url, { agent: false, signal }, (response) => {
      text(response).then((body) => {
        resolve({ status: response.statusCode ?? 0, body });
      }, reject);
    }).on('error', reject);
  });
}
