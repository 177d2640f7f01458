/** Takes an installation out of a cluster. */
import { setTimeout as delay } from 'node:timers/promises';
import { deleteObject, getObject, removeLabels } from '../cluster/objects.ts';
import { failure, success } from '../core/values/result.ts';
import { removalRank } from './own-objects.ts';
import type { Connection } from '../cluster/kubeconfig.ts';
import type { FoundObject } from '../cluster/objects.ts';
import type { ClusterResult } from '../cluster/request.ts';
import type { Result } from '../core/values/result.ts';
import type { FoundInstallation, LabelledNamespace } from './find-installation.ts';

/** What goes beside what an installation always has. */
export interface UninstallChoice {
  /** The definitions of our kinds, and with them all objects of them. */
  readonly crds: boolean;
  /** Our labels on namespaces. */
  readonly labels: boolean;
}

/** What will be done, in this order. */
export interface RemovalPlan {
  readonly deletions: readonly FoundObject[];
  readonly labelled: readonly LabelledNamespace[];
}

export interface RemovalOptions {
  readonly dryRun: boolean;
  /** How long to wait for what was deleted to be gone. */
  readonly timeoutMs: number;
  /** Is called with each object as it was deleted, or lost its labels. */
  readonly onRemoved: (object: FoundObject, what: 'deleted' | 'unlabeled') => void;
}

const pollMs = 200;
/** API servers learn a moment later that there is no webhook to ask any more. */
const settleMs = 1_000;

/** What of the installation goes. A namespace in which something else is stays. */
export function planRemoval(found: FoundInstallation, choice: UninstallChoice): RemovalPlan {
  const definitions = choice.crds ? found.definitions.map(({ definition }) => definition) : [];
  const namespace =
    found.namespace === undefined || found.strangers.length > 0 ? [] : [found.namespace];
  return {
    deletions: [...found.objects, ...definitions, ...namespace],
    labelled: choice.labels ? found.labelled : [],
  };
}

/**
 * Does what is planned: first on trial, so that nothing is deleted where a right is missing, then
 * in order, and waits. The value is what is still there after the time. What is gone already is
 * passed over. Where a webhook configuration does not go, nothing after it is deleted.
 */
export async function remove(
  connection: Connection,
  plan: RemovalPlan,
  options: RemovalOptions,
): Promise<Result<readonly FoundObject[]>> {
  const missing = await rehearse(connection, plan);
  if (missing.length > 0) return failure(...missing.map((message) => ({ message })));
  if (options.dryRun) {
    for (const each of plan.deletions) options.onRemoved(each, 'deleted');
    for (const { namespace } of plan.labelled) options.onRemoved(namespace, 'unlabeled');
    return success([]);
  }
  const webhooks = plan.deletions.filter(isWebhook);
  const others = plan.deletions.filter((each) => !isWebhook(each));
  const asking = await removeAll(connection, webhooks, options);
  if (!asking.ok || asking.value.length > 0) return asking;
  if (webhooks.length > 0) await delay(settleMs);
  for (const { namespace, labels } of plan.labelled) {
    const done = await removeLabels(connection, namespace, labels, false);
    if (!done.ok) return problemsOf(done);
    if (done.value) options.onRemoved(namespace, 'unlabeled');
  }
  return removeAll(connection, others, options);
}

function isWebhook({ resource }: FoundObject): boolean {
  return removalRank(resource.kind) === 0;
}

async function rehearse(
  connection: Connection,
  { deletions, labelled }: RemovalPlan,
): Promise<readonly string[]> {
  const messages = new Set<string>();
  const take = (result: ClusterResult<unknown>): void => {
    if (!result.ok) for (const { message } of result.problems) messages.add(message);
  };
  for (const each of deletions) take(await deleteObject(connection, each, true));
  for (const { namespace, labels } of labelled) {
    take(await removeLabels(connection, namespace, labels, true));
  }
  return [...messages];
}

async function removeAll(
  connection: Connection,
  objects: readonly FoundObject[],
  { timeoutMs, onRemoved }: RemovalOptions,
): Promise<Result<readonly FoundObject[]>> {
  for (const each of objects) {
    const done = await deleteObject(connection, each, false);
    if (!done.ok) return problemsOf(done);
    if (done.value) onRemoved(each, 'deleted');
  }
  const deadline = performance.now() + timeoutMs;
  let left = objects;
  for (;;) {
    const remaining = await stillThere(connection, left);
    if (!remaining.ok) return remaining;
    left = remaining.value;
    if (left.length === 0 || performance.now() >= deadline) return success(left);
    await delay(pollMs);
  }
}

async function stillThere(
  connection: Connection,
  objects: readonly FoundObject[],
): Promise<Result<readonly FoundObject[]>> {
  const left: FoundObject[] = [];
  for (const { resource, namespace, name } of objects) {
    const read = await getObject(connection, resource, namespace, name);
    if (!read.ok) return problemsOf(read);
    if (read.value !== undefined) left.push(read.value);
  }
  return success(left);
}

function problemsOf({
  problems,
}: {
  readonly problems: readonly { readonly message: string }[];
}): Result<never> {
  return failure(...problems.map(({ message }) => ({ message })));
}
