/**
 * Finds the `rm` commands in what a probe or hook executes, as far as they can be told from the
 * text.
 *
 * A removal is replaced by what it would have been on a writable root: a command that succeeds. So
 * the rest of a script keeps its meaning whatever stands around it, and nothing but the boundaries
 * of simple commands need be understood.
 */
import { baseName } from '../mounts/paths.ts';
import { isOperand, isRedirectionAway, simpleCommands } from './words.ts';
import type { Word } from './words.ts';

/**
 * What to do with one file that a command removes. `unknown`: it cannot be told where the file is.
 */
export type Verdict = 'keep' | 'take-out' | 'unknown';

export interface Rewritten {
  /** Nothing is left to do: the probe or hook goes. Otherwise the command that remains. */
  readonly command: readonly string[] | undefined;
  readonly changed: boolean;
  /**
   * Some removal names its files in a way that cannot be read (a variable, a pattern): it was left.
   */
  readonly unclear: boolean;
  /** The files that are no longer removed, as `judge` was asked about them. */
  readonly removed: readonly string[];
}

type Judge = (path: string) => Verdict;

const shells = new Set(['sh', 'bash', 'dash', 'ash', 'zsh', 'ksh']);
const removers = new Set(['rm', 'unlink']);
/** Programs that run the command behind their own name and options. */
const wrappers = new Set(['exec', 'command', 'builtin', 'busybox', 'env', 'nohup', 'sudo']);
/** Programs that run a command which stands somewhere in their arguments. */
const runners = new Set(['xargs', 'find', 'nice', 'timeout', 'setsid', 'chroot', 'env', 'sudo']);

/**
 * The command with the removals taken out of which `judge` says so. `judge` is asked once for each
 * file that a removal names, with its text as an absolute path or relative as written.
 */
export function takeOutRemovals(command: readonly string[], judge: Judge): Rewritten {
  if (!command.some(mentionsRemover)) return untouched(command);
  const first = baseName(command[0] ?? '') === 'busybox' ? 1 : 0;
  const program = baseName(command[first] ?? '');
  if (removers.has(program)) return rewriteDirect(command, first, judge);
  const scriptAt = shells.has(program) ? scriptIndex(command, first + 1) : -1;
  const script = command[scriptAt];
  if (script === undefined) return untouched(command);

  const { text, unclear, removed } = rewriteScript(script, judge);
  if (removed.length === 0) return { command, changed: false, unclear, removed };
  const rewritten = command.map((word, index) => (index === scriptAt ? text : word));
  return { command: isNoOp(text) ? undefined : rewritten, changed: true, unclear, removed };
}

function untouched(command: readonly string[]): Rewritten {
  return { command, changed: false, unclear: false, removed: [] };
}

/**
 * Whether a word, its quotes taken away, holds the name of what removes files: nearly none does,
 * and no more is read.
 */
