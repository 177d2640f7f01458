/**
 * What a rule may know besides the pod: the policy, what is being hardened, and the profile of
 * each container.
 */
import { canonicalPath } from '../mounts/paths.ts';
import { containersOf, runsAsRoot } from '../pod/containers.ts';
import { VolumeIndex } from '../mounts/volume-index.ts';
import { variableOutcomes, valuesSet } from './variables.ts';
import { moversOf, placeEntries } from './moved-paths.ts';
import { findSeeds, mayBeSeed, injectedMountTest } from './injected.ts';
import { makeEntry } from './entry.ts';
import type { PodExemptions } from '../exemptions/pod-exemptions.ts';
import type { Exemption } from '../exemptions/exemption.ts';
import type { Entry } from './entry.ts';
import type { Seeds } from './injected.ts';
import type { Catalogue, Match } from '../catalogue/match/catalogue.ts';
import { resolveVariant } from '../catalogue/profile/variant.ts';
import type { ContainerFacts } from '../catalogue/profile/variant.ts';
import type { ResolvedProfile } from '../catalogue/profile/profile.ts';
import type { VariableOutcome } from './variables.ts';
import type { Movers, NotMoved } from './moved-paths.ts';
import type { Container, ContainerList, Pod, PodSpec } from '../pod/pod.ts';
import type { Finding, Level, RuleId } from '../findings/finding.ts';

/** What a cluster's operator decides. */
export interface Policy {
  readonly level: Level;
  /**
   * What happens to an image that no profile matches: `default` gives it the profile `default`,
   * `skip` leaves its container's root as it is, with a finding.
   */
  readonly unprofiled: 'default' | 'skip';
  /**
   * `probes`: mask the binaries that a probe or hook removes. `always`: all that the profile
   * lists.
   */
  readonly masking: 'probes' | 'always';
  /**
   * The cluster has `emptyDir.mode` (Kubernetes 1.37, alpha). A cluster without it drops the field
   * and reports nothing.
   */
  readonly emptyDirMode?: boolean;
}

/** The policy where nobody sets one. */
export const defaultPolicy: Policy = {
  level: 'immutable',
  unprofiled: 'default',
  masking: 'probes',
};

/**
 * `pod`: a pod or pod template that is being created. `ephemeral-containers`: the subresource of
 * that name, where only the security context of new ephemeral containers can be set (kubernetes
 * v1.34 strategy.go:301).
 */
export type Scope = 'pod' | 'ephemeral-containers';

/** What is being hardened. */
export interface Subject {
  readonly scope: Scope;
  /**
   * Names of a StatefulSet's claim templates. Containers can mount them, though the pod template
   * has no such volume.
   */
  readonly claims: readonly string[];
  /** Names of ephemeral containers that the pod already has: the API refuses a change to them. */
  readonly existing: readonly string[];
}

/** A pod that is being created, without claim templates. */
export const wholePod: Subject = { scope: 'pod', claims: [], existing: [] };

/** What the catalogue says of one container of one pod. */
export interface ContainerProfile {
  readonly match: Match;
  readonly profile: ResolvedProfile;
  /** The facts by which the profile's variants were chosen. */
  readonly facts: ContainerFacts;
  /**
   * True where the root stays as it is: no profile matches and the policy leaves such containers
   * alone, or an Exemption lets a writable root through. Not where the container runs as the
   * profile's user all the same: that one may write to the profile's paths alone, since what the
   * image has there is root's.
   */
  readonly skipped: boolean;
  /** The paths that the container must be able to write to. Empty where it is skipped. */
  readonly entries: readonly Entry[];
  /** Entries that the pod may have moved to a place that cannot be known. */
  readonly notMoved: readonly NotMoved<Entry>[];
  /** For each variable that the profile wants, whether Lithopod sets it. */
  readonly environment: readonly VariableOutcome[];
}

/** What a rule is given besides the pod and the report. */
export interface RuleContext {
  readonly policy: Policy;
  readonly subject: Subject;
  /** The pod before any rule changed it. */
  readonly original: Pod;
  /** The lists whose containers the rules may change. */
  readonly lists: readonly ContainerList[];
  /** The rules of the level. */
  readonly rules: readonly RuleId[];
  /** What the rules of stricter levels would find. It costs as much as hardening the pod. */
  stricterFindings(pod: Pod): readonly Finding[];
  /** The container's profile. The answer stays the same, whatever rules have changed since. */
  profileOf(container: Container): ContainerProfile;
  /** The pod's volumes, for a rule to look up and to add to. */
  volumesOf(pod: Pod): VolumeIndex;
  /**
   * Whether an earlier pass or an earlier rule added the init container. It only copies files, so
   * rules add nothing to it.
   */
  isSeed(container: Container): boolean;
  /** The init container that an earlier pass added to fill the volume, if there is one. */
  seedOf(volume: string): Container | undefined;
  /** Whether the API accepts a change to the container. */
  acceptsChange(container: Container): boolean;
  /** Whether it does, and no Exemption spares the container the rule at work. */
  isTreated(container: Container): boolean;
  /** The Exemption that spares a container a rule. A seeding container shares its target's. */
  exemptionOf(rule: RuleId, container: Container): Exemption | undefined;
}

