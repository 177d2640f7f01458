/**
 * Finds the `rm` commands in what a probe or hook executes: `["rm", "/x"]`, or a shell's script of
 * simple commands (script.ts). Whatever else may remove files is not understood, and stays.
 *
 * A removal is replaced by what it would have been on a writable root: a command that succeeds. So
 * the rest of a script keeps its meaning.
 */
import { baseName } from '../mounts/paths.ts';
import { simpleCommands } from './script.ts';
import type { Word } from './script.ts';

/** What to do with one file that a command removes. `unknown`: nobody can say where the file is. */
export type Verdict = 'keep' | 'take-out' | 'unknown';

export interface Rewritten {
  /** Nothing is left to do: the probe or hook goes. Otherwise the command that remains. */
  readonly command: readonly string[] | undefined;
  readonly changed: boolean;
  /** Something may remove files, and it was not understood what: it was left. */
  readonly unclear: boolean;
  /** The files that are no longer removed, as `judge` was asked about them. */
  readonly removed: readonly string[];
}

type Judge = (path: string) => Verdict;

const shells = new Set(['sh', 'bash', 'dash', 'ash', 'zsh', 'ksh']);
const removers = new Set(['rm', 'unlink']);

/**
 * The command with the removals taken out of which `judge` says so. `judge` is asked once for each
 * file that a removal names, in a script only for absolute paths.
 */
export function takeOutRemovals(command: readonly string[], judge: Judge): Rewritten {
  const left = { command, changed: false, unclear: false, removed: [] };
  if (!command.some(mentionsRemover)) return left;
  const first = baseName(command[0] ?? '') === 'busybox' ? 1 : 0;
  const program = baseName(command[first] ?? '');
  if (removers.has(program)) return rewriteDirect(command, first, judge);
  const option = shells.has(program) ? command.findIndex((word) => takesScript.test(word)) : -1;
  const at = command.findIndex((word, index) => index > option && !/^[-+]/.test(word));
  const script = command[at];
  const before = command.slice(first + 1, Math.max(option, 0));
  if (script === undefined || option < 0 || !before.every(isShellOption)) return left;
  const result = rewriteScript(script, judge);
  const rewritten = command.map((word, index) => (index === at ? result.text : word));
  const { changed, isNoOp, unclear, removed } = result;
  if (!changed) return { ...left, unclear };
  return { command: isNoOp ? undefined : rewritten, changed, unclear, removed };
}

/** `-c`, `-ec`. Of a cluster with `o` the next word is no script. */
const takesScript = /^-[abd-np-z]*c[a-np-z]*$/;

/** The word behind `-euo` is `pipefail`. */
function isShellOption(word: string): boolean {
  return /^[-+]/.test(word) || word === 'pipefail';
}

/**
 * Whether a text, its quotes taken away, has the name of what removes files as a word: nearly none
 * has, and no more is read.
 */
export function mentionsRemover(text: string): boolean {
  const plain = /['"\\]/.test(text) ? text.replace(/['"\\]+\n?/g, '') : text;
  return /(?:^|[^\w.-])(?:rm|unlink)(?:[^\w.-]|$)/.test(plain);
}

function rewriteDirect(command: readonly string[], program: number, judge: Judge): Rewritten {
  // No shell reads anything else into the words of a list.
  const words = command.slice(program).map((text) => ({ text, isRedirection: false }));
  const { rest, gone, isLeft, unclear } = judgeRemoval(words, ({ text }) => judge(text));
  const removed = gone.map(({ text }) => text);
  if (removed.length === 0) return { command, changed: false, unclear, removed };
  const kept = [...command.slice(0, program), ...rest.map(({ text }) => text)];
  return { command: isLeft ? kept : undefined, changed: true, unclear, removed };
}

interface JudgedRemoval<W> {
  /** The words without the files that are taken out. */
  readonly rest: readonly W[];
  readonly gone: readonly W[];
  /** Another file is left to remove. */
  readonly isLeft: boolean;
  readonly unclear: boolean;
}

/** The words of one removal, of which the first is the program. */
function judgeRemoval<W extends Pick<Word, 'text' | 'isRedirection'>>(
  words: readonly W[],
  judge: (word: W) => Verdict,
): JudgedRemoval<W> {
  const end = words.findIndex(({ text }) => text === '--');
  const verdicts = words.map((word, index) => {
    const isOption = word.text.startsWith('-') && (end < 0 || index <= end);
    const isFile = index > 0 && !word.isRedirection && !isOption && word.text !== '';
    return isFile ? judge(word) : undefined;
  });
  return {
    rest: words.filter((_word, index) => verdicts[index] !== 'take-out'),
    gone: words.filter((_word, index) => verdicts[index] === 'take-out'),
    isLeft: verdicts.some((verdict) => verdict === 'keep' || verdict === 'unknown'),
    unclear: verdicts.includes('unknown'),
  };
}

interface RewrittenScript extends Omit<Rewritten, 'command'> {
  readonly text: string;
  /** It does nothing, and succeeds. */
  readonly isNoOp: boolean;
}

function rewriteScript(script: string, judge: Judge): RewrittenScript {
  const commands = simpleCommands(script);
  const removed: string[] = [];
  let unclear = commands === undefined && mentionsRemover(script);
  let isNoOp = true;
  let text = '';
  let copied = 0;
  for (const words of commands ?? []) {
    const [program] = words;
    const isRemoval = program !== undefined && removers.has(baseName(program.text));
    const judged = isRemoval && judgeRemoval(words, (word) => judgeFile(word, judge));
    if (!judged || judged.gone.length === 0) {
      unclear ||= judged ? judged.unclear : words.some((word) => mentionsRemover(word.text));
      isNoOp &&= !judged && doesNothing(words);
      continue;
    }
    const { rest, gone, isLeft } = judged;
    unclear ||= judged.unclear;
    isNoOp &&= !isLeft;
    for (const file of gone) removed.push(file.text);
    const kept = isLeft ? rest.map(({ start, end }) => script.slice(start, end)) : ['true'];
    text += script.slice(copied, words[0]?.start) + kept.join(' ');
    copied = words.at(-1)?.end ?? copied;
  }
  text += script.slice(copied);
  return { text, changed: removed.length > 0, isNoOp, unclear, removed };
}

/** Only an absolute path is known: another command may have changed the directory. */
function judgeFile({ text, isPattern }: Word, judge: Judge): Verdict {
  const verdict = text.startsWith('/') ? judge(text) : 'unknown';
  return isPattern && verdict === 'take-out' ? 'unknown' : verdict;
}

function doesNothing(words: readonly Word[]): boolean {
  const text = words.map((word) => word.text).join(' ');
  return /^(?:true|:|exit 0|set [-+][a-z]+(?: pipefail)?)$/.test(text);
}
