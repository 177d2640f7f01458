/** `lithopod compose`: reads Compose files and writes them hardened. */
import { statSync } from 'node:fs';
import { basename } from 'node:path';
import { InvalidArgumentError, Option } from 'commander';
import { reasonOf } from '../../core/findings/reasons.ts';
import { sentenceOf } from '../../core/findings/sentence.ts';
import { failure, success } from '../../core/values/result.ts';
import { isCompose } from '../../compose/form.ts';
import { AppError } from '../../error.ts';
import { composeText, hardenCompose, readCompose } from '../input/compose-project.ts';
import { addPolicyFlags, catalogueOf, policyOf } from '../input/policy-flags.ts';
import { repeatable } from '../input/repeatable.ts';
import { listSources, manifestExtensions, readSource } from '../input/sources.ts';
import { placeInPod } from '../report/finding-place.ts';
import { count } from '../terminal/columns.ts';
import { printProblems, printWarning } from '../terminal/problems.ts';
import { makeSpillBuffer } from '../terminal/spill-buffer.ts';
import { makeStream } from '../terminal/stream.ts';
import type { Command } from 'commander';
import type { Problem, Result } from '../../core/values/result.ts';
import type { ComposeOptions, HardenedComposeFile, ReadSource } from '../input/compose-project.ts';
import type { PolicyFlags } from '../input/policy-flags.ts';
import type { Source } from '../input/sources.ts';
import type { Finish, Io } from '../terminal/io.ts';

interface ComposeFlags extends PolicyFlags {
  readonly file?: readonly string[];
  readonly recursive?: boolean;
  readonly inPlace?: boolean;
  readonly diff?: boolean;
  readonly output?: string;
  readonly image: ReadonlyMap<string, string>;
  readonly envFile?: readonly string[];
  readonly swarm?: boolean;
}

/** Adds the command `compose`. */
export function registerCompose(program: Command, io: Io, finish: Finish): void {
  const command = program
    .command('compose')
    .summary('write Compose files hardened')
    .description(
      'Writes Compose files with every service hardened: a read-only root, no privileges, and a ' +
        'tmpfs or volume at just the paths that its image must write to. All that needs no change, ' +
        'comments and variables included, stays byte for byte.\n\nWithout files it takes those that ' +
        'docker compose finds in this folder.',
    )
    .argument('[file...]', 'files, each a project of its own; directories, or - for stdin')
    .addOption(
      new Option(
        '-f, --file <file>',
        'a file of one project, put over those before (repeatable)',
      ).argParser(repeatable),
    )
    .option('-R, --recursive', 'look below given directories too')
    .option('-i, --in-place', 'rewrite the files instead of printing them')
    .option('-d, --diff', 'print what changes as a unified diff instead of the files')
    .option('-o, --output <path>', 'write to a file; of several, into a folder by their names')
    .addOption(
      new Option('--image <service=ref>', 'the image of a service that is built (repeatable)')
        .argParser(collectImages)
        .default(new Map(), 'none'),
    )
    .addOption(
      new Option(
        '--env-file <file>',
        'a file of variables, in the place of .env (repeatable)',
      ).argParser(repeatable),
    )
    .option('--swarm', 'the files are for docker stack deploy (default: if they look so)')
    .option('--no-swarm', 'the files are for docker compose');
  addPolicyFlags(command)
    .addHelpText('after', examples)
    .action(async (operands: readonly string[], flags: ComposeFlags) => {
      finish(await composeCommand(operands, flags, io));
    });
}

const examples = `
Examples:
  lithopod compose --diff
  lithopod compose -i compose.yaml
  lithopod compose -f compose.yaml -f compose.prod.yaml -o hardened/
  lithopod compose --image web=nginx:1.29 compose.yaml | docker compose -f - up`;

function collectImages(
  text: string,
  before: ReadonlyMap<string, string>,
): ReadonlyMap<string, string> {
  const equals = text.indexOf('=');
  if (equals < 1 || equals === text.length - 1) {
    throw new InvalidArgumentError('It must be SERVICE=REF, such as web=nginx:1.29.');
  }
  return new Map([...before, [text.slice(0, equals), text.slice(equals + 1)]]);
}

/** Files that are one project, in order. */
type Group = readonly ReadSource[];

/** A hardened file. What was read of it is dropped: five hundred of them fill the memory. */
interface Written {
  readonly source: Source;
  readonly text: string;
  readonly services: readonly string[];
}

async function composeCommand(
  operands: readonly string[],
  flags: ComposeFlags,
  io: Io,
): Promise<number> {
  const names = filesAsked(operands, flags);
  checkUsage(names, flags);
  const lookup = { recursive: flags.recursive === true, extensions: manifestExtensions };
  const [listed, catalogue] = await Promise.all([
    listSources(names.files, io, lookup),
    catalogueOf(flags),
  ]);
  const options: ComposeOptions = {
    swarm: flags.swarm,
    images: flags.image,
    envFiles: flags.envFile,
  };
  const [unread, refused]: [Problem[], Problem[]] = [[], []];
  const written: Written[] = [];
  const warnings = makeSpillBuffer();
  try {
    for await (const group of groupsOf(names, listed, io)) {
      if (!group.ok) unread.push(...group.problems);
      // Without a catalogue nothing can be hardened: only unreadable files are reported.
      if (!group.ok || !catalogue.ok) continue;
      const hardened = hardenCompose(group.value, catalogue.value, policyOf(flags), options);
      if (!hardened.ok) refused.push(...hardened.problems);
      for (const file of hardened.ok ? hardened.value : []) {
        written.push(writtenOf(file));
        warnOfFindings(file, { stderr: warnings.write, colour: io.colour });
      }
    }
    if (!catalogue.ok) refused.push(...catalogue.problems);
    const problems = [...unread, ...refused];
    if (problems.length > 0) return printProblems(problems, io);
    checkImages(flags.image, written);
    await warnings.flushTo(io.stderr);
  } finally {
    warnings.close();
  }
  await print(written, flags, io);
  return 0;
}

