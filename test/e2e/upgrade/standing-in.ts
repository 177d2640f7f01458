// What is missing beside a bare API server, as far as an upgrade needs it: the Deployment's
// controller, kubelets, and the Service. A pod is a process of this checkout with the arguments of
// the Deployment's template.

import { mkdir, readFile, rename, symlink, writeFile } from 'node:fs/promises';
import { get } from 'node:http';
import { connect, createServer, type Server } from 'node:net';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';

import { freePorts } from '../control-plane/free-ports.ts';
import { startServer, type ServerProcess } from '../control-plane/owned-process.ts';
import type { Installation } from '../installation.ts';
import type { Api } from '../scenarios/api.ts';

const MAIN = join(import.meta.dirname, '../../../src/cli/main.ts');
const SYSTEM = 'lithopod-system';
const MOUNT = '/etc/lithopod/tls';
const POLL_MS = 100;
/** A kubelet takes up to a minute and a half to bring a changed Secret into a pod. */
const KUBELET_MS = 2_000;

interface Template {
  readonly spec: {
    readonly serviceAccountName: string;
    readonly automountServiceAccountToken: boolean;
    readonly containers: readonly { readonly args: readonly string[] }[];
    readonly volumes?: readonly { readonly secret?: { readonly secretName: string } }[];
  };
}

interface Deployment {
  readonly spec: { readonly replicas: number; readonly template: Template };
}

interface Pod {
  readonly template: string;
  readonly port: number;
  readonly metricsPort: number;
  readonly process: ServerProcess;
  /** Ends what its kubelet does. */
  readonly ended: AbortController;
  ready: boolean;
}

export interface StandIn {
  /** Where the Service is: the API server's webhook calls go here. */
  readonly port: number;
  /** Whether each Deployment has as many pods as it asks for, all of its template and ready. */
  readonly isSettled: () => Promise<boolean>;
  readonly logs: readonly string[];
  readonly stop: () => Promise<void>;
}

