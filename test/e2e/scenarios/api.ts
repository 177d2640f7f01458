// The Kubernetes API without a client library: for what must be fast, or show exactly what comes
// back.

import { readFile } from 'node:fs/promises';
import { Agent, request } from 'node:https';
import { text } from 'node:stream/consumers';

import type { ControlPlane } from '../control-plane/control-plane.ts';
import type { StoredPod } from './stored-pod.ts';

/** An answer of the API server. Any status is one. */
export interface Answer {
  readonly status: number;
  /** The object, or the Status that says why there is none. */
  readonly body: unknown;
  /** What kubectl would print after `Warning:`. */
  readonly warnings: readonly string[];
}

export interface Api {
  readonly call: (method: string, path: string, body?: unknown) => Promise<Answer>;
  /** Stores an object below `path`; rejects where it is refused. */
  readonly create: (path: string, object: object) => Promise<unknown>;
  readonly createPod: (namespace: string, pod: object, options?: CreateOptions) => Promise<Answer>;
  readonly readPod: (namespace: string, name: string) => Promise<StoredPod>;
  /** Of the API server: 34 of 1.34. */
  readonly minorVersion: () => Promise<number>;
  readonly close: () => void;
}

export interface CreateOptions {
  /** Goes through everything that a creation does, and stores nothing. */
  readonly dryRun?: boolean;
}

/** Connections at once: more only queue up inside the API server. */
const CONNECTIONS = 8;
const REQUEST_MS = 30_000;

/** A client that is in `system:masters`. */
export async function openApi(plane: ControlPlane): Promise<Api> {
  const { users } = JSON.parse(await readFile(plane.kubeconfig, 'utf8')) as {
    users: { user: Record<'client-certificate-data' | 'client-key-data', string> }[];
  };
  const pem = (name: 'client-certificate-data' | 'client-key-data'): Buffer =>
    Buffer.from(users[0]!.user[name], 'base64');
  const agent = new Agent({
    keepAlive: true,
    maxSockets: CONNECTIONS,
    ca: plane.caCert,
    cert: pem('client-certificate-data'),
    key: pem('client-key-data'),
  });

  const call: Api['call'] = (method, path, body) =>
    new Promise((resolve, reject) => {
      const sent = request(`${plane.url}${path}`, {
        method,
        agent,
        headers: { Accept: 'application/json', 'Content-Type': contentType(method) },
        signal: AbortSignal.timeout(REQUEST_MS),
      });
      sent.on('error', reject).on('response', (response) => {
        text(response).then((received) => {
          resolve({
            status: response.statusCode ?? 0,
            body: JSON.parse(received) as unknown,
            warnings: warningsOf(response.rawHeaders),
          });
        }, reject);
      });
      sent.end(body === undefined ? undefined : JSON.stringify(body));
    });

  return {
    call,
    create: async (path, object) => {
      const { status, body } = await call('POST', path, object);
      if (status !== 201) throw new Error(`POST ${path}: ${status} ${reasonOf(body)}`);
      return body;
    },
    createPod: (namespace, pod, { dryRun = false } = {}) =>
      call('POST', `/api/v1/namespaces/${namespace}/pods${dryRun ? '?dryRun=All' : ''}`, pod),
    readPod: async (namespace, name) => {
      const path = `/api/v1/namespaces/${namespace}/pods/${name}`;
      const { status, body } = await call('GET', path);
      if (status !== 200) throw new Error(`GET ${path}: ${status} ${reasonOf(body)}`);
      return body as StoredPod;
    },
    minorVersion: async () => {
      const { minor } = (await call('GET', '/version')).body as { readonly minor: string };
      return Number.parseInt(minor, 10);
    },
    close: () => {
      agent.destroy();
    },
  };
}

/** Why the API server refused. */
export function reasonOf(body: unknown): string {
  return String((body as { message?: unknown }).message);
}

function contentType(method: string): string {
  return method === 'PATCH' ? 'application/strategic-merge-patch+json' : 'application/json';
}

/** Each is a header of its own: `299 - "text"`, with quotes and backslashes escaped. */
function warningsOf(rawHeaders: readonly string[]): readonly string[] {
  return rawHeaders.flatMap((name, index) => {
    const value = rawHeaders[index + 1];
    if (index % 2 !== 0 || name.toLowerCase() !== 'warning' || value === undefined) return [];
    return [value.replace(/^299 - "|"$/g, '').replace(/\\(.)/g, '$1')];
  });
}
