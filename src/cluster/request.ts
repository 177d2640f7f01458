/** One request to the Kubernetes API, with the errors of a GET as sentences. */
import { request as requestHttp } from 'node:http';
import { request as requestHttps } from 'node:https';
import { failure, success } from '../core/values/result.ts';
import { messageOf } from '../error.ts';
import { readAtMost } from '../read-at-most.ts';
import type { IncomingMessage, RequestOptions } from 'node:http';
import type { Result } from '../core/values/result.ts';
import type { Connection } from './kubeconfig.ts';

/**
 * `too-large`: the answer is longer than is read. `refused`: the API server or the kubelet answered
 * with an error of another kind.
 */
export type ClusterErrorKind =
  'unreachable' | 'too-large' | 'unauthorized' | 'forbidden' | 'not-found' | 'refused';

export interface ClusterProblem {
  readonly kind: ClusterErrorKind;
  /** One sentence for people. */
  readonly message: string;
}

export type ClusterResult<T> = Result<T, ClusterProblem>;

/** An object of the API, as the request, messages and RBAC name it. */
export interface Target {
  /** The path of the URL with its query. */
  readonly path: string;
  /** `pod "web"`. */
  readonly what: string;
  /** `pods/log`. */
  readonly resource: string;
  readonly verb: 'get' | 'list';
  readonly namespace: string;
}

/** What is sent beside the credentials. */
export interface ApiRequest {
  readonly method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  /** Below the server, with its query. */
  readonly path: string;
  readonly body?: { readonly type: string; readonly text: string };
  /** The media type of the answer; JSON in its usual form unless given. */
  readonly accept?: string;
  /** Ends request and answer; after {@link timeoutMs} unless given. */
  readonly signal?: AbortSignal;
}

const timeoutMs = 15_000;
/** Far more than the API server stores of an object (1.5 MiB) and than we ask for of a log. */
const maxBytes = 8 * 1024 * 1024;

/** Sends the request. The value is the body of the answer as text. */
export async function get(connection: Connection, target: Target): Promise<ClusterResult<string>> {
  const answer = await send(connection, { method: 'GET', path: target.path });
  if (!answer.ok) return answer;
  const { status, body } = answer.value;
  return status === 200 ? success(body) : failure(readProblem(status, body, connection, target));
}

export interface ApiAnswer {
  readonly status: number;
  readonly body: string;
}

/** The answer, whatever its status; refused where there is none. */
export async function send(
  connection: Connection,
  request: ApiRequest,
): Promise<ClusterResult<ApiAnswer>> {
  try {
    const response = await open(connection, request);
    return success({ status: response.statusCode ?? 0, body: await read(response) });
  } catch (error) {
    return failure<ClusterProblem>({
      kind: error instanceof TooLarge ? 'too-large' : 'unreachable',
      message: unreachable(connection, error),
    });
  }
}

class TooLarge extends Error {
  override readonly message = `the answer is larger than ${maxBytes} bytes`;
}

/** Server-side apply of an object at a path; the query says by which manager. */
export function applyObject(
  connection: Connection,
  path: string,
  query: URLSearchParams,
  object: object,
): Promise<ClusterResult<ApiAnswer>> {
  return send(connection, {
    method: 'PATCH',
    path: `${path}?${query.toString()}`,
    body: { type: 'application/apply-patch+yaml', text: JSON.stringify(object) },
  });
}

/** The head of the answer, whose body the caller reads. Rejects where there is none. */
export async function open(
  { config, server }: Connection,
  {
    method,
    path,
    body,
    accept = 'application/json, */*',
    signal = AbortSignal.timeout(timeoutMs),
  }: ApiRequest,
): Promise<IncomingMessage> {
  const url = new URL(server + path);
  const options: RequestOptions = {
    method,
    headers: {
      Accept: accept,
      'User-Agent': 'lithopod',
      ...(body !== undefined && { 'Content-Type': body.type }),
    },
    signal,
  };
  // Certificates, tokens, plugins and proxies, as the kubeconfig has them.
  await config.applyToHTTPSOptions(options);
  const request = url.protocol === 'http:' ? requestHttp : requestHttps;
  return new Promise((resolve, reject) => {
    request(url, options).on('error', reject).on('response', resolve).end(body?.text);
  });
}

async function read(response: IncomingMessage): Promise<string> {
  const bytes = await readAtMost(response, maxBytes);
  if (bytes === undefined) throw new TooLarge();
  return bytes.toString('utf8');
}

function unreachable({ server, context }: Connection, error: unknown): string {
  const reason =
    error instanceof Error && error.name === 'TimeoutError'
      ? `no answer within ${timeoutMs / 1000} seconds`
      : reasonOf(error);
  return `cannot reach ${server} (context "${context}"): ${reason}`;
}

/** Where Node tried every address of a name, only the errors inside have messages. */
function reasonOf(error: unknown): string {
  const [first] = error instanceof AggregateError ? (error.errors as readonly unknown[]) : [error];
  const [line = ''] = messageOf(first).trim().split('\n');
  return line === '' ? 'the connection failed' : line;
}

/** What a 401 says. */
export function unauthorized({ server, context }: Connection): ClusterProblem {
  const message = `${server} does not accept the credentials of the context "${context}"`;
  return { kind: 'unauthorized', message };
}

/** Why a read was refused, as a sentence. */
export function readProblem(
  status: number,
  body: string,
  connection: Connection,
  { what, resource, verb, namespace }: Target,
): ClusterProblem {
  const reason = statusMessage(body);
  switch (status) {
    case 401:
      return unauthorized(connection);
    case 403:
      return {
        kind: 'forbidden',
        message: `may not read ${what}: ${namespace === '' ? 'a ClusterRole' : `a Role of the namespace "${namespace}"`} has to allow the verb "${verb}" on "${resource}" (${reason})`,
      };
    case 404:
      return { kind: 'not-found', message: absence(resource, what, namespace, reason) };
    default:
      return { kind: 'refused', message: `${what} cannot be read: ${reason} (HTTP ${status})` };
  }
}

/** A log is also not found where the node that keeps it is gone. */
function absence(resource: string, what: string, namespace: string, reason: string): string {
  // `pod "web"`, not `the log of …`.
  if (!/^[a-z]+ "/.test(what) || !reason.includes('not found')) {
    return `${what} cannot be read: ${reason} (HTTP 404)`;
  }
  const where = resource === 'namespaces' ? '' : ` in the namespace "${namespace}"`;
  return `there is no ${what}${where} (${reason})`;
}

/** The message of a Status object, else the start of the text. */
export function statusMessage(body: string): string {
  try {
    const { message } = JSON.parse(body) as { readonly message?: unknown };
    if (typeof message === 'string' && message !== '') return message;
  } catch {
    // Not JSON: a proxy in between answers with a page of its own.
  }
  return body.trim().slice(0, 200) || 'no reason given';
}
