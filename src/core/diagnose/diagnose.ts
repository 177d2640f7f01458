/**
 * From the log of a container that was hardened and crashed to what is missing.
 *
 * Lines are judged one by one: known lines first, then by the errno that they report, then by the
 * words with which programs say that they could not write. What the lines around one add to it
 * comes last. Source: logs in public issues, named beside what was learnt from them.
 */
import { canonicalPath, isAtOrBelow } from '../mounts/paths.ts';
import { fixLines } from './diagnosis.ts';
import { isErrorField, judgeText, judgeWithPath } from './judge.ts';
import { rubyTemporary } from './known-lines.ts';
import { logLines, quote } from './log-text.ts';
import {
  besideReach,
  isDenied,
  isReadOnly,
  operationInStack,
  pathBeside,
  saysTemporary,
} from './surroundings.ts';
import type { CrashSite, Diagnosis } from './diagnosis.ts';
import type { LogLine } from './log-text.ts';

/** More than one container needs; a log with more is no crash. */
const maxDiagnoses = 32;

/**
 * What the log points to, in its order, each thing once with the first line that reports it. Never
 * throws. Takes time linear in the log, of which it reads the last 256 Ki characters. `site` is
 * what is known of the container.
 */
export function diagnose(log: string, site: CrashSite): readonly Diagnosis[] {
  return merged(withoutSecondary(judgeLines(logLines(log), site))).map(withFixLines);
}

/** A diagnosis, and the number of the line that it is of. */
interface Found {
  readonly at: number;
  readonly diagnosis: Diagnosis;
  /** The line reports a read-only file system. */
  readonly readOnly: boolean;
  /** The line says that it was not permitted. */
  readonly denied: boolean;
}

function judgeLines(lines: readonly LogLine[], site: CrashSite): readonly Found[] {
  const found: Found[] = [];
  const keys = new Set<string>();
  const seen = new Set<string>();
  for (const [at, line] of lines.entries()) {
    // A program that retries reports the same over and over.
    const text = line.texts.join('\n');
    if (seen.has(text)) continue;
    seen.add(text);
    for (const diagnosis of judgeLine(lines, at, site)) {
      found.push({ at, diagnosis, readOnly: isReadOnly(text), denied: isDenied(text) });
      keys.add(keyOf(diagnosis));
    }
    if (keys.size >= 2 * maxDiagnoses) break;
  }
  return found;
}

/** Of a record with several texts those that name a path; without one the first. */
function judgeLine(lines: readonly LogLine[], at: number, site: CrashSite): readonly Diagnosis[] {
  const { raw, texts } = lines[at] ?? { raw: '', texts: [] };
  const found = texts.flatMap((text) => {
    const diagnosis = judgeText(text, raw, site, () => operationInStack(lines, at));
    if (diagnosis !== undefined) return [aroundLine(diagnosis, text, lines, at, site)];
    const beside = isErrorField(text) ? fromBeside(text, lines, at, site) : undefined;
    return beside === undefined ? [] : [beside];
  });
  const withPath = found.filter(hasPlace);
  return withPath.length > 0 ? withPath : found.slice(0, 1);
}

/** The diagnosis with what the lines around add: a path, or what a path of Ruby's means. */
function aroundLine(
  diagnosis: Diagnosis,
  text: string,
  lines: readonly LogLine[],
  at: number,
  site: CrashSite,
): Diagnosis {
  if (diagnosis.cause !== 'missing-mount') return diagnosis;
  if (diagnosis.path !== '/tmp' && saysTemporary(text, lines, at))
    return rubyTemporary(quote(lines[at]?.raw ?? ''), site);
  if (hasPlace(diagnosis)) return diagnosis;
  return fromBeside(text, lines, at, site) ?? diagnosis;
}

function fromBeside(
  text: string,
  lines: readonly LogLine[],
  at: number,
  site: CrashSite,
): Diagnosis | undefined {
  const path = pathBeside(lines, at);
  return path === undefined ? undefined : judgeWithPath(text, lines[at]?.raw ?? '', path, site);
}

