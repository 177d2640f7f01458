/**
 * The one hot route: a review in, its response out, one log line, metrics.
 *
 * A request that we cannot read is answered with 400, 413 or 415, our own fault with 500: the cluster's failurePolicy
 * decides what becomes of the pod. Each answer that is not a response is one plain sentence.
 */
import { performance } from 'node:perf_hooks';
import { headerOf, readBody } from './body.ts';
import { review, textOfResponse } from './review.ts';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Catalogue } from '../core/catalogue/match.ts';
import type { Policy } from '../core/context.ts';
import type { Finding, RuleId } from '../core/rules/rule.ts';
import type { Log } from '../telemetry/log.ts';
import type { Metrics } from '../telemetry/metrics.ts';
import type { ReviewResult, Route } from './review.ts';

export interface EndpointOptions {
  /** The catalogue in use; asked for at each review, since a reload replaces it. */
  readonly catalogue: () => Catalogue;
  readonly policy: Omit<Policy, 'level'>;
  readonly log: Log;
  readonly metrics: Metrics;
  /** The server is about to stop: connections are closed after their answer. */
  readonly draining: () => boolean;
}

/** Answers one POST to a path of `routeOf`. */
export function answerReview(
  request: IncomingMessage,
  response: ServerResponse,
  route: Route,
  options: EndpointOptions,
): void {
  if (!isJson(headerOf(request, 'content-type') ?? '')) {
    closeWhenDraining(response, options);
    request.resume();
    refuse(response, 415, 'The content type of a review is application/json.', route, options);
    return;
  }
  // A connection that ends with this request is closed as soon as it is answered, whatever the client still has to send.
  readBody(request, response.shouldKeepAlive, (body) => {
    closeWhenDraining(response, options);
    if (body.kind === 'too-large') {
      refuse(response, 413, 'A review has at most 8 MiB.', route, options);
      return;
    }
    if (body.kind === 'not-text') {
      refuse(response, 400, 'The body is not UTF-8.', route, options);
      return;
    }
    answerBody(body.text, response, route, options);
  });
}

/**
 * Asked when the answer is written and not when the request begins: a connection kept open after the end of the drain
 * would be waited for.
 */
function closeWhenDraining(response: ServerResponse, { draining }: EndpointOptions): void {
  if (draining()) response.setHeader('Connection', 'close');
}

function answerBody(
  text: string,
  response: ServerResponse,
  route: Route,
  options: EndpointOptions,
): void {
  const start = performance.now();
  const body = parseJson(text);
  if (body === undefined) {
    refuse(response, 400, 'The body is not JSON.', route, options);
    return;
  }
  let result: ReviewResult;
  try {
    result = review(body.value, route, options.catalogue(), options.policy);
  } catch (error) {
    fail(response, error, route, options);
    return;
  }
  if (result.outcome === 'rejected') {
    refuse(response, 400, `Not a review that can be answered: ${result.reason}.`, route, options);
    return;
  }
  const answer = textOfResponse(result.response);
  const length = Buffer.byteLength(answer);
  response.writeHead(200, { 'Content-Type': 'application/json', 'Content-Length': length });
  // As text it leaves in one piece with the headers, where a buffer would be a second write to the socket.
  response.end(answer, length === answer.length ? 'latin1' : 'utf8');
  record(result, route, (performance.now() - start) / 1000, options);
}

function record(
  result: Exclude<ReviewResult, { outcome: 'rejected' }>,
  route: Route,
  seconds: number,
  { log, metrics }: EndpointOptions,
): void {
  const { outcome, operation, findings, target } = result;
  quietly(log, () => {
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

/** Runs what comes after the answer: no fault in it may end the process. */
function quietly(log: Log, work: () => void): void {
  try {
    work();
  } catch (error) {
    log.error('review not recorded', { stack: placesOf(error) });
  }
}

function refuse(
  response: ServerResponse,
  status: 400 | 413 | 415,
  sentence: string,
  route: Route,
  { log, metrics }: EndpointOptions,
): void {
  answerText(response, status, sentence);
  quietly(log, () => {
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
  { log, metrics }: EndpointOptions,
): void {
  answerText(response, 500, 'Lithopod failed to answer this review; its log says more.');
  quietly(log, () => {
    metrics.observe({ operation: 'other', route, outcome: 'error', findings: [] });
    log.error('review failed', {
      mode: route.mode,
      hardening: route.level,
      stack: placesOf(error),
    });
  });
}

/** The kind of an error and where it came from, without its message: V8's own quote values (`on string 'hunter2'`). */
function placesOf(error: unknown): string {
  if (!(error instanceof Error)) return `not an Error but ${typeof error}`;
  const { name, message, stack = '' } = error;
  const frames = stack.replace(message, '').match(/^ {4}at .*$/gm) ?? [];
  return [name, ...frames].join('\n');
}

/** Ends a response with one plain sentence. */
export function answerText(response: ServerResponse, status: number, sentence: string): void {
  const text = Buffer.from(`${sentence}\n`);
  response.writeHead(status, {
    'Content-Type': 'text/plain; charset=utf-8',
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
