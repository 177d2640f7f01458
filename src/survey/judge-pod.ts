/**
 * What a pod that runs shows of its images: which level each container holds, why it is mutable,
 * and what the level would do to a pod that is created from the same manifest.
 *
 * The pod's spec decides, never Lithopod's annotation on it, which anybody may write.
 */
import { defaultPolicy, makeContext, wholePod } from '../core/context/context.ts';
import { skipReason } from '../core/context/unsupported-pods.ts';
import { exemptionsOf } from '../core/exemptions/pod-exemptions.ts';
import { reasonOf } from '../core/findings/reasons.ts';
import { predicateOf } from '../core/findings/sentence.ts';
import { harden } from '../core/harden.ts';
import { formatReference, parseReference } from '../core/images/image-reference.ts';
import { containersOf } from '../core/pod/containers.ts';
import { groupBy } from '../core/values/group-by.ts';
import { shown } from '../core/values/text.ts';
import { weaknessesOf } from '../core/weaknesses.ts';
import type { ContainerRun } from '../cluster/pod-status.ts';
import type { Catalogue, Match } from '../core/catalogue/match/catalogue.ts';
import type { Policy } from '../core/context/context.ts';
import type { Exemption } from '../core/exemptions/exemption.ts';
import type { PodExemptions } from '../core/exemptions/pod-exemptions.ts';
import type { Finding, Level, Reporter } from '../core/findings/finding.ts';
import type { ReasonCode } from '../core/findings/reasons.ts';
import type { Container, Pod } from '../core/pod/pod.ts';
import type { MutableReason, VerdictReason } from './survey.ts';

/** What of a namespace decides whether its pods are hardened. */
export interface NamespaceFacts {
  readonly enforced: boolean;
  readonly neverSelected: boolean;
}

/** What is known beside the pods. */
export interface SurveyFacts {
  readonly catalogue: Catalogue;
  readonly policy: Policy;
  /** Undefined: its labels are not known. */
  readonly namespace: (name: string) => NamespaceFacts | undefined;
  /** Those of the namespace that have not ended; none where they are not known. */
  readonly exemptions: (namespace: string) => readonly Exemption[];
}

/** What the cluster knows of a pod beside its spec. */
export interface PodRun {
  readonly namespace: string;
  readonly finished: boolean;
  /** By the name of the container. */
  readonly runs: ReadonlyMap<string, ContainerRun>;
}

export interface JudgedContainer {
  /** In full; as the pod names it, cut, where it is no reference. */
  readonly image: string;
  readonly match: Match;
  readonly holds: Level | undefined;
  /** Absent where it is not mutable, and where its pod has ended. */
  readonly mutable?: {
    readonly reason: MutableReason;
    readonly rules: readonly Reporter[];
  };
  /** Since it was hardened. */
  readonly restarts: number;
  /** Why it is not ready. */
  readonly reasons: readonly VerdictReason[];
  /** The one reason why nothing of this pod counts for the verdict. */
  readonly outside?: VerdictReason;
}

/** Judges each container of the pod but those that Lithopod added to copy files. */
export function judgePod(
  pod: Pod,
  run: PodRun,
  { catalogue, policy, ...facts }: SurveyFacts,
): readonly JudgedContainer[] {
  const bare: Pod = { spec: pod.spec };
  const exemptions = exemptionsOf(pod, facts.exemptions(run.namespace), catalogue);
  const namespace = facts.namespace(run.namespace);
  const skipped = skipReason(pod);
  const outside = outsideOf(skipped, namespace);
  const weak = byContainer(weaknessesOf(bare, catalogue));
  const strict = { ...defaultPolicy, level: 'restricted' } as const;
  const gaps = byContainer(harden(bare, catalogue, strict).findings.filter(isGap));
  const found = byContainer(harden(bare, catalogue, policy, wholePod, exemptions).findings);
  const context = makeContext(bare, catalogue, policy, wholePod);
  const judge = (container: Container): JudgedContainer => {
    const weaknesses = weak(container);
    const isImmutable = weaknesses.length === 0 && skipped?.code !== 'windows-pod';
    const holds = levelOf(isImmutable, gaps(container).length === 0);
    const runs = run.runs.get(container.name);
    return {
      image: imageOf(container),
      match: catalogue.match(container.image),
      holds,
      ...(!isImmutable &&
        !run.finished && {
          mutable: {
            reason: mutableReason(skipped !== undefined, namespace, {
              container,
              weaknesses,
              exemptions,
            }),
            rules: [...new Set(weaknesses.map(({ rule }) => rule))],
          },
        }),
      restarts: holds === undefined ? 0 : (runs?.restarts ?? 0),
      reasons: outside === undefined ? reasonsOf(found(container), { holds, policy, runs }) : [],
      ...(outside && { outside }),
    };
  };
  return containersOf(bare)
    .filter((container) => !context.isSeed(container))
    .map(judge);
}

/** The findings of a container, with those of the pod as a whole, which are of each. */
function byContainer(findings: readonly Finding[]): (container: Container) => readonly Finding[] {
  const groups = groupBy(findings, ({ container }) => container);
  const ofPod = groups.get(undefined) ?? [];
  return ({ name }) => [...(groups.get(name) ?? []), ...ofPod];
}

/** The longest reference that a runtime takes is longer; more would be hostile. */
const maxImage = 512;

function imageOf({ image }: Container): string {
  const reference = parseReference(image ?? '');
  return shown(reference.ok ? formatReference(reference.value) : (image ?? ''), maxImage);
}

