/**
 * The HTTPS server of the webhook and the plain one beside it.
 *
 * Reviews run ahead of express on the same server: they are all of the load, and a framework's
 * routing and body parsing would cost more than hardening does (docs/adr/0003). Express answers
 * everything else on this port, and the second one.
 */
import { createServer } from 'node:http';
import express from 'express';
import { createTlsServer } from '../tls/serve.ts';
import { BodyMemory } from './body-memory.ts';
import { connectionLimits, Connections } from './connections.ts';
import { makeEndpoint } from './endpoint.ts';
import { answerText } from './http-answers.ts';
import { routeOf } from './routes.ts';
import type { RequestListener, Server as HttpServer } from 'node:http';
import type { Server as HttpsServer } from 'node:https';
import type { Log } from '../telemetry/log.ts';
import type { Clients } from '../tls/clients.ts';
import type { TlsStore } from '../tls/store.ts';
import type { ConnectionLimits } from './connections.ts';
import type { EndpointOptions } from './endpoint.ts';
import type { Metrics } from './metrics.ts';

/**
 * The most bytes of headers. An API server sends less than one KiB. Half of what Node allows, since
 * each connection may hold so many.
 */
const maxHeaderBytes = 8 * 1024;

const closeWarningMs = 60_000;

const noReviewPath =
  'There is nothing here: reviews go to POST /mutate/{enforce,audit,warn}/{immutable,restricted}.';
const noHealthPath = 'There is nothing here: /healthz, /readyz, /metrics.';

/**
 * Timeouts for clients, each in milliseconds. A client that needs longer is not an API server, and
 * its connection is closed.
 */
export interface Timeouts {
  /** For the TLS handshake. Node's own limit is two minutes. */
  readonly handshakeTimeout: number;
  /**
   * For the headers of a request, from the start of its connection or the end of the request before
   * it.
   */
  readonly headersTimeout: number;
  /** For a whole request. */
  readonly requestTimeout: number;
  /** Between two requests. */
  readonly keepAliveTimeout: number;
  /**
   * For how long no byte comes from the client, and the kernel takes none for it: it does not read
   * its answer.
   */
  readonly silenceTimeout: number;
  /** How often Node looks for requests that have passed their timeout. */
  readonly connectionsCheckingInterval: number;
}

/**
 * The API server keeps an idle connection for 90 s (apimachinery v0.34 pkg/util/net/http.go). We
 * keep it longer, so that we never close one on which a request is already on its way.
 */
export const reviewTimeouts: Timeouts = {
  handshakeTimeout: 10_000,
  headersTimeout: 10_000,
  requestTimeout: 15_000,
  keepAliveTimeout: 120_000,
  silenceTimeout: 20_000,
  connectionsCheckingInterval: 2_000,
};

/**
 * Which clients a server accepts, and its limits for them. The defaults are for the memory of
 * manifests/30-deployment.yaml.
 */
export interface ClientLimits {
  readonly timeouts?: Timeouts;
  readonly limits?: ConnectionLimits;
  /** Absent: anybody may connect. */
  readonly clients?: Clients | undefined;
  /** The connections of the server, for who wants to close some; of its own where absent. */
  readonly connections?: Connections;
}

/** The connections of a server that is to be made, with the limits for them. */
export function makeConnections(log: Log, limits = connectionLimits): Connections {
  return new Connections(limits, makeCloseWarning(log));
}

/** The server for reviews, not yet listening. */
export function makeReviewServer(
  tls: Pick<TlsStore, 'current' | 'onChange'>,
  options: EndpointOptions,
  { timeouts = reviewTimeouts, limits, clients, ...given }: ClientLimits = {},
): HttpsServer {
  const connections = given.connections ?? makeConnections(options.log, limits);
  const answerReview = makeEndpoint(options, { connections, memory: new BodyMemory() });
  const otherRequests = pathsOnly(makeOtherRoutes(), noReviewPath);
  const server = createTlsServer(
    tls,
    { ...timeouts, maxHeaderSize: maxHeaderBytes, ...(clients && { clients }) },
    (request, response) => {
      const route = request.method === 'POST' ? routeOf(request.url ?? '') : undefined;
      if (route === undefined) otherRequests(request, response);
      else answerReview(request, response, route);
    },
  );
  server.timeout = timeouts.silenceTimeout;
  connections.follow(server);
  return server;
}

/**
 * Calls count connections that were closed. Clients that flood the port decide how often that
 * happens, so it is logged once a minute, with the number of all since the line before.
 */
function makeCloseWarning(log: Log): (count: number) => void {
  let total = 0;
  let next = 0;
  return (count) => {
    total += count;
    const now = Date.now();
    if (now < next) return;
    next = now + closeWarningMs;
    log.warn('there are too many connections: the quietest were ended', { ended: total });
    total = 0;
  };
}

/**
 * The app as a listener for URLs that are paths. To any other (`*`, `http://…`) express would
 * answer with a page of its own.
 */
function pathsOnly(app: express.Express, notFound: string): RequestListener {
  return (request, response) => {
    if (request.url?.startsWith('/') === true) app(request, response);
    else answerText(response, 404, notFound);
  };
}

/** What the review port answers to all that is not a review. */
function makeOtherRoutes(): express.Express {
  const app = express();
  app.disable('x-powered-by');
  app.use((request, response) => {
    if (routeOf(request.url) === undefined) {
      answerText(response, 404, noReviewPath);
      return;
    }
    response.setHeader('Allow', 'POST');
    answerText(response, 405, 'Reviews are sent with POST.');
  });
  return app;
}

export interface Health {
  /** Whether new connections should come here. */
  readonly ready: () => boolean;
  readonly metrics: Metrics;
}

/** The plain server for probes and metrics, not yet listening. */
export function makeHealthServer({ ready, metrics }: Health): HttpServer {
  const app = express();
  app.disable('x-powered-by');
  app.get('/healthz', (_request, response) => {
    answerText(response, 200, 'ok');
  });
  app.get('/readyz', (_request, response) => {
    if (ready()) answerText(response, 200, 'ok');
    else answerText(response, 503, 'not ready');
  });
  app.get('/metrics', async (_request, response) => {
    try {
      const { contentType, text } = await metrics.render();
      response.setHeader('Content-Type', contentType);
      response.end(text);
    } catch {
      answerText(response, 500, 'The metrics cannot be read.');
    }
  });
  app.use((_request, response) => {
    answerText(response, 404, noHealthPath);
  });
  const { headersTimeout, requestTimeout } = reviewTimeouts;
  return createServer({ headersTimeout, requestTimeout }, pathsOnly(app, noHealthPath));
}

export interface Address {
  /** Undefined: every address of the machine. */
  readonly host: string | undefined;
  readonly port: number;
}

/**
 * Resolves with the port that the server listens on: for port 0 a free one. Rejects where it cannot
 * listen.
 */
export function listen(server: HttpServer | HttpsServer, { host, port }: Address): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen({ port, ...(host !== undefined && { host }) }, () => {
      server.off('error', reject);
      const address = server.address();
      resolve(typeof address === 'object' && address !== null ? address.port : port);
    });
  });
}

/**
 * Accepts no more connections, lets running requests finish, and resolves when every connection is
 * closed. Connections that are left after `graceMs` are closed whatever they do.
 */
export function close(server: HttpServer | HttpsServer, graceMs: number): Promise<void> {
  return new Promise((resolve) => {
    const forceClose = setTimeout(() => {
      server.closeAllConnections();
    }, graceMs);
    server.close(() => {
      clearTimeout(forceClose);
      resolve();
    });
    server.closeIdleConnections();
  });
}
