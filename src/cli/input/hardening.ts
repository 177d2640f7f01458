/** Reads and hardens manifests: the first step of `harden`, `check` and `explain`. */
import { basename } from 'node:path';
import { documentOperations, hardenTemplate } from '../../core/harden-template.ts';
import { isCompose } from '../../compose/form.ts';
import { builtInKinds } from '../../core/kinds/built-in.ts';
import { failure, success } from '../../core/values/result.ts';
import { AppError } from '../../error.ts';
import { readPod } from '../../core/pod/read-pod.ts';
import { documentPointer, podTemplates } from '../../core/pod/pod-templates.ts';
import { fieldName, unreadObjects } from '../../core/pod/unread-objects.ts';
import { lineOf, readManifests } from '../../documents/index.ts';
import { catalogueOf, policyOf } from './policy-flags.ts';
import { makeProgress } from '../terminal/progress.ts';
import { otherDocument, otherText } from './other-files.ts';
import { allOperands } from './file-flags.ts';
import { makeExclude } from './exclude.ts';
import { listSources, manifestExtensions, readSource } from './sources.ts';
import type { Catalogue } from '../../core/catalogue/match/catalogue.ts';
import type { Policy, Subject } from '../../core/context/context.ts';
import type { KindTable } from '../../core/kinds/kind.ts';
import type { Pod } from '../../core/pod/pod.ts';
import type { Problem, Result } from '../../core/values/result.ts';
import type { TemplateLocation } from '../../core/pod/pod-templates.ts';
import type { UnreadObject } from '../../core/pod/unread-objects.ts';
import type { ManifestFile } from '../../documents/index.ts';
import type { Io } from '../terminal/io.ts';
import type { Progress } from '../terminal/progress.ts';
import type { FileFlags } from './file-flags.ts';
import type { PolicyFlags } from './policy-flags.ts';
import type { HardenedObject } from './hardened-object.ts';
import type { Source, SourceOptions } from './sources.ts';

export type { HardenedObject } from './hardened-object.ts';

/** Something that looks as if it held containers, and was not looked into. */
export interface UnreadRecord {
  readonly file: string;
  readonly line: number;
  readonly column: number;
  /** Counted from 0. */
  readonly document: number;
  readonly apiVersion?: string;
  readonly kind?: string;
  readonly name: string;
  /** One sentence. */
  readonly detail: string;
}

/** A file with all its pods and pod templates hardened. */
export interface HardenedFile {
  readonly source: Source;
  readonly file: ManifestFile;
  /**
   * Each pod is hardened when it is asked for and not kept: a file may hold tens of thousands. So
   * they can be walked through once.
   */
  readonly objects: Iterable<HardenedObject>;
}

/** The catalogue and policy with which pods are hardened. */
export interface HardeningOptions {
  readonly catalogue: Catalogue;
  readonly policy: Policy;
}

/** The outcome of `hardenInputs`. */
export interface HardenedInputs<T> extends HardeningOptions {
  /** What `take` returned for each file. */
  readonly results: readonly T[];
  /** Of the files that could not be read or hold malformed pods. The results are of the others. */
  readonly problems: readonly Problem[];
  readonly unread: readonly UnreadRecord[];
  /** Sentences about files that are no manifests, for warnings. */
  readonly remarks: readonly Problem[];
}

/** The flags of commands that harden manifests. */
export interface InputFlags extends PolicyFlags, FileFlags {
  readonly recursive?: boolean;
  readonly progress: boolean;
  /** Files with further kinds. */
  readonly kinds?: readonly string[];
  /** Whether the command takes Compose files too. */
  readonly compose?: boolean;
  readonly quiet?: boolean;
}

/**
 * Reads the operands, and hardens every pod and pod template in them. Refused with all problems at
 * once: kinds and profiles with problems. Files with problems are no reason to refuse the others:
 * the outcome names them.
 *
 * Each file is passed to `take` and then dropped, so that many files need no more memory than one.
 */
export async function hardenInputs<T>(
  operands: readonly string[],
  flags: InputFlags,
  io: Io,
  take: (file: HardenedFile, options: HardeningOptions) => T | Promise<T>,
): Promise<Result<HardenedInputs<T>>> {
  const policy = policyOf(flags);
  const lookup = {
    recursive: flags.recursive === true,
    extensions: manifestExtensions,
    isExcluded: await makeExclude(flags.exclude ?? []),
  };
  const [{ listed, read: readListed }, catalogue, kinds] = await Promise.all([
    listInputs(allOperands(operands, flags), flags, io, lookup),
    catalogueOf(flags),
    kindsOf(flags, io),
  ]);
  const isShown = flags.progress && flags.quiet !== true;
  const progress = isShown ? makeProgress(listed.length, io) : undefined;
  const found: Findings<T> = { results: [], problems: [], unread: [], remarks: [] };
  for (const item of listed) {
    if (item.ok) progress?.step(item.value);
    const source = item.ok ? await readListed(item.value) : item;
    // Without a catalogue nothing can be hardened: only unreadable files are reported.
    const read = source.ok && kinds.ok ? readObjects(source.value, kinds.value) : undefined;
    if (!source.ok) found.problems.push(...source.problems);
    if (read?.ok === false) found.problems.push(...read.problems);
    if (!read?.ok || !catalogue.ok) continue;
    const { file, places, unread, remarks } = read.value;
    const options = { catalogue: catalogue.value, policy };
    if (flags.compose === true && file.documents.some(({ value }) => isCompose(value))) {
      const compose = await import('./compose-project.ts');
      const hardened = compose.hardenCompose(
        [{ source: read.value.source, read: success(file) }],
        catalogue.value,
        policy,
      );
      if (!hardened.ok) found.problems.push(...hardened.problems);
      for (const each of hardened.ok ? hardened.value : []) {
        found.results.push(await take(each, options));
      }
      continue;
    }
    found.unread.push(...unread);
    found.remarks.push(...remarks);
    const objects = hardenEach(file, places, options, progress);
    found.results.push(await take({ source: read.value.source, file, objects }, options));
  }
  progress?.clear();
  const refused = [catalogue, kinds].flatMap((each) => (each.ok ? [] : each.problems));
  if (!catalogue.ok || !kinds.ok) return failure(...found.problems, ...refused);
  return success({ ...found, catalogue: catalogue.value, policy });
}

