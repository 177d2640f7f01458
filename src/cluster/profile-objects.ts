/** ImageProfiles of a cluster, written and read for people. */
import { failure, success } from '../core/values/result.ts';
import { profileApiVersion } from '../core/catalogue/parse/schema.ts';
import type { Result } from '../core/values/result.ts';
import type { Connection } from './kubeconfig.ts';
import { listPages } from './list-pages.ts';
import { applyObject, statusMessage } from './request.ts';
import type { ApiAnswer } from './request.ts';

const path = `/apis/${profileApiVersion}/imageprofiles`;
const fieldManager = 'lithopod';
const pageSize = 100;

export interface ApplyOptions {
  /** Goes through all checks and stores nothing. */
  readonly dryRun: boolean;
  /** Takes fields over that another manager has set to other values. */
  readonly force: boolean;
}

/** Applies an object by server-side apply, as its manager `lithopod`. */
export async function applyProfile(
  connection: Connection,
  name: string,
  object: object,
  { dryRun, force }: ApplyOptions,
): Promise<Result<undefined>> {
  const query = new URLSearchParams({
    fieldManager,
    fieldValidation: 'Strict',
    ...(dryRun && { dryRun: 'All' }),
    ...(force && { force: 'true' }),
  });
  const at = `${path}/${encodeURIComponent(name)}`;
  const answer = await applyObject(connection, at, query, object);
  if (!answer.ok) return failure(...answer.problems.map(({ message }) => ({ message })));
  const { status } = answer.value;
  if (status === 200 || status === 201) return success(undefined);
  const hint =
    status === 409 ? ' (--force-conflicts takes the fields over from their other manager)' : '';
  return failure({ message: `${problemOf(answer.value, 'patch')}${hint}` });
}

/** All of them, by their names. */
export async function listProfiles(connection: Connection): Promise<Result<readonly object[]>> {
  const found: object[] = [];
  for await (const page of listPages(connection, { path, pageSize })) {
    if (!page.ok) return failure(...page.problems.map(({ message }) => ({ message })));
    const { answer, value } = page.value;
    if (answer.status !== 200) return failure({ message: problemOf(answer, 'list') });
    found.push(...(value as { readonly items: readonly object[] }).items);
  }
  return success(found);
}

function problemOf({ status, body }: ApiAnswer, verb: string): string {
  const reason = statusMessage(body);
  switch (status) {
    case 401:
      return `the cluster does not accept the credentials (${reason})`;
    case 403:
      return `a ClusterRole has to allow the verb "${verb}" on "imageprofiles.lithopod.dev" (${reason})`;
    case 404:
      return `the kind ImageProfile is not installed: kubectl apply -k manifests (${reason})`;
    default:
      return `${reason} (HTTP ${status})`;
  }
}
