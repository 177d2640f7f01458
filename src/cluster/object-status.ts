/**
 * Writes the status of objects, one after the other.
 *
 * Every replica comes to the same status, and writes it only where the object does not have it yet.
 * Replicas of two versions may differ: each writes what it has come to once, and not again because
 * another one wrote something else, so none ever fights another.
 */
import { isDeepStrictEqual } from 'node:util';
import type { Connection } from './kubeconfig.ts';
import { nameOf } from './informer.ts';
import type { KubernetesObject } from './informer.ts';
import { pause } from './pause.ts';
import { applyObject, statusMessage } from './request.ts';

/** `metav1.Condition`, without its times. */
export interface Condition {
  readonly type: string;
  readonly status: 'True' | 'False';
  readonly reason: string;
  readonly message: string;
}

/** What the status of an object shall be. */
export interface DesiredStatus {
  readonly conditions: readonly Condition[];
  /** The other fields. */
  readonly fields?: Readonly<Record<string, unknown>>;
}

export interface StatusWriter {
  /** To be called with all objects whenever they, or what is known of them, changed. */
  readonly write: (
    objects: readonly KubernetesObject[],
    statusOf: (object: KubernetesObject) => DesiredStatus | undefined,
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
  readonly desired: DesiredStatus;
}

interface StoredCondition extends Condition {
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
  /** By name, so that of an object only the last status waits. */
  const waiting = new Map<string, Task>();
  let objectsNow = new Map<string, KubernetesObject>();
  let working = false;

  const work = async (): Promise<void> => {
    await pause(Math.random() * maxHeadStartMs, ending.signal);
    for (let task = first(waiting); task !== undefined; task = first(waiting)) {
      if (ending.signal.aborted) return;
      const name = nameOf(task.object);
      waiting.delete(name);
      const current = objectsNow.get(name);
      // It is gone, or another one, or a replica was faster.
      if (current === undefined || !isSame(current, task.object)) continue;
      if (has(current, task.desired)) continue;
      const problem = await patch({ ...task, object: current });
      if (problem !== undefined && !waiting.has(name)) waiting.set(name, task);
      onProblem(problem);
      if (problem !== undefined) await pause(retryMs, ending.signal);
    }
  };

  /** Gives why it could not be written. */
  const patch = async ({ object, desired }: Task): Promise<string | undefined> => {
    const { name, namespace, uid } = object.metadata;
    const query = new URLSearchParams({ fieldManager, force: 'true' });
    const answer = await applyObject(connection, `${pathOf(path, object)}/status`, query, {
      apiVersion: path.split('/').slice(2, 4).join('/'),
      kind,
      metadata: { name, namespace, uid },
      status: {
        ...desired.fields,
        conditions: desired.conditions.map((condition) => withTimes(condition, object)),
      },
    });
    if (!answer.ok) return answer.problems.map(({ message }) => message).join(' ');
    const { status, body } = answer.value;
    // Gone, or another object of that name: the watch tells.
    if (status === 200 || status === 404 || status === 409) return undefined;
    return `the status of ${nameOf(object)} cannot be written: ${statusMessage(body)} (HTTP ${status})`;
  };

  return {
    write(objects, statusOf) {
      objectsNow = new Map(objects.map((object) => [nameOf(object), object]));
      const uids = new Set(objects.map(({ metadata }) => metadata.uid));
      for (const uid of known.keys()) if (!uids.has(uid)) known.delete(uid);
      for (const object of objects) {
        const { uid, generation } = object.metadata;
        const desired = statusOf(object);
        if (desired === undefined) continue;
        const text = JSON.stringify([generation, desired]);
        const isNew = known.get(uid) !== text;
        known.set(uid, text);
        if (has(object, desired)) waiting.delete(nameOf(object));
        else if (isNew || conditionsOf(object).length === 0) {
          waiting.set(nameOf(object), { object, desired });
        }
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

/** The place of one object of the kind whose objects are all at `path`. */
function pathOf(path: string, { metadata: { name, namespace } }: KubernetesObject): string {
  const at = path.lastIndexOf('/');
  const collection =
    namespace === undefined
      ? path
      : `${path.slice(0, at)}/namespaces/${encodeURIComponent(namespace)}${path.slice(at)}`;
  return `${collection}/${encodeURIComponent(name)}`;
}

/** The time of its last change of status stays, where it is no change. */
function withTimes(condition: Condition, object: KubernetesObject): StoredCondition {
  const before = conditionsOf(object).find(({ type }) => type === condition.type);
  const since = before?.status === condition.status ? before.lastTransitionTime : undefined;
  return {
    ...condition,
    observedGeneration: object.metadata.generation,
    lastTransitionTime: since ?? `${new Date().toISOString().slice(0, 19)}Z`,
  };
}

function first<T>(map: ReadonlyMap<string, T>): T | undefined {
  const [value] = map.values();
  return value;
}

function isSame({ metadata: a }: KubernetesObject, { metadata: b }: KubernetesObject): boolean {
  return a.uid === b.uid && a.generation === b.generation;
}

function conditionsOf({ status }: KubernetesObject): readonly StoredCondition[] {
  return (status as { conditions?: readonly StoredCondition[] } | undefined)?.conditions ?? [];
}

function has(object: KubernetesObject, { conditions, fields = {} }: DesiredStatus): boolean {
  const stored = conditionsOf(object);
  const { status = {} } = object;
  return (
    conditions.every(({ type, status: wanted, reason, message }) => {
      const one = stored.find((each) => each.type === type);
      return (
        one?.status === wanted &&
        one.reason === reason &&
        one.message === message &&
        one.observedGeneration === object.metadata.generation
      );
    }) && Object.entries(fields).every(([name, value]) => isDeepStrictEqual(status[name], value))
  );
}
