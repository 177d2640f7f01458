/**
 * Strangers' small cases: a folder each, with input files and a `case.yaml` that says which
 * commands are run and what must come of them. The README beside the cases tells the format; what
 * is read here is the part of it that is used.
 */
import { cpSync, existsSync, mkdtempSync, readFileSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parse, parseAllDocuments } from 'yaml';
import { cli } from '../cli/run.ts';
import type { Outcome } from '../cli/run.ts';
import { mountProblems } from './mounts.ts';
import { isDeepStrictEqual } from 'node:util';

/** Field by field what a container or a pod must say: dotted names. */
type Fields = Readonly<Record<string, unknown>>;
type ByName<T> = Readonly<Record<string, T>>;

interface Expectation {
  readonly exit?: number | readonly number[];
  readonly stdoutMatches?: readonly string[];
  readonly stderrMatches?: readonly string[];
  readonly outputMatches?: readonly string[];
  readonly stdoutNot?: readonly string[];
  readonly stderrNot?: readonly string[];
  readonly outputNot?: readonly string[];
  readonly stdoutHolds?: readonly string[];
  readonly unchanged?: true;
  readonly secondRunUnchanged?: true;
  readonly mounts?: ByName<ByName<readonly string[]>>;
  readonly securityContext?: ByName<Fields>;
  readonly container?: ByName<Fields>;
  readonly pod?: ByName<Fields>;
  /** The entries of a suggested profile, by path. */
  readonly suggests?: ByName<'seeded' | 'empty' | 'any'>;
  readonly suggestsNot?: readonly string[];
  readonly any?: readonly (Expectation & { readonly run?: readonly string[] })[];
}

interface Step {
  readonly run: readonly string[];
  readonly stdin?: string;
  readonly expect: Expectation;
}

interface Run extends Outcome {
  readonly argv: readonly string[];
  /** The bytes of the last file that the command names, else what it was piped. */
  readonly input: string;
}

export interface FoundContainer {
  readonly name: string;
  readonly image?: string;
  readonly volumeMounts?: readonly {
    readonly name: string;
    readonly mountPath: string;
    readonly readOnly?: boolean;
  }[];
  readonly securityContext?: Fields;
}

export interface FoundPod {
  readonly owner: string;
  readonly claims: readonly string[];
  readonly spec: {
    readonly containers: readonly FoundContainer[];
    readonly initContainers?: readonly FoundContainer[];
    readonly volumes?: readonly { readonly name: string; readonly [source: string]: unknown }[];
    readonly securityContext?: Fields;
  };
}

/** The names of the cases in a folder. */
export function caseNames(folder: string): readonly string[] {
  return readdirSync(folder)
    .filter((name) => existsSync(join(folder, name, 'case.yaml')))
    .sort();
}

/** Runs a case in a copy of its folder. Gives what differs, a sentence each. */
export async function problemsOf(folder: string, name: string): Promise<readonly string[]> {
  const copy = mkdtempSync(join(tmpdir(), 'lithopod-case-'));
  const before = process.cwd();
  try {
    cpSync(join(folder, name), copy, { recursive: true });
    // The commands name files of the folder.
    process.chdir(copy);
    const { then = [], ...first } = parse(readFileSync('case.yaml', 'utf8')) as Step & {
      readonly then?: readonly Step[];
    };
    const problems: string[] = [];
    for (const [index, { run, stdin, expect }] of [first, ...then].entries()) {
      const found = await check(await execute(run, stdin && readFileSync(stdin, 'utf8')), expect);
      problems.push(...found.map((each) => `step ${index + 1}: ${each}`));
    }
    return problems;
  } finally {
    process.chdir(before);
    rmSync(copy, { recursive: true });
  }
}

async function execute(argv: readonly string[], stdin: string | undefined): Promise<Run> {
  const words = argv.map(String);
  const outcome = await cli(words, stdin === undefined ? {} : { stdin });
  const file = words.filter(isFile).at(-1);
  return {
    ...outcome,
    argv: words,
    input: file === undefined ? (stdin ?? '') : readFileSync(file, 'utf8'),
  };
}

function isFile(word: string): boolean {
  try {
    readFileSync(word);
    return true;
  } catch {
    return false;
  }
}

