/** The running webhook: catalogue, certificates and two servers, stopped without a lost request. */
import { writeFile } from 'node:fs/promises';
import { failure, formatProblem, success } from '../core/values/result.ts';
import { messageOf } from '../error.ts';
import { openClientAuthority } from '../tls/clients.ts';
import { isExpired, logExpiry, watchExpiry } from '../tls/expiry.ts';
import { certificateLife } from '../tls/pair.ts';
import { openTlsFiles } from '../tls/store.ts';
import { openCatalogue } from './live-catalogue.ts';
import { followCluster, openCluster } from './open-cluster.ts';
import { warmUp } from './warm-up.ts';
import { close, listen, makeConnections, makeHealthServer, makeReviewServer } from './server.ts';
import type { Result } from '../core/values/result.ts';
import type { Log } from '../telemetry/log.ts';
import type { Clients } from '../tls/clients.ts';
import type { Store } from '../tls/files.ts';
import type { TlsStore } from '../tls/store.ts';
import type { Trust } from '../certificates/trust.ts';
import type { FollowedCluster } from './open-cluster.ts';
import type { EndpointOptions } from './endpoint.ts';
import type { LiveCatalogue } from './live-catalogue.ts';
import type { Metrics } from './metrics.ts';
import type { ServeSettings } from './settings.ts';

export interface Service {
  readonly port: number;
  readonly metricsPort: number;
  readonly profiles: number;
  /** The authority of a certificate that was made in memory, PEM. */
  readonly ca: string | undefined;
  /** Reads profiles and certificates again. */
  readonly reload: () => Promise<void>;
  /**
   * Becomes unready at once. `drain` accepts connections for the drain time, because clients take
   * a while to learn that the Service has this endpoint no more. `now` closes at once every
   * connection on which nothing is in flight. Then finishes running requests and resolves.
   */
  readonly stop: (how?: 'drain' | 'now') => Promise<void>;
}

/** How long requests that are running at the end of the drain time may take. */
const graceMs = 10_000;

export interface Surroundings {
  readonly log: Log;
  readonly metrics: Metrics;
  /** Ends the waiting for a certificate that a Secret does not have yet. */
  readonly ended?: AbortSignal;
}

/**
 * Starts the service. Returns all problems of the profiles and certificate files at once. Rejects
 * where it cannot listen on a port.
 */
export async function startService(
  settings: ServeSettings,
  { log, metrics, ended = new AbortController().signal }: Surroundings,
): Promise<Result<Service>> {
  const cluster = await openCluster(settings);
  if (!cluster.ok) return cluster;
  const [catalogue, tls, clients] = await Promise.all([
    openCatalogue({ paths: settings.profiles, mirrors: settings.mirrors, log, metrics }),
    openTls(settings, log, ended),
    openClients(settings, log),
  ]);
  if (!catalogue.ok || !tls.ok || !clients.ok) {
    if (catalogue.ok) catalogue.value.close();
    if (tls.ok) tls.value.store.close();
    if (clients.ok) clients.value?.authorities.close();
    return failure(...[catalogue, tls, clients].flatMap((each) => (each.ok ? [] : each.problems)));
  }
  const { mirrors } = settings;
  const following = { others: catalogue.value, mirrors, log, metrics };
  const followed = await followCluster(cluster.value, following);
  const sources = { catalogue: catalogue.value, followed, tls: tls.value, clients: clients.value };
  try {
    return success(await run(settings, sources, { log, metrics }));
  } catch (error) {
    closeAll(sources);
    throw error;
  }
}

/** What is read from files, and again when they change. */
interface Sources {
  readonly catalogue: LiveCatalogue;
  /** What is followed in the cluster, where there is one. */
  readonly followed: FollowedCluster | undefined;
  readonly tls: Tls;
  readonly clients: ClientStore | undefined;
}

function closeAll({ catalogue, followed, tls, clients }: Sources): void {
  followed?.profiles.close();
  followed?.exemptions.close();
  catalogue.close();
  tls.store.close();
  tls.trust?.close();
  clients?.authorities.close();
}

interface ClientStore extends Clients {
  readonly authorities: Store<string>;
}

async function openClients(
  { clients }: ServeSettings,
  log: Log,
): Promise<Result<ClientStore | undefined>> {
  if (clients === undefined) return success(undefined);
  const authorities = await openClientAuthority({
    file: clients.authorityFile,
    onProblems: (problems) => {
      log.error('authority of clients not reloaded: the last good one stays in use', {
        problems: problems.map(formatProblem),
      });
    },
  });
  return authorities.ok
    ? success({ authorities: authorities.value, names: clients.names })
    : authorities;
}

interface Tls {
  readonly store: TlsStore;
  readonly ca: string | undefined;
  /** Whether API servers trust it, where the cluster is asked. */
  readonly trust?: Trust;
}

