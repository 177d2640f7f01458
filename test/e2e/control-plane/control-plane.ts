import { mkdir, mkdtemp, writeFile } from 'node:fs/promises';
import { get as httpGet } from 'node:http';
import { get as httpsGet, type RequestOptions } from 'node:https';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';

import { freePorts } from './free-ports.ts';
import { readAuditLog, writeAuditPolicy, type AuditEvent } from './audit-log.ts';
import { findBinaries, type Binaries } from './binaries.ts';
import { createAuthority, createTokenKeys, type Authority, type KeyPair } from './certificates.ts';
import {
  ownFolder,
  removeFolder,
  runCommand,
  startServer,
  type CommandResult,
  type ServerProcess,
} from './owned-process.ts';
import { apiServerFlags, etcdFlags, serviceAddress, type Files } from './server-flags.ts';

/** What a test may ask of its control plane. */
export interface ControlPlaneOptions {
  /**
   * Switches the ServiceAccount admission plugin on, as in a real cluster: every pod then gets a
   * token volume, and needs its service account to exist. No controller runs here, so a test makes
   * each namespace's `default` account itself. Off by default.
   */
  readonly serviceAccounts?: boolean;
  /**
   * Writes an audit log of what is done to pods and what holds them, with {@link
   * ControlPlane.auditEvents} to read it. Off by default.
   */
  readonly auditLog?: boolean;
  /**
   * Writes an AdmissionConfiguration below a folder, before the API server starts, and answers its
   * path. `issue` makes a certificate of the control plane's authority. Absent: there is none.
   */
  readonly admissionConfiguration?: (dir: string, issue: Authority['issue']) => Promise<string>;
}

/**
 * What one kubectl call may be given: text for its stdin, and a bound in time (a minute by
 * default).
 */
export interface KubectlOptions {
  readonly input?: string;
  readonly timeoutMs?: number;
}

/**
 * A running etcd and kube-apiserver, on loopback, with nothing else: no controller, scheduler or
 * node.
 */
export interface ControlPlane {
  /** `https://127.0.0.1:PORT` of the API server. */
  readonly url: string;
  /** A kubeconfig file whose user is in `system:masters`. */
  readonly kubeconfig: string;
  /** The authority behind the API server's certificate, PEM. */
  readonly caCert: string;
  /**
   * The folder of everything this control plane wrote, with `etcd.log` and `kube-apiserver.log`.
   */
  readonly dir: string;
  /** The servers, to look at, not to stop. */
  readonly servers: readonly Pick<ServerProcess, 'name' | 'pid'>[];
  /** Runs kubectl as that user. Any exit code is a result; rejects when it does not end in time. */
  readonly kubectl: (args: readonly string[], options?: KubectlOptions) => Promise<CommandResult>;
  /**
   * What the audit log holds by now, one event for each request; nothing without the option
   * `auditLog`.
   */
  readonly auditEvents: () => Promise<readonly AuditEvent[]>;
  /** Ends the API server and starts it again, at the same address with the same data. */
  readonly restartApiServer: () => Promise<void>;
  /** Ends both servers and removes `dir`. May be called more than once. */
  readonly stop: () => Promise<void>;
}

/** By what another process finds a control plane: plain data. */
export type ControlPlaneAddress = Pick<ControlPlane, 'url' | 'kubeconfig' | 'caCert' | 'dir'>;

/** Answers `undefined` when what is waited for is there, else what is missing. */
type Probe = () => Promise<string | undefined>;

const READY_MS = 180_000;
const POLL_MS = 100;
const REQUEST_MS = 2_000;
const KUBECTL_MS = 60_000;

/**
 * Starts a control plane and waits until it answers. Needs the programs {@link findBinaries} finds.
 *
 * Rejects, leaving nothing behind, when a server ends or is not ready within three minutes; the
 * error's message has the last lines of that server's log. When this process is interrupted or ends
 * without {@link ControlPlane.stop}, servers and folder go with it.
 */
