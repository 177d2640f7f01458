/**
 * Makes a hardened pod fit the kind that holds it: what the kind does not take becomes as it was,
 * and what needs it goes as well (the mount of a volume that there cannot be).
 */
import { evictableAnnotation, hardenedAnnotation } from '../mounts/names.ts';
import { equalValues } from '../pod/equal.ts';
import { isObject } from '../values/json.ts';
import type { Refusal } from '../kinds/kind.ts';
import type { Finding, RuleId } from '../findings/finding.ts';
import type { Container, Pod, Volume, VolumeMount } from '../pod/pod.ts';

/** A pod that its kind takes, and what was left out. */
export interface Fitted {
  readonly pod: Pod;
  readonly findings: readonly Finding[];
}

/** The hardened pod without what the refusals name. `before` is the pod as it came. */
export function fit(
  before: Pod,
  after: Pod,
  findings: readonly Finding[],
  refusals: readonly Refusal[],
): Fitted {
  const work = new Fitting(before, findings);
  let pod = after;
  for (const refusal of refusals) pod = work.leaveOut(pod, refusal);
  return { pod: work.withTrueAnnotations(pod), findings: work.findings };
}

type Json = Record<string, unknown>;

class Fitting {
  readonly #before: Pod;
  #findings: readonly Finding[];
  readonly #volumes = new Set<string>();
  #isLess = false;

  constructor(before: Pod, findings: readonly Finding[]) {
    this.#before = before;
    this.#findings = findings;
  }

  get findings(): readonly Finding[] {
    return this.#findings;
  }

  leaveOut(pod: Pod, { field, why }: Refusal): Pod {
    if (field === 'initContainers') return this.#withoutSeeds(pod, why);
    if (field === 'metadata') return this.#withoutMetadata(pod);
    if (field === 'volumes') return this.#withoutVolumes(pod, () => true, why);
    const [head = '', ...rest] = field.split('.');
    if (head === 'volumes[]') {
      const [source = ''] = rest;
      return this.#withoutVolumes(pod, (volume) => source in volume, why);
    }
    if (head === 'containers[]') return this.#withoutContainerField(pod, rest, why);
    return head === 'securityContext' ? this.#withoutPodFields(pod, rest[0], why) : pod;
  }

  /** Annotations explain the pod and change nothing of it, so this is worth no finding. */
  #withoutMetadata(pod: Pod): Pod {
    this.#findings = this.#findings.filter(({ at }) => !at.startsWith('/metadata'));
    const { metadata: _, ...rest } = pod;
    return this.#before.metadata === undefined
      ? rest
      : { ...rest, metadata: this.#before.metadata };
  }

