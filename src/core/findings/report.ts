/** What the rules of one hardening find, with the place of each finding in the pod as it came. */
import { containerLists } from '../pod/pod.ts';
import type { Container, Pod, VolumeMount } from '../pod/pod.ts';
import type { Finding, FindingOf, RuleId } from './finding.ts';
import type { NoArgs } from './reason.ts';
import type { ArgsOf, ReasonCode } from './reasons.ts';

/** The data of a code, left out where it needs none. */
type Args<C extends ReasonCode> = [NoArgs] extends [ArgsOf<C>] ? [] : [args: ArgsOf<C>];

/** A container of the pod as it came, with the pointer to it. */
interface Place {
  readonly pointer: string;
  readonly container: Container;
}

/** By volume and path the indices of a container's mounts, of equal ones the first. */
interface MountIndices {
  readonly container: Container;
  readonly indices: ReadonlyMap<string, number>;
}

const noArgs: NoArgs = {};

/**
 * One for all rules of a hardening: a rule that finds nothing makes nothing. Containers are known
 * by their names, since rules put others before them.
 */
/** The Exemption: its name, and its end for people. */
interface ExemptedBy {
  readonly name: string;
  readonly until: string;
}

export class Report {
  readonly findings: Finding[] = [];
  /** The rule that is running: set by who runs it. */
  rule: RuleId = 'no-privileged';
  readonly #original: Pod;
  #places: ReadonlyMap<string, Place> | undefined;
  /** Of the container whose mount was asked for last. */
  #mounts: MountIndices | undefined;

  constructor(original: Pod) {
    this.#original = original;
  }

  /** Something of the pod as a whole; `at` is a pointer into the pod as it came. */
  pod<C extends ReasonCode>(code: C, at: string, ...args: Args<C>): void {
    this.#add(undefined, code, at, args);
  }

  /** Something of a container; `field` follows the pointer to it: `/securityContext/privileged`. */
  container<C extends ReasonCode>(
    { name }: Container,
    code: C,
    field: string,
    ...args: Args<C>
  ): void {
    const place = this.#placeOf(name);
    this.#add(name, code, place === undefined ? '/spec' : place.pointer + field, args);
  }

  /** Something of a container, for which a field of the pod is to blame, which is at `at`. */
  ofPod<C extends ReasonCode>({ name }: Container, code: C, at: string, ...args: Args<C>): void {
    this.#add(name, code, at, args);
  }

  /** What an Exemption lets through of a container; `at` is a pointer into the pod as it came. */
  exempted(container: string, at: string, { name, until }: ExemptedBy): void {
    this.#add(container, 'exempted', at, [{ rule: this.rule, exemption: name, until }]);
  }

  /** The container as it came; as it is now where it is new. */
  original(container: Container): Container {
    return this.#placeOf(container.name)?.container ?? container;
  }

  /** The field of a container's mount. Mounts of ours come before those of the author. */
  mountField(
    container: Container,
    { name, mountPath }: Pick<VolumeMount, 'name' | 'mountPath'>,
  ): string {
    const original = this.original(container);
    // A container may have thousands, with a finding of each.
    if (this.#mounts?.container !== original) {
      this.#mounts = { container: original, indices: mountIndices(original) };
    }
    const index = this.#mounts.indices.get(mountKey(name, mountPath));
    return index === undefined ? '/volumeMounts' : `/volumeMounts/${index}`;
  }

  #add<C extends ReasonCode>(
    container: string | undefined,
    code: C,
    at: string,
    [args]: Args<C> | [],
  ): void {
    const finding: FindingOf<C> = {
      rule: this.rule,
      code,
      container,
      at,
      args: args ?? noArgs,
    };
    this.findings.push(finding as Finding);
  }

  #placeOf(name: string): Place | undefined {
    this.#places ??= placesIn(this.#original);
    return this.#places.get(name);
  }
}

function mountIndices({ volumeMounts }: Container): ReadonlyMap<string, number> {
  const indices = new Map<string, number>();
  let index = 0;
  for (const { name, mountPath } of volumeMounts ?? []) {
    const key = mountKey(name, mountPath);
    if (!indices.has(key)) indices.set(key, index);
    index++;
  }
  return indices;
}

/** No path holds a NUL. */
function mountKey(volume: string, mountPath: string): string {
  return `${mountPath}\0${volume}`;
}

/** Of several containers of one name, which the API refuses, the first. */
function placesIn({ spec }: Pod): ReadonlyMap<string, Place> {
  const places = new Map<string, Place>();
  for (const list of containerLists) {
    let index = 0;
    for (const container of spec[list] ?? []) {
      if (!places.has(container.name)) {
        places.set(container.name, { pointer: `/spec/${list}/${index}`, container });
      }
      index++;
    }
  }
  return places;
}