async function openTls(
  { host, tls, tlsSecret, caOut }: ServeSettings,
  log: Log,
  ended: AbortSignal,
): Promise<Result<Tls>> {
  if (tlsSecret !== undefined) {
    // A server with files never needs the client of the cluster.
    const { openClusterTls } = await import('../certificates/cluster-tls.ts');
    return openClusterTls(tlsSecret, log, ended);
  }
  if (tls !== undefined) {
    const store = await openTlsFiles({
      ...tls,
      onProblems: (problems) => {
        log.error('certificate not reloaded: the last good one stays in use', {
          problems: problems.map(formatProblem),
        });
      },
    });
    return store.ok ? success({ store: store.value, ca: undefined }) : store;
  }
  // Loaded here: the library that makes certificates is not needed by a server that has files.
  const { makeInMemoryTls } = await import('../tls/in-memory.ts');
  const store = await makeInMemoryTls({
    now: new Date(),
    hosts: host === undefined || isWildcard(host) ? [] : [host],
  });
  if (caOut === undefined) return success({ store, ca: store.ca });
  try {
    await writeFile(caOut, store.ca);
  } catch (error) {
    const reason = messageOf(error);
    return failure({ file: caOut, message: `cannot be written: ${reason}` });
  }
  return success({ store, ca: store.ca });
}

/** Stands for every address of the machine, so a certificate cannot be for it. */
function isWildcard(host: string): boolean {
  return host === '0.0.0.0' || host === '::';
}

async function run(
  settings: ServeSettings,
  sources: Sources,
  { log, metrics }: { readonly log: Log; readonly metrics: Metrics },
): Promise<Service> {
  const { followed, clients } = sources;
  const catalogue = followed?.profiles ?? sources.catalogue;
  const { store, ca, trust } = sources.tls;
  const lifeMs = (): number => certificateLife(store.current().certificate);
  let state: 'starting' | 'ready' | 'draining' | 'closing' = 'starting';
  metrics.setCertificateExpiry(store.current().expiry);
  store.onChange(({ expiry }) => {
    metrics.setCertificateExpiry(expiry);
    log.info('certificate reloaded', { expires: expiry.toISOString() });
    logExpiry(expiry, log, Date.now(), lifeMs());
  });
  clients?.authorities.onChange(() => {
    log.info('authority of clients reloaded');
  });
  const options: EndpointOptions = {
    catalogue: catalogue.current,
    policy: settings.policy,
    exemptions: followed?.exemptions,
    log,
    metrics,
    draining: () => state === 'draining' || state === 'closing',
  };
  const connections = makeConnections(log);
  const reviews = makeReviewServer(store, options, { clients, connections });
  const health = makeHealthServer({
    ready: () =>
      state === 'ready' &&
      followed?.profiles.listed() !== false &&
      followed?.exemptions.listed() !== false &&
      !isExpired(store.current().expiry) &&
      (trust?.isTrusted() ?? true),
    metrics,
  });
  const port = await listen(reviews, { host: settings.host, port: settings.port });
  const metricsPort = await listen(health, {
    host: settings.host,
    port: settings.metricsPort,
  }).catch(async (error: unknown) => {
    await close(reviews, 0);
    throw error;
  });
  // One whose authority nobody knows yet is tried by hand, and has no time to lose.
  const warming = ca === undefined ? warmUp(store, options) : Promise.resolve();
  void warming
    .catch((error: unknown) => {
      log.warn('the path of reviews could not be warmed up', { problem: messageOf(error) });
    })
    .then(() => {
      if (state === 'starting') state = 'ready';
    });
  const endWatch = watchExpiry(() => store.current().expiry, log, undefined, lifeMs);

  let stopped: Promise<void> | undefined;
  const stop = async (how: 'drain' | 'now'): Promise<void> => {
    state = 'draining';
    if (how === 'drain') await sleep(settings.drainSeconds * 1000);
    state = 'closing';
    const closed = Promise.all([close(reviews, graceMs), close(health, graceMs)]);
    if (how === 'now') {
      connections.closeQuiet();
      health.closeAllConnections();
    }
    await closed;
    closeAll(sources);
    endWatch();
  };
  return {
    port,
    metricsPort,
    profiles: catalogue.current().size,
    ca,
    reload: async () => {
      const before = store.current();
      await Promise.all([
        sources.catalogue.reload(),
        store.reload(),
        clients?.authorities.reload(),
      ]);
      // That of a new certificate was logged by onChange.
      if (store.current() === before) logExpiry(before.expiry, log, Date.now(), lifeMs());
    },
    stop: (how = 'drain') => (stopped ??= stop(how)),
  };
}

function sleep(milliseconds: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, milliseconds));
}