/** Whether it says where: a path, or a name below the working directory. */
function hasPlace({ path, detail }: Diagnosis): boolean {
  return path !== undefined || detail.startsWith('"');
}

/**
 * Without those that another line of the same error says better: `code: 'EROFS'` beside the line
 * with the path, and what a program makes of a read-only file system.
 */
function withoutSecondary(found: readonly Found[]): readonly Found[] {
  const placed = found.filter(
    ({ diagnosis }) =>
      hasPlace(diagnosis) && ['missing-mount', 'environment'].includes(diagnosis.cause),
  );
  const certain = placed.filter(({ readOnly }) => readOnly);
  const certainPaths = new Set(
    certain.flatMap(({ diagnosis: { path } }) => (path === undefined ? [] : canonicalPath(path))),
  );
  return found.filter(({ at, diagnosis, readOnly, denied }) => {
    const { cause, path } = diagnosis;
    if (cause === 'missing-mount' && !hasPlace(diagnosis)) return !isNear(placed, at);
    if (readOnly) return true;
    // Without an errno it is what a program makes of one that is near.
    if (cause === 'ownership' && !denied && isNear(certain, at)) return false;
    return (
      path === undefined ||
      !['ownership', 'missing-mount'].includes(cause) ||
      !certainPaths.has(canonicalPath(path))
    );
  });
}

/** `sorted` is in the order of the lines. */
function isNear(sorted: readonly Found[], at: number): boolean {
  let low = 0;
  let high = sorted.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((sorted[middle]?.at ?? 0) < at - besideReach) low = middle + 1;
    else high = middle;
  }
  const next = sorted[low]?.at;
  return next !== undefined && next <= at + besideReach;
}

/** Each thing once, and none inside another: a profile has no entry inside another. */
function merged(found: readonly Found[]): readonly Diagnosis[] {
  const byKey = new Map<string, Diagnosis>();
  for (const { diagnosis } of found) {
    const key = keyOf(diagnosis);
    const first = byKey.get(key);
    if (first === undefined) byKey.set(key, diagnosis);
    else if (isSeeded(diagnosis) && !isSeeded(first)) byKey.set(key, seeded(first));
  }
  return withoutInner([...byKey.values()]).slice(0, maxDiagnoses);
}

function keyOf({ cause, path, addition, detail }: Diagnosis): string {
  if (addition?.field === 'writable') return `writable ${canonicalPath(addition.path)}`;
  return addition === undefined ? `${cause} ${path ?? detail}` : JSON.stringify(addition);
}

function isSeeded({ addition }: Diagnosis): boolean {
  return addition?.field === 'writable' && addition.contents === 'seeded';
}

/** A line below shows that the image has files there. */
function seeded(diagnosis: Diagnosis): Diagnosis {
  const { addition } = diagnosis;
  if (addition?.field !== 'writable') return diagnosis;
  return { ...diagnosis, addition: { ...addition, contents: 'seeded' } };
}

/** The addition in its other form; of those alone that come out, as YAML is slow to write. */
function withFixLines(diagnosis: Diagnosis): Diagnosis {
  const { addition, ...rest } = diagnosis;
  return addition === undefined ? diagnosis : { ...rest, mend: fixLines(addition), addition };
}

/** What is inside shows that the outer directory is there, and has something in it. */
function withoutInner(diagnoses: readonly Diagnosis[]): readonly Diagnosis[] {
  const entries = diagnoses.flatMap(({ addition }) =>
    addition?.field === 'writable' ? [{ ...addition, path: canonicalPath(addition.path) }] : [],
  );
  return diagnoses.flatMap((diagnosis) => {
    const { addition } = diagnosis;
    if (addition?.field !== 'writable') return [diagnosis];
    const own = canonicalPath(addition.path);
    const others = entries.filter(({ path }) => path !== own);
    if (others.some(({ path }) => isAtOrBelow(own, path))) return [];
    const isCopied = others.some(
      ({ path, contents }) => contents === 'seeded' && isAtOrBelow(path, own),
    );
    return [isCopied ? seeded(diagnosis) : diagnosis];
  });
}