export function mentionsRemover(word: string): boolean {
  const plain = /['"\\]/.test(word) ? word.replace(/['"\\\n]+/g, '') : word;
  return plain.includes('rm') || plain.includes('unlink');
}

/**
 * Where the script of `sh -c SCRIPT` stands: the first word behind options of which one holds a
 * `c`.
 */
function scriptIndex(words: readonly string[], from: number): number {
  let takesScript = false;
  for (let index = from; index < words.length; index++) {
    const word = words[index] ?? '';
    if (word === '--') return takesScript ? index + 1 : -1;
    if (!/^[-+]./.test(word)) return takesScript ? index : -1;
    if (word.startsWith('--')) continue;
    if (word.startsWith('-') && word.includes('c')) takesScript = true;
    // `-o pipefail`, also as the last of `-euo pipefail`.
    if (/o$/i.test(word)) index++;
  }
  return -1;
}

function rewriteDirect(command: readonly string[], program: number, judge: Judge): Rewritten {
  const end = command.indexOf('--', program);
  const verdicts = command.map((word, index): Verdict | undefined => {
    if (index <= program || index === end) return undefined;
    const operand = (end >= 0 && index > end) || isOperand(word);
    return operand ? judge(word) : undefined;
  });
  const removed = command.filter((_word, index) => verdicts[index] === 'take-out');
  const unclear = verdicts.includes('unknown');
  if (removed.length === 0) return { command, changed: false, unclear, removed };
  const isLeft = verdicts.some((verdict) => verdict !== undefined && verdict !== 'take-out');
  const rest = command.filter((_word, index) => verdicts[index] !== 'take-out');
  return { command: isLeft ? rest : undefined, changed: true, unclear, removed };
}

interface ScriptRewrite {
  readonly text: string;
  readonly unclear: boolean;
  readonly removed: readonly string[];
}

function rewriteScript(script: string, judge: Judge): ScriptRewrite {
  const { commands, hereDocument } = simpleCommands(script);
  const movesAbout = commands.some(([first]) => /^(?:cd|pushd|popd)$/.test(first?.text ?? ''));
  const removed: string[] = [];
  let text = '';
  let copied = 0;
  let unclear = false;
  for (const words of commands) {
    const removal = removalOf(words);
    if (removal === undefined) {
      unclear ||= mayRemove(words);
      continue;
    }
    const judged = removal.files.map((file) => ({
      file,
      verdict: judgeFile(file, judge, movesAbout),
    }));
    unclear ||= judged.some(({ verdict }) => verdict === 'unknown');
    const gone = new Set(
      judged.filter(({ verdict }) => verdict === 'take-out').map(({ file }) => file),
    );
    if (gone.size === 0) continue;
    // What looks like a command may be text of a document there.
    if (hereDocument) return { text: script, unclear: true, removed: [] };
    for (const file of gone) removed.push(file.text);
    text += script.slice(copied, removal.start) + remainder(script, removal, gone);
    copied = removal.end;
  }
  return { text: text + script.slice(copied), unclear, removed };
}

interface Removal {
  /** From the program's name on: what stands before it (an assignment, `exec`) is left. */
  readonly words: readonly Word[];
  readonly files: readonly Word[];
  readonly start: number;
  readonly end: number;
}

function removalOf(words: readonly Word[]): Removal | undefined {
  const at = words.findIndex(
    ({ text, isRedirection }) =>
      !isRedirection && !isAssignment(text) && !wrappers.has(baseName(text)),
  );
  const program = words[at];
  const last = words.at(-1);
  if (program === undefined || last === undefined || !removers.has(baseName(program.text)))
    return undefined;
  const own = words.slice(at);
  const rest = own.slice(1).filter(({ isRedirection }) => !isRedirection);
  const end = rest.findIndex(({ text }) => text === '--');
  const files = rest.filter(
    ({ text }, index) => index !== end && ((end >= 0 && index > end) || isOperand(text)),
  );
  return { words: own, files, start: program.start, end: last.end };
}

function isAssignment(word: string): boolean {
  return /^[A-Za-z_][A-Za-z0-9_]*\+?=/.test(word);
}

/** Whether a command seems to remove files by way of another program. */
function mayRemove(words: readonly Word[]): boolean {
  const program = words.find(({ text }) => !isAssignment(text));
  if (program === undefined) return false;
  const name = baseName(program.text);
  const rest = words.slice(words.indexOf(program) + 1);
  if (runners.has(name) && rest.some(({ text }) => removers.has(baseName(text)))) return true;
  const isShell = shells.has(name) || name === 'eval';
  return isShell && rest.some(({ text }) => /(?:^|[\s;&|(])(?:rm|unlink)\s/.test(text));
}

function judgeFile({ text, isOpaque }: Word, judge: Judge, movesAbout: boolean): Verdict {
  if (!text.startsWith('/') && (isOpaque || movesAbout)) return 'unknown';
  const verdict = judge(text);
  return isOpaque && verdict === 'take-out' ? 'unknown' : verdict;
}

/** What a removal becomes without some of its files. */
function remainder(script: string, removal: Removal, gone: ReadonlySet<Word>): string {
  const rest = removal.words.filter((word) => !gone.has(word));
  const isLeft = gone.size < removal.files.length;
  const kept = isLeft
    ? rest
    : rest.filter((word) => word.isRedirection && !isRedirectionAway(word));
  const text = kept.map(({ start, end }) => script.slice(start, end));
  return (isLeft ? text : ['true', ...text]).join(' ');
}

/** Whether a script does nothing and succeeds: removals that became `true`, joined. */
function isNoOp(script: string): boolean {
  return script
    .split(/&&|\|\||;|\n/)
    .every((part) => /^(?:true|:|exit 0|set [-+][a-z]+(?: pipefail)?)?$/.test(part.trim()));
}
