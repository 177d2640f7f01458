/**
 * A file with the findings that somebody has seen and lives with for now: what is in it does not
 * make `check` fail. It is JSON, one finding a line, so that a review shows what was added.
 */
import { readFileSync } from 'node:fs';
import { dirname, relative, resolve, sep } from 'node:path';
import { z } from 'zod';
import { failure, success } from '../../core/values/result.ts';
import { fileReasonOf } from '../../error.ts';
import { parseJson } from '../../core/values/json.ts';
import type { Level } from '../../core/findings/finding.ts';
import type { Result } from '../../core/values/result.ts';
import type { CheckReport, FindingRecord, KnownFindings } from './findings.ts';

const longestName = 4_096;
const name = z.string().max(longestName);

const entry = z.object({
  /** Relative to the folder of the baseline, with `/`. */
  file: name,
  fingerprint: name,
});

const baselineFile = z.object({ version: z.literal(1), findings: z.array(entry) });

/** More than a hundred thousand findings. */
const maxBytes = 64 * 1024 * 1024;

/** The findings of a baseline. */
export class Baseline implements KnownFindings {
  readonly #folder: string;
  /** By file and fingerprint. */
  readonly #known: ReadonlySet<string>;
  readonly #found = new Set<string>();

  constructor(path: string, entries: readonly z.infer<typeof entry>[]) {
    this.#folder = dirname(resolve(path));
    this.#known = new Set(entries.map(({ file, fingerprint }) => keyOf(file, fingerprint)));
  }

  has(file: string, fingerprint: string): boolean {
    const key = keyOf(fileIn(this.#folder, file), fingerprint);
    if (!this.#known.has(key)) return false;
    this.#found.add(key);
    return true;
  }

  /** How many of its findings were found, and how many were not. */
  get counts(): { readonly found: number; readonly gone: number } {
    return { found: this.#found.size, gone: this.#known.size - this.#found.size };
  }
}

/**
 * Reads a baseline. Refused: a file that cannot be read, is larger than 64 MiB, or is no baseline
 * of this version.
 */
export function readBaseline(path: string): Result<Baseline> {
  let bytes: Buffer;
  try {
    bytes = readFileSync(path);
  } catch (error) {
    return failure({ file: path, message: `cannot be read: ${fileReasonOf(error)}` });
  }
  if (bytes.length > maxBytes) {
    return failure({ file: path, message: 'is larger than 64 MiB, which is no baseline' });
  }
  const parsed = baselineFile.safeParse(parseJson(bytes.toString('utf8')));
  if (parsed.success) return success(new Baseline(path, parsed.data.findings));
  const at = parsed.error.issues[0]?.path.join('.') ?? '';
  const where = at === '' ? '' : `, at ${at}`;
  return failure({
    file: path,
    message: `is no baseline of version 1${where}: write one with --write-baseline`,
  });
}

/** The findings of a report that its baseline has: what a comment ignores needs none. */
export function baselineFindings({ findings }: CheckReport): readonly FindingRecord[] {
  return findings.filter(({ suppressed }) => suppressed?.by !== 'comment');
}

/** The text of a baseline at `path` with the findings. */
export function baselineText(
  path: string,
  findings: readonly FindingRecord[],
  level: Level,
): string {
  const folder = dirname(resolve(path));
  const lines = findings.map((finding) => JSON.stringify(entryOf(finding, folder)));
  const list = lines.length === 0 ? '[]' : `[\n    ${lines.join(',\n    ')}\n  ]`;
  return `{\n  "version": 1,\n  "level": ${JSON.stringify(level)},\n  "findings": ${list}\n}\n`;
}

/** The fields after the fingerprint are for people. */
function entryOf(finding: FindingRecord, folder: string): Readonly<Record<string, unknown>> {
  const { fingerprint, kind, namespace, container, rule, code } = finding;
  const file = fileIn(folder, finding.file);
  return { file, fingerprint, kind, namespace, name: finding.name, container, rule, code };
}

/** So that a baseline counts from wherever the command is run. */
function fileIn(folder: string, file: string): string {
  if (file.startsWith('<')) return file;
  return relative(folder, resolve(file)).split(sep).join('/');
}

function keyOf(file: string, fingerprint: string): string {
  return `${file}\0${fingerprint}`;
}
