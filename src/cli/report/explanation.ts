/** What `explain` knows of each container of a manifest. explain-text.ts prints it. */
import { formatReference } from '../../core/images/image-reference.ts';
import { reasonOf } from '../../core/findings/reasons.ts';
import { predicateOf, sentenceOf } from '../../core/findings/sentence.ts';
import { makeContext } from '../../core/context/context.ts';
import { containerLists } from '../../core/pod/pod.ts';
import { rulesOf } from '../../core/rules/index.ts';
import { placeInPod } from './finding-place.ts';
import { objectRecord } from './findings.ts';
import { pathStatusOf } from './path-status.ts';
import type { Entry } from '../../core/context/entry.ts';
import type { RuleContext } from '../../core/context/context.ts';
import type { ProfileSource } from '../../core/catalogue/profile/profile.ts';
import type { Coverage } from '../../core/catalogue/match/tags-apart.ts';
import type { Container, ContainerList } from '../../core/pod/pod.ts';
import type { Rule } from '../../core/rules/rule.ts';
import type { Finding, Level, Outcome, Reporter, RuleId } from '../../core/findings/finding.ts';
import type { ObjectRecord } from './findings.ts';
import type { Problem } from '../../core/values/result.ts';
import type {
  HardenedFile,
  HardenedObject,
  HardeningOptions,
  UnreadRecord,
} from '../input/hardening.ts';
import type { PathStatus } from './path-status.ts';

/**
 * What `explain -o json` prints. Fields may be added; none is removed or changes its meaning while
 * `version` is 1.
 */
export interface Explanation {
  readonly version: 1;
  readonly level: Level;
  readonly objects: readonly ExplainedObject[];
  /** What looks as if it held containers and was not looked into. */
  readonly unread: readonly UnreadRecord[];
  /** Of the files that could not be read. */
  readonly problems: readonly Problem[];
}

/** A pod or workload of a manifest. */
export interface ExplainedObject extends ObjectRecord {
  readonly containers: readonly ExplainedContainer[];
  /** The findings that are about the pod as a whole, by rule. */
  readonly rules: readonly ExplainedRule[];
}

/** A container, with its profile, paths and rules. */
export interface ExplainedContainer {
  readonly name: string;
  readonly list: ContainerList;
  readonly line: number;
  readonly column: number;
  readonly image: {
    readonly written: string;
    /** Normalised, with its mirror rewritten. Absent where the text is no image reference. */
    readonly reference?: string;
  };
  readonly profile: {
    readonly name: string;
    readonly source: ProfileSource;
    /** Absent where no pattern matches the image. */
    readonly pattern?: string;
    /** Profiles that match other tags of the image's repository. */
    readonly coverage?: readonly Coverage[];
    /** The policy leaves images without a profile as they are. */
    readonly skipped: boolean;
  };
  /** The paths that the image must write to; none where the container is not hardened. */
  readonly paths: readonly ExplainedPath[];
  readonly rules: readonly ExplainedRule[];
}

/** A path that the image must write to. */
export interface ExplainedPath {
  readonly path: string;
  readonly why: string;
  readonly contents: Entry['contents'];
  readonly medium: Entry['medium'];
  readonly sizeLimit?: string;
  /** The content should outlive the pod. */
  readonly persistent: boolean;
  readonly mounted: PathStatus;
}

/** A rule, with what it found. */
export interface ExplainedRule {
  readonly rule: Reporter;
  /** `holds`: there was nothing to change. */
  readonly outcome: Outcome | 'holds';
  readonly why: string;
  readonly findings: readonly ExplainedFinding[];
}

/** A finding in words. */
class ExplainedFinding {
  readonly outcome: Outcome;
  readonly code: Finding['code'];
  readonly detail: string;
  readonly #finding: Finding;

  constructor(finding: Finding) {
    this.outcome = reasonOf(finding.code).outcome;
    this.code = finding.code;
    this.detail = sentenceOf(finding);
    this.#finding = finding;
  }

