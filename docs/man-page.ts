/** The man page, derived from the commands themselves. */
import { Command } from 'commander';
import { commands } from '../src/cli/commands.ts';
import { processIo } from '../src/cli/terminal/process-io.ts';
import { version } from '../src/package/files.ts';
import type { Option } from 'commander';

/** man/lithopod.1, in the macros of man(7). */
export async function manPage(): Promise<string> {
  const io = processIo();
  const program = new Command('lithopod');
  for (const { load } of commands) (await load())(program, io, () => undefined);
  const all = program.commands.flatMap((each) => leavesOf(each, []));
  return `${[
    String.raw`.\" Written by npm run docs. Edit the commands in src/cli that it is derived from.`,
    `.TH LITHOPOD 1 "" "lithopod ${version()}" "User Commands"`,
    '.SH NAME',
    String.raw`lithopod \- turn pods to stone`,
    '.SH SYNOPSIS',
    '.B lithopod',
    String.raw`.IR command " [" flags "] [" arguments ...]`,
    '.SH DESCRIPTION',
    roff(
      'Lithopod hardens pods and Compose services: a read-only root, no privileges, and writable mounts at just the paths that their images need. It is an admission webhook and a command line of one program.',
    ),
    '.SH COMMANDS',
    ...all.flatMap(({ command, words }) => commandPart(command, words)),
    '.SH EXIT STATUS',
    ...tagged('0', 'fine'),
    ...tagged('1', 'check, lint, test, status: something is to be changed or was found'),
    ...tagged('2', 'a flag or the input is bad; nothing was written'),
    ...tagged('3', 'a fault of lithopod itself'),
    '.SH ENVIRONMENT',
    ...tagged('LITHOPOD_DEBUG=1', 'prints where a fault of lithopod itself happened'),
    ...tagged('LITHOPOD_…', 'each flag of serve in capitals, such as LITHOPOD_LOG_LEVEL'),
    ...tagged('KUBECONFIG', 'as kubectl reads it'),
    ...tagged('NO_COLOR', 'prints no colours'),
    '.SH SEE ALSO',
    '.BR kubectl (1),',
    '.UR https://github.com/lithopod/lithopod',
    '.UE',
  ].join('\n')}\n`;
}

interface Leaf {
  readonly command: Command;
  readonly words: readonly string[];
}

/** The commands that run something. */
function leavesOf(command: Command, before: readonly string[]): readonly Leaf[] {
  const words = [...before, command.name()];
  if (command.commands.length === 0) return [{ command, words }];
  return command.commands.flatMap((each) => leavesOf(each, words));
}

function commandPart(command: Command, words: readonly string[]): readonly string[] {
  const usage = command.usage().replace(/^\[options\] ?/, '[flags] ');
  const flags = command.options.filter(({ hidden }) => !hidden);
  return [
    `.SS lithopod ${words.join(' ')} ${roff(usage)}`,
    ...paragraphs(command.description()),
    ...command.registeredArguments.flatMap((argument) =>
      argument.description === '' ? [] : tagged(argument.name(), argument.description),
    ),
    ...flags.flatMap((flag) => tagged(flag.flags, descriptionOf(flag))),
  ];
}

function paragraphs(text: string): readonly string[] {
  return text.split(/\n\n+/).flatMap((each, index) => [...(index > 0 ? ['.PP'] : []), roff(each)]);
}

function descriptionOf(option: Option): string {
  const { description, argChoices, defaultValueDescription } = option;
  const value: unknown = option.defaultValue;
  const shown =
    defaultValueDescription ??
    (typeof value === 'string' || typeof value === 'number' ? String(value) : undefined);
  return [
    description,
    ...(argChoices === undefined ? [] : [`(${argChoices.join(', ')})`]),
    ...(shown === undefined ? [] : [`(default: ${shown})`]),
  ].join(' ');
}

function tagged(term: string, text: string): readonly string[] {
  return ['.TP', `.B ${roff(term)}`, roff(text)];
}

/** A text as roff prints it: no character is a command, and a dash stays one that can be pasted. */
function roff(text: string): string {
  return text
    .replaceAll('\\', String.raw`\e`)
    .replaceAll('-', String.raw`\-`)
    .replaceAll('…', '...')
    .replaceAll('’', String.raw`\(cq`)
    .replaceAll('→', String.raw`\(->`)
    .replaceAll(/\s*\n\s*/g, ' ')
    .replace(/^(?=[.'])/, String.raw`\&`);
}
