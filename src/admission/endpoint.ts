/**
 * The one hot route: a review in, its response out, one log line, metrics.
 *
 * A request that we cannot read is answered with 400, 408, 413 or 415, our own fault with 500: the
 * cluster's failurePolicy decides what becomes of the pod. Each answer that is not a response is a
 * `Status` of the API with one sentence, which the API server tells the pod's author (client-go
 * v0.34 rest/request.go Result.Error); of any other body it tells nothing.
 */
import { performance } from 'node:perf_hooks';
import { largeBodyBytes } from './body-room.ts';
import { headerOf, readBody } from './body.ts';
import { isTooDeep } from './review-text.ts';
import { review as reviewBody, textOfResponse } from './answer-review.ts';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Catalogue } from '../core/catalogue/match/catalogue.ts';
import type { Policy } from '../core/context/context.ts';
import type { Finding, RuleId } from '../core/findings/finding.ts';
import type { Log } from '../telemetry/log.ts';
import type { BodyRoom } from './body-room.ts';
import type { Connections, Peer } from './connections.ts';
import type { Metrics } from './metrics.ts';
import type { Route } from './routes.ts';
import type { ReviewResult } from './answer-review.ts';

export interface EndpointOptions {
  /** The catalogue in use; asked for at each review, since a reload replaces it. */
  readonly catalogue: () => Catalogue;
  readonly policy: Omit<Policy, 'level'>;
  readonly log: Log;
  readonly metrics: Metrics;
  /** The server is about to stop: connections are closed after their answer. */
  readonly draining: () => boolean;
}

/** The status and sentence for each body that is not read. */
const unread = {
  'too-large': [413, 'A review has at most 8 MiB.'],
  'too-many-values': [413, 'A review has at most 200,000 values.'],
  'too-late': [408, 'There are too many large reviews at once, or this one did not come in time.'],
  'not-text': [400, 'The body is not UTF-8.'],
} as const;

/** Who comes to a server, and what it has room for. */
export interface Guests {
  readonly connections: Connections;
  readonly room: BodyRoom;
}

/** Answers one POST to a path of `routeOf`. */
export function answerReview(
  request: IncomingMessage,
  response: ServerResponse,
  route: Route,
  options: EndpointOptions,
  { connections, room }: Guests,
): void {
  const peer = connections.peerOf(request.socket);
  peer.begins();
  if (!isJson(headerOf(request, 'content-type') ?? '')) {
    request.resume();
    peer.refused();
    rejectRequest(
      response,
      415,
      'The content type of a review is application/json.',
      route,
      options,
    );
    return;
  }
  // A connection that ends with this request is closed as soon as it is answered, whatever the
  // client still has to send.
  readBody(request, { room, early: response.shouldKeepAlive }, (body) => {
    if (body.kind !== 'read') {
      peer.refused();
      // What it may still send is not read.
      if (body.kind === 'too-late') response.setHeader('Connection', 'close');
      const [status, sentence] = unread[body.kind];
      rejectRequest(response, status, sentence, route, options);
      return;
    }
    peer.whole();
    const { text, release } = body;
    wait({ text, release, response, route, options, room, peer, start: performance.now() });
  });
}

/**
 * Asked when the answer is written and not when the request begins: a connection kept open after
 * the end of the drain would be waited for.
 */
function closeWhenDraining(response: ServerResponse, { draining }: EndpointOptions): void {
  if (draining()) response.setHeader('Connection', 'close');
}

/** A review that has come whole and has no answer yet. */
interface Waiting {
  readonly text: string;
  /** To be called when it is answered. */
  readonly release: () => void;
  readonly response: ServerResponse;
  readonly route: Route;
  readonly options: EndpointOptions;
  readonly room: BodyRoom;
  readonly peer: Peer;
  /** When its last byte came, in milliseconds of `performance.now`. */
  readonly start: number;
}

/** One that is answered, and its answer not yet sent. */
interface Answered {
  readonly review: Waiting;
  readonly result: Exclude<ReviewResult, { outcome: 'unreadable' }>;
  readonly answer: string;
  /** From the last byte of the request until the answer was sent; 0 before. */
  seconds: number;
}

/** For the status line and the headers of an answer, in bytes; they have less than 200. */
const roomForHeaders = 1024;

/**
 * So much text is answered together at most, in UTF-16 units. Sixteen pods of ten containers have
 * two thirds of it.
 */
const together = 256 * 1024;

