/** `lithopod harden`: reads manifests and writes them hardened. */
import { Option } from 'commander';
import { applyPatch } from '../../core/patch.ts';
import { reasonOf } from '../../core/findings/reasons.ts';
import { sentenceOf } from '../../core/findings/sentence.ts';
import { editManifests, renderJson, renderYaml } from '../../documents/index.ts';
import { AppError } from '../../error.ts';
import { placeInPod } from '../report/finding-place.ts';
import { hardenInputs, nameOf } from '../input/hardening.ts';
import { makeSpillBuffer } from '../terminal/spill-buffer.ts';
import { makeJsonList } from '../terminal/json-list.ts';
import { count } from '../terminal/columns.ts';
import { printProblems, printWarning } from '../terminal/problems.ts';
import { addPolicyFlags } from '../input/policy-flags.ts';
import { makeStream } from '../terminal/stream.ts';
import type { Command } from 'commander';
import type { Operation } from '../../core/patch.ts';
import type { ManifestFile } from '../../documents/index.ts';
import type { HardenedFile, InputFlags } from '../input/hardening.ts';
import type { Finish, Io } from '../terminal/io.ts';
import type { JsonListForm } from '../terminal/json-list.ts';
import type { ErrorOutput } from '../terminal/problems.ts';

const outputs = ['yaml', 'json', 'patch'] as const;

interface HardenFlags extends InputFlags {
  readonly output?: (typeof outputs)[number];
  readonly inPlace?: boolean;
  readonly diff?: boolean;
}

/** A file, its hardened text, and for each document, by its index, the operations of its patch. */
interface Rewritten extends HardenedFile {
  readonly edits: ReadonlyMap<number, readonly Operation[]>;
  readonly text: string;
}

/** Adds the command `harden`. */
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
    .option('--no-progress', 'show no progress bar on a terminal')
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
  const print = await makePrinter(flags, io);
  const [output, warnings] = [makeSpillBuffer(), makeSpillBuffer()];
  const replacements =
    flags.inPlace === true
      ? (await import('../terminal/write-files.ts')).replaceFiles()
      : undefined;
  try {
    const inputs = await hardenInputs(operands, flags, io, async (hardened) => {
      const file = rewrite(hardened);
      warnOfFindings(file, { stderr: warnings.write, colour: io.colour });
      output.write(print.file(file));
      const { name, path } = file.source;
      if (!isChanged(file)) return undefined;
      if (path !== undefined) await replacements?.add(path, file.text);
      return name;
    });
    if (!inputs.ok) return printProblems(inputs.problems, io);
    output.write(print.end());
    await warnings.flushTo(io.stderr);
    // Files first: if a reader of the diff closes the pipe early, they must be written all the
    // same.
    await replacements?.commit();
    if (replacements !== undefined) printReplaced(inputs.value.results, io);
    await output.flushTo(io.stdout);
    return 0;
  } finally {
    await replacements?.close();
    output.close();
    warnings.close();
  }
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

/** Warns of findings that the pod's author may not expect, and of those that cannot be fixed. */
function warnOfFindings({ source, objects }: Rewritten, io: ErrorOutput): void {
  for (const object of objects) {
    for (const finding of object.hardening.findings) {
      const { outcome, warn } = reasonOf(finding.code);
      if (outcome !== 'conflict' && !warn) continue;
      const place = { file: source.name, ...placeInPod(finding.at, object) };
      printWarning(place, `${nameOf(object.location)}: ${sentenceOf(finding)}`, io);
    }
  }
}

function isChanged({ source, text }: Rewritten): boolean {
  return text !== source.text;
}

/** Prints which files were replaced: `names` has undefined for each file without a change. */
function printReplaced(names: readonly (string | undefined)[], io: Io): void {
  const changed = names.filter((name) => name !== undefined);
  for (const name of changed) io.stderr(`hardened ${name}\n`);
  const rest = names.length - changed.length;
  if (rest > 0) io.stderr(`${count(rest, 'file needs', 'files need')} no change\n`);
}

/** Gives the text to print for each file, and at the end. */
interface Printer {
  readonly file: (file: Rewritten) => string;
  readonly end: () => string;
}

async function makePrinter({ diff, inPlace, output }: HardenFlags, io: Io): Promise<Printer> {
  if (diff) return diffPrinter(io);
  if (inPlace) return { file: () => '', end: () => '' };
  if (output === 'json') return listPrinter(kubectlList, hardenedObjects);
  if (output === 'patch') return listPrinter(patchList, patches);
  const follow = makeStream();
  const text = (file: Rewritten): string =>
    output === 'yaml' && file.file.format === 'json'
      ? renderYaml(hardenedObjects(file))
      : file.text;
  return { file: (file) => follow(text(file)), end: () => '' };
}

function listPrinter(form: JsonListForm, values: (file: Rewritten) => readonly unknown[]): Printer {
  const list = makeJsonList(form);
  return { file: (file) => values(file).map(list.add).join(''), end: list.end };
}

const kubectlList: JsonListForm = {
  indent: 4,
  depth: 2,
  head: '{\n    "apiVersion": "v1",\n    "kind": "List",\n    "items": [\n',
  tail: '\n    ]\n}\n',
  none: renderJson([]),
  one: (object) => renderJson([object]),
};

/** A single document has its patch printed without a list around it. */
const patchList: JsonListForm = {
  indent: 2,
  depth: 1,
  head: '[\n',
  tail: '\n]\n',
  none: '[]\n',
  one: (record) => `${JSON.stringify((record as PatchRecord).patch, null, 2)}\n`,
};

async function diffPrinter({ colour }: Io): Promise<Printer> {
  // Loaded here: the library takes a tenth of the time of hardening one pod.
  const { unifiedDiff } = await import('../terminal/diff.ts');
  const diff = (file: Rewritten): string =>
    isChanged(file)
      ? unifiedDiff(file.source.name, file.source.text, file.text, colour.stdout)
      : '';
  return { file: diff, end: () => '' };
}

/** Indices of the documents that are not empty. */
function filled({ documents }: ManifestFile): readonly number[] {
  return documents.flatMap(({ value }, index) => (value == null ? [] : [index]));
}

function hardenedObjects({ file, edits }: Rewritten): readonly unknown[] {
  return filled(file).map((index) =>
    applyPatch(file.documents[index]?.value, edits.get(index) ?? []),
  );
}

interface PatchRecord {
  readonly file: string;
  readonly document: number;
  readonly kind?: string;
  readonly name?: string;
  readonly patch: readonly Operation[];
}

function patches({ file, source, edits }: Rewritten): readonly PatchRecord[] {
  return filled(file).map((document) => ({
    file: source.name,
    document,
    ...identityOf(file.documents[document]?.value),
    patch: edits.get(document) ?? [],
  }));
}

function identityOf(value: unknown): { readonly kind?: string; readonly name?: string } {
  const { kind, metadata } = (value ?? {}) as { kind?: unknown; metadata?: unknown };
  const { name } = (metadata ?? {}) as { name?: unknown };
  return {
    ...(typeof kind === 'string' && { kind }),
    ...(typeof name === 'string' && { name }),
  };
}
