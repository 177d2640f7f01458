/**
 * Writes the condition `Ready` of objects, one after the other.
 *
 * Every replica comes to the same condition, and writes it only where the object does not have it
 * yet. Replicas of two versions may differ: each writes what it has come to once, and not again
 * because another one wrote something else, so none ever fights another.
 */
import type { Connection } from './kubeconfig.ts';
import type { KubernetesObject } from './informer.ts';
import { pause } from './pause.ts';
import { applyObject, statusMessage } from './request.ts';

/** `metav1.Condition`, without its times. */
export interface ReadyCondition {
  readonly status: 'True' | 'False';
  readonly reason: string;
  readonly message: string;
}

export interface StatusWriter {
  /** To be called with all objects whenever they, or what is known of them, changed. */
  readonly write: (
    objects: readonly KubernetesObject[],
    conditionOf: (name: string) => ReadyCondition | undefined,
  ) => void;
  readonly stop: () => void;
}

export interface StatusWriterOptions {
  /** `/apis/GROUP/VERSION/RESOURCE`. */
  readonly path: string;
  readonly kind: string;
  /** Writing fails; undefined: it works again. */
  readonly onProblem: (problem: string | undefined) => void;
  /** How long to wait where writing fails: 10 s by default. */
  readonly retryMs?: number;
}

interface Task {
  readonly object: KubernetesObject;
  readonly condition: ReadyCondition;
}

interface StoredCondition extends ReadyCondition {
  readonly type: string;
  readonly observedGeneration?: number;
  readonly lastTransitionTime?: string;
}

/** Replicas come to the same at the same time: the first to write spares the others the work. */
const maxHeadStartMs = 500;
const fieldManager = 'lithopod-webhook';

export function openStatusWriter(
  connection: Connection,
  { path, kind, onProblem, retryMs = 10_000 }: StatusWriterOptions,
): StatusWriter {
  const ending = new AbortController();
  /** What this replica came to last, by the object's uid. */
  const known = new Map<string, string>();
  /** By name, so that of an object only the last condition waits. */
  const waiting = new Map<string, Task>();
  let objectsNow = new Map<string, KubernetesObject>();
  let working = false;

  const work = async (): Promise<void> => {
    await pause(Math.random() * maxHeadStartMs, ending.signal);
    for (let task = first(waiting); task !== undefined; task = first(waiting)) {
      if (ending.signal.aborted) return;
      const { name } = task.object.metadata;
      waiting.delete(name);
      const current = objectsNow.get(name);
      // It is gone, or another one, or a replica was faster.
      if (current === undefined || !isSame(current, task.object)) continue;
      if (has(current, task.condition)) continue;
      const problem = await patch({ ...task, object: current });
      if (problem !== undefined && !waiting.has(name)) waiting.set(name, task);
      onProblem(problem);
      if (problem !== undefined) await pause(retryMs, ending.signal);
    }
  };

  /** Gives why it could not be written. */
  const patch = async ({ object, condition }: Task): Promise<string | undefined> => {
    const { name, uid, generation } = object.metadata;
    const before = readyOf(object);
    const isSameStatus = before?.status === condition.status;
    const since = isSameStatus ? before.lastTransitionTime : undefined;
    const lastTransitionTime = since ?? `${new Date().toISOString().slice(0, 19)}Z`;
    const ready = { type: 'Ready', ...condition, observedGeneration: generation };
    const query = new URLSearchParams({ fieldManager, force: 'true' });
    const at = `${path}/${encodeURIComponent(name)}/status`;
    const answer = await applyObject(connection, at, query, {
      apiVersion: path.split('/').slice(2, 4).join('/'),
      kind,
      metadata: { name, uid },
      status: { conditions: [{ ...ready, lastTransitionTime }] },
    });
    if (!answer.ok) return answer.problems.map(({ message }) => message).join(' ');
    const { status, body } = answer.value;
    // Gone, or another object of that name: the watch tells.
    if (status === 200 || status === 404 || status === 409) return undefined;
    return `the status of ${name} cannot be written: ${statusMessage(body)} (HTTP ${status})`;
  };

  return {
    write(objects, conditionOf) {
      objectsNow = new Map(objects.map((object) => [object.metadata.name, object]));
      const uids = new Set(objects.map(({ metadata }) => metadata.uid));
      for (const uid of known.keys()) if (!uids.has(uid)) known.delete(uid);
      for (const object of objects) {
        const { uid, generation, name } = object.metadata;
        const condition = conditionOf(name);
        if (condition === undefined) continue;
        const text = JSON.stringify([generation, condition]);
        const isNew = known.get(uid) !== text;
        known.set(uid, text);
        if (has(object, condition)) waiting.delete(name);
        else if (isNew || readyOf(object) === undefined) waiting.set(name, { object, condition });
      }
      if (working || waiting.size === 0) return;
      working = true;
      void work().finally(() => {
        working = false;
      });
    },
    stop: () => {
      ending.abort();
    },
  };
}

function first<T>(map: ReadonlyMap<string, T>): T | undefined {
  const [value] = map.values();
  return value;
}

function isSame({ metadata: a }: KubernetesObject, { metadata: b }: KubernetesObject): boolean {
  return a.uid === b.uid && a.generation === b.generation;
}

function readyOf(object: KubernetesObject): StoredCondition | undefined {
  const { status } = object as { status?: { conditions?: readonly StoredCondition[] } };
  return status?.conditions?.find(({ type }) => type === 'Ready');
}

function has(object: KubernetesObject, { status, reason, message }: ReadyCondition): boolean {
  const stored = readyOf(object);
  return (
    stored?.status === status &&
    stored.reason === reason &&
    stored.message === message &&
    stored.observedGeneration === object.metadata.generation
  );
}