let waiting: Waiting[] = [];
/**
 * Texts above `largeBodyBytes`. Each waits until those of its turn are answered, and then for its
 * own turn.
 */
const large: Waiting[] = [];
/** How many came in this turn of the event loop so far. */
let arrived = 0;
/**
 * For how many turns in which one or none comes it still counts as load that several came in one.
 */
const busyTurns = 100;
let busy = 0;
let scheduled = false;

/**
 * Under load, reviews that come in one turn of the event loop are answered together at its end: all
 * are worked out, then all are sent, then all are recorded. That takes a quarter less of the
 * processor than one after the other, since the code of each step stays in its caches
 * (docs/adr/0003-hot-route-ahead-of-express.md). One that comes alone waits for nothing.
 */
function wait(review: Waiting): void {
  arrived++;
  schedule();
  if (review.text.length > largeBodyBytes) large.push(review);
  else if (busy > 0) waiting.push(review);
  else answerTogether([review]);
}

function schedule(): void {
  if (scheduled) return;
  scheduled = true;
  setImmediate(endTurn);
}

function endTurn(): void {
  scheduled = false;
  busy = arrived > 1 ? busyTurns : Math.max(0, busy - 1);
  arrived = 0;
  answerTogether(nextTogether());
  // One a turn: what has come meanwhile goes before the next.
  const next = large.shift();
  if (next !== undefined) answerTogether([next]);
  if (waiting.length > 0 || large.length > 0) schedule();
}

/**
 * Takes the first of those that wait. What they become is held at the same time, and is several
 * times as large.
 */
function nextTogether(): readonly Waiting[] {
  let count = 0;
  for (let length = 0; count < waiting.length; count++) {
    length += waiting[count]?.text.length ?? 0;
    if (length > together && count > 0) break;
  }
  const rest = waiting.slice(count);
  const next = rest.length === 0 ? waiting : waiting.slice(0, count);
  waiting = rest;
  return next;
}

function answerTogether(reviews: readonly Waiting[]): void {
  try {
    sendTogether(reviews);
  } finally {
    for (const { release, peer } of reviews) {
      release();
      peer.answered();
    }
  }
}

function sendTogether(reviews: readonly Waiting[]): void {
  const answered: Answered[] = [];
  for (const each of reviews) {
    const done = answer(each);
    if (done !== undefined) answered.push(done);
  }
  for (const each of answered) {
    quietly(each.review.options.log, 'answer not sent', () => {
      send(each);
    });
    each.seconds = (performance.now() - each.review.start) / 1000;
  }
  for (const { review, result, seconds } of answered) {
    record(result, review.route, seconds, review.options);
  }
}

/** The review with its answer; nothing where it is refused or fails, which is answered at once. */
function answer(review: Waiting): Answered | undefined {
  const { text, response, route, options } = review;
  const body = parseJson(text);
  if (body === undefined) {
    rejectRequest(response, 400, 'The body is not JSON.', route, options);
    return undefined;
  }
  try {
    const result = reviewBody(body.value, route, options.catalogue(), options.policy);
    if (result.outcome !== 'unreadable') {
      return { review, result, answer: textOfResponse(result.response), seconds: 0 };
    }
    rejectRequest(
      response,
      400,
      `Not a review that can be answered: ${result.reason}.`,
      route,
      options,
    );
  } catch (error) {
    if (isTooDeep(error, text))
      rejectRequest(response, 400, 'The body nests too deep.', route, options);
    else fail(response, error, route, options);
  }
  return undefined;
}

function send({ review: { response, options, room }, answer: text }: Answered): void {
  closeWhenDraining(response, options);
  const length = Buffer.byteLength(text);
  // Node (20.20 and 24.21) pauses its parser where the next request comes before it has noticed
  // that an answer above the high-water mark is gone. Over TLS what else has come of that request's
  // body reaches the paused parser, which takes it for a fault (HPE_PAUSED), and the connection is
  // cut unanswered. The mark of a TLS server cannot be chosen.
  if (length + roomForHeaders > response.req.socket.writableHighWaterMark) {
    response.setHeader('Connection', 'close');
    const read = room.answer(length, () => response.destroy());
    response.on('close', read);
  }
  response.writeHead(200, { 'Content-Type': 'application/json', 'Content-Length': length });
  // As text it leaves in one piece with the headers, where a buffer would be a second write to the
  // socket.
  response.end(text, length === text.length ? 'latin1' : 'utf8');
}