/** A context as whoever applies the rules has it, one after the other. */
export interface RunningContext extends RuleContext {
  /** The rule at work. */
  rule: RuleId | undefined;
  /** The same without Exemptions, where there are any for the pod. */
  readonly unspared: RuleContext | undefined;
}

/** The rules that run in one hardening. */
export interface Work {
  /** The rules of the level. */
  readonly rules: readonly RuleId[];
  /** What the rules of stricter levels find in a pod. */
  readonly stricterFindings: (pod: Pod, context: RunningContext) => readonly Finding[];
}

const noWork: Work = { rules: [], stricterFindings: () => [] };

/** Makes the context of one hardening. It looks each container's profile up once, on first use. */
export function makeContext(
  original: Pod,
  catalogue: Catalogue,
  policy: Policy,
  subject: Subject,
  work: Work = noWork,
  exemptions?: PodExemptions,
): RunningContext {
  const unspared =
    exemptions === undefined
      ? undefined
      : new Context(original, catalogue, policy, subject, work, undefined, undefined);
  return new Context(original, catalogue, policy, subject, work, exemptions, unspared);
}

const podLists: readonly ContainerList[] = ['initContainers', 'containers', 'ephemeralContainers'];
const ephemeralList: readonly ContainerList[] = ['ephemeralContainers'];

/**
 * A class rather than an object literal with functions in its fields: V8 would promote such a
 * literal to old space and keep the pod long after its answer (test/retention.test.ts).
 */
class Context implements RunningContext {
  rule: RuleId | undefined = undefined;
  readonly unspared: RuleContext | undefined;
  readonly original: Pod;
  readonly policy: Policy;
  readonly subject: Subject;
  readonly lists: readonly ContainerList[];
  readonly rules: readonly RuleId[];
  readonly #catalogue: Catalogue;
  readonly #stricterFindings: Work['stricterFindings'];
  readonly #profiles = new Map<string, ContainerProfile>();
  readonly #existing: ReadonlySet<string> | undefined;
  readonly #exemptions: PodExemptions | undefined;
  #volumes: VolumeIndex | undefined;
  #seeds: Seeds | undefined;
  #seedNames: ReadonlySet<string> | undefined;
  /** The names of all containers in the pod before any rule changed it. */
  #names: ReadonlySet<string> | undefined;

  constructor(
    original: Pod,
    catalogue: Catalogue,
    policy: Policy,
    subject: Subject,
    { rules, stricterFindings }: Work,
    exemptions: PodExemptions | undefined,
    unspared: RuleContext | undefined,
  ) {
    this.original = original;
    this.policy = policy;
    this.subject = subject;
    this.lists = subject.scope === 'pod' ? podLists : ephemeralList;
    this.rules = rules;
    this.#catalogue = catalogue;
    this.#stricterFindings = stricterFindings;
    this.#existing = subject.existing.length === 0 ? undefined : new Set(subject.existing);
    this.#exemptions = exemptions;
    this.unspared = unspared;
  }

  stricterFindings(pod: Pod): readonly Finding[] {
    return this.#stricterFindings(pod, this);
  }

