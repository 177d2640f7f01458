/** `lithopod harden`: reads manifests and writes them hardened. */
import { Option } from 'commander';
import { joinOperations } from '../../core/harden-template.ts';
import { applyPatch } from '../../core/patch.ts';
import { formatPlace } from '../../core/values/result.ts';
import { reasonOf } from '../../core/findings/reasons.ts';
import { sentenceOf } from '../../core/findings/sentence.ts';
import { editManifests, lineOf, renderJson, renderYaml } from '../../documents/index.ts';
import { AppError } from '../../error.ts';
import { placeInPod } from '../report/finding-place.ts';
import { hardenInputs, nameOf } from '../input/hardening.ts';
import { makeSpillBuffer } from '../terminal/spill-buffer.ts';
import { makeJsonList } from '../terminal/json-list.ts';
import { count } from '../terminal/columns.ts';
import { printProblems, printWarning } from '../terminal/problems.ts';
import { printUnread } from '../report/unread.ts';
import { addFileFlags, allOperands } from '../input/file-flags.ts';
import { addKindsFlag, addPolicyFlags } from '../input/policy-flags.ts';
import { makeStream } from '../terminal/stream.ts';
import type { Command } from 'commander';
import type { Operation } from '../../core/patch.ts';
import type { ManifestFile } from '../../documents/index.ts';
import type { HardenedFile, HardenedObject, InputFlags } from '../input/hardening.ts';
import type { ContainerTest } from '../report/kustomize-component.ts';
import type { Finish, Io } from '../terminal/io.ts';
import type { JsonListForm } from '../terminal/json-list.ts';
import type { ErrorOutput } from '../terminal/problems.ts';

const outputs = ['yaml', 'json', 'patch', 'kustomize'] as const;

interface HardenFlags extends InputFlags {
  readonly output?: (typeof outputs)[number];
  readonly inPlace?: boolean;
  readonly diff?: boolean;
}

/** A file, its hardened text, and for each document, by its index, the operations of its patch. */
interface Rewritten extends Pick<HardenedFile, 'file' | 'source'> {
  readonly edits: ReadonlyMap<number, readonly Operation[]>;
  /** For `-o kustomize`: where the containers of what changes are, by the document's index. */
  readonly tests: ReadonlyMap<number, readonly ContainerTest[]>;
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
        'yaml (text of YAML files is kept), json, patch (JSON Patch), or kustomize (a Component with patches); default: as it came',
      ).choices(outputs),
    );
  command.option('-q, --quiet', 'print no warnings and no progress');
  addPolicyFlags(addKindsFlag(addFileFlags(command)))
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
  lithopod harden base.yaml -o kustomize > hardened/kustomization.yaml

-o patch prints one JSON Patch for one document, and for several a list of
{file, document, kind, name, patch}; documents are counted from 0.