export async function startControlPlane(options: ControlPlaneOptions = {}): Promise<ControlPlane> {
  const binaries = await findBinaries();
  const dir = await mkdtemp(join(tmpdir(), 'lithopod-e2e-'));
  ownFolder(dir);
  const servers: ServerProcess[] = [];
  const stop = async (): Promise<void> => {
    // The API server first: it still has something to tell etcd on its way out.
    for (const server of servers.toReversed()) await server.stop();
    removeFolder(dir);
  };
  try {
    return { ...(await start(options, binaries, dir, servers)), dir, servers, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

/** Uses a control plane that another process started, and will stop. */
export async function attachControlPlane(at: ControlPlaneAddress): Promise<ControlPlane> {
  return {
    ...at,
    servers: [],
    kubectl: kubectlOf(await findBinaries(), at.dir, at.kubeconfig),
    auditEvents: () => readAuditLog(at.dir),
    restartApiServer: () => Promise.reject(new Error('another process started the API server')),
    stop: () => Promise.resolve(),
  };
}

async function start(
  options: ControlPlaneOptions,
  binaries: Binaries,
  dir: string,
  servers: ServerProcess[],
): Promise<Omit<ControlPlane, 'dir' | 'servers' | 'stop'>> {
  const [etcdPort = 0, apiPort = 0] = await freePorts(2);
  const etcdUrl = `http://127.0.0.1:${etcdPort}`;
  const url = `https://127.0.0.1:${apiPort}`;
  const run = async (name: string, path: string, args: readonly string[]): Promise<void> => {
    servers.push(await startServer(name, path, args, join(dir, `${name}.log`)));
  };

  await run('etcd', binaries.etcd, etcdFlags(dir, etcdUrl));
  const authority = await createAuthority();
  const files = await writeFiles(dir, authority.cert, await authority.issue(apiServerSubject));
  const admin = await authority.issue({ commonName: 'admin', organization: 'system:masters' });
  const kubeconfig = join(dir, 'kubeconfig');
  await writePrivate(kubeconfig, kubeconfigText(url, authority.cert, admin));
  await waitFor(servers, etcdIsHealthy(etcdUrl));

  if (options.auditLog === true) await writeAuditPolicy(dir);
  const configuration = await options.admissionConfiguration?.(dir, authority.issue);
  const flags = [
    ...apiServerFlags(dir, apiPort, etcdUrl, files, options),
    ...(configuration === undefined ? [] : [`--admission-control-config-file=${configuration}`]),
  ];
  const runApiServer = async (): Promise<void> => {
    await run('kube-apiserver', binaries.kubeApiserver, flags);
    await waitFor(servers, apiServerIsReady(url, { ca: authority.cert, ...admin }));
  };
  await runApiServer();
  return {
    url,
    kubeconfig,
    caCert: authority.cert,
    kubectl: kubectlOf(binaries, dir, kubeconfig),
    auditEvents: () => readAuditLog(dir),
    restartApiServer: async () => {
      await servers.pop()?.stop();
      await runApiServer();
    },
  };
}

const apiServerSubject = {
  commonName: 'kube-apiserver',
  hosts: ['127.0.0.1', 'localhost', 'kubernetes.default.svc', serviceAddress],
};

async function writeFiles(dir: string, ca: string, server: KeyPair): Promise<Files> {
  const tokenKeys = await createTokenKeys();
  const folder = join(dir, 'pki');
  await mkdir(folder);
  const write = async (name: string, content: string): Promise<string> => {
    const path = join(folder, name);
    await writePrivate(path, content);
    return path;
  };
  return {
    ca: await write('ca.crt', ca),
    serverCert: await write('apiserver.crt', server.cert),
    serverKey: await write('apiserver.key', server.key),
    tokenKey: await write('service-account.key', tokenKeys.privateKey),
    tokenPublicKey: await write('service-account.pub', tokenKeys.publicKey),
  };
}

async function writePrivate(path: string, content: string): Promise<void> {
  await writeFile(path, content, { mode: 0o600 });
}

/** JSON, which is YAML. */
function kubeconfigText(url: string, ca: string, user: KeyPair): string {
  const base64 = (pem: string): string => Buffer.from(pem).toString('base64');
  return JSON.stringify(
    {
      apiVersion: 'v1',
      kind: 'Config',
      clusters: [
        { name: 'e2e', cluster: { server: url, 'certificate-authority-data': base64(ca) } },
      ],
      users: [
        {
          name: 'admin',
          user: {
            'client-certificate-data': base64(user.cert),
            'client-key-data': base64(user.key),
          },
        },
      ],
      contexts: [{ name: 'e2e', context: { cluster: 'e2e', user: 'admin' } }],
      'current-context': 'e2e',
    },
    null,
    2,
  );
}

/** A kubectl that neither reads nor leaves anything in the home of whoever runs the tests. */
function kubectlOf(binaries: Binaries, dir: string, kubeconfig: string): ControlPlane['kubectl'] {
  const own = [`--kubeconfig=${kubeconfig}`, `--cache-dir=${join(dir, 'kubectl-cache')}`];
  const env = { HOME: dir, PATH: process.env['PATH'] };
  return (args, { input, timeoutMs = KUBECTL_MS } = {}) =>
    runCommand(binaries.kubectl, [...own, ...args], {
      env,
      timeoutMs,
      ...(input !== undefined && { input }),
    });
}

/** Waits for the last of the servers, as long as all of them run. */
async function waitFor(servers: readonly ServerProcess[], probe: Probe): Promise<void> {
  const deadline = Date.now() + READY_MS;
  for (;;) {
    const missing = await probe();
    if (missing === undefined) return;
    for (const server of servers) {
      const end = server.ended();
      if (end !== undefined) throw failure(server, end);
    }
    const awaited = servers.at(-1);
    if (awaited && Date.now() > deadline) {
      throw failure(awaited, `not ready after ${READY_MS / 1000} s (${missing})`);
    }
    await delay(POLL_MS);
  }
}

function failure(server: ServerProcess, what: string): Error {
  return new Error(`${server.name}: ${what}. The end of its log:\n${server.lastLogLines()}`);
}

function etcdIsHealthy(url: string): Probe {
  return () => statusProblem(`${url}/health`);
}

/** The `default` namespace is made after the server calls itself ready, and tests rely on it. */
function apiServerIsReady(url: string, credentials: RequestOptions): Probe {
  return async () =>
    (await statusProblem(`${url}/readyz`, credentials)) ??
    (await statusProblem(`${url}/api/v1/namespaces/default`, credentials));
}

/** Resolves with `undefined` when a GET is answered with 200, else with what happened instead. */
function statusProblem(url: string, credentials: RequestOptions = {}): Promise<string | undefined> {
  const get = url.startsWith('https:') ? httpsGet : httpGet;
  return new Promise((resolve) => {
    const signal = AbortSignal.timeout(REQUEST_MS);
    get(url, { ...credentials, agent: false, signal }, (response) => {
      response.resume();
      const status = response.statusCode ?? 0;
      resolve(status === 200 ? undefined : `${url} answered ${status}`);
    }).on('error', (error) => {
      resolve(`${url}: ${error.message}`);
    });
  });
}
