/** Manifests through the core: what `harden`, `check` and `explain` all begin with. */
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
  /** As it came. */
  readonly pod: Pod;
  readonly subject: Subject;
  readonly hardening: Hardening;
}

export interface HardenedFile {
  readonly source: Source;
  readonly file: ManifestFile;
  readonly objects: readonly HardenedObject[];
}

/** What pods are hardened with. */
export interface HardeningOptions {
  readonly catalogue: Catalogue;
  readonly policy: Policy;
}

export interface HardenedInputs<T> extends HardeningOptions {
  /** What `take` made of each file. */
  readonly results: readonly T[];
}

export interface InputFlags extends PolicyFlags {
  readonly recursive?: boolean;
  readonly progress: boolean;
}

/**
 * Reads the operands, and hardens every pod and pod template in them. Objects of other kinds have
 * none and are passed over. Refused with all problems of all files at once: unreadable text,
 * profiles with problems, misshapen pods.
 *
 * Each file is handed to `take` and then let go of, so that many cost no more memory than one.
 * Those before the first problem have been taken when that comes: what `take` gives out must wait
 * for the end.
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
    // Without a catalogue there is nothing but the unreadable to tell.
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

/** Hardens every pod and pod template of one text; refused as `hardenInputs` says. */
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

/** `Deployment/web`. */
export function nameOf({ kind, name }: TemplateLocation): string {
  return `${kind}/${name === '' ? '(no name)' : name}`;
}

/** `/spec/containers/0/name` as people write it: `spec.containers[0].name`. */
function fieldName(pointer: string): string {
  const [, ...segments] = pointer.split('/');
  return segments
    .map((segment) => (/^\d+$/.test(segment) ? `[${segment}]` : `.${segment}`))
    .join('')
    .replace(/^\./, '')
    .replaceAll('~1', '/')
    .replaceAll('~0', '~');
}
