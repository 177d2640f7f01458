/**
 * Finds the `rm` commands in what a probe or hook executes, as far as they can be told from the text.
 *
 * A removal is replaced by what it would have been on a writable root: a command that succeeds. So the rest of a script
 * keeps its meaning whatever stands around it, and nothing but the boundaries of simple commands need be understood.
 */
import { baseName } from './paths.ts';

/** What to do with one file that a command removes. */
export type Verdict = 'keep' | 'take-out';

export interface Rewritten {
  /** Nothing is left to do: the probe or hook goes. Otherwise the command that remains. */
  readonly command: readonly string[] | undefined;
  readonly changed: boolean;
  /** Some removal names its files in a way that cannot be read (a variable, a pattern): it was left. */
  readonly unclear: boolean;
}

const shells = new Set(['sh', 'bash', 'dash', 'ash', 'zsh', 'ksh']);
const removers = new Set(['rm', 'unlink']);

/**
 * The command with the removals taken out of which `judge` says so. `judge` is asked once for each file that a removal
 * names, with its text as an absolute path or relative as written.
 */
export function takeOutRemovals(
  command: readonly string[],
  judge: (path: string) => Verdict,
): Rewritten {
  const words = baseName(command[0] ?? '') === 'busybox' ? command.slice(1) : command;
  const program = baseName(words[0] ?? '');
  if (removers.has(program)) return rewriteDirect(command, words, judge);
  const scriptAt = shells.has(program) ? scriptIndex(words) : -1;
  const script = words[scriptAt];
  if (script === undefined) return { command, changed: false, unclear: false };

  const { text, changed, unclear } = rewriteScript(script, judge);
  if (!changed) return { command, changed, unclear };
  const done = isNoOp(text);
  const rewritten = command.map((word) => (word === script ? text : word));
  return { command: done ? undefined : rewritten, changed, unclear };
}

/** Where the script of `sh -c SCRIPT` stands: after the flags, of which one cluster holds a `c`. */
function scriptIndex(words: readonly string[]): number {
  for (let index = 1; index < words.length; index++) {
    const word = words[index] ?? '';
    if (!word.startsWith('-')) return -1;
    if (/^-[a-z]*c[a-z]*$/i.test(word.slice(0, 16))) return index + 1;
  }
  return -1;
}

function rewriteDirect(
  command: readonly string[],
  words: readonly string[],
  judge: (path: string) => Verdict,
): Rewritten {
  const operands = operandsOf(words.slice(1));
  const kept = operands.filter((operand) => judge(operand) === 'keep');
  if (kept.length === operands.length) return { command, changed: false, unclear: false };
  if (kept.length === 0) return { command: undefined, changed: true, unclear: false };
  const gone = new Set(operands.filter((operand) => !kept.includes(operand)));
  return { command: command.filter((word) => !gone.has(word)), changed: true, unclear: false };
}

/** The files among the words after a program's name. */
function operandsOf(words: readonly string[]): readonly string[] {
  const end = words.indexOf('--');
  if (end >= 0) return [...words.slice(0, end).filter(isOperand), ...words.slice(end + 1)];
  return words.filter(isOperand);
}

function isOperand(word: string): boolean {
  return word !== '' && !word.startsWith('-');
}

/** A word of a script: its text with the quotes removed, and where it stands. */
interface Word {
  readonly text: string;
  readonly start: number;
  readonly end: number;
  /** Holds something that the shell would expand. */
  readonly opaque: boolean;
}

const reserved = new Set(['if', 'then', 'else', 'elif', 'do', 'while', 'until', '!', '{', 'time']);

interface ScriptRewrite {
  readonly text: string;
  readonly changed: boolean;
  readonly unclear: boolean;
}

function rewriteScript(script: string, judge: (path: string) => Verdict): ScriptRewrite {
  let text = '';
  let copied = 0;
  let unclear = false;
  for (const words of simpleCommands(script)) {
    const [program, ...rest] = words;
    if (program === undefined || !removers.has(baseName(program.text))) continue;
    const files = rest.filter(({ text: word }) => isOperand(word) && !isRedirection(word));
    if (files.some(({ opaque }) => opaque)) {
      unclear ||= files.some(({ text: word, opaque }) => opaque && judge(word) === 'take-out');
      continue;
    }
    const gone = files.filter(({ text: word }) => judge(word) === 'take-out');
    if (gone.length === 0) continue;
    const end = words.at(-1)?.end ?? program.end;
    const kept = words
      .filter((word) => !gone.includes(word))
      .map(({ start, end: stop }) => script.slice(start, stop));
    text +=
      script.slice(copied, program.start) +
      (gone.length === files.length ? 'true' : kept.join(' '));
    copied = end;
  }
  return { text: text + script.slice(copied), changed: copied > 0, unclear };
}

function isRedirection(word: string): boolean {
  return /^\d?[<>]/.test(word) || word.startsWith('&>');
}

/** Whether a script does nothing and succeeds: removals that became `true`, joined. */
function isNoOp(script: string): boolean {
  return script
    .split(/&&|\|\||;|\n/)
    .every((part) => /^\s*(?:true|:|exit 0|set -[a-z]+)?\s*$/.test(part));
}

/** The simple commands of a script, each as its words. One pass over the text. */
function simpleCommands(script: string): readonly (readonly Word[])[] {
  const commands: Word[][] = [];
  let words: Word[] = [];
  let position = 0;
  const finish = (): void => {
    if (words.length > 0) commands.push(words);
    words = [];
  };
  while (position < script.length) {
    const character = script[position] ?? '';
    if (character === ' ' || character === '\t') position++;
    else if (character === '#') position = lineEnd(script, position);
    else if (';\n()|'.includes(character) || (character === '&' && script[position + 1] !== '>')) {
      finish();
      position++;
    } else {
      const word = readWord(script, position);
      position = word.end;
      if (words.length > 0 || !reserved.has(word.text)) words.push(word);
    }
  }
  finish();
  return commands;
}

function lineEnd(script: string, from: number): number {
  const end = script.indexOf('\n', from);
  return end < 0 ? script.length : end;
}

function readWord(script: string, start: number): Word {
  let text = '';
  let opaque = false;
  let quote = '';
  let position = start;
  for (; position < script.length; position++) {
    const character = script[position] ?? '';
    if (quote === "'" ? character === "'" : quote === '"' && character === '"') quote = '';
    else if (quote === "'") text += character;
    else if (character === '\\') text += script[++position] ?? '';
    else if (quote === '' && (character === "'" || character === '"')) quote = character;
    else if (quote === '' && isBoundary(script, position)) break;
    else {
      opaque ||= '$`'.includes(character) || (quote === '' && '*?[~{'.includes(character));
      text += character;
    }
  }
  return { text, start, end: Math.min(position, script.length), opaque };
}

function isBoundary(script: string, position: number): boolean {
  const character = script[position] ?? '';
  if (character === '&') {
    // `2>&1` and `&>file` belong to the word of a redirection.
    return script[position - 1] !== '>' && script[position + 1] !== '>';
  }
  return ' \t\n;|()'.includes(character);
}