  /** The sentence without the container's name, which the text prints above. Not in the JSON. */
  get predicate(): string {
    return predicateOf(this.#finding);
  }
}

/** Explains the objects of one file. */
export function explainFile(
  { objects }: HardenedFile,
  { catalogue, policy }: HardeningOptions,
): readonly ExplainedObject[] {
  return Array.from(objects, (object) =>
    explainObject(object, makeContext(object.pod, catalogue, policy, object.subject)),
  );
}

function explainObject(object: HardenedObject, context: RuleContext): ExplainedObject {
  const { findings } = object.hardening;
  const exempt = findings.some(({ rule }) => rule === 'unsupported-pod');
  const containers = containerLists.flatMap((list) =>
    (object.pod.spec[list] ?? []).flatMap((container, index) => {
      if (context.isSeed(container)) return [];
      const pointer = `/spec/${list}/${index}`;
      return [explainContainer(container, list, pointer, object, context, exempt)];
    }),
  );
  const ofPod = rulesFrom(
    findings.filter(({ container }) => container === undefined),
    context.policy.level,
    () => false,
  );
  return { ...objectRecord(object), containers, rules: ofPod };
}

/** The rules that report about the pod as a whole and never about a container. */
const podRules: readonly RuleId[] = [
  'unprivileged-ports',
  'evictable-volumes',
  'pod-security',
  'hardened-annotation',
];

/** The rules about what a service of a Compose file has not. */
const notOfServices: readonly RuleId[] = ['termination-message', 'masked-binaries'];

function explainContainer(
  container: Container,
  list: ContainerList,
  pointer: string,
  object: HardenedObject,
  context: RuleContext,
  exempt: boolean,
): ExplainedContainer {
  const { match, profile, skipped, entries } = context.profileOf(container);
  const { name } = container;
  const findings = object.hardening.findings.filter((finding) => finding.container === name);
  const scope = list === 'ephemeralContainers' ? 'ephemeral-containers' : 'pod';
  const applies = ({ id, scopes }: Rule): boolean =>
    !exempt &&
    !podRules.includes(id) &&
    scopes.includes(scope) &&
    !(object.services !== undefined && notOfServices.includes(id));
  return {
    name,
    list,
    ...placeInPod(object.services?.get(name) ?? pointer, object),
    image: {
      written: container.image ?? '',
      ...(match.reference !== undefined && { reference: formatReference(match.reference) }),
    },
    profile: {
      name: profile.name,
      source: match.source,
      ...(match.pattern !== undefined && { pattern: match.pattern }),
      ...(match.coverage !== undefined && { coverage: match.coverage }),
      skipped,
    },
    paths: (exempt ? [] : entries).map((entry) => explainPath(container, entry, object)),
    rules: rulesFrom(findings, context.policy.level, applies),
  };
}

function explainPath(container: Container, entry: Entry, object: HardenedObject): ExplainedPath {
  const { path, why, contents, medium, sizeLimit, persistent } = entry;
  return {
    path,
    why,
    contents,
    medium,
    ...(sizeLimit !== undefined && { sizeLimit }),
    persistent,
    mounted: pathStatusOf(container, entry, object),
  };
}

/** The rules that have findings, and the rules without that `applies` accepts. */
function rulesFrom(
  findings: readonly Finding[],
  level: Level,
  applies: (rule: Rule) => boolean,
): readonly ExplainedRule[] {
  // No rule runs for such a pod, so its finding is of no rule in the list.
  const unsupported = findings.filter(({ rule }) => rule === 'unsupported-pod');
  const ofRules = rulesOf[level].flatMap((rule) => {
    const ofRule = findings.filter((finding) => finding.rule === rule.id);
    return ofRule.length === 0 && !applies(rule) ? [] : [explainRule(rule.id, rule.why, ofRule)];
  });
  return [
    ...unsupported.map((each) => explainRule(each.rule, reasonOf(each.code).summary, [each])),
    ...ofRules,
  ];
}

function explainRule(rule: Reporter, why: string, findings: readonly Finding[]): ExplainedRule {
  const explained = findings.map((finding) => new ExplainedFinding(finding));
  return { rule, outcome: worst(explained), why, findings: explained };
}

function worst(findings: readonly ExplainedFinding[]): Outcome | 'holds' {
  const outcomes: readonly Outcome[] = ['conflict', 'changed', 'skipped'];
  return outcomes.find((wanted) => findings.some(({ outcome }) => outcome === wanted)) ?? 'holds';
}
