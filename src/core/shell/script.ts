/**
 * A shell script that is a plain sequence of simple commands, and no other: words with simple
 * quotes, joined by `;`, `&&`, `||` or line ends, with output sent to /dev/null or to the other
 * output.
 *
 * In these all shells agree, so nothing is taken for a command that a shell would take for
 * something else. Source: POSIX Shell Command Language, 2.2 Quoting and 2.3 Token Recognition.
 */

/** A word of a script, or a redirection as a whole. */
export interface Word {
  /** Without quotes. */
  readonly text: string;
  /** Its place in the script: from `start` up to, not including, `end`. */
  readonly start: number;
  readonly end: number;
  /** The shell may read something else into it: a pattern, a brace, a home directory. */
  readonly isPattern: boolean;
  readonly isRedirection: boolean;
}

const blank = /[ \t]+|#[^\n]*/y;
const separator = /;|&&|\|\||\n/y;
const redirection = /[12]?>&|(?:[12]?>>?|&>)[ \t]*/y;
/** What may follow one another in a word. */
const segment = /[^\s'"\\$`()<>|&;]+|'[^']*'|"[^"\\$`]*"/y;

/** The words of each command; undefined where anything in the script is not plain. One pass. */
export function simpleCommands(script: string): readonly (readonly Word[])[] | undefined {
  const commands: Word[][] = [[]];
  let at = 0;
  while (at < script.length) {
    const skipped = matchAt(blank, script, at);
    const ended = skipped ?? matchAt(separator, script, at);
    if (ended !== undefined) {
      at += ended.length;
      if (skipped === undefined) commands.push([]);
      continue;
    }
    const word = redirectionAt(script, at) ?? wordAt(script, at);
    if (word === undefined) return undefined;
    commands.at(-1)?.push(word);
    at = word.end;
  }
  return commands.filter((words) => words.length > 0);
}

/** Undefined as well where the output goes elsewhere, which then is no word either. */
function redirectionAt(script: string, start: number): Word | undefined {
  const operator = matchAt(redirection, script, start);
  if (operator === undefined) return undefined;
  const target = wordAt(script, start + operator.length);
  const isKnown = operator.endsWith('&')
    ? target?.text === '1' || target?.text === '2'
    : target?.text === '/dev/null';
  return target && isKnown ? { ...target, start, isRedirection: true } : undefined;
}

function wordAt(script: string, start: number): Word | undefined {
  let text = '';
  let isPattern = false;
  let end = start;
  for (;;) {
    const part = matchAt(segment, script, end);
    if (part === undefined) break;
    const isQuoted = part.startsWith("'") || part.startsWith('"');
    isPattern ||= !isQuoted && /[^\w./:,@%+=-]/.test(part);
    text += isQuoted ? part.slice(1, -1) : part;
    end += part.length;
  }
  return end === start ? undefined : { text, start, end, isPattern, isRedirection: false };
}

function matchAt(expression: RegExp, script: string, at: number): string | undefined {
  expression.lastIndex = at;
  return expression.exec(script)?.[0];
}
