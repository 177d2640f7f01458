/** Finds the cluster and the credentials for it, as kubectl does. */
import { readFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { delimiter, join } from 'node:path';
import { KubeConfig } from '@kubernetes/client-node';
import { failure, success } from '../core/values/result.ts';
import { messageOf } from '../error.ts';
import type { Cluster, Context, User } from '@kubernetes/client-node';
import type { Environment } from '../config.ts';
import type { Result } from '../core/values/result.ts';

export interface ClusterChoice {
  /** A file to read in place of all others. */
  readonly kubeconfig?: string | undefined;
  /** A context other than the current one. */
  readonly context?: string | undefined;
}

/** How to reach a cluster. */
export interface Connection {
  readonly config: KubeConfig;
  /** `https://host:port`, perhaps with a path, without a slash at the end. */
  readonly server: string;
  /** Named in messages. */
  readonly context: string;
  /** The namespace of the context, else `default`. */
  readonly namespace: string;
}

/** The folder in which a pod has the credentials of its service account. */
export const inClusterFolder = '/var/run/secrets/kubernetes.io/serviceaccount';

/**
 * Reads the connection by kubectl's rules (kubernetes v1.34 client-go tools/clientcmd/loader.go):
 *
 * 1. the given file;
 * 2. else the files of KUBECONFIG: the first one to name a thing wins, missing ones are skipped;
 * 3. else ~/.kube/config;
 * 4. else the service account of the pod that this runs in.
 *
 * Problems: no configuration at all, a file that cannot be read or is no kubeconfig, a context or
 * cluster that no file has.
 */
export function readConnection(
  { kubeconfig, context }: ClusterChoice,
  environment: Environment,
  serviceAccountFolder = inClusterFolder,
): Result<Connection> {
  const files = kubeconfigFiles(kubeconfig, environment);
  const merged: Parts = { clusters: [], users: [], contexts: [], current: undefined };
  for (const file of files) {
    const read = readParts(file, kubeconfig !== undefined);
    if (!read.ok) return read;
    if (read.value !== undefined) mergeInto(merged, read.value);
  }
  if (merged.contexts.length === 0 && merged.clusters.length === 0) {
    const connection = podConnection(environment, serviceAccountFolder);
    return connection === undefined ? nothingFound(files) : success(connection);
  }
  return connect(merged, context, files);
}

interface Parts {
  clusters: Cluster[];
  users: User[];
  contexts: Context[];
  current: string | undefined;
}

function kubeconfigFiles(given: string | undefined, environment: Environment): readonly string[] {
  if (given !== undefined) return [given];
  const listed = (environment['KUBECONFIG'] ?? '').split(delimiter).filter((file) => file !== '');
  if (listed.length > 0) return listed;
  return [join(environment['HOME'] ?? homedir(), '.kube', 'config')];
}

function readParts(file: string, required: boolean): Result<Parts | undefined> {
  try {
    readFileSync(file);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT' && !required) return success(undefined);
    return failure({ file, message: `cannot be read: ${code ?? messageOf(error)}` });
  }
  try {
    const config = new KubeConfig();
    config.loadFromFile(file);
    const { clusters, users, contexts, currentContext } = config;
    const current = currentContext as string | undefined;
    return success({ clusters, users, contexts, current: current === '' ? undefined : current });
  } catch (error) {
    // Only the first line: the others show the text around the error, which may be a key.
    const [first = ''] = messageOf(error).split('\n');
    return failure({ file, message: `is no kubeconfig: ${first}` });
  }
}

function mergeInto(merged: Parts, { clusters, users, contexts, current }: Parts): void {
  merged.clusters.push(...notIn(clusters, merged.clusters));
  merged.users.push(...notIn(users, merged.users));
  merged.contexts.push(...notIn(contexts, merged.contexts));
  merged.current ??= current;
}

function notIn<T extends { readonly name: string }>(more: readonly T[], known: readonly T[]): T[] {
  return more.filter(({ name }) => !known.some((each) => each.name === name));
}

function connect(
  { clusters, users, contexts, current }: Parts,
  asked: string | undefined,
  files: readonly string[],
): Result<Connection> {
  const where = files.join(', ');
  const name = asked ?? current;
  if (name === undefined) {
    return failure({ file: where, message: 'names no current context: give one with --context' });
  }
  const context = contexts.find((each) => each.name === name);
  if (context === undefined) {
    const known = contexts.map((each) => each.name).join(', ');
    return failure({
      file: where,
      message: `has no context "${name}"; there are: ${known || 'none'}`,
    });
  }
  const cluster = clusters.find((each) => each.name === context.cluster);
  if (cluster === undefined) {
    return failure({
      file: where,
      message: `context "${name}": there is no cluster "${context.cluster}"`,
    });
  }
  const user = users.find((each) => each.name === context.user);
  const server = withoutSlashesAtEnd(withScheme(cluster, user));
  const isPlain = /^http:/i.test(server);
  const config = new KubeConfig();
  config.loadFromOptions({
    clusters: [isPlain ? plainCluster(cluster, server) : { ...cluster, server }],
    // kubectl sends no credentials to a server without TLS (client-go IsConfigTransportTLS).
    users: isPlain ? [] : users,
    contexts: [context],
    currentContext: name,
  });
  return success({ config, server, context: name, namespace: context.namespace ?? 'default' });
}

/**
 * The server with a scheme: where it has none, https if the kubeconfig has an authority, a client
 * certificate or insecure-skip-tls-verify, else http (client-go rest DefaultServerUrlFor).
 */
function withScheme(cluster: Cluster, user: User | undefined): string {
  if (/^[a-z][a-z0-9+.-]*:\/\//i.test(cluster.server)) return cluster.server;
  const forTls = [cluster.caFile, cluster.caData, user?.certFile, user?.certData];
  const isTls = cluster.skipTLSVerify || forTls.some((each) => each != null && each !== '');
  return `${isTls ? 'https' : 'http'}://${cluster.server}`;
}

/** The client of Kubernetes lets http through only where nothing is to be verified. */
function plainCluster({ name, proxyUrl }: Cluster, server: string): Cluster {
  return { name, server, skipTLSVerify: true, ...(proxyUrl !== undefined && { proxyUrl }) };
}

function withoutSlashesAtEnd(url: string): string {
  let end = url.length;
  while (url[end - 1] === '/') end--;
  return url.slice(0, end);
}

/** That of the pod's own service account; undefined where this is no pod, or has no token. */
export function podConnection(
  environment: Environment,
  folder = inClusterFolder,
): Connection | undefined {
  const { KUBERNETES_SERVICE_HOST: host, KUBERNETES_SERVICE_PORT: port = '443' } = environment;
  const namespace = readOptional(join(folder, 'namespace'));
  if (host === undefined || host === '' || readOptional(join(folder, 'token')) === undefined) {
    return undefined;
  }
  const server = `https://${host.includes(':') ? `[${host}]` : host}:${port}`;
  const config = new KubeConfig();
  const name = 'in-cluster';
  config.loadFromOptions({
    clusters: [{ name, server, caFile: join(folder, 'ca.crt'), skipTLSVerify: false }],
    users: [
      { name, authProvider: { name: 'tokenFile', config: { tokenFile: join(folder, 'token') } } },
    ],
    contexts: [{ name, cluster: name, user: name }],
    currentContext: name,
  });
  return { config, server, context: name, namespace: namespace?.trim() ?? 'default' };
}

function readOptional(file: string): string | undefined {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return undefined;
  }
}

function nothingFound(files: readonly string[]): Result<never> {
  return failure({
    message: `no cluster is configured: there is no kubeconfig (${files.join(', ')}), and this is no pod of a cluster; name one with --kubeconfig or KUBECONFIG`,
  });
}
