/**
 * Adds up what pods show of their images, one pod after the other, in bounded memory: pods are not
 * kept, and of the images only so many.
 */
import { groupBy } from '../core/values/group-by.ts';
import { compareText } from '../core/values/text.ts';
import { mutableReasons, verdicts } from './survey.ts';
import type { Match } from '../core/catalogue/match/catalogue.ts';
import type { Policy } from '../core/context/context.ts';
import type { Level, Reporter } from '../core/findings/finding.ts';
import type { JudgedContainer, PodRun } from './judge-pod.ts';
import type {
  CountedReason,
  MutableReason,
  ProfileKind,
  Survey,
  SurveyedImage,
  Verdict,
  VerdictCode,
  VerdictReason,
} from './survey.ts';

/** A cluster runs some hundred images. A row has about a kilobyte. */
const maxImages = 5_000;
const maxNamespaces = 20;

/** What the images of a survey are added up from. */
export interface Tally {
  readonly take: (containers: readonly JudgedContainer[], run: PodRun) => void;
  readonly survey: (about: Pick<Survey, 'namespace' | 'unread'>) => Survey;
}

interface Row {
  readonly image: string;
  readonly profile: SurveyedImage['profile'];
  readonly namespaces: Set<string>;
  readonly levels: Record<Level | 'none', number>;
  readonly reasons: Map<VerdictCode, CountedReason>;
  /** Why pods count for no verdict. */
  readonly outside: Map<VerdictCode, CountedReason>;
  readonly mutable: Map<MutableReason, number>;
  readonly rules: Map<Reporter, number>;
  pods: number;
  finished: number;
  restarts: number;
  podsOutside: number;
}

/** Begins to count. `mostImages`: for tests. */
export function makeTally(policy: Policy, mostImages = maxImages): Tally {
  const rows = new Map<string, Row>();
  const mutable = new Map<MutableReason, number>();
  let others: Record<Verdict | 'uses' | 'mutable', number> | undefined;
  let pods = 0;
  let finished = 0;

  const addOther = (parts: readonly JudgedContainer[]): void => {
    others ??= { uses: 0, mutable: 0, cannot: 0, learn: 0, ready: 0 };
    others.uses++;
    if (worstReason(parts) !== undefined) others.mutable++;
    const reasons = parts.flatMap((part) => (part.outside ? [part.outside] : part.reasons));
    others[gravest(reasons)]++;
  };

  return {
    take(containers, run) {
      pods++;
      if (run.finished) finished++;
      increment(mutable, worstReason(containers));
      for (const [image, parts] of groupBy(containers, ({ image }) => image)) {
        let row = rows.get(image);
        if (row === undefined && rows.size < mostImages) {
          row = makeRow(image, parts[0]?.match, policy);
          rows.set(image, row);
        }
        if (row === undefined) addOther(parts);
        else addTo(row, parts, run);
      }
    },
    survey({ namespace, unread }) {
      const images = Array.from(rows.values(), finish).sort(byWork);
      const byVerdict = { cannot: 0, learn: 0, ready: 0 };
      for (const { verdict } of images) byVerdict[verdict]++;
      return {
        version: 1,
        level: policy.level,
        ...(namespace !== undefined && { namespace }),
        images,
        ...(others && { others }),
        summary: {
          pods,
          finished,
          images: images.length,
          verdicts: byVerdict,
          mutable: inOrder(mutable),
        },
        unread,
      };
    },
  };
}

function makeRow(image: string, match: Match | undefined, policy: Policy): Row {
  return {
    image,
    profile: profileOf(match, policy),
    namespaces: new Set(),
    levels: { restricted: 0, immutable: 0, none: 0 },
    reasons: new Map(),
    outside: new Map(),
    mutable: new Map(),
    rules: new Map(),
    pods: 0,
    finished: 0,
    restarts: 0,
    podsOutside: 0,
  };
}

function profileOf(match: Match | undefined, policy: Policy): SurveyedImage['profile'] {
  if (match === undefined) return { kind: 'none', name: '', source: 'builtin' };
  const { profile, source, pattern } = match;
  return {
    kind: profileKindOf(match, policy),
    name: profile.name,
    source,
    ...(pattern !== undefined && { pattern }),
  };
}

const kindOfSource = {
  cluster: 'cluster',
  directory: 'file',
  builtin: 'built-in',
} as const satisfies Readonly<Record<Match['source'], ProfileKind>>;