  /** An init container that cannot be added fills no volume, so its volume must not be mounted. */
  #withoutSeeds(pod: Pod, why: string): Pod {
    const known = new Set((this.#before.spec.initContainers ?? []).map(({ name }) => name));
    const added = (pod.spec.initContainers ?? []).filter(({ name }) => !known.has(name));
    if (added.length === 0) return pod;
    const filled = new Set(added.flatMap(({ volumeMounts }) => volumeMounts ?? []).map(volumeOf));
    return this.#withoutVolumes(pod, ({ name }) => filled.has(name), why);
  }

  #withoutVolumes(pod: Pod, isRefused: (volume: Volume) => boolean, why: string): Pod {
    const known = new Set((this.#before.spec.volumes ?? []).map(({ name }) => name));
    const refused = (pod.spec.volumes ?? []).filter(
      (volume) => !known.has(volume.name) && isRefused(volume),
    );
    if (refused.length === 0) return pod;
    const names = new Set(refused.map(({ name }) => name));
    for (const name of names) this.#volumes.add(name);
    this.#isLess = true;
    const { initContainers, volumes, ...spec } = pod.spec;
    const inits = (initContainers ?? []).filter((container) => !this.#fills(container, names));
    const remaining = (volumes ?? []).filter(({ name }) => !names.has(name));
    const changed: Json = {
      ...spec,
      containers: spec.containers.map((each) => this.#withoutMounts(each, names, why)),
    };
    const list = inits.map((each) => this.#withoutMounts(each, names, why));
    restoreList(changed, 'initContainers', list, this.#before.spec.initContainers);
    restoreList(changed, 'volumes', remaining, this.#before.spec.volumes);
    return { ...pod, spec: changed as unknown as Pod['spec'] };
  }

  /** Whether it is an init container that was added to fill one of the volumes. */
  #fills({ name, volumeMounts }: Container, volumes: ReadonlySet<string>): boolean {
    const isKnown = (this.#before.spec.initContainers ?? []).some((each) => each.name === name);
    return !isKnown && (volumeMounts ?? []).some((mount) => volumes.has(mount.name));
  }

  #withoutMounts(container: Container, volumes: ReadonlySet<string>, why: string): Container {
    const mounts = container.volumeMounts ?? [];
    const refused = mounts.filter(({ name }) => volumes.has(name));
    if (refused.length === 0) return container;
    for (const { mountPath } of refused) this.#reportPath(container.name, mountPath, why);
    const changed: Json = { ...container };
    const rest = mounts.filter(({ name }) => !volumes.has(name));
    restoreList(changed, 'volumeMounts', rest, this.#original(container)?.volumeMounts);
    return changed as unknown as Container;
  }

  #reportPath(container: string, path: string, why: string): void {
    const told = this.#findings.find(
      (finding) =>
        finding.container === container && 'path' in finding.args && finding.args.path === path,
    );
    this.#findings = [
      ...this.#findings.filter((finding) => finding !== told),
      {
        rule: told?.rule ?? 'writable-paths',
        code: 'path-refused',
        container,
        at: told?.at ?? '/spec',
        args: { path, why },
      },
    ];
  }

  #withoutContainerField(pod: Pod, path: readonly string[], why: string): Pod {
    let spec = pod.spec;
    for (const list of ['initContainers', 'containers'] as const) {
      const containers = spec[list];
      if (containers == null) continue;
      const fitting = containers.map((each, index) => {
        const original = this.#original(each);
        const after = restored(each, original, path);
        if (after !== each) this.#reportField(each, original, list, index, path, why);
        return after as Container;
      });
      spec = { ...spec, [list]: fitting };
    }
    return { ...pod, spec };
  }

  #reportField(
    { name }: Container,
    original: Container | undefined,
    list: string,
    index: number,
    path: readonly string[],
    why: string,
  ): void {
    if (original === undefined) return;
    const place = `/spec/${list}/${index}`;
    const at = place + path.map((key) => `/${key.replace('[]', '')}`).join('');
    const isUndone = (finding: Finding): boolean =>
      finding.container === name && (finding.at === at || finding.at.startsWith(`${at}/`));
    const field = path.join('.').replaceAll('[]', '');
    this.#findings = [
      ...this.#findings.filter((finding) => !isUndone(finding)),
      {
        rule: ruleOf(path),
        code: 'field-left-out',
        container: name,
        at,
        args: { field, why },
      },
    ];
  }

  /** Undoes fields of the pod's security context; those that a container can have go there. */
  #withoutPodFields(pod: Pod, field: string | undefined, why: string): Pod {
    const before = (this.#before.spec.securityContext ?? {}) as Json;
    const after = (pod.spec.securityContext ?? {}) as Json;
    const set = Object.keys(after).filter(
      (key) => (field === undefined || key === field) && !equalValues(before[key], after[key]),
    );
    if (set.length === 0) return pod;
    const shared = set.filter((key) => containerFields.has(key));
    for (const key of set.filter((each) => !containerFields.has(each))) {
      this.#reportPodField(key, why);
    }
    const spec: Json = { ...pod.spec };
    for (const list of ['initContainers', 'containers'] as const) {
      const containers = pod.spec[list];
      if (containers != null) spec[list] = containers.map((each) => inherit(each, after, shared));
    }
    const rest: Json = { ...after };
    for (const key of set) {
      if (key in before) rest[key] = before[key];
      else Reflect.deleteProperty(rest, key);
    }
    if (Object.keys(rest).length > 0 || this.#before.spec.securityContext != null) {
      spec['securityContext'] = rest;
    } else Reflect.deleteProperty(spec, 'securityContext');
    return { ...pod, spec: spec as unknown as Pod['spec'] };
  }

  #reportPodField(key: string, why: string): void {
    const at = `/spec/securityContext/${key}`;
    const told = this.#findings.filter((finding) => finding.at === at);
    this.#findings = this.#findings.filter((finding) => finding.at !== at);
    // Low ports are opened for root on suspicion alone: nobody said that the pod needs them.
    if (
      told.some(({ code, args }) => code === 'low-ports-opened' && 'asRoot' in args && args.asRoot)
    )
      return;
    this.#isLess = true;
    const args = { field: `securityContext.${key}`, why };
    this.#findings = [
      ...this.#findings,
      { rule: ruleOf([key]), code: 'field-refused', container: undefined, at, args },
    ];
  }

  /** A pod that lacks something is not called hardened; volumes that it lacks are not listed. */
  withTrueAnnotations(pod: Pod): Pod {
    if (!this.#isLess) return pod;
    const before = this.#before.metadata?.annotations ?? {};
    const annotations: Json = { ...pod.metadata?.annotations };
    const evictable = annotations[evictableAnnotation];
    if (typeof evictable === 'string') {
      const names = evictable.split(',').filter((name) => !this.#volumes.has(name));
      if (names.length > 0) annotations[evictableAnnotation] = names.join(',');
      else Reflect.deleteProperty(annotations, evictableAnnotation);
    }
    const hardened = before[hardenedAnnotation];
    if (hardened === undefined) Reflect.deleteProperty(annotations, hardenedAnnotation);
    else annotations[hardenedAnnotation] = hardened;
    const undone = new Set<Finding['code']>(['annotation-written']);
    if (equalValues(annotations[evictableAnnotation], before[evictableAnnotation])) {
      undone.add('volumes-evictable');
    }
    this.#findings = this.#findings.filter(({ code }) => !undone.has(code));
    if (Object.keys(annotations).length > 0) {
      return { ...pod, metadata: { ...pod.metadata, annotations } as unknown as Pod['metadata'] };
    }
    if (this.#before.metadata?.annotations != null) {
      return { ...pod, metadata: { ...pod.metadata, annotations: {} } };
    }
    const { annotations: _none, ...metadata } = pod.metadata ?? {};
    if (this.#before.metadata != null) return { ...pod, metadata };
    const { metadata: _empty, ...rest } = pod;
    return rest;
  }

  #original({ name }: Container): Container | undefined {
    const { containers, initContainers } = this.#before.spec;
    return (
      containers.find((each) => each.name === name) ??
      initContainers?.find((each) => each.name === name)
    );
  }
}

function volumeOf({ name }: VolumeMount): string {
  return name;
}

/** An empty list that the pod did not come with is no list. */
function restoreList(
  object: Json,
  key: string,
  list: readonly unknown[],
  before: readonly unknown[] | null | undefined,
): void {
  if (list.length > 0) object[key] = list;
  else if (before != null) object[key] = before;
  else Reflect.deleteProperty(object, key);
}

/** What both a pod and a container have, and a container inherits. */
const containerFields: ReadonlySet<string> = new Set([
  'runAsNonRoot',
  'runAsUser',
  'runAsGroup',
  'seccompProfile',
]);

function inherit(container: Container, pod: Json, keys: readonly string[]): Container {
  const own = (container.securityContext ?? {}) as Json;
  const missing = keys.filter((key) => own[key] == null);
  if (missing.length === 0) return container;
  const added = Object.fromEntries(missing.map((key) => [key, pod[key]]));
  return { ...container, securityContext: { ...own, ...added } };
}

/**
 * The value with the field as it was; without it where it was `true` and would become `false`,
 * which is what a missing one means. The same value where nothing changed.
 */
function restored(after: unknown, before: unknown, [head, ...rest]: readonly string[]): unknown {
  if (head === undefined || !isObject(after)) return after;
  const key = head.replace('[]', '');
  const [now, then] = [after[key], isObject(before) ? before[key] : undefined];
  if (now === undefined) return after;
  const value = restoredField(now, then, head.endsWith('[]'), rest);
  if (value === now) return after;
  const changed: Json = { ...after };
  if (value === undefined) Reflect.deleteProperty(changed, key);
  else changed[key] = value;
  const isEmpty = Object.keys(changed).length === 0 && before == null;
  return isEmpty ? undefined : changed;
}

function restoredField(
  now: unknown,
  then: unknown,
  isList: boolean,
  rest: readonly string[],
): unknown {
  if (rest.length > 0) return isList ? restoredList(now, then, rest) : restored(now, then, rest);
  if (equalValues(now, then)) return now;
  return now === false ? undefined : (then ?? undefined);
}

/** Entries are paired by name and path: ours come before those of the author. */
function restoredList(after: unknown, before: unknown, rest: readonly string[]): unknown {
  if (!Array.isArray(after)) return after;
  const old: readonly unknown[] = Array.isArray(before) ? before : [];
  const list = after.map((each: unknown) =>
    restored(
      each,
      old.find((other) => isSameEntry(each, other)),
      rest,
    ),
  );
  return list.every((each, index) => each === after[index]) ? after : list;
}

function isSameEntry(left: unknown, right: unknown): boolean {
  if (!isObject(left) || !isObject(right)) return false;
  return left['name'] === right['name'] && left['mountPath'] === right['mountPath'];
}

const rulesByField: Readonly<Record<string, RuleId>> = {
  privileged: 'no-privileged',
  mountPropagation: 'no-privileged',
  recursiveReadOnly: 'host-paths',
  readOnly: 'host-paths',
  terminationMessagePath: 'termination-message',
  readOnlyRootFilesystem: 'read-only-root',
  allowPrivilegeEscalation: 'no-privilege-escalation',
  capabilities: 'drop-capabilities',
  sysctls: 'unprivileged-ports',
  seccompProfile: 'seccomp',
  env: 'environment',
  lifecycle: 'masked-binaries',
  startupProbe: 'masked-binaries',
};

function ruleOf(path: readonly string[]): RuleId {
  const named = path.map((key) => rulesByField[key.replace('[]', '')]);
  return named.findLast((rule) => rule !== undefined) ?? 'non-root';
}
