/**
 * Comments that ask for a finding to be ignored:
 *
 *     # lithopod-ignore read-only-root,seccomp reason: the vendor mends it until: 2027-03-31
 *
 * A comment covers what begins at its line, with all that is in it: a field, an item of a list, or
 * from the first line of a document the document. On a line of its own it is about the next line.
 */
import { commentsOf } from '../../documents/index.ts';
import { expiryOf } from '../../core/exemptions/expiry.ts';
import { ruleIds } from '../../core/findings/finding.ts';
import { reasons } from '../../core/findings/reasons.ts';
import { shown } from '../../core/values/text.ts';
import type { Finding } from '../../core/findings/finding.ts';
import type { ManifestFile } from '../../documents/index.ts';

/**
 * `used`: it ignores a finding; `unused`: there is no finding for it; `expired`: its day is over,
 * and it ignores nothing; `invalid`: it cannot be read, and it ignores nothing.
 */
export type IgnoreState = 'used' | 'unused' | 'expired' | 'invalid';

/** A comment, and what came of it. */
export interface IgnoreRecord {
  readonly file: string;
  readonly line: number;
  readonly column: number;
  readonly state: IgnoreState;
  /** Rules and reason codes, as they are written. */
  readonly rules: readonly string[];
  readonly reason?: string;
  /** The last day on which it counts. */
  readonly until?: string;
  /** One sentence; empty where it is used. */
  readonly detail: string;
}

/** What a comment says; `fault` where it says it wrongly. */
interface Wish {
  readonly rules: readonly string[];
  readonly reason?: string;
  readonly until?: string;
  readonly fault?: string;
}

interface IgnoreComment extends Wish {
  readonly line: number;
  readonly column: number;
  /** The line of what it covers. */
  readonly target: number;
  readonly expired: boolean;
  used: boolean;
}

const word = 'lithopod-ignore';
const known: ReadonlySet<string> = new Set([
  ...ruleIds,
  'unsupported-pod',
  ...Object.keys(reasons),
]);

/** The comments of one file. */
export class IgnoreComments {
  readonly #file: ManifestFile;
  readonly #comments: readonly IgnoreComment[];
  /** Those that ignore something, by the line that they cover and the rule or code. */
  readonly #covering = new Map<string, IgnoreComment>();

  /** `now`: milliseconds of Unix time. */
  constructor(file: ManifestFile, now: number) {
    this.#file = file;
    // Nearly no file has one, and reading comments takes a part of the time of reading the file.
    this.#comments = file.text.includes(word) ? readComments(file, now) : [];
    for (const comment of this.#comments) {
      if (comment.fault !== undefined || comment.expired) continue;
      for (const rule of comment.rules) {
        const key = `${comment.target} ${rule}`;
        if (!this.#covering.has(key)) this.#covering.set(key, comment);
      }
    }
  }

  get isEmpty(): boolean {
    return this.#comments.length === 0;
  }

  /**
   * The comment that covers a finding, which is used from then on. `lines`: where the field of the
   * finding begins, and each part around it.
   */
  covering(
    { rule, code }: Pick<Finding, 'rule' | 'code'>,
    lines: ReadonlySet<number>,
  ): Wish | undefined {
    for (const line of lines) {
      const found = this.#covering.get(`${line} ${rule}`) ?? this.#covering.get(`${line} ${code}`);
      if (found === undefined) continue;
      found.used = true;
      return found;
    }
    return undefined;
  }

  /** Every comment, to be asked for once all findings are known. */
  records(): readonly IgnoreRecord[] {
    return this.#comments.map(({ line, column, rules, reason, until, ...rest }) => ({
      file: this.#file.name,
      line,
      column,
      ...stateOf({ rules, ...rest, ...(until !== undefined && { until }) }),
      rules,
      ...(reason !== undefined && { reason }),
      ...(until !== undefined && { until }),
    }));
  }
}

function stateOf({
  fault,
  expired,
  used,
  until,
  rules,
}: Pick<IgnoreComment, 'fault' | 'expired' | 'used' | 'until' | 'rules'>): Pick<
  IgnoreRecord,
  'state' | 'detail'
> {
  if (fault !== undefined) return { state: 'invalid', detail: `${word} ignores nothing: ${fault}` };
  if (expired) {
    return { state: 'expired', detail: `${word} ignores nothing: it ended after ${until ?? ''}` };
  }
  if (used) return { state: 'used', detail: '' };
  const what = rules.join(', ');
  return { state: 'unused', detail: `${word} covers no finding of ${what}: take it away` };
}

function readComments({ text, lines, format }: ManifestFile, now: number): IgnoreComment[] {
  const found: IgnoreComment[] = [];
  if (format === 'json') return found;
  const targets = targetsIn(text.split('\n'));
  for (const { offset, text: comment } of commentsOf(text)) {
    const said = wishOf(comment);
    if (said === undefined) continue;
    const { line, col: column } = lines.linePos(offset);
    found.push({
      ...said,
      line,
      column,
      target: targets[line] ?? line,
      expired: said.until !== undefined && expiryOf(said.until) <= now,
      used: false,
    });
  }
  return found;
}

function isComment(row: string): boolean {
  return row
    .replace(/^\uFEFF/, '')
    .trimStart()
    .startsWith('#');
}

/**
 * By line, counted from 1, the line that a comment there is about: its own, or, of a line of
 * comment, the first one after it that is none. Above the first document's `---` it is the line
 * after that.
 */
function targetsIn(rows: readonly string[]): readonly number[] {
  const targets: number[] = [];
  const first = rows.findIndex((row) => row.trim() !== '' && !isComment(row));
  for (let line = rows.length; line > 0; line--) {
    const row = rows[line - 1] ?? '';
    const isStart = line - 1 === first && /^---[ \t\r]*$/.test(row);
    targets[line] = isStart ? line + 1 : isComment(row) ? (targets[line + 1] ?? line) : line;
  }
  return targets;
}

/** Undefined where the comment is about something else. */
function wishOf(comment: string): Wish | undefined {
  const [first, ...rest] = comment.replace(/^#+/, '').trim().split(/\s+/);
  if (first !== word && first !== `${word}:`) return undefined;
  const at = (label: string): number => rest.indexOf(label);
  const end = at('until:') === -1 ? rest.length : at('until:');
  const why = at('reason:') === -1 ? end : at('reason:');
  const rules = rest
    .slice(0, Math.min(why, end))
    .join(' ')
    .split(/[\s,]+/)
    .filter((each) => each !== '');
  const reason = rest.slice(why + 1, end).join(' ');
  const day = rest.slice(end + 1).join(' ');
  const wish = {
    rules,
    ...(reason !== '' && { reason }),
    ...(end < rest.length && { until: day }),
  };
  const fault = faultOf(wish, why > end);
  return fault === undefined ? wish : { ...wish, fault };
}

function faultOf({ rules, reason, until }: Wish, turned: boolean): string | undefined {
  const form = `write "# ${word} RULE[,RULE] reason: TEXT [until: YYYY-MM-DD]"`;
  if (turned) return `until: comes last; ${form}`;
  if (rules.length === 0) return `it names no rule; ${form}`;
  const stranger = rules.find((rule) => !known.has(rule));
  if (stranger !== undefined) return `"${shown(stranger)}" is no rule and no reason code`;
  if (reason === undefined) return `it gives no reason; ${form}`;
  if (until !== undefined && (until.includes('T') || Number.isNaN(expiryOf(until)))) {
    return `"${shown(until)}" is no day; ${form}`;
  }
  return undefined;
}