function record(
  result: Exclude<ReviewResult, { outcome: 'unreadable' }>,
  route: Route,
  seconds: number,
  { log, metrics }: EndpointOptions,
): void {
  const { outcome, operation, findings, target } = result;
  quietly(log, 'review not recorded', () => {
    metrics.observe({ operation, route, outcome, seconds, findings });
    log.review({
      uid: short(target.uid),
      kind: short(target.kind),
      namespace: short(target.namespace),
      name: short(target.name),
      operation: short(operation),
      mode: route.mode,
      hardening: route.level,
      outcome,
      ...(target.dryRun && { dryRun: true }),
      rules: rulesIn(findings),
      milliseconds: Math.round(seconds * 1e6) / 1e3,
    });
  });
}

/** Each once. Rules speak one after the other, so the last one seen is the likeliest. */
function rulesIn(findings: readonly Finding[]): readonly RuleId[] {
  const rules: RuleId[] = [];
  for (const { rule } of findings) {
    if (rule !== rules.at(-1) && !rules.includes(rule)) rules.push(rule);
  }
  return rules;
}

/** Names of the API have at most 253 characters; what is longer is no name. */
function short(text: string): string {
  return text.length <= 256 ? text : `${text.slice(0, 255)}…`;
}

/**
 * Runs what is not the review itself: no fault in it may end the process, or keep others from their
 * answers.
 */
function quietly(log: Log, failure: string, work: () => void): void {
  try {
    work();
  } catch (error) {
    log.error(failure, { stack: placesOf(error) });
  }
}

function rejectRequest(
  response: ServerResponse,
  status: Exclude<keyof typeof reasons, 500>,
  sentence: string,
  route: Route,
  options: EndpointOptions,
): void {
  const { log, metrics } = options;
  closeWhenDraining(response, options);
  answerStatus(response, status, sentence);
  quietly(log, 'review not recorded', () => {
    metrics.observe({ operation: 'other', route, outcome: 'rejected', findings: [] });
    log.warn('review rejected', {
      status,
      reason: sentence,
      mode: route.mode,
      hardening: route.level,
    });
  });
}

function fail(
  response: ServerResponse,
  error: unknown,
  route: Route,
  options: EndpointOptions,
): void {
  const { log, metrics } = options;
  closeWhenDraining(response, options);
  answerStatus(response, 500, 'Lithopod failed to answer this review; its log says more.');
  quietly(log, 'review not recorded', () => {
    metrics.observe({ operation: 'other', route, outcome: 'error', findings: [] });
    log.error('review failed', {
      mode: route.mode,
      hardening: route.level,
      stack: placesOf(error),
    });
  });
}

/**
 * The kind of an error and where it came from, without its message: V8's own quote values
 * (`on string 'hunter2'`).
 */
function placesOf(error: unknown): string {
  if (!(error instanceof Error)) return `not an Error but ${typeof error}`;
  const { name, message, stack = '' } = error;
  const frames = stack.replace(message, '').match(/^ {4}at .*$/gm) ?? [];
  return [name, ...frames].join('\n');
}

/** By the words of apimachinery (v0.34 pkg/apis/meta/v1/types.go StatusReason). */
const reasons = {
  400: 'BadRequest',
  408: 'Timeout',
  413: 'RequestEntityTooLarge',
  415: 'UnsupportedMediaType',
  500: 'InternalError',
} as const;

function answerStatus(response: ServerResponse, code: keyof typeof reasons, message: string): void {
  const status = { kind: 'Status', apiVersion: 'v1', metadata: {}, status: 'Failure' };
  const text = JSON.stringify({ ...status, message, reason: reasons[code], code });
  answerWhole(response, code, 'application/json', text);
}

/** Ends a response with one plain sentence. */
export function answerText(response: ServerResponse, status: number, sentence: string): void {
  answerWhole(response, status, 'text/plain; charset=utf-8', `${sentence}\n`);
}

function answerWhole(response: ServerResponse, code: number, type: string, body: string): void {
  const text = Buffer.from(body);
  response.writeHead(code, {
    'Content-Type': type,
    'Content-Length': text.length,
    'X-Content-Type-Options': 'nosniff',
  });
  response.end(text);
}

function isJson(type: string): boolean {
  if (type === 'application/json') return true;
  const end = type.indexOf(';');
  return (end < 0 ? type : type.slice(0, end)).trim().toLowerCase() === 'application/json';
}

/** In a box, since `null` is JSON too. */
function parseJson(text: string): { readonly value: unknown } | undefined {
  try {
    return { value: JSON.parse(text) as unknown };
  } catch {
    return undefined;
  }
}
