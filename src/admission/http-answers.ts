/**
 * Answers that are no AdmissionReview: a rejected request, a fault of our own, one line of text.
 *
 * A request that we cannot read gets 400, 408, 413 or 415 and our own fault 500, so that the
 * cluster's failurePolicy decides what becomes of the pod. The body is a `Status` of the API with
 * one sentence. The API server shows that sentence to the pod's author (client-go v0.34
 * rest/request.go Result.Error); of any other body it shows nothing.
 */
import type { ServerResponse } from 'node:http';
import type { Log } from '../telemetry/log.ts';
import type { Metrics } from './metrics.ts';
import type { Route } from './routes.ts';

/** What every answer needs of its server. */
export interface AnswerOptions {
  readonly log: Log;
  readonly metrics: Metrics;
  /** The server is about to stop: connections are closed after their answer. */
  readonly draining: () => boolean;
}

/** By the words of apimachinery (v0.34 pkg/apis/meta/v1/types.go StatusReason). */
const statusReasons = {
  400: 'BadRequest',
  408: 'Timeout',
  413: 'RequestEntityTooLarge',
  415: 'UnsupportedMediaType',
  500: 'InternalError',
} as const;

type StatusCode = keyof typeof statusReasons;

/** Why a request is rejected. */
export interface Rejection {
  readonly status: Exclude<StatusCode, 500>;
  readonly sentence: string;
}

/** Answers a request that cannot be read, counts it and logs it. */
export function rejectRequest(
  response: ServerResponse,
  { status, sentence }: Rejection,
  route: Route,
  options: AnswerOptions,
): void {
  const { log, metrics } = options;
  closeWhenDraining(response, options);
  answerStatus(response, status, sentence);
  logErrors(log, 'review not recorded', () => {
    metrics.observe({ operation: 'other', route, outcome: 'rejected', findings: [] });
    const { mode, level } = route;
    log.warn('review rejected', { status, reason: sentence, mode, hardening: level });
  });
}

/** Answers a review on which our own code failed, counts it and logs where. */
export function answerFailure(
  response: ServerResponse,
  error: unknown,
  route: Route,
  options: AnswerOptions,
): void {
  const { log, metrics } = options;
  closeWhenDraining(response, options);
  answerStatus(response, 500, 'Lithopod failed to answer this review; its log says more.');
  logErrors(log, 'review not recorded', () => {
    metrics.observe({ operation: 'other', route, outcome: 'error', findings: [] });
    const { mode, level } = route;
    log.error('review failed', { mode, hardening: level, stack: stackWithoutMessage(error) });
  });
}

/**
 * Ends the connection with this answer where the server is draining. To be called when the answer
 * is written and not when the request begins: a connection that is kept open after the end of the
 * drain would be waited for.
 */
export function closeWhenDraining(response: ServerResponse, { draining }: AnswerOptions): void {
  if (draining()) response.setHeader('Connection', 'close');
}

/**
 * Runs what is not the review itself, and logs what it throws: an error there must neither end the
 * process nor keep other reviews from their answers.
 */
export function logErrors(log: Log, failure: string, work: () => void): void {
  try {
    work();
  } catch (error) {
    log.error(failure, { stack: stackWithoutMessage(error) });
  }
}

/**
 * The name of an error and the places of its stack. Its message is left out, because V8's own
 * messages quote values (`on string 'hunter2'`).
 */
function stackWithoutMessage(error: unknown): string {
  if (!(error instanceof Error)) return `not an Error but ${typeof error}`;
  const { name, message, stack = '' } = error;
  const frames = stack.replace(message, '').match(/^ {4}at .*$/gm) ?? [];
  return [name, ...frames].join('\n');
}

function answerStatus(response: ServerResponse, code: StatusCode, message: string): void {
  const status = { kind: 'Status', apiVersion: 'v1', metadata: {}, status: 'Failure' };
  const text = JSON.stringify({ ...status, message, reason: statusReasons[code], code });
  answerWhole(response, code, 'application/json', text);
}

/** Ends a response with one plain sentence. */
export function answerText(response: ServerResponse, status: number, sentence: string): void {
  answerWhole(response, status, 'text/plain; charset=utf-8', `${sentence}\n`);
}

function answerWhole(response: ServerResponse, code: number, type: string, body: string): void {
  const bytes = Buffer.from(body);
  response.writeHead(code, {
    'Content-Type': type,
    'Content-Length': bytes.length,
    'X-Content-Type-Options': 'nosniff',
  });
  response.end(bytes);
}