  profileOf(container: Container): ContainerProfile {
    let known = this.#profiles.get(container.name);
    if (known === undefined) {
      const spared = this.#exemptions?.get(container.name);
      known = lookUp(container, this.original, this.#catalogue, this.policy, spared);
      this.#profiles.set(container.name, known);
    }
    return known;
  }

  volumesOf(pod: Pod): VolumeIndex {
    if (this.#volumes?.isOf(pod) !== true)
      this.#volumes = new VolumeIndex(pod, this.subject.claims, this.#catalogue.names);
    return this.#volumes;
  }

  isSeed(container: Container): boolean {
    if (!mayBeSeed(container)) return false;
    const { name } = container;
    this.#seedNames ??= new Set(
      Array.from(this.#allSeeds().values(), (seed) => seed.container.name),
    );
    if (this.#seedNames.has(name)) return true;
    this.#names ??= new Set(containersOf(this.original).map((each) => each.name));
    return !this.#names.has(name);
  }

  seedOf(volume: string): Container | undefined {
    return this.#allSeeds().get(volume)?.container;
  }

  acceptsChange({ name }: Container): boolean {
    return this.#existing?.has(name) !== true;
  }

  isTreated(container: Container): boolean {
    if (!this.acceptsChange(container)) return false;
    if (this.#exemptions === undefined || this.rule === undefined) return true;
    return this.exemptionOf(this.rule, container) === undefined;
  }

  exemptionOf(rule: RuleId, container: Container): Exemption | undefined {
    if (this.#exemptions === undefined) return undefined;
    const { name } = mayBeSeed(container) ? this.#targetOf(container) : container;
    return this.#exemptions.get(name)?.get(rule);
  }

  #targetOf(container: Container): Container {
    for (const seed of this.#allSeeds().values()) {
      if (seed.container.name === container.name) return seed.target;
    }
    return container;
  }

  #allSeeds(): Seeds {
    return (this.#seeds ??= findSeeds(this.original, this));
  }
}

function lookUp(
  container: Container,
  { spec }: Pod,
  catalogue: Catalogue,
  policy: Policy,
  spared: ReadonlyMap<RuleId, unknown> | undefined,
): ContainerProfile {
  const match = catalogue.match(container.image);
  // Mounts that an earlier pass injected do not show what the pod's author wants.
  const isInjected = injectedMountTest(container, match.compiled, catalogue.names);
  const authorMounts = (container.volumeMounts ?? []).filter((mount) => !isInjected(mount));
  const userMounts = authorMounts.map(({ mountPath }) => canonicalPath(mountPath));
  const getsUser = policy.level === 'restricted' && spared?.has('non-root') !== true;
  const { facts, profile } = resolve(match, container, spec.securityContext, getsUser, userMounts);
  const staysWritable =
    spared?.has('read-only-root') === true &&
    container.securityContext?.readOnlyRootFilesystem !== true;
  const skipped =
    (staysWritable && !runsAsProfilesUser(container, spec, profile, getsUser)) ||
    (match.matched === 'default' && policy.unprofiled === 'skip');
  if (skipped)
    return { match, profile, facts, skipped, entries: [], notMoved: [], environment: [] };
  const environment = variableOutcomes(container, profile.environment);
  const { entries, movers } = entriesOf(profile, policy.emptyDirMode === true);
  if (movers === undefined) {
    return { match, profile, facts, skipped, entries, notMoved: [], environment };
  }
  const added = valuesSet(environment);
  const placed = placeEntries(container, entries, movers, match.profile.images, added);
  const { notMoved } = placed;
  return { match, profile, facts, skipped, entries: placed.entries, notMoved, environment };
}

function runsAsProfilesUser(
  container: Container,
  spec: PodSpec,
  { user }: ResolvedProfile,
  getsUser: boolean,
): boolean {
  const uid = container.securityContext?.runAsUser ?? spec.securityContext?.runAsUser;
  return user !== undefined && (uid == null ? getsUser : uid === user.uid);
}

/** The profile with its variants applied to a container, and the facts that chose them. */
interface Resolution {
  readonly facts: ContainerFacts;
  readonly profile: ResolvedProfile;
}

/**
 * The profile with its variants applied, of which some depend on whether the container runs as
 * root.
 *
 * Where the pod names no user, `restricted` sets the profile's user. Then the container does not
 * run as root, and the variants for that apply. The next pass reads this user from the pod and
 * comes to the same variants, at any level.
 */
function resolve(
  match: Match,
  container: Container,
  pod: PodSpec['securityContext'],
  getsUser: boolean,
  userMounts: readonly string[],
): Resolution {
  const declared = runsAsRoot(container, pod);
  if (declared !== undefined) return resolveAs(declared, match, container, userMounts);
  const asRoot = resolveAs(true, match, container, userMounts);
  if (!getsUser || !match.compiled.asksForUser) return asRoot;
  const asOther = resolveAs(false, match, container, userMounts);
  return asOther.profile.user === undefined && asRoot.profile.user === undefined ? asRoot : asOther;
}

/** Each fact is named: V8 promotes a copy that is given a new key to old space. */
function resolveAs(
  root: boolean,
  { compiled, reference }: Match,
  container: Container,
  userMounts: readonly string[],
): Resolution {
  const facts = { tag: reference?.tag, userMounts, root };
  return { facts, profile: resolveVariant(compiled, container, facts) };
}

interface Entries {
  readonly entries: readonly Entry[];
  readonly movers: Movers | undefined;
}

const entriesMemos = {
  plain: new WeakMap<ResolvedProfile, Entries>(),
  withMode: new WeakMap<ResolvedProfile, Entries>(),
};

function entriesOf(profile: ResolvedProfile, emptyDirMode: boolean): Entries {
  const memo = emptyDirMode ? entriesMemos.withMode : entriesMemos.plain;
  let known = memo.get(profile);
  if (known === undefined) {
    const entries = [
      ...profile.writable.map((entry) => makeEntry(entry, false, emptyDirMode)),
      ...profile.data.map((entry) => makeEntry(entry, true, emptyDirMode)),
    ];
    known = { entries, movers: moversOf(entries) };
    memo.set(profile, known);
  }
  return known;
}
