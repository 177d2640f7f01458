/**
 * The service as the tests run it: real sockets on free loopback ports, its log and metrics at
 * hand.
 */
import { once } from 'node:events';
import { Writable } from 'node:stream';

import { makeReviewServer, type Timeouts } from '../../src/admission/server.ts';
import { startService, type Service } from '../../src/admission/service.ts';
import type { ConnectionLimits } from '../../src/admission/connections.ts';
import type { EndpointOptions } from '../../src/admission/endpoint.ts';
import type { AdmissionReviewResponse } from '../../src/admission/answer-review.ts';
import { loadCatalogue } from '../../src/profile-files/catalogue-files.ts';
import type { Catalogue } from '../../src/core/catalogue/match/catalogue.ts';
import { applyPatch, type Operation } from '../../src/core/patch.ts';
import { formatProblem, type Result } from '../../src/core/values/result.ts';
import { readServeSettings } from '../../src/admission/settings.ts';
import type { SettingTexts } from '../../src/config.ts';
import { makeLog, type Log } from '../../src/telemetry/log.ts';
import { makeMetrics, type Metrics } from '../../src/admission/metrics.ts';
import { makeInMemoryTls } from '../../src/tls/in-memory.ts';
import type { AddressInfo } from 'node:net';
import type { Server } from 'node:https';
import { expect } from 'chai';
import { get, send, type Answer, type Endpoint, type Sent } from './client.ts';

export type LogLine = Readonly<Record<string, unknown>>;

/** A log whose lines are kept, each as text and as the object that it holds. */
export function recordedLog(): {
  readonly log: Log;
  readonly text: () => string;
  readonly lines: () => LogLine[];
} {
  let text = '';
  const stream = new Writable({
    write(chunk: Buffer, _encoding, done) {
      text += chunk.toString();
      done();
    },
  });
  return {
    log: makeLog({ level: 'debug', sink: stream }),
    text: () => text,
    lines: () =>
      text
        .split('\n')
        .filter((line) => line !== '')
        .map((line) => JSON.parse(line) as LogLine),
  };
}

export interface Running extends Endpoint {
  readonly service: Service;
  readonly send: (sent: Sent) => Promise<Answer>;
  readonly get: (path: string, method?: string) => Promise<Answer>;
  /** The value of one time series, 0 where there is none. */
  readonly metric: (series: string) => Promise<number>;
  readonly logText: () => string;
  readonly logLines: () => LogLine[];
  readonly stop: () => Promise<void>;
}

/** Settings as `serve` reads them, with free loopback ports and no drain unless told. */
export function settingsFor(flags: SettingTexts = {}) {
  return valueOf(
    readServeSettings(
      { host: '127.0.0.1', port: '0', 'metrics-port': '0', 'drain-seconds': '0', ...flags },
      {},
    ),
  );
}

/** The whole service. */
export async function start(flags: SettingTexts = {}, trusted?: string): Promise<Running> {
  const recorded = recordedLog();
  const metrics = makeMetrics();
  const service = valueOf(await startService(settingsFor(flags), { log: recorded.log, metrics }));
  const ca = trusted ?? service.ca ?? '';
  const endpoint = { port: service.port, ca };
  const getHere = (path: string, method?: string) => get(service.metricsPort, path, method);
  return {
    ...endpoint,
    service,
    send: (sent) => send(endpoint, sent),
    get: getHere,
    metric: async (series) => seriesOf((await getHere('/metrics')).text, series),
    logText: recorded.text,
    logLines: recorded.lines,
    stop: () => service.stop(),
  };
}

export interface BareServer extends Endpoint {
  readonly server: Server;
  readonly metrics: Metrics;
  readonly logText: () => string;
  readonly logLines: () => LogLine[];
  readonly stop: () => Promise<void>;
}

/** The review server alone, with a catalogue or time limits of the test's own. */
export async function startReviews(options: {
  readonly catalogue?: Catalogue;
  readonly policy?: EndpointOptions['policy'];
  readonly exemptions?: EndpointOptions['exemptions'];
  readonly timeouts?: Timeouts;
  readonly limits?: ConnectionLimits;
  /** Called when a review is logged, after its answer was sent. */
  readonly onLogged?: () => void;
}): Promise<BareServer> {
  const recorded = recordedLog();
  const metrics = makeMetrics();
  const store = await makeInMemoryTls({ now: new Date() });
  const catalogue = options.catalogue ?? valueOf(await loadCatalogue());
  const logReview: Log['review'] = (line) => {
    recorded.log.review(line);
    options.onLogged?.();
  };
  const server = makeReviewServer(
    store,
    {
      catalogue: () => catalogue,
      policy: options.policy ?? { unprofiled: 'default', masking: 'probes' },
      exemptions: options.exemptions,
      log: { ...recorded.log, review: logReview },
      metrics,
      draining: () => false,
    },
    options,
  );
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    server,
    metrics,
    port: (server.address() as AddressInfo).port,
    ca: store.ca,
    logText: recorded.text,
    logLines: recorded.lines,
    stop: async () => {
      server.close();
      server.closeAllConnections();
      await once(server, 'close');
    },
  };
}

/** The value of a series such as `name{label="x"}` in an exposition text, 0 where it is absent. */
export function seriesOf(text: string, series: string): number {
  const line = text.split('\n').find((candidate) => candidate.startsWith(`${series} `));
  return line === undefined ? 0 : Number(line.slice(series.length + 1));
}

/** The value, or a failure that names every problem. */
export function valueOf<T>(result: Result<T>): T {
  if (result.ok) return result.value;
  throw new Error(result.problems.map(formatProblem).join('\n'));
}

/** An answered review. */
export function responseOf(answer: Answer): AdmissionReviewResponse['response'] {
  if (answer.status !== 200) throw new Error(`${answer.status}: ${answer.text}`);
  return (JSON.parse(answer.text) as AdmissionReviewResponse).response;
}

/** Code and message of a refusal that the API server can read. */
export function refusalOf({ status, headers, text }: Answer): readonly [number, string] {
  expect(headers['content-type']).to.equal('application/json');
  const body = JSON.parse(text) as { readonly message: string; readonly reason: string };
  const { message, reason } = body;
  const told = { kind: 'Status', apiVersion: 'v1', metadata: {}, status: 'Failure' };
  expect(body).to.deep.equal({ ...told, message, reason, code: status });
  expect(reason).to.equal(reasons[status]);
  return [status, message];
}

const reasons: Readonly<Record<number, string>> = {
  400: 'BadRequest',
  408: 'Timeout',
  413: 'RequestEntityTooLarge',
  415: 'UnsupportedMediaType',
  500: 'InternalError',
};

/** The operations of an answer. */
export function patchOf(answer: Answer): readonly Operation[] {
  const { patch } = responseOf(answer);
  if (patch === undefined) return [];
  return JSON.parse(Buffer.from(patch, 'base64').toString()) as readonly Operation[];
}

/** The object as the API server would store it. */
export function stored<T>(object: T, answer: Answer): T {
  return applyPatch(object, patchOf(answer)) as T;
}
