/** Reads and hardens manifests: the first step of `harden`, `check` and `explain`. */
import { harden } from '../../core/harden.ts';
import { failure, success } from '../../core/values/result.ts';
import { readPod } from '../../core/pod/read-pod.ts';
import { podTemplates } from '../../core/pod/pod-templates.ts';
import { lineOf, readManifests } from '../../documents/index.ts';
import { catalogueOf, policyOf } from './policy-flags.ts';
import { makeProgress } from '../terminal/progress.ts';
import { listSources, manifestExtensions, readSource } from './sources.ts';
import type { Catalogue } from '../../core/catalogue/match/catalogue.ts';
import type { Policy, Subject } from '../../core/context/context.ts';
import type { Hardening } from '../../core/harden.ts';
import type { Pod } from '../../core/pod/pod.ts';
import type { Problem, Result } from '../../core/values/result.ts';
import type { TemplateLocation } from '../../core/pod/pod-templates.ts';
import type { ManifestFile } from '../../documents/index.ts';
import type { Io } from '../terminal/io.ts';
import type { PolicyFlags } from './policy-flags.ts';
import type { Source } from './sources.ts';

/** One pod or pod template of a file. */
export interface HardenedObject {
  readonly file: ManifestFile;
  /** Index of the document in its file, from 0. */
  readonly document: number;
  readonly location: TemplateLocation;
  /** The pod before hardening. */
  readonly pod: Pod;
  readonly subject: Subject;
  readonly hardening: Hardening;
}

/** A file with all its pods and pod templates hardened. */
export interface HardenedFile {
  readonly source: Source;
  readonly file: ManifestFile;
  readonly objects: readonly HardenedObject[];
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
}

/** The flags of commands that harden manifests. */
export interface InputFlags extends PolicyFlags {
  readonly recursive?: boolean;
  readonly progress: boolean;
}

/**
 * Reads the operands, and hardens every pod and pod template in them. Objects of other kinds are
 * ignored. Refused with all problems of all files at once: unreadable text, profiles with
 * problems, malformed pods.
 *
 * Each file is passed to `take` and then dropped, so that many files need no more memory than one.
 * `take` has got the files before the first problem when that is found, so the caller must print
 * nothing before the end.
 */
export async function hardenInputs<T>(
  operands: readonly string[],
  flags: InputFlags,
  io: Io,
  take: (file: HardenedFile, options: HardeningOptions) => T | Promise<T>,
): Promise<Result<HardenedInputs<T>>> {
  const policy = policyOf(flags);
  const lookup = { recursive: flags.recursive === true, extensions: manifestExtensions };
  const [listed, catalogue] = await Promise.all([
    listSources(operands, io, lookup),
    catalogueOf(flags),
  ]);
  const progress = flags.progress ? makeProgress(listed.length, io) : undefined;
  const results: T[] = [];
  const problems: Problem[] = [];
  for (const item of listed) {
    if (item.ok) progress?.step(item.value);
    const source = item.ok ? await readSource(item.value, io) : item;
    // Without a catalogue nothing can be hardened: only unreadable files are reported.
    const hardened =
      source.ok && catalogue.ok ? hardenSource(source.value, catalogue.value, policy) : source;
    if (!hardened.ok) problems.push(...hardened.problems);
    else if ('objects' in hardened.value && catalogue.ok && problems.length === 0) {
      results.push(await take(hardened.value, { catalogue: catalogue.value, policy }));
    }
  }
  progress?.clear();
  if (!catalogue.ok) return failure(...problems, ...catalogue.problems);
  if (problems.length > 0) return failure(...problems);
  return success({ results, catalogue: catalogue.value, policy });
}

/** Hardens every pod and pod template of one text. Refused with all problems of the text. */
function hardenSource(source: Source, catalogue: Catalogue, policy: Policy): Result<HardenedFile> {
  const read = readManifests(source.text, source.name);
  if (!read.ok) return read;
  const file = read.value;
  const objects: HardenedObject[] = [];
  const problems: Problem[] = [];
  for (const [document, { value }] of file.documents.entries()) {
    for (const location of podTemplates(value)) {
      const pod = readPod(location.pod);
      if (!pod.ok) {
        problems.push(...pod.problems.map((problem) => placed(problem, file, document, location)));
        continue;
      }
      const subject: Subject = { scope: 'pod', claims: location.claims, existing: [] };
      const hardening = harden(pod.value, catalogue, policy, subject);
      objects.push({ file, document, location, pod: pod.value, subject, hardening });
    }
  }
  return problems.length > 0 ? failure(...problems) : success({ source, file, objects });
}

function placed(
  { path = '', message }: Problem,
  file: ManifestFile,
  document: number,
  location: TemplateLocation,
): Problem {
  const pointer = location.pointer + path;
  return {
    file: file.name,
    ...lineOf(file, document, pointer),
    message: `${nameOf(location)}: ${fieldName(pointer)} ${message}`,
  };
}

/** The name that messages use for an object: `Deployment/web`. */
export function nameOf({ kind, name }: TemplateLocation): string {
  return `${kind}/${name === '' ? '(no name)' : name}`;
}

/** `/spec/containers/0/name` in the form that people write: `spec.containers[0].name`. */
function fieldName(pointer: string): string {
  const [, ...segments] = pointer.split('/');
  return segments
    .map((segment) => (/^\d+$/.test(segment) ? `[${segment}]` : `.${segment}`))
    .join('')
    .replace(/^\./, '')
    .replaceAll('~1', '/')
    .replaceAll('~0', '~');
}
