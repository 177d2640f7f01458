/**
 * The HTTPS server of the webhook and the plain one beside it.
 *
 * Reviews run ahead of express on the same server: they are all of the load, and a framework's
 * routing and body parsing would cost more than hardening does (docs/adr/0003). Express answers
 * everything else on this port, and the second one.
 */
import express from 'express';
import { createServer } from 'node:http';
import { BodyRoom } from './body-room.ts';
import { connectionLimits, Connections, type ConnectionLimits } from './connections.ts';
import { makeEndpoint } from './endpoint.ts';
import { answerText } from './http-answers.ts';
import { routeOf } from './routes.ts';
import { createTlsServer } from '../tls/serve.ts';
import type { RequestListener, Server as HttpServer } from 'node:http';
import type { Server as HttpsServer } from 'node:https';
import type { EndpointOptions } from './endpoint.ts';
import type { Log } from '../telemetry/log.ts';
import type { Metrics } from './metrics.ts';
import type { Clients } from '../tls/clients.ts';
import type { TlsStore } from '../tls/store.ts';

/**
 * How long a client may take, each in milliseconds. One that needs longer is not an API server, and
 * is cut off.
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
   * Without a byte that came from a client or that the kernel took for it: it does not read its
   * answer.
   */
  readonly silenceTimeout: number;
  /** How often the limits for headers and requests are looked at. */
  readonly connectionsCheckingInterval: number;
}

/**
 * The API server keeps an idle connection for 90 s (apimachinery v0.34 pkg/util/net/http.go). Ours
 * stays open longer, so that it is never we who close one on which a request is already on its way.
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
 * Who may come to a server, and what they may take of it; the defaults are for the memory of
 * manifests/30-deployment.yaml.
 */
export interface Bounds {
  readonly timeouts?: Timeouts;
  readonly limits?: ConnectionLimits;
  /** Absent: anybody. */
  readonly clients?: Clients | undefined;
}

/** The server for reviews, not yet listening. */
export function makeReviewServer(
  tls: Pick<TlsStore, 'current' | 'onChange'>,
  options: EndpointOptions,
  { timeouts = reviewTimeouts, limits = connectionLimits, clients }: Bounds = {},
): HttpsServer {
  const connections = new Connections(limits, sayNowAndThen(options.log));
  const answerReview = makeEndpoint(options, { connections, room: new BodyRoom() });
  const rest = behind(makeRestOfReviewPort(), nothingForReviews);
  const server = createTlsServer(
    tls,
    { ...timeouts, maxHeaderSize: maxHeaderBytes, ...(clients && { clients }) },
    (request, response) => {
      const route = request.method === 'POST' ? routeOf(request.url ?? '') : undefined;
      if (route === undefined) rest(request, response);
      else answerReview(request, response, route);
    },
  );
  server.timeout = timeouts.silenceTimeout;
  connections.follow(server);
  return server;
}

/**
 * An API server sends less than one KiB of them. Half of what Node allows, since each connection
 * may hold so many.
 */
const maxHeaderBytes = 8 * 1024;

const quietMs = 60_000;

/**
 * Whoever floods the port decides how often this happens: once a minute it is told, with how many
 * there were.
 */
function sayNowAndThen(log: Log): (count: number) => void {
  let total = 0;
  let next = 0;
  return (count) => {
    total += count;
    const now = Date.now();
    if (now < next) return;
    next = now + quietMs;
    log.warn('there are too many connections: the quietest were ended', { ended: total });
    total = 0;
  };
}

const nothingForReviews =
  'There is nothing here: reviews go to POST /mutate/{enforce,audit,warn}/{immutable,restricted}.';
const nothingForHealth = 'There is nothing here: /healthz, /readyz, /metrics.';

/**
 * The app as a listener, without what it cannot route: to a URL that is no path (`*`, `http://…`)
 * express answers with a page of its own.
 */
function behind(app: express.Express, nothing: string): RequestListener {
  return (request, response) => {
    if (request.url?.startsWith('/') === true) app(request, response);
    else answerText(response, 404, nothing);
  };
}

function makeRestOfReviewPort(): express.Express {
  const app = express();
  app.disable('x-powered-by');
  app.use((request, response) => {
    if (routeOf(request.url) === undefined) {
      answerText(response, 404, nothingForReviews);
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
    answerText(response, 404, nothingForHealth);
  });
  const { headersTimeout, requestTimeout } = reviewTimeouts;
  return createServer({ headersTimeout, requestTimeout }, behind(app, nothingForHealth));
}

export interface Address {
  /** Undefined: every address of the machine. */
  readonly host: string | undefined;
  readonly port: number;
}

/**
 * Resolves with the port that the server listens on, which is a free one for port 0. Rejects where
 * it cannot.
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
 * Stops accepting, lets running requests finish, and resolves when every connection is closed;
 * those that are left after `graceMs` are cut.
 */
export function close(server: HttpServer | HttpsServer, graceMs: number): Promise<void> {
  return new Promise((resolve) => {
    const cut = setTimeout(() => {
      server.closeAllConnections();
    }, graceMs);
    server.close(() => {
      clearTimeout(cut);
      resolve();
    });
    server.closeIdleConnections();
  });
}
