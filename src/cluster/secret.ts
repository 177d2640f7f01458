/** One Secret of the cluster: its values, and the writing of them. */
import { z } from 'zod';

import { parseJson } from '../core/values/json.ts';
import { failure, success } from '../core/values/result.ts';
import { get, send, statusMessage } from './request.ts';
import type { WatchTarget } from './object-watch.ts';
import type { Connection } from './kubeconfig.ts';
import type { ApiAnswer, ClusterResult } from './request.ts';

export interface SecretName {
  readonly namespace: string;
  readonly name: string;
}

/** As it was read: a write sends all of it back but for the values. */
export interface StoredSecret {
  readonly version: string;
  /** Each base64. */
  readonly data: Readonly<Record<string, string>>;
  readonly object: Readonly<Record<string, unknown>>;
}

/** `conflict`: somebody else wrote since it was read. */
export interface WriteProblem {
  readonly kind: 'conflict' | 'unreachable' | 'refused';
  readonly message: string;
}

const stored = z.looseObject({
  metadata: z.looseObject({ resourceVersion: z.string() }),
  data: z.record(z.string(), z.string()).nullish(),
});

export function secretTarget({ namespace, name }: SecretName): WatchTarget {
  return { collection: `/api/v1/namespaces/${encodeURIComponent(namespace)}/secrets`, name };
}

/** Undefined: there is none. */
export async function getSecret(
  connection: Connection,
  secret: SecretName,
): Promise<ClusterResult<StoredSecret | undefined>> {
  const { collection } = secretTarget(secret);
  const answer = await get(connection, {
    path: `${collection}/${encodeURIComponent(secret.name)}`,
    what: `the Secret "${secret.name}"`,
    resource: 'secrets',
    verb: 'get',
    namespace: secret.namespace,
  });
  if (!answer.ok) {
    return answer.problems.some(({ kind }) => kind === 'not-found') ? success(undefined) : answer;
  }
  const parsed = stored.safeParse(parseJson(answer.value));
  if (!parsed.success) {
    // What was read is not shown: it may be a key.
    return failure({
      kind: 'refused',
      message: `the answer for the Secret "${secret.name}" is none`,
    });
  }
  const { metadata, data } = parsed.data;
  return success({ version: metadata.resourceVersion, data: data ?? {}, object: parsed.data });
}

/** Creates it where it was not there, else replaces its values and keeps all the rest. */
export async function putSecret(
  connection: Connection,
  secret: SecretName,
  data: StoredSecret['data'],
  before: StoredSecret | undefined,
): Promise<ClusterWrite> {
  const { collection } = secretTarget(secret);
  const object = before?.object ?? {
    apiVersion: 'v1',
    kind: 'Secret',
    metadata: { ...secret, labels: { 'app.kubernetes.io/name': 'lithopod' } },
    type: 'kubernetes.io/tls',
  };
  const answer = await send(connection, {
    method: before === undefined ? 'POST' : 'PUT',
    path: before === undefined ? collection : `${collection}/${encodeURIComponent(secret.name)}`,
    body: { type: 'application/json', text: JSON.stringify({ ...object, data }) },
  });
  return answer.ok
    ? writeOutcome(answer.value, `the Secret "${secret.namespace}/${secret.name}"`)
    : unanswered(answer);
}

export type ClusterWrite =
  | { readonly ok: true; readonly value: undefined }
  | { readonly ok: false; readonly problems: readonly WriteProblem[] };

/** A conflict also where what was to be replaced is gone. */
export function writeOutcome({ status, body }: ApiAnswer, what: string): ClusterWrite {
  if (status === 200 || status === 201) return success(undefined);
  const message = `${what} cannot be written: ${statusMessage(body)} (HTTP ${status})`;
  const kind = status === 409 || status === 404 ? 'conflict' : 'refused';
  return failure<WriteProblem>({ kind, message });
}

export function unanswered({
  problems,
}: {
  readonly problems: readonly { readonly message: string }[];
}): ClusterWrite {
  return failure<WriteProblem>(
    ...problems.map(({ message }) => ({ kind: 'unreachable' as const, message })),
  );
}
