/**
 * What Lithopod knows of a kind of the API: where its pods are, and what its validation refuses.
 *
 * A path is dotted: `spec.template`. `[]` after a key means each entry of the list or map there:
 * `spec.tasks[].template`. A path of a part is relative to the object that is one pod; with a dot
 * in front it is relative to the whole object: `.spec.volumes`. An empty path is the object itself.
 */
import { groupBy } from '../values/group-by.ts';

/** A pod whose containers, volumes and security context are not in one pod template. */
export interface PodParts {
  /** Each object here is one pod. */
  readonly at: string;
  /** Objects that are containers. One without an image is none of ours. */
  readonly containers: readonly string[];
  /** The list of init containers. Without it none can be added. */
  readonly initContainers?: string;
  /** The list of volumes. Without it none can be added. */
  readonly volumes?: string;
  /** The pod's security context. Without it, its fields are set on each container. */
  readonly securityContext?: string;
  /** The object that has the pod's annotations. Without it none are written. */
  readonly metadata?: string;
  /** What a container without a name is called in the pod. */
  readonly name?: string;
  /** What counts for the pod, though it is written elsewhere: it is read and not changed. */
  readonly inherits?: {
    readonly volumes?: string;
    readonly securityContext?: string;
    readonly image?: string;
    /** A container of which each container has the security context that it does not set. */
    readonly container?: string;
    readonly hostNetwork?: string;
  };
  /** Texts that change the pod once it is made: they are not read, and reported. */
  readonly patches?: readonly string[];
  /** A key of the pod's object: where it has an object, the pod is read from there instead. */
  readonly unless?: string;
  /** What a pod of these parts does not take, beside what its kind refuses. */
  readonly refuses?: readonly Refusal[];
}

/** A field of a pod that a kind does not take. */
export interface Refusal {
  /**
   * Relative to the pod's spec: `initContainers`, `volumes`, a kind of volume
   * (`volumes[].downwardAPI`), `securityContext`, a field of it (`securityContext.sysctls`), or a
   * field of every container (`containers[].securityContext.privileged`).
   */
  readonly field: string;
  readonly why: string;
}

/** A kind of the API. */
export interface PodKind {
  readonly group: string;
  /** Any version counts where none is named. */
  readonly versions?: readonly string[];
  readonly kind: string;
  /** The name of the resource in the API's paths; without it no webhook rule is made. */
  readonly resource?: string;
  /** The whole cluster has it, so that no namespace selects it. */
  readonly isClusterScoped?: boolean;
  /** Its controller writes its status by updates of the whole object. */
  readonly hasNoStatus?: boolean;
  /** Paths of pod templates: objects with `spec`, and mostly `metadata`. */
  readonly templates?: readonly string[];
  /** Paths of the specs of pods, beside which there are no annotations of the pod. */
  readonly podSpecs?: readonly string[];
  readonly parts?: readonly PodParts[];
  /** The list of claim templates, each with `metadata.name`, that become volumes. */
  readonly claims?: string;
  /** Where an object is present here, it is no fault that the object has no pod. */
  readonly elsewhere?: string;
  /** What a container of a pod template is called that has no name. */
  readonly containerName?: string;
  readonly refuses?: readonly Refusal[];
}

/** All kinds that are known, by group and kind. */
export class KindTable {
  readonly kinds: readonly PodKind[];
  readonly #byKey = new Map<string, PodKind>();
  readonly #byKind: ReadonlyMap<string, readonly PodKind[]>;

  /** Of two entries for one kind of one group the later one counts. */
  constructor(kinds: readonly PodKind[]) {
    for (const kind of kinds) this.#byKey.set(`${kind.group}/${kind.kind}`, kind);
    this.kinds = [...this.#byKey.values()];
    this.#byKind = groupBy(this.kinds, ({ kind }) => kind.toLowerCase());
  }

  /** The kind, where its group has it in that version. */
  find(apiVersion: string, kind: string): PodKind | undefined {
    const { group, version } = groupVersion(apiVersion);
    const found = this.#byKey.get(`${group}/${kind}`);
    if (found === undefined) return undefined;
    const isServed = found.versions?.includes(version) ?? anyVersion.test(version);
    return isServed ? found : undefined;
  }

  /** All kinds of that name, in any group and any case. */
  named(kind: string): readonly PodKind[] {
    return this.#byKind.get(kind.toLowerCase()) ?? [];
  }
}

const anyVersion = /^v[0-9]+(?:(?:alpha|beta)[0-9]+)?$/;

/** `apps/v1` → `apps` and `v1`; `v1` is of the group ''. */
export function groupVersion(apiVersion: string): {
  readonly group: string;
  readonly version: string;
} {
  const slash = apiVersion.indexOf('/');
  return { group: apiVersion.slice(0, Math.max(slash, 0)), version: apiVersion.slice(slash + 1) };
}