/** What is to be read, and how. */
interface Inputs {
  readonly listed: readonly Result<string>[];
  readonly read: (path: string) => Promise<Result<Source>>;
}

async function listInputs(
  operands: readonly string[],
  { kustomize }: InputFlags,
  io: Io,
  lookup: SourceOptions,
): Promise<Inputs> {
  if (kustomize === undefined) {
    const listed = await listSources(operands, io, lookup);
    return { listed, read: (path) => readSource(path, io) };
  }
  if (operands.length > 0) {
    throw new AppError('bad-usage', '-k and files do not go together: it names what is read');
  }
  const { buildKustomization } = await import('./kustomize-build.ts');
  return { listed: [success(kustomize)], read: buildKustomization };
}

interface Findings<T> {
  readonly results: T[];
  readonly problems: Problem[];
  readonly unread: UnreadRecord[];
  readonly remarks: Problem[];
}

async function kindsOf({ kinds = [] }: InputFlags, io: Io): Promise<Result<KindTable>> {
  if (kinds.length === 0) return success(builtInKinds);
  return (await import('./kinds-file.ts')).readKinds(kinds, io);
}

/** A pod of a document, read and not hardened yet. */
interface PodPlace {
  readonly document: number;
  readonly location: TemplateLocation;
  readonly pod: Pod;
}

interface ReadObjects {
  readonly source: Source;
  readonly file: ManifestFile;
  readonly places: readonly PodPlace[];
  readonly unread: readonly UnreadRecord[];
  readonly remarks: readonly Problem[];
}

/** Finds every pod and pod template of one text. Refused with all problems of the text. */
function readObjects(source: Source, kinds: KindTable): Result<ReadObjects> {
  const { name, text } = source;
  const read = readManifests(text, name);
  if (!read.ok) {
    const other = otherFile(text, name);
    return other === undefined ? read : failure(other);
  }
  const file = read.value;
  const places: PodPlace[] = [];
  const problems: Problem[] = [];
  const unread: UnreadRecord[] = [];
  const remarks: Problem[] = [];
  for (const [document, { value }] of file.documents.entries()) {
    const at = () => ({ file: name, ...lineOf(file, document, '') });
    if (value != null && typeof value !== 'object') {
      problems.push(otherFile(text, name) ?? { ...at(), message: notAnObject });
      continue;
    }
    for (const location of podTemplates(value, kinds)) {
      const pod = readPod(location.pod);
      if (pod.ok) places.push({ document, location, pod: pod.value });
      else problems.push(...pod.problems.map((each) => placed(each, file, document, location)));
    }
    const other = otherDocument(value, name);
    if (other !== undefined) {
      const detail = `${basename(name)} ${other.is}`;
      if (other.hasContainers) unread.push({ ...at(), document, name: '', detail });
      else remarks.push({ ...at(), message: detail });
      continue;
    }
    for (const each of unreadObjects(value, kinds)) {
      unread.push(unreadRecord(each, file, document));
    }
  }
  if (file.documents.every(({ value }) => value == null)) remarks.push(emptyText(text, name));
  return problems.length > 0
    ? failure(...problems)
    : success({ source, file, places, unread, remarks });
}

const notAnObject = 'This is a text, not a Kubernetes object.';

function otherFile(text: string, name: string): Problem | undefined {
  const other = otherText(text, name);
  return other && { file: name, ...other };
}

/** Markdown without a line that YAML minds is nothing but comments to it. */
function emptyText(text: string, name: string): Problem {
  return otherFile(text, name) ?? { file: name, message: 'holds no object: it is empty' };
}

function unreadRecord(
  { pointer, name, why, ...type }: UnreadObject,
  file: ManifestFile,
  document: number,
): UnreadRecord {
  const { apiVersion, kind = 'object' } = type;
  const version = apiVersion === undefined ? '' : ` (${apiVersion})`;
  return {
    file: file.name,
    ...lineOf(file, document, pointer),
    document,
    ...type,
    name,
    detail: `${nameOf({ kind, name })}${version} ${why}`,
  };
}

function* hardenEach(
  file: ManifestFile,
  places: readonly PodPlace[],
  { catalogue, policy }: HardeningOptions,
  progress: Progress | undefined,
): Generator<HardenedObject, void> {
  for (const [index, { document, location, pod }] of places.entries()) {
    progress?.within(index, places.length);
    const subject: Subject = { scope: 'pod', claims: location.claims, existing: [] };
    const hardening = hardenTemplate(location, pod, catalogue, policy, subject);
    const operations = documentOperations(location, hardening);
    yield { file, document, location, pod, subject, hardening, operations };
  }
}

function placed(
  { path = '', message }: Problem,
  file: ManifestFile,
  document: number,
  location: TemplateLocation,
): Problem {
  const pointer = documentPointer(location, path);
  return {
    file: file.name,
    ...lineOf(file, document, pointer),
    message: `${nameOf(location)}: ${fieldName(pointer)} ${message}`,
  };
}

/** The name that messages use for an object: `Deployment/web`. */
export function nameOf({ kind, name }: Pick<TemplateLocation, 'kind' | 'name'>): string {
  return `${kind}/${name === '' ? '(no name)' : name}`;
}