/** What Pod Security asks for beyond the root: the rules that `restricted` adds, without mounts. */
const strictRules = new Set<Reporter>([
  'no-privilege-escalation',
  'drop-capabilities',
  'seccomp',
  'non-root',
  'pod-security',
]);

function isGap({ rule, code }: Finding): boolean {
  const { outcome, unresolved } = reasonOf(code);
  return strictRules.has(rule) && (outcome === 'changed' || unresolved);
}

function levelOf(isImmutable: boolean, isStrict: boolean): Level | undefined {
  if (!isImmutable) return undefined;
  return isStrict ? 'restricted' : 'immutable';
}

function outsideOf(
  skipped: Finding | undefined,
  namespace: NamespaceFacts | undefined,
): VerdictReason | undefined {
  if (skipped !== undefined) {
    return { verdict: 'cannot', code: skipped.code, detail: predicateOf(skipped) };
  }
  if (namespace?.neverSelected !== true) return undefined;
  return {
    verdict: 'cannot',
    code: 'never-selected',
    detail: 'is in a namespace that Lithopod never selects',
  };
}

interface WeakContainer {
  readonly container: Container;
  readonly weaknesses: readonly Finding[];
  readonly exemptions: PodExemptions | undefined;
}

function mutableReason(
  isSkipped: boolean,
  namespace: NamespaceFacts | undefined,
  { container, weaknesses, exemptions }: WeakContainer,
): MutableReason {
  if (isSkipped) return 'unsupported';
  if (namespace === undefined) return 'unread';
  if (namespace.neverSelected) return 'never-selected';
  if (!namespace.enforced) return 'no-label';
  const spared = exemptions?.get(container.name);
  const isSpared = weaknesses.every(
    // Of a kind of pod that is left alone there is no rule to be spared.
    ({ rule }) => rule !== 'unsupported-pod' && spared?.has(rule) === true,
  );
  return isSpared ? 'exempted' : 'not-asked';
}

interface Judged {
  readonly holds: Level | undefined;
  readonly policy: Policy;
  readonly runs: ContainerRun | undefined;
}

function reasonsOf(findings: readonly Finding[], judged: Judged): readonly VerdictReason[] {
  const { holds, policy, runs } = judged;
  const holdsAsked = policy.level === 'immutable' ? holds !== undefined : holds === policy.level;
  const works = holdsAsked && runsWell(runs);
  const reasons = findings.flatMap((finding) => {
    // What runs so for itself needs no profile to say that it can.
    if (works && pathRules.has(finding.rule)) return [];
    const verdict = verdictOf(finding, policy.level);
    if (verdict === undefined) return [];
    const { code } = finding;
    return [{ verdict, code, detail: unknown[code] ?? asked[code] ?? predicateOf(finding) }];
  });
  const crashes = holds !== undefined && runs?.reason === 'CrashLoopBackOff';
  return crashes ? [...reasons, crashLoop] : reasons;
}

const crashLoop: VerdictReason = {
  verdict: 'learn',
  code: 'crash-loop',
  detail: 'crashes on a read-only root: lithopod explain says why',
};

/** It was never restarted, and runs or did its work. */
function runsWell(runs: ContainerRun | undefined): boolean {
  if (runs === undefined || runs.restarts > 0) return false;
  return runs.state === 'running' || (runs.state === 'terminated' && runs.lastExit?.code === 0);
}

/** The rules whose findings say that what an image must write to may stay read-only. */
const pathRules = new Set<Reporter>([
  'read-only-root',
  'environment',
  'writable-paths',
  'seeded-paths',
  'masked-binaries',
]);

/** What of the image nobody has said yet. */
const unknown: Readonly<Partial<Record<ReasonCode, string>>> = {
  'no-profile': 'no profile is for it',
  'unprofiled-skipped': 'no profile is for it',
  'user-unknown': 'neither pod nor profile names its user by number',
};

/** What hardening takes away of what a manifest asks for: a program that needs it stops working. */
const asked: Readonly<Partial<Record<ReasonCode, string>>> = {
  'privileged-removed': 'asks for privileged mode',
  'escape-capability-removed': 'asks for capabilities that reach its root or its node',
  'escape-capability-dropped': 'asks for all capabilities',
  'host-path-read-only': 'can write to directories that the node itself needs',
  'capability-removed': 'asks for capabilities that restricted forbids',
};

/** Conflicts of a finished pod that no later pass sees, and yet the program stops working. */
const fatal = new Set<ReasonCode>([
  'read-only-root-fails',
  'mount-not-owned',
  // The author's own value stays: the image needs another.
  'variable-kept',
]);

function verdictOf(finding: Finding, level: Level): VerdictReason['verdict'] | undefined {
  const { code, args, rule } = finding;
  if (unknown[code] !== undefined) return 'learn';
  if (code === 'tag-unknown') {
    const { user, readOnly, data } = args.undecided;
    const isOpen = readOnly.length > 0 || data.length > 0 || (user && level === 'restricted');
    return isOpen ? 'learn' : undefined;
  }
  if (asked[code] !== undefined || fatal.has(code)) return 'cannot';
  const { outcome, unresolved } = reasonOf(code);
  // A full annotation keeps no pod from anything.
  const isBeside = rule === 'hardened-annotation' || rule === 'evictable-volumes';
  return outcome === 'conflict' && unresolved && !isBeside ? 'cannot' : undefined;
}
