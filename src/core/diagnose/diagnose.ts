/**
 * From the log of a container that was hardened and crashed to what is missing.
 *
 * Lines are judged one by one: known lines first, then by the errno that they report. Source: logs
 * in public issues, named beside what was learnt from them.
 */
import { canonicalPath, isAtOrBelow } from '../mounts/paths.ts';
import { judgeLine } from './judge.ts';
import { logLines } from './log-text.ts';
import type { CrashSite, Diagnosis } from './diagnosis.ts';

/** More than one container needs; a log with more is no crash. */
const maxDiagnoses = 32;

/**
 * What the log points to, in its order, each thing once with the first line that reports it. Never
 * throws. Takes time linear in the log, of which it reads the last 256 Ki characters. `site` is
 * what is known of the container.
 */
export function diagnose(log: string, site: CrashSite): readonly Diagnosis[] {
  const found = new Map<string, Diagnosis>();
  const seen = new Set<string>();
  for (const line of logLines(log)) {
    // A program that retries reports the same over and over.
    if (seen.has(line)) continue;
    seen.add(line);
    const diagnosis = judgeLine(line, site);
    if (diagnosis === undefined) continue;
    const key = keyOf(diagnosis);
    if (found.has(key)) continue;
    found.set(key, diagnosis);
    if (found.size >= maxDiagnoses) break;
  }
  return withoutInner([...found.values()]);
}

function keyOf({ cause, path, addition, detail }: Diagnosis): string {
  if (addition !== undefined)
    return JSON.stringify(addition.field === 'writable' ? canonicalPath(addition.path) : addition);
  return `${cause} ${path ?? detail}`;
}

/** Without those whose path another makes writable: a profile has no entry inside another. */
function withoutInner(diagnoses: readonly Diagnosis[]): readonly Diagnosis[] {
  const paths = diagnoses.flatMap(({ addition }) =>
    addition?.field === 'writable' ? [canonicalPath(addition.path)] : [],
  );
  return diagnoses.filter(
    ({ addition }) =>
      addition?.field !== 'writable' ||
      !paths.some(
        (outer) =>
          outer !== canonicalPath(addition.path) &&
          isAtOrBelow(canonicalPath(addition.path), outer),
      ),
  );
}
