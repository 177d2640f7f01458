// Reads from the API server, over a connection that stays: what is looked at again and again until
// it is as expected.

import { readFileSync } from 'node:fs';
import { Agent, get } from 'node:https';
import { text } from 'node:stream/consumers';

import type { ControlPlane } from '../../e2e/control-plane/control-plane.ts';

const REQUEST_MS = 20_000;

interface Kubeconfig {
  readonly users: readonly [{ readonly user: Readonly<Record<string, string>> }];
}

/**
 * Reads as the kubeconfig's user: answers the object at a path, and rejects where there is none.
 */
export function apiReader(
  plane: Pick<ControlPlane, 'url' | 'kubeconfig' | 'caCert'>,
): (path: string) => Promise<unknown> {
  const { users } = JSON.parse(readFileSync(plane.kubeconfig, 'utf8')) as Kubeconfig;
  const pem = (field: string): Buffer => Buffer.from(users[0].user[field] ?? '', 'base64');
  const agent = new Agent({
    keepAlive: true,
    ca: plane.caCert,
    cert: pem('client-certificate-data'),
    key: pem('client-key-data'),
  });
  return async (path) => {
    const { status, body } = await request(`${plane.url}${path}`, agent);
    if (status !== 200) throw new Error(`${path}: ${status} ${body}`);
    return JSON.parse(body) as unknown;
  };
}

function request(url: string, agent: Agent): Promise<{ status: number; body: string }> {
  return new Promise((resolve, reject) => {
    const signal = AbortSignal.timeout(REQUEST_MS);
    get(url, { agent, signal }, (response) => {
      text(response).then((body) => {
        resolve({ status: response.statusCode ?? 0, body });
      }, reject);
    }).on('error', reject);
  });
}