function profileKindOf({ matched, profile, source }: Match, { unprofiled }: Policy): ProfileKind {
  if (matched === 'default') return unprofiled === 'skip' ? 'none' : 'default';
  const { evidence } = profile;
  const isLearnt = evidence.length > 0 && evidence.every(({ kind }) => kind === 'observed');
  return isLearnt ? 'learnt' : kindOfSource[source];
}

/** Adds the containers that a pod has of one image. */
function addTo(row: Row, parts: readonly JudgedContainer[], run: PodRun): void {
  row.pods++;
  if (run.finished) row.finished++;
  if (row.namespaces.size < maxNamespaces) row.namespaces.add(run.namespace);
  row.levels[weakest(parts)]++;
  for (const { restarts } of parts) row.restarts += restarts;
  increment(row.mutable, worstReason(parts));
  const rules = new Set(parts.flatMap(({ mutable }) => mutable?.rules ?? []));
  for (const rule of rules) increment(row.rules, rule);
  if (parts.some(({ outside }) => outside !== undefined)) row.podsOutside++;
  count(
    row.outside,
    parts.flatMap(({ outside }) => outside ?? []),
  );
  count(
    row.reasons,
    parts.flatMap(({ reasons }) => reasons),
  );
}

/** Once for each code. */
function count(into: Map<VerdictCode, CountedReason>, reasons: readonly VerdictReason[]): void {
  const byCode = new Map(reasons.map((reason) => [reason.code, reason]));
  for (const [code, reason] of byCode) {
    const known = into.get(code);
    into.set(code, { ...(known ?? reason), pods: (known?.pods ?? 0) + 1 });
  }
}

function increment<K>(counts: Map<K, number>, key: K | undefined): void {
  if (key !== undefined) counts.set(key, (counts.get(key) ?? 0) + 1);
}

function weakest(parts: readonly JudgedContainer[]): Level | 'none' {
  if (parts.some(({ holds }) => holds === undefined)) return 'none';
  return parts.every(({ holds }) => holds === 'restricted') ? 'restricted' : 'immutable';
}

/** Of several containers the reason that somebody can do most about. */
function worstReason(parts: readonly JudgedContainer[]): MutableReason | undefined {
  const found = new Set(parts.flatMap(({ mutable }) => mutable?.reason ?? []));
  return mutableReasons.find((reason) => found.has(reason));
}

function gravest(reasons: readonly VerdictReason[]): Verdict {
  const found = new Set(reasons.map(({ verdict }) => verdict));
  return verdicts.find((verdict) => verdict === 'ready' || found.has(verdict)) ?? 'ready';
}

function finish(row: Row): SurveyedImage {
  const { image, profile, pods, finished, levels, restarts } = row;
  const isOutside = row.podsOutside === pods;
  const reasons = Array.from((isOutside ? row.outside : row.reasons).values());
  const mutablePods = Array.from(row.mutable.values()).reduce((sum, each) => sum + each, 0);
  return {
    image,
    profile,
    pods,
    finished,
    namespaces: [...row.namespaces].sort(compareText),
    levels,
    mutable: { pods: mutablePods, reasons: inOrder(row.mutable), rules: record(row.rules) },
    restarts,
    verdict: gravest(reasons),
    why: reasons.sort(byGravity),
  };
}

function inOrder(
  counts: ReadonlyMap<MutableReason, number>,
): Readonly<Partial<Record<MutableReason, number>>> {
  return Object.fromEntries(
    mutableReasons.flatMap((reason) => {
      const number = counts.get(reason);
      return number === undefined ? [] : [[reason, number] as const];
    }),
  );
}

function record(counts: ReadonlyMap<Reporter, number>): SurveyedImage['mutable']['rules'] {
  return Object.fromEntries([...counts].sort(([a], [b]) => compareText(a, b)));
}

function byGravity(a: CountedReason, b: CountedReason): number {
  return (
    verdicts.indexOf(a.verdict) - verdicts.indexOf(b.verdict) ||
    b.pods - a.pods ||
    compareText(a.code, b.code)
  );
}

function byWork(a: SurveyedImage, b: SurveyedImage): number {
  return (
    verdicts.indexOf(a.verdict) - verdicts.indexOf(b.verdict) ||
    b.pods - a.pods ||
    compareText(a.image, b.image)
  );
}