async function check(run: Run, expected: Expectation): Promise<readonly string[]> {
  const { any, exit, unchanged, secondRunUnchanged, stdoutHolds = [] } = expected;
  const unknown = Object.keys(expected).filter((key) => !known.has(key));
  if (unknown.length > 0) throw new Error(`unknown expectations: ${unknown.join(', ')}`);
  const problems = [
    ...textProblems(run, expected),
    ...podProblems(run, expected),
    ...suggestionProblems(run, expected),
  ];
  if (exit !== undefined && ![exit].flat().includes(run.code)) {
    problems.push(`exit code ${run.code}, wanted ${[exit].flat().join(' or ')}`);
  }
  for (const text of stdoutHolds) {
    if (!run.stdout.includes(text)) problems.push(`stdout does not hold ${JSON.stringify(text)}`);
  }
  if (unchanged === true && run.stdout !== run.input) problems.push('the output is not the input');
  if (secondRunUnchanged === true) {
    const argv = [...run.argv.filter((word) => !isFile(word) && word !== '-'), '-'];
    const { stdout } = await execute(argv, run.stdout);
    if (stdout !== run.stdout) problems.push('a second run changes the output');
  }
  if (any !== undefined) {
    const tried: (readonly string[])[] = [];
    for (const { run: other, ...wanted } of any) {
      tried.push(await check(other === undefined ? run : await execute(other, run.input), wanted));
    }
    if (tried.every((each) => each.length > 0)) {
      problems.push(`none of: ${tried.map((each) => `(${each.join('; ')})`).join(' | ')}`);
    }
  }
  return problems;
}

const known: ReadonlySet<string> = new Set<keyof Expectation>([
  ...(['exit', 'unchanged', 'secondRunUnchanged', 'any', 'suggests', 'suggestsNot'] as const),
  ...(['stdoutMatches', 'stderrMatches', 'outputMatches', 'stdoutHolds'] as const),
  ...(['stdoutNot', 'stderrNot', 'outputNot'] as const),
  ...(['mounts', 'securityContext', 'container', 'pod'] as const),
]);

function suggestionProblems(
  { stdout }: Run,
  { suggests = {}, suggestsNot = [] }: Expectation,
): readonly string[] {
  // In block style: an entry ends where a line is no deeper than its dash.
  const entries = new Map<string, string>();
  for (const [entry, dash = '', path = ''] of stdout.matchAll(
    /^( *)- path: *['"]?([^'"\s]+)['"]?\n(?:\1 +.*\n)*/gm,
  )) {
    entries.set(path, entry.includes(`${dash}  contents: seeded`) ? 'seeded' : 'empty');
  }
  return [
    ...Object.entries(suggests)
      .filter(([path, wanted]) =>
        wanted === 'any' ? !entries.has(path) : entries.get(path) !== wanted,
      )
      .map(([path, wanted]) => `does not suggest ${path} (${wanted})`),
    ...[...entries.keys()]
      .filter((path) => suggestsNot.some((pattern) => new RegExp(`^(?:${pattern})$`).test(path)))
      .map((path) => `suggests ${path}`),
  ];
}

function textProblems(run: Run, expected: Expectation): string[] {
  const texts = { stdout: run.stdout, stderr: run.stderr, output: `${run.stdout}\n${run.stderr}` };
  const problems: string[] = [];
  for (const [stream, text] of Object.entries(texts)) {
    const patterns = (kind: 'Matches' | 'Not'): readonly string[] =>
      expected[`${stream as keyof typeof texts}${kind}`] ?? [];
    for (const pattern of patterns('Matches')) {
      if (!new RegExp(pattern, 'im').test(text)) problems.push(`${stream} has no /${pattern}/`);
    }
    for (const pattern of patterns('Not')) {
      const found = new RegExp(pattern, 'im').exec(text);
      if (found !== null) problems.push(`${stream} has /${pattern}/: ${found[0]}`);
    }
  }
  return problems;
}