function writtenOf(file: HardenedComposeFile): Written {
  const services = file.objects.flatMap(({ pod }) => pod.spec.containers.map(({ name }) => name));
  return { source: file.source, text: composeText(file), services };
}

/** Names that docker compose looks for, the first that is there; an override goes over it. */
const defaultNames = ['compose.yaml', 'compose.yml', 'docker-compose.yml', 'docker-compose.yaml'];
const overrides = [
  'compose.override.yml',
  'compose.override.yaml',
  'docker-compose.override.yml',
  'docker-compose.override.yaml',
];

interface Asked {
  readonly files: readonly string[];
  /** They are one project. */
  readonly joined: boolean;
}

function filesAsked(operands: readonly string[], { file }: ComposeFlags): Asked {
  if (file !== undefined && operands.length > 0) {
    throw new AppError('bad-usage', 'files are given either with -f, as one project, or without');
  }
  if (file !== undefined) return { files: file, joined: true };
  if (operands.length > 0) return { files: operands, joined: false };
  const found = defaultNames.find(isFile);
  if (found === undefined) return { files: [], joined: false };
  const override = overrides.find(isFile);
  return { files: override === undefined ? [found] : [found, override], joined: true };
}

function isFile(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isFile() === true;
}

function checkUsage({ files }: Asked, { inPlace, diff, output }: ComposeFlags): void {
  if (inPlace && (files.length === 0 || files.includes('-'))) {
    throw new AppError('bad-usage', '--in-place needs files: stdin cannot be rewritten');
  }
  if (output !== undefined && (inPlace || diff)) {
    const other = inPlace ? '--in-place' : '--diff';
    throw new AppError('bad-usage', `--output and ${other} do not go together`);
  }
}

/** An image for a service that no file has is a slip of the keyboard. */
function checkImages(images: ReadonlyMap<string, string>, written: readonly Written[]): void {
  const known = new Set(written.flatMap(({ services }) => services));
  const unknown = [...images.keys()].find((name) => !known.has(name));
  if (unknown !== undefined) {
    throw new AppError('bad-usage', `--image: there is no service ${unknown}`);
  }
}

/**
 * The projects one after the other, each read as it comes: whoever lets go of each has no more than
 * one in memory. Of a directory the Compose files alone; a file that is named must be one.
 */
async function* groupsOf(
  { files, joined }: Asked,
  listed: readonly Result<string>[],
  io: Io,
): AsyncGenerator<Result<Group>, void> {
  const project: ReadSource[] = [];
  let isEmpty = files.length > 0;
  for (const each of listed) {
    const source = each.ok ? await readSource(each.value, io) : each;
    if (!source.ok) {
      isEmpty = false;
      yield source;
      continue;
    }
    const read = readCompose(source.value);
    if (!files.includes(source.value.path ?? '-') && !holdsCompose(read)) continue;
    isEmpty = false;
    if (joined) project.push(read);
    else yield success([read]);
  }
  if (joined) yield success(project);
  if (isEmpty) yield failure({ file: files.join(', '), message: 'there is no Compose file' });
}

function holdsCompose({ source: { path }, read }: ReadSource): boolean {
  if (path === undefined) return true;
  // One that cannot be read counts where its name says what it is.
  if (!read.ok) return basename(path).includes('compose');
  return read.value.documents.some(({ value }) => isCompose(value));
}

function warnOfFindings(
  { source, objects }: HardenedComposeFile,
  io: Pick<Io, 'stderr' | 'colour'>,
): void {
  for (const object of objects) {
    for (const finding of object.hardening.findings) {
      const { outcome, warn } = reasonOf(finding.code);
      if (outcome !== 'conflict' && !warn) continue;
      const place = { file: source.name, ...placeInPod(finding.at, object) };
      printWarning(place, sentenceOf(finding), io);
    }
  }
}

async function print(
  written: readonly Written[],
  { inPlace, diff, output }: ComposeFlags,
  io: Io,
): Promise<void> {
  const changed = written.filter(({ source, text }) => text !== source.text);
  if (inPlace) await rewrite(changed, io);
  if (diff) {
    const { unifiedDiff } = await import('../terminal/diff.ts');
    for (const { source, text } of changed) {
      const { name, text: before } = source;
      io.stdout(unifiedDiff(name, before, text, io.colour.stdout));
    }
    return;
  }
  if (inPlace) {
    const rest = written.length - changed.length;
    if (rest > 0) io.stderr(`${count(rest, 'file needs', 'files need')} no change\n`);
    return;
  }
  if (output !== undefined) {
    await (
      await import('./compose-output.ts')
    ).writeOutput(
      output,
      written.map(({ source, text }) => ({ name: source.path ?? 'compose.yaml', text })),
    );
    return;
  }
  const follow = makeStream();
  for (const { text } of written) io.stdout(follow(text));
}

async function rewrite(changed: readonly Written[], io: Io): Promise<void> {
  const replacements = (await import('../terminal/write-files.ts')).replaceFiles();
  try {
    for (const { source, text } of changed) {
      const { path } = source;
      if (path !== undefined) await replacements.add(path, text);
    }
    await replacements.commit();
  } finally {
    await replacements.close();
  }
  for (const { source } of changed) io.stderr(`hardened ${source.name}\n`);
}