-o kustomize prints the kustomization.yaml of a Component, for a base that you
cannot edit: an overlay names both, docs/kustomize.md shows it.`;

async function hardenCommand(
  operands: readonly string[],
  flags: HardenFlags,
  io: Io,
): Promise<number> {
  checkUsage(allOperands(operands, flags), flags);
  const print = await makePrinter(flags, io);
  const [output, warnings] = [makeSpillBuffer(), makeSpillBuffer()];
  const replacements =
    flags.inPlace === true
      ? (await import('../terminal/write-files.ts')).replaceFiles()
      : undefined;
  try {
    const inputs = await hardenInputs(operands, flags, io, async (hardened) => {
      const file = rewrite(hardened, print.testsOf, { stderr: warnings.write, colour: io.colour });
      output.write(print.file(file));
      const { name, path } = file.source;
      if (!isChanged(file)) return undefined;
      if (path !== undefined) await replacements?.add(path, file.text);
      return name;
    });
    if (!inputs.ok) return printProblems(inputs.problems, io);
    const { problems, results } = inputs.value;
    // Half of the manifests must not look like all of them. A diff is a report and nothing more.
    if (problems.length > 0 && (flags.inPlace === true || flags.diff !== true)) {
      printUnread(inputs.value, io);
      return printProblems(problems, io);
    }
    output.write(print.end());
    if (flags.quiet !== true) await warnings.flushTo(io.stderr);
    printUnread(inputs.value, io);
    // Files first: if a reader of the diff closes the pipe early, they must be written all the
    // same.
    await replacements?.commit();
    if (replacements !== undefined && flags.quiet !== true) printReplaced(results, io);
    await output.flushTo(io.stdout);
    return problems.length > 0 ? printProblems(problems, io) : 0;
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

function rewrite(
  { source, file, objects }: HardenedFile,
  testsOf: Printer['testsOf'],
  io: ErrorOutput,
): Rewritten {
  const parts = new Map<number, (readonly Operation[])[]>();
  const tests = new Map<number, ContainerTest[]>();
  for (const object of objects) {
    warnOfFindings(object, io);
    const { document, operations } = object;
    if (testsOf !== undefined && operations.length > 0) {
      const known = tests.get(document);
      if (known === undefined) tests.set(document, [...testsOf(object)]);
      else known.push(...testsOf(object));
    }
    const own = parts.get(document);
    if (own === undefined) parts.set(document, [operations]);
    else own.push(operations);
  }
  const edits = new Map([...parts].map(([document, all]) => [document, joinOperations(all)]));
  const edited = editManifests(file, edits);
  if (!edited.ok) {
    const [problem] = edited.problems;
    throw new AppError('own-fault', `${source.name}: ${problem?.message ?? 'not editable'}`);
  }
  const { text, rewritten } = edited.value;
  for (const document of rewritten) {
    const place = { file: source.name, ...lineOf(file, document, '') };
    printWarning(place, rewrittenText(document, file), io);
  }
  return { source, file, edits, tests, text };
}

function rewrittenText(document: number, { documents }: ManifestFile): string {
  const which = documents.length === 1 ? 'the document' : `document ${document + 1}`;
  return `${which} could not be edited in place and was printed again: its values are right, but its spacing, quotes and anchors changed, and comments may have moved`;
}

/** Warns of findings that the pod's author may not expect, and of those that cannot be fixed. */
function warnOfFindings(object: HardenedObject, io: ErrorOutput): void {
  for (const finding of object.hardening.findings) {
    const { outcome, warn } = reasonOf(finding.code);
    if (outcome !== 'conflict' && !warn) continue;
    const place = { file: object.file.name, ...placeInPod(finding.at, object) };
    printWarning(place, `${nameOf(object.location)}: ${sentenceOf(finding)}`, io);
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
  readonly testsOf?: (object: HardenedObject) => readonly ContainerTest[];
  readonly file: (file: Rewritten) => string;
  readonly end: () => string;
}

async function makePrinter({ diff, inPlace, output }: HardenFlags, io: Io): Promise<Printer> {
  if (diff) return diffPrinter(io);
  if (inPlace) return { file: () => '', end: () => '' };
  if (output === 'json') return listPrinter(kubectlList, hardenedObjects);
  if (output === 'patch') return listPrinter(patchList, patches);
  if (output === 'kustomize') return componentPrinter();
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

async function componentPrinter(): Promise<Printer> {
  const { containerTests, makeComponent } = await import('../report/kustomize-component.ts');
  const component = makeComponent();
  const file = ({ file, source, edits, tests }: Rewritten): string => {
    for (const document of filled(file)) {
      component.add({
        at: formatPlace({ file: source.name, ...lineOf(file, document, '') }),
        value: file.documents[document]?.value,
        operations: edits.get(document) ?? [],
        tests: tests.get(document) ?? [],
      });
    }
    return '';
  };
  return { testsOf: containerTests, file, end: component.text };
}

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