function podProblems(
  { stdout }: Run,
  { mounts = {}, securityContext = {}, container = {}, pod = {} }: Expectation,
): string[] {
  if ([mounts, securityContext, container, pod].every((each) => Object.keys(each).length === 0)) {
    return [];
  }
  const pods = podsIn(stdout);
  const problems: string[] = [];
  const about = (
    name: string,
    tell: (found: FoundPod, own: FoundContainer) => readonly string[],
  ) => {
    const found = containerNamed(name, pods);
    problems.push(
      ...(found === undefined ? [`no container ${name}`] : tell(...found)).map(
        (each) => `${name}: ${each}`,
      ),
    );
  };
  for (const [name, wanted] of Object.entries(mounts)) {
    about(name, (found, own) => mountProblems(found, own, wanted));
  }
  for (const [name, fields] of Object.entries(securityContext)) {
    about(name, (found, own) =>
      fieldProblems({ ...found.spec.securityContext, ...own.securityContext }, fields),
    );
  }
  for (const [name, fields] of Object.entries(container)) {
    about(name, (_found, own) => fieldProblems(own, fields));
  }
  for (const [name, fields] of Object.entries(pod)) {
    const found = pods.find(({ owner }) => owner === name);
    problems.push(
      ...(found === undefined ? [`no pod ${name}`] : fieldProblems(found.spec, fields)),
    );
  }
  return problems;
}

function podsIn(text: string): readonly FoundPod[] {
  const pods: FoundPod[] = [];
  const walk = (node: unknown, owner: string, claims: readonly string[]): void => {
    if (typeof node !== 'object' || node === null) return;
    const fields = node as FoundPod['spec'];
    if (Array.isArray(fields.containers)) pods.push({ owner, claims, spec: fields });
    else for (const value of Object.values(node)) walk(value, owner, claims);
  };
  const read = (document: unknown): void => {
    if (typeof document !== 'object' || document === null) return;
    const { kind, items, metadata, spec } = document as {
      readonly kind?: string;
      readonly items?: readonly unknown[];
      readonly metadata?: { readonly name?: string };
      readonly spec?: {
        readonly volumeClaimTemplates?: readonly { readonly metadata: { readonly name: string } }[];
      };
    };
    if (kind?.endsWith('List') === true) for (const item of items ?? []) read(item);
    else {
      const templates = spec?.volumeClaimTemplates ?? [];
      walk(
        document,
        metadata?.name ?? '',
        templates.map((each) => each.metadata.name),
      );
    }
  };
  for (const document of parseAllDocuments(text)) read(document.toJS());
  return pods;
}

/** `object/container`, or the container's name alone. */
function containerNamed(
  text: string,
  pods: readonly FoundPod[],
): [FoundPod, FoundContainer] | undefined {
  const [name = '', owner] = text.split('/').reverse();
  for (const pod of pods) {
    if (owner !== undefined && pod.owner !== owner) continue;
    const all = [...pod.spec.containers, ...(pod.spec.initContainers ?? [])];
    const found = all.find((each) => each.name === name);
    if (found !== undefined) return [pod, found];
  }
  return undefined;
}

function fieldProblems(node: unknown, fields: Fields): readonly string[] {
  return Object.entries(fields).flatMap(([dotted, wanted]) => {
    const actual = dotted
      .split('.')
      .reduce<unknown>((value, key) => (value as Fields | null | undefined)?.[key], node);
    return agrees(actual ?? null, wanted)
      ? []
      : [`${dotted} is ${JSON.stringify(actual)}, wanted ${JSON.stringify(wanted)}`];
  });
}

function agrees(actual: unknown, wanted: unknown): boolean {
  if (typeof wanted !== 'object' || wanted === null || Array.isArray(wanted)) {
    return isDeepStrictEqual(actual, wanted);
  }
  return Object.entries(wanted).every(([operator, value]: [string, unknown]) => {
    const names = (list: unknown): readonly string[] =>
      ((list ?? []) as readonly string[]).map((each) => each.toUpperCase().replace(/^CAP_/, ''));
    switch (operator) {
      case 'oneOf':
        return (value as readonly unknown[]).some((each) => agrees(actual, each));
      case 'set':
        return (actual !== null) === value;
      case 'has':
        return names(value).every((each) => names(actual).includes(each));
      case 'hasNot':
        return !names(value).some((each) => names(actual).includes(each));
      default:
        throw new Error(`an unknown comparison: ${operator}`);
    }
  });
}
