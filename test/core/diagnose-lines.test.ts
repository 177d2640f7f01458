/**
 * Lines true to life, gathered before the code was written for them: what comes of each is held
 * against what is right by the sources of the program. Prints the share, and which are not right.
 */
import { readFileSync } from 'node:fs';
import { expect } from 'chai';
import { parse } from 'yaml';
import { lintPath } from '../../src/core/catalogue/lints/index.ts';
import { diagnose } from '../../src/core/diagnose/diagnose.ts';
import { canonicalPath, isAtOrBelow } from '../../src/core/mounts/paths.ts';
import type { Addition, Diagnosis } from '../../src/core/diagnose/diagnosis.ts';

interface Answer {
  readonly cause?: Diagnosis['cause'];
  readonly path?: string;
  readonly contents?: 'empty' | 'seeded' | 'none';
  readonly says?: string;
}

/** The comment at the head of the file says what each is. */
interface Line {
  readonly source: string;
  readonly log: string;
  readonly right: readonly Answer[];
  /** Further entries that are right beside that of `right`. */
  readonly also?: readonly string[];
  readonly files?: readonly string[];
  readonly filled?: readonly string[];
  /** The line has nothing to do with hardening. */
  readonly nothing?: boolean;
}

type Entry = Extract<Addition, { field: 'writable' }>;

function entryOf({ addition }: Diagnosis): Entry | undefined {
  return addition?.field === 'writable' ? addition : undefined;
}

function fits(diagnosis: Diagnosis, { cause, path, contents, says }: Answer): boolean {
  const entry = entryOf(diagnosis);
  const own = entry?.path ?? diagnosis.path;
  const texts = `${diagnosis.detail} ${diagnosis.advice ?? ''}`;
  return (
    (cause === undefined || cause === diagnosis.cause) &&
    (path === undefined || (own !== undefined && canonicalPath(own) === canonicalPath(path))) &&
    (contents === 'none'
      ? entry === undefined
      : (path === undefined || entry !== undefined || cause === 'capability') &&
        (contents === undefined || contents === entry?.contents)) &&
    (says === undefined || new RegExp(says, 'i').test(texts))
  );
}

/** Right is: an answer is given, and no entry that is in none of them. */
function isRight({ right, also = [], nothing }: Line, found: readonly Diagnosis[]): boolean {
  if (nothing === true) return found.length === 0;
  const paths = [...right.flatMap(({ path }) => path ?? []), ...also].map(canonicalPath);
  const free = right.some(({ path, contents }) => path === undefined && contents !== 'none');
  return (
    right.some((answer) => found.some((diagnosis) => fits(diagnosis, answer))) &&
    found.every((diagnosis) => {
      const entry = entryOf(diagnosis);
      return entry === undefined || free || paths.includes(canonicalPath(entry.path));
    })
  );
}

/** Why the pod could not start, or not run, with one of the entries; undefined where it can. */
function killer({ files = [], filled = [] }: Line, found: readonly Diagnosis[]) {
  for (const entry of found.flatMap((diagnosis) => entryOf(diagnosis) ?? [])) {
    const path = canonicalPath(entry.path);
    const refused = lintPath(entry, []);
    if (refused !== undefined) return `${path} ${refused}`;
    if (files.some((file) => isAtOrBelow(path, canonicalPath(file)))) return `${path} is a file`;
    const hides = filled.some((kept) => isAtOrBelow(canonicalPath(kept), path));
    if (hides && entry.contents === 'empty') return `${path} hides what the image keeps`;
  }
  return undefined;
}

function shown(found: readonly Diagnosis[]): string {
  const all = found.map((diagnosis) => {
    const entry = entryOf(diagnosis);
    const path = entry?.path ?? diagnosis.path ?? '';
    return `${diagnosis.cause} ${path} ${entry?.contents ?? ''}`.trim();
  });
  return all.join('; ') || 'nothing';
}

function linesOf(name: string): readonly Line[] {
  const text = readFileSync(new URL(`diagnose/${name}`, import.meta.url), 'utf8');
  return parse(text) as readonly Line[];
}

for (const [name, least] of [
  ['true-to-life.yaml', 100],
  ['true-to-life-2.yaml', 40],
] as const) {
  const lines = linesOf(name);
  const results = lines.map((line) => ({ line, found: diagnose(line.log, {}) }));

  describe(`the lines of ${name}`, () => {
    it('lead to the right path or cause in at least ninety of a hundred', () => {
      const wrong = results.filter(({ line, found }) => !isRight(line, found));
      const right = lines.length - wrong.length;
      const share = ((100 * right) / lines.length).toFixed(1);
      console.log(`      ${right} of ${lines.length} are right: ${share} %`);
      for (const { line, found } of wrong) {
        console.log(`      not right: ${line.source}: ${shown(found)}`);
      }
      expect(lines.length).to.be.at.least(least);
      expect(right / lines.length).to.be.at.least(0.9);
    });

    it('lead to no mount that kills', () => {
      const killed = results.flatMap(({ line, found }) => {
        const why = killer(line, found);
        return why === undefined ? [] : [`${line.source}: ${why}`];
      });
      expect(killed).to.deep.equal([]);
    });
  });
}
