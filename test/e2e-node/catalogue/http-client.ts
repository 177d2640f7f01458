// What an HTTP client says to a server in a pod: more than to get one page.

import { inspect } from 'node:util';

import type { Cluster, PodName } from '../node/cluster.ts';

/** Where a server of the pod is, as `http://10.0.0.7:8080`. */
export async function originOf(cluster: Cluster, pod: PodName, port: number): Promise<string> {
  return `http://${await cluster.address(pod)}:${port}`;
}

/** What a request has to bring about. */
export interface Expected {
  readonly status: number;
  readonly body?: RegExp;
}

/**
 * Sends a request, and answers its headers; rejects, with what the server said, where it has
 * another outcome.
 */
export async function request(
  url: string | URL,
  init: RequestInit,
  { status, body = /(?:)/ }: Expected,
): Promise<Headers> {
  const response = await fetch(url, {
    redirect: 'manual',
    signal: AbortSignal.timeout(30_000),
    ...init,
  });
  const text = await response.text();
  if (response.status === status && body.test(text)) return response.headers;
  const method = init.method ?? 'GET';
  throw new Error(`${method} ${String(url)}: ${response.status} ${readable(text)}`);
}

/** The words of a page, without what only a browser needs. */
function readable(page: string): string {
  const words = page.replace(/<(style|script)[^]*?<\/\1>|<[^>]*>/g, ' ').replace(/\s+/g, ' ');
  return words.slice(0, 2_000);
}

/** Holds a conversation: `undefined` when all of it went as expected, else where it did not. */
export async function converses(conversation: () => Promise<unknown>): Promise<string | undefined> {
  try {
    await conversation();
    return undefined;
  } catch (error) {
    // Also a server that does not listen yet: whoever asks, asks again.
    return inspect(error);
  }
}

/** The cookies that a server has set, as a client sends them back. */
export function cookiesOf(headers: Headers): string {
  return headers
    .getSetCookie()
    .map((cookie) => cookie.split(';')[0])
    .join('; ');
}
