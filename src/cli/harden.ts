/** `lithopod harden`: manifests in, hardened manifests out. */
import { Option } from 'commander';
import { applyPatch } from '../core/patch.ts';
import { reasonOf } from '../core/reasons.ts';
import { editManifests, renderJson, renderYaml } from '../documents/index.ts';
import { AppError } from '../error.ts';
import { unifiedDiff } from './diff.ts';
import { placeOfFinding } from './finding-place.ts';
import { hardenInputs, nameOf } from './hardening.ts';
import { count } from './layout.ts';
import { refuse, warn } from './messages.ts';
import { addPolicyFlags } from './policy-flags.ts';
import { joinStream } from './stream.ts';
import { replaceFiles } from './write-files.ts';
import type { Command } from 'commander';
import type { Operation } from '../core/patch.ts';
import type { ManifestFile } from '../documents/index.ts';
import type { HardenedFile, InputFlags } from './hardening.ts';
import type { Finish, Io } from './io.ts';

const outputs = ['yaml', 'json', 'patch'] as const;

interface HardenFlags extends InputFlags {
  readonly output?: (typeof outputs)[number];
  readonly inPlace?: boolean;
  readonly diff?: boolean;
}

/** A file and its text with every hardening in it. */
interface Rewritten extends HardenedFile {
  readonly edits: ReadonlyMap<number, readonly Operation[]>;
  readonly text: string;
}

export function registerHarden(program: Command, io: Io, finish: Finish): void {
  const command = program
    .command('harden')
    .summary('write manifests hardened')
    .description(
      'Writes manifests with every pod and pod template hardened. All that needs no change, comments ' +
        'and the order of keys included, stays byte for byte. Several files become one stream.',
    )
    .argument('[file...]', 'files, directories, or - for stdin (the default when piped)')
    .option('-R, --recursive', 'look below given directories too')
    .option('-i, --in-place', 'rewrite the files instead of printing them')
    .option('-d, --diff', 'print what changes as a unified diff instead of the manifests')
    .addOption(
      new Option(
        '-o, --output <format>',
        'yaml (text of YAML files is kept), json, or patch (JSON Patch); default: as it came',
      ).choices(outputs),
    );
  addPolicyFlags(command)
    .addHelpText('after', examples)
    .action(async (operands: readonly string[], flags: HardenFlags) => {
      finish(await hardenCommand(operands, flags, io));
    });
}

const examples = `
Examples:
  lithopod harden deploy.yaml | kubectl apply -f -
  helm template web ./chart | lithopod harden --diff
  lithopod harden --in-place --level restricted manifests/

-o patch prints one JSON Patch for one document, and for several a list of
{file, document, kind, name, patch}; documents are counted from 0.`;

async function hardenCommand(
  operands: readonly string[],
  flags: HardenFlags,
  io: Io,
): Promise<number> {
  checkUsage(operands, flags);
  const inputs = await hardenInputs(operands, flags, io);
  if (!inputs.ok) return refuse(inputs.problems, io);
  const files = inputs.value.files.map(rewrite);
  warnOfFindings(files, io);
  // Written first: a reader of the diff who leaves early must not keep a file from being written.
  if (flags.inPlace) await writeInPlace(files, io);
  if (flags.diff) io.stdout(files.map((file) => diffOf(file, io)).join(''));
  else if (!flags.inPlace) io.stdout(render(files, flags.output));
  return 0;
}

function checkUsage(operands: readonly string[], { inPlace, diff, output }: HardenFlags): void {
  if (inPlace && (operands.length === 0 || operands.includes('-'))) {
    throw new AppError('bad-usage', '--in-place needs files: stdin cannot be rewritten');
  }
  if (output !== undefined && (inPlace || diff)) {
    const other = inPlace ? '--in-place' : '--diff';
    throw new AppError('bad-usage', `--output and ${other} do not go together`);
  }
}

function rewrite(hardened: HardenedFile): Rewritten {
  const edits = new Map<number, readonly Operation[]>();
  for (const { document, location, hardening } of hardened.objects) {
    const operations = hardening.patch.map((operation) => ({
      ...operation,
      path: location.pointer + operation.path,
    }));
    edits.set(document, [...(edits.get(document) ?? []), ...operations]);
  }
  const edited = editManifests(hardened.file, edits);
  if (edited.ok) return { ...hardened, edits, text: edited.value };
  const [problem] = edited.problems;
  throw new AppError('own-fault', `${hardened.source.name}: ${problem?.message ?? 'not editable'}`);
}

/** What the pod's author may not expect, and what could not be mended. */
function warnOfFindings(files: readonly Rewritten[], io: Io): void {
  for (const { source, objects } of files) {
    for (const object of objects) {
      for (const finding of object.hardening.findings) {
        if (finding.outcome !== 'conflict' && !reasonOf(finding.code).warn) continue;
        const place = { file: source.name, ...placeOfFinding(finding, object) };
        warn(place, `${nameOf(object.location)}: ${finding.detail}`, io);
      }
    }
  }
}

function isChanged({ source, text }: Rewritten): boolean {
  return text !== source.text;
}

async function writeInPlace(files: readonly Rewritten[], io: Io): Promise<void> {
  const changed = files.filter(isChanged);
  await replaceFiles(
    changed.flatMap(({ source: { path }, text }) => (path === undefined ? [] : [{ path, text }])),
  );
  for (const { source } of changed) io.stderr(`hardened ${source.name}\n`);
  const rest = files.length - changed.length;
  if (rest > 0) io.stderr(`${count(rest, 'file needs', 'files need')} no change\n`);
}

function diffOf(file: Rewritten, io: Io): string {
  if (!isChanged(file)) return '';
  const { name, text } = file.source;
  return unifiedDiff(name, text, file.text, io.colour.stdout);
}

function render(files: readonly Rewritten[], output: HardenFlags['output']): string {
  switch (output) {
    case undefined:
      return joinStream(files.map(({ text }) => text));
    case 'yaml':
      return joinStream(
        files.map((file) =>
          file.file.format === 'json' ? renderYaml(hardenedObjects(file)) : file.text,
        ),
      );
    case 'json':
      return renderJson(files.flatMap(hardenedObjects));
    case 'patch':
      return `${JSON.stringify(patches(files), null, 2)}\n`;
  }
}

/** Indices of the documents that hold anything. */
function filled({ documents }: ManifestFile): readonly number[] {
  return documents.flatMap(({ value }, index) => (value == null ? [] : [index]));
}

function hardenedObjects({ file, edits }: Rewritten): readonly unknown[] {
  return filled(file).map((index) =>
    applyPatch(file.documents[index]?.value, edits.get(index) ?? []),
  );
}

function patches(files: readonly Rewritten[]): unknown {
  const all = files.flatMap(({ file, source, edits }) =>
    filled(file).map((document) => ({
      file: source.name,
      document,
      ...identityOf(file.documents[document]?.value),
      patch: edits.get(document) ?? [],
    })),
  );
  const [only, ...others] = all;
  return only !== undefined && others.length === 0 ? only.patch : all;
}

function identityOf(value: unknown): { readonly kind?: string; readonly name?: string } {
  const { kind, metadata } = (value ?? {}) as { kind?: unknown; metadata?: unknown };
  const { name } = (metadata ?? {}) as { name?: unknown };
  return {
    ...(typeof kind === 'string' && { kind }),
    ...(typeof name === 'string' && { name }),
  };
}
