/**
 * What happens to one review: its body is read, it waits for its batch, it is answered, and then
 * it is counted and logged in one line.
 */
import { performance } from 'node:perf_hooks';
import { review as reviewBody, textOfResponse } from './answer-review.ts';
import { headerOf, readBody } from './body.ts';
import { answerFailure, closeWhenDraining, logErrors, rejectRequest } from './http-answers.ts';
import { isTooDeep } from './review-text.ts';
import { BatchQueue } from './turns.ts';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Catalogue } from '../core/catalogue/match/catalogue.ts';
import type { Policy } from '../core/context/context.ts';
import type { Finding, Reporter } from '../core/findings/finding.ts';
import type { ReviewResult } from './answer-review.ts';
import type { ClusterExemptions } from './cluster-exemptions.ts';
import type { BodyMemory } from './body-memory.ts';
import type { Body } from './body.ts';
import type { Connections, Peer } from './connections.ts';
import type { AnswerOptions, Rejection } from './http-answers.ts';
import type { Route } from './routes.ts';

export interface EndpointOptions extends AnswerOptions {
  /** The catalogue in use; asked for at each review, since a reload replaces it. */
  readonly catalogue: () => Catalogue;
  readonly policy: Omit<Policy, 'level'>;
  /** Absent: there are none. */
  readonly exemptions?: Pick<ClusterExemptions, 'inForce' | 'note'> | undefined;
}

/** What one server has of its own. No two servers share any of it. */
export interface ServerState {
  readonly connections: Connections;
  readonly memory: BodyMemory;
}

const wrongType: Rejection = {
  status: 415,
  sentence: 'The content type of a review is application/json.',
};
const notJson: Rejection = { status: 400, sentence: 'The body is not JSON.' };
const nestsTooDeep: Rejection = { status: 400, sentence: 'The body nests too deep.' };

/** By why a body was not read. */
const bodyRejections: Readonly<Record<Exclude<Body['kind'], 'read'>, Rejection>> = {
  'too-large': { status: 413, sentence: 'A review has at most 8 MiB.' },
  'too-many-values': { status: 413, sentence: 'A review has at most 200,000 values.' },
  'timed-out': {
    status: 408,
    sentence: 'There are too many large reviews at once, or this one did not come in time.',
  },
  'not-text': { status: 400, sentence: 'The body is not UTF-8.' },
};

/** For the status line and the headers of an answer, in bytes; they have less than 200. */
const maxHeadBytes = 1024;
/** The API's names have at most 253 characters; what is longer is no name. */
const maxLoggedLength = 256;

/** A review that has come whole and has no answer yet. */
interface PendingReview {
  readonly text: string;
  /** To be called when it is answered. */
  readonly release: () => void;
  readonly response: ServerResponse;
  readonly route: Route;
  readonly peer: Peer;
  /** When its last byte came, in milliseconds of `performance.now`. */
  readonly start: number;
}

type ReadableResult = Exclude<ReviewResult, { outcome: 'unreadable' }>;

/** A review with the text of its answer, which is not sent yet. */
interface AnsweredReview {
  readonly review: PendingReview;
  readonly result: ReadableResult;
  readonly answer: string;
  /** From the last byte of the request until the answer was sent; 0 before. */
  seconds: number;
}

/** Answers a POST to a path of `routeOf`. */
export type ReviewListener = (
  request: IncomingMessage,
  response: ServerResponse,
  route: Route,
) => void;

/** Makes the listener of one server, with a queue of its own. */
export function makeEndpoint(
  options: EndpointOptions,
  { connections, memory }: ServerState,
): ReviewListener {
  const queue = new BatchQueue<PendingReview>((batch) => {
    answerBatch(batch, options, memory);
  });
  return (request, response, route) => {
    const peer = connections.peerOf(request.socket);
    peer.requestBegun();
    if (!isJson(headerOf(request, 'content-type') ?? '')) {
      request.resume();
      peer.requestRejected();
      rejectRequest(response, wrongType, route, options);
      return;
    }
    // A connection that ends with this request is closed as soon as it is answered, whatever the
    // client still has to send.
    readBody(request, { memory, reportEarly: response.shouldKeepAlive }, (body) => {
      if (body.kind !== 'read') {
        peer.requestRejected();
        // What the client may still send is not read.
        if (body.kind === 'timed-out') response.setHeader('Connection', 'close');
        rejectRequest(response, bodyRejections[body.kind], route, options);
        return;
      }
      peer.bodyComplete();
      const { text, release } = body;
      queue.add({ text, release, response, route, peer, start: performance.now() });
    });
  };
}

