/** `lithopod krm`: hardens a ResourceList, as a function of kustomize or kpt. */
import { joinOperations } from '../../core/harden-template.ts';
import { fieldName } from '../../core/pod/unread-objects.ts';
import { isObject } from '../../core/values/json.ts';
import { valueAtPointer } from '../../core/values/json-pointer.ts';
import { editManifests, readManifests } from '../../documents/index.ts';
import { AppError } from '../../error.ts';
import { readFunctionConfig } from '../input/function-config.ts';
import { hardenInputs } from '../input/hardening.ts';
import { readSources } from '../input/sources.ts';
import { fileReport } from '../report/findings.ts';
import { printProblems } from '../terminal/problems.ts';
import type { Command } from 'commander';
import type { Operation } from '../../core/patch.ts';
import type { HardenedFile, HardeningOptions, UnreadRecord } from '../input/hardening.ts';
import type { FindingRecord } from '../report/findings.ts';
import type { Finish, Io } from '../terminal/io.ts';

/** Adds the command `krm`. */
export function registerKrm(program: Command, io: Io, finish: Finish): void {
  program
    .command('krm')
    .summary('harden as a function of kustomize or kpt')
    .description(
      'Reads a ResourceList from stdin and prints it with every pod and pod template hardened, and with the findings as its results. kustomize and kpt call it so; settings come from the functionConfig.',
    )
    .addHelpText('after', example)
    .action(async () => {
      finish(await krmCommand(io));
    });
}

const example = `
The functionConfig, with the defaults; docs/kustomize.md shows all of it:
  apiVersion: lithopod.dev/v1alpha1
  kind: HardenPods
  metadata: { name: harden }
  spec: { level: immutable, unprofiled: default, masking: probes, mirrors: [], profiles: [] }`;

async function krmCommand(io: Io): Promise<number> {
  const sources = await readSources([], io, { recursive: false, extensions: [] });
  if (!sources.ok) return printProblems(sources.problems, io);
  const text = sources.value[0]?.text ?? '';
  const file = readManifests(text, sources.value[0]?.name ?? '');
  if (!file.ok) return printProblems(file.problems, io);
  const flags = readFunctionConfig(file.value);
  if (!flags.ok) return printProblems(flags.problems, io);
  const again = { ...io, stdin: replay(text) };
  const inputs = await hardenInputs(['-'], { ...flags.value, progress: false }, again, hardenList);
  if (!inputs.ok) return printProblems(inputs.problems, io);
  const { problems, results, unread } = inputs.value;
  if (problems.length > 0) return printProblems(problems, io);
  for (const finishList of results) io.stdout(finishList(unread));
  return 0;
}

async function* replay(text: string): AsyncGenerator<string> {
  await Promise.resolve();
  yield text;
}

/** A result as the specification of functions has it. */
interface Result {
  readonly message: string;
  readonly severity: 'warning' | 'info';
  readonly resourceRef?: Readonly<Record<string, string>>;
  readonly field?: { readonly path: string };
  readonly file?: { readonly path: string; readonly index?: number };
  readonly tags: Readonly<Record<string, string>>;
}

/** Hardens the items. The text is made when it is known what was not looked into. */
function hardenList(
  hardened: HardenedFile,
  { catalogue }: HardeningOptions,
): (unread: readonly UnreadRecord[]) => string {
  const { file } = hardened;
  const list = file.documents[0]?.value;
  const parts: (readonly Operation[])[] = [];
  const { findings } = fileReport(hardened, { catalogue, now: Date.now() }, (object) => {
    parts.push(object.operations);
  });
  return (unread) => {
    const results = [
      ...findings.filter(({ suppressed }) => !suppressed).map((each) => resultOf(each, list)),
      ...unread.map(({ detail }): Result => ({
        message: detail,
        severity: 'warning',
        tags: { code: 'unknown-kind' },
      })),
    ];
    const before = isObject(list) && Array.isArray(list['results']) ? list['results'] : [];
    const value = [...(before as unknown[]), ...results];
    const operations: readonly Operation[] =
      results.length === 0 ? [] : [{ op: 'add', path: '/results', value }];
    const edited = editManifests(file, new Map([[0, [...joinOperations(parts), ...operations]]]));
    if (edited.ok) return edited.value.text;
    throw new AppError('own-fault', edited.problems[0]?.message ?? 'not editable');
  };
}

function resultOf(finding: FindingRecord, list: unknown): Result {
  const { pointer, outcome, detail, kind, name, namespace, container, rule, code } = finding;
  const [at = ''] = /^\/items\/\d+/.exec(pointer) ?? [];
  const item = valueAtPointer(list, at);
  const path = fieldName(pointer.slice(at.length));
  const file = fileOf(item);
  const apiVersion = isObject(item) ? item['apiVersion'] : undefined;
  return {
    message: detail,
    // Of kustomize's levels `error` would make the whole build fail.
    severity: outcome === 'conflict' ? 'warning' : 'info',
    resourceRef: {
      ...(typeof apiVersion === 'string' && { apiVersion }),
      kind,
      name,
      ...(namespace !== undefined && { namespace }),
    },
    ...(path !== '' && { field: { path } }),
    ...(file !== undefined && { file }),
    tags: { rule, code, outcome, ...(container !== undefined && { container }) },
  };
}

/** Where the item was read from, as kustomize and kpt note it. */
function fileOf(item: unknown): Result['file'] {
  const annotations = valueAtPointer(item, '/metadata/annotations');
  if (!isObject(annotations)) return undefined;
  const noted = (key: string): unknown =>
    annotations[`internal.config.kubernetes.io/${key}`] ??
    annotations[`config.kubernetes.io/${key}`];
  const path = noted('path');
  if (typeof path !== 'string') return undefined;
  const index = Number(noted('index') ?? NaN);
  return { path, ...(Number.isInteger(index) && { index }) };
}
