/**
 * What fits where somebody types: for the scripts of shells, and for kubectl, which asks plugins
 * in the same way as programs that are made with cobra.
 */
import { commands } from './commands.ts';
import type { Command, Option } from 'commander';
import type { Io } from './terminal/io.ts';

interface Candidate {
  readonly text: string;
  readonly help: string;
}

interface Candidates {
  readonly list: readonly Candidate[];
  /** Files fit too. */
  readonly files: boolean;
}

const none: Candidates = { list: [], files: false };

/**
 * Prints a line for each candidate, with its description behind a tab; then `:4`, or `:0` where
 * files fit too. `words`: those after the program's name; the last one is being typed.
 */
export async function printCandidates(
  words: readonly string[],
  program: Command,
  io: Io,
): Promise<void> {
  const { list, files } = await candidatesOf(words, program, io);
  const typed = words.at(-1) ?? '';
  const lines = list
    .filter(({ text }) => text.startsWith(typed))
    .map(({ text, help }) => (help === '' ? text : `${text}\t${help}`));
  io.stdout(`${[...lines, files ? ':0' : ':4'].join('\n')}\n`);
}

async function candidatesOf(
  words: readonly string[],
  program: Command,
  io: Io,
): Promise<Candidates> {
  const before = words.slice(0, -1);
  const typed = words.at(-1) ?? '';
  const asked = before.find((word) => !word.startsWith('-'));
  if (asked === undefined || asked === 'help') return topLevel(typed, asked);
  const entry = commands.find(({ name }) => name === asked);
  if (entry === undefined) return none;
  (await entry.load())(program, io, () => undefined);
  const reached = reach(program, before);
  return reached === undefined ? none : within(reached, typed);
}

function topLevel(typed: string, asked: string | undefined): Candidates {
  const flags = [
    { text: '--help', help: 'print help' },
    { text: '--version', help: 'print the version' },
  ];
  if (typed.startsWith('-')) return { list: flags, files: false };
  const list = commands.map(({ name, summary }) => ({ text: name, help: summary }));
  const help = { text: 'help', help: 'print help for a command' };
  return { list: asked === undefined ? [...list, help] : list, files: false };
}

interface Reached {
  readonly command: Command;
  /** The flag whose value is being typed. */
  readonly flag?: Option;
  /** How many operands are before. */
  readonly operands: number;
}

/** Where the words lead to. Undefined behind `--`, where everything is an operand. */
function reach(program: Command, words: readonly string[]): Reached | undefined {
  let command = program;
  let operands = 0;
  let flag: Option | undefined;
  for (const word of words) {
    if (flag !== undefined) flag = undefined;
    else if (word.startsWith('-')) flag = flagWithValue(command, word);
    else {
      const child = command.commands.find((each) => each.name() === word);
      if (child === undefined) operands++;
      else command = child;
    }
  }
  return { command, operands, ...(flag !== undefined && { flag }) };
}

function flagWithValue({ options }: Command, word: string): Option | undefined {
  const found = options.find(({ short, long }) => word === short || word === long);
  return found?.required === true ? found : undefined;
}

function within({ command, flag, operands }: Reached, typed: string): Candidates {
  if (flag !== undefined) return valuesOf(flag, '');
  const equals = typed.indexOf('=');
  if (typed.startsWith('--') && equals > 0) {
    const name = typed.slice(0, equals);
    const found = flagWithValue(command, name);
    return found === undefined ? none : valuesOf(found, `${name}=`);
  }
  if (typed.startsWith('-')) return { list: flagsOf(command), files: false };
  if (command.commands.length > 0) {
    const list = command.commands.map((each) => ({ text: each.name(), help: each.summary() }));
    return { list, files: false };
  }
  const own = command.registeredArguments;
  const argument = own[operands] ?? (own.at(-1)?.variadic === true ? own.at(-1) : undefined);
  const list = (argument?.argChoices ?? []).map((text) => ({ text, help: '' }));
  return { list, files: argument?.name() === 'file' };
}

function flagsOf({ options }: Command): readonly Candidate[] {
  const flags = options
    .filter(({ hidden }) => !hidden)
    .map(({ long, short, description }) => ({ text: long ?? short ?? '', help: description }));
  return [...flags, { text: '--help', help: 'print help' }];
}

const fileValues = /<(?:file|path|dir|directory)>/;

function valuesOf({ argChoices, flags }: Option, lead: string): Candidates {
  const list = (argChoices ?? []).map((text) => ({ text: `${lead}${text}`, help: '' }));
  return { list, files: fileValues.test(flags) };
}