/** Works all of them out, then sends all, then records all: see turns.ts. */
function answerBatch(
  batch: readonly PendingReview[],
  options: EndpointOptions,
  memory: BodyMemory,
): void {
  try {
    const answered: AnsweredReview[] = [];
    for (const review of batch) {
      const done = workOut(review, options);
      if (done !== undefined) answered.push(done);
    }
    for (const each of answered) {
      logErrors(options.log, 'answer not sent', () => {
        send(each, options, memory);
      });
      each.seconds = (performance.now() - each.review.start) / 1000;
    }
    for (const each of answered) record(each, options);
  } finally {
    for (const { release, peer } of batch) {
      release();
      peer.reviewAnswered();
    }
  }
}

/** Undefined for a review that is rejected or fails: that is answered at once. */
function workOut(review: PendingReview, options: EndpointOptions): AnsweredReview | undefined {
  const { text, response, route } = review;
  const body = parseJson(text);
  if (body === undefined) {
    rejectRequest(response, notJson, route, options);
    return undefined;
  }
  try {
    const result = reviewBody(
      body.value,
      route,
      options.catalogue(),
      options.policy,
      options.exemptions?.inForce,
    );
    if (result.outcome !== 'unreadable') {
      return { review, result, answer: textOfResponse(result.response), seconds: 0 };
    }
    const sentence = `Not a review that can be answered: ${result.reason}.`;
    rejectRequest(response, { status: 400, sentence }, route, options);
  } catch (error) {
    if (isTooDeep(error, text)) rejectRequest(response, nestsTooDeep, route, options);
    else answerFailure(response, error, route, options);
  }
  return undefined;
}

function send(
  { review: { response }, answer: text }: AnsweredReview,
  options: EndpointOptions,
  memory: BodyMemory,
): void {
  closeWhenDraining(response, options);
  const length = Buffer.byteLength(text);
  // Node (20.20 and 24.21) pauses its parser where the next request comes before it has noticed
  // that an answer above the high-water mark is gone. Over TLS what else has come of that request's
  // body reaches the paused parser, which takes it for a fault (HPE_PAUSED), and the connection is
  // cut unanswered. The mark of a TLS server cannot be chosen.
  if (length + maxHeadBytes > response.req.socket.writableHighWaterMark) {
    response.setHeader('Connection', 'close');
    const read = memory.addAnswer(length, () => response.destroy());
    response.on('close', read);
  }
  response.writeHead(200, { 'Content-Type': 'application/json', 'Content-Length': length });
  // As text it leaves in one piece with the headers, where a buffer would be a second write to the
  // socket.
  response.end(text, length === text.length ? 'latin1' : 'utf8');
}

/** Counts a review, and logs it in one line. */
function record(
  { review: { route }, result, seconds }: AnsweredReview,
  { log, metrics, exemptions }: EndpointOptions,
): void {
  const { outcome, operation, findings, target } = result;
  logErrors(log, 'review not recorded', () => {
    if (outcome === 'patched' && !target.dryRun) exemptions?.note(target, findings);
    metrics.observe({ operation, route, outcome, seconds, findings });
    log.review({
      uid: shortened(target.uid),
      kind: shortened(target.kind),
      namespace: shortened(target.namespace),
      name: shortened(target.name),
      operation: shortened(operation),
      mode: route.mode,
      hardening: route.level,
      outcome,
      ...(target.dryRun && { dryRun: true }),
      rules: rulesIn(findings),
      milliseconds: Math.round(seconds * 1e6) / 1e3,
    });
  });
}

/**
 * Each rule once. Findings of one rule follow each other, so the last rule seen is looked at first.
 */
function rulesIn(findings: readonly Finding[]): readonly Reporter[] {
  const rules: Reporter[] = [];
  for (const { rule } of findings) {
    if (rule !== rules.at(-1) && !rules.includes(rule)) rules.push(rule);
  }
  return rules;
}

function shortened(text: string): string {
  return text.length <= maxLoggedLength ? text : `${text.slice(0, maxLoggedLength - 1)}…`;
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