/** Starts to follow the two Deployments. */
export async function standIn(cluster: Installation, api: Api): Promise<StandIn> {
  const pods = { lithopod: [] as Pod[], 'lithopod-rotate': [] as Pod[] };
  const logs: string[] = [];
  const service = await startService(() => pods.lithopod.filter(({ ready }) => ready));
  let isOver = false;
  let count = 0;

  async function readDeployment(name: string): Promise<Deployment | undefined> {
    const path = `/apis/apps/v1/namespaces/${SYSTEM}/deployments/${name}`;
    const { status, body } = await api.call('GET', path);
    return status === 200 ? (body as Deployment) : undefined;
  }

  async function startPod(name: keyof typeof pods, template: Template): Promise<Pod> {
    const { serviceAccountName, automountServiceAccountToken, containers } = template.spec;
    const [port = 0, metricsPort = 0] = await freePorts(2);
    const folder = join(cluster.plane.dir, `${name}-${count++}`);
    await mkdir(folder);
    const ended = new AbortController();
    if (mountedSecret(template) !== undefined) await mountSecret(folder, ended.signal);
    const args = containers[0]!.args.map((arg) =>
      arg.replace('$(POD_NAMESPACE)', SYSTEM).replace(MOUNT, folder),
    );
    // The API server calls an address of this machine, so the certificate is for it as well.
    if (args[0] === 'rotate') args.push('--dns=127.0.0.1');
    else args.push('--host=127.0.0.1', `--port=${port}`, `--metrics-port=${metricsPort}`);
    if (automountServiceAccountToken) {
      args.push(`--kubeconfig=${await kubeconfigOf(serviceAccountName, folder)}`);
    }
    const log = `${folder}.log`;
    logs.push(log);
    const env = { PATH: process.env['PATH'], HOME: cluster.plane.dir };
    const started = await startServer(
      name,
      process.execPath,
      ['--import=tsx', MAIN, ...args],
      log,
      env,
    );
    const own = { template: JSON.stringify(template), port, metricsPort, process: started, ended };
    const pod: Pod = { ...own, ready: args[0] === 'rotate' };
    if (!pod.ready) void probe(pod);
    return pod;
  }

  async function kubeconfigOf(account: string, folder: string): Promise<string> {
    const token = await cluster.kubectl(['-n', SYSTEM, 'create', 'token', account]);
    if (token.code !== 0) throw new Error(token.stderr);
    const config = JSON.parse(await readFile(cluster.plane.kubeconfig, 'utf8')) as object;
    const file = join(folder, 'kubeconfig');
    const users = [{ name: 'admin', user: { token: token.stdout.trim() } }];
    await writeFile(file, JSON.stringify({ ...config, users }), { mode: 0o600 });
    return file;
  }

  /** As a kubelet does: all files at once, by one link, and some time after the Secret changed. */
  async function mountSecret(folder: string, ended: AbortSignal): Promise<void> {
    const read = async (): Promise<Record<string, string> | undefined> => {
      const path = `/api/v1/namespaces/${SYSTEM}/secrets/lithopod-tls`;
      const { status, body } = await api.call('GET', path);
      return status === 200 ? (body as { data: Record<string, string> }).data : undefined;
    };
    let mounted = '';
    let version = 0;
    const write = async (data: Record<string, string>): Promise<void> => {
      const to = `..version-${version++}`;
      await mkdir(join(folder, to));
      for (const name of ['tls.crt', 'tls.key']) {
        await writeFile(join(folder, to, name), Buffer.from(data[name]!, 'base64'));
        if (version === 1) await symlink(join('..data', name), join(folder, name));
      }
      await symlink(to, join(folder, '..data-next'));
      await rename(join(folder, '..data-next'), join(folder, '..data'));
      mounted = JSON.stringify(data);
    };
    for (;;) {
      const data = await read();
      if (data !== undefined) {
        await write(data);
        break;
      }
      await delay(POLL_MS);
    }
    void (async () => {
      while (!ended.aborted) {
        const data = await read();
        if (data !== undefined && JSON.stringify(data) !== mounted) {
          await delay(KUBELET_MS);
          await write(data);
        }
        await delay(POLL_MS);
      }
    })();
  }

  async function probe(pod: Pod): Promise<void> {
    while (!pod.ended.signal.aborted) {
      pod.ready = await isReady(pod.metricsPort);
      await delay(POLL_MS);
    }
    pod.ready = false;
  }

  /** Out of the Service first, as the endpoints are, and then the signal. */
  async function endPod(pod: Pod): Promise<void> {
    pod.ready = false;
    pod.ended.abort();
    await pod.process.stop();
  }

  /** A rolling update with one pod more than there should be, and none less. */
  async function follow(name: keyof typeof pods): Promise<void> {
    while (!isOver) {
      await delay(POLL_MS);
      const deployment = await readDeployment(name);
      const wanted = deployment?.spec.replicas ?? 0;
      const template = JSON.stringify(deployment?.spec.template);
      const current = pods[name].filter((pod) => pod.template === template);
      const old = pods[name].filter((pod) => pod.template !== template);
      const isFull = current.length >= wanted;
      const spare = isFull ? current[wanted] : undefined;
      const leaving = old.length > 0 && (isFull || pods[name].length > wanted) ? old[0] : spare;
      if (leaving !== undefined && current.every(({ ready }) => ready)) {
        pods[name] = pods[name].filter((pod) => pod !== leaving);
        await endPod(leaving);
      } else if (deployment !== undefined && !isFull && pods[name].length <= wanted) {
        pods[name] = [...pods[name], await startPod(name, deployment.spec.template)];
      }
    }
  }

  const following = [follow('lithopod'), follow('lithopod-rotate')];
  return {
    port: service.port,
    logs,
    isSettled: async () => {
      for (const name of ['lithopod', 'lithopod-rotate'] as const) {
        const deployment = await readDeployment(name);
        const template = JSON.stringify(deployment?.spec.template);
        const settled = pods[name].filter((pod) => pod.ready && pod.template === template);
        const wanted = deployment?.spec.replicas ?? 0;
        if (settled.length !== wanted || pods[name].length !== wanted) return false;
      }
      return true;
    },
    stop: async () => {
      isOver = true;
      await Promise.all(following);
      await Promise.all(Object.values(pods).flat().map(endPod));
      service.server.close();
    },
  };
}

function mountedSecret({ spec }: Template): string | undefined {
  return spec.volumes?.find(({ secret }) => secret !== undefined)?.secret?.secretName;
}

function isReady(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    get(`http://127.0.0.1:${port}/readyz`, (response) => {
      response.resume();
      resolve(response.statusCode === 200);
    }).on('error', () => {
      resolve(false);
    });
  });
}

/** New connections go to any pod that is ready; those that there are stay where they are. */
async function startService(
  ready: () => readonly { readonly port: number }[],
): Promise<{ readonly server: Server; readonly port: number }> {
  let turn = 0;
  const server = createServer((client) => {
    const pods = ready();
    const pod = pods[turn++ % Math.max(pods.length, 1)];
    if (pod === undefined) {
      client.destroy();
      return;
    }
    const upstream = connect(pod.port, '127.0.0.1');
    const end = (): void => {
      client.destroy();
      upstream.destroy();
    };
    client.on('error', end).on('close', end).pipe(upstream);
    upstream.on('error', end).on('close', end).pipe(client);
  });
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  return { server, port: (server.address() as { port: number }).port };
}
