/** Manifests through the core: what `harden`, `check` and `explain` all begin with. */
import { harden } from '../core/harden.ts';
import { failure, success } from '../core/result.ts';
import { readPod } from '../core/shape.ts';
import { podTemplates } from '../core/workload.ts';
import { lineOf, readManifests } from '../documents/index.ts';
import { catalogueOf, policyOf } from './policy-flags.ts';
import { manifestExtensions, readSources } from './sources.ts';
import type { Catalogue } from '../core/catalogue/match.ts';
import type { Policy, Subject } from '../core/context.ts';
import type { Hardening } from '../core/harden.ts';
import type { Pod } from '../core/pod.ts';
import type { Problem, Result } from '../core/result.ts';
import type { TemplateLocation } from '../core/workload.ts';
import type { ManifestFile } from '../documents/index.ts';
import type { Io } from './io.ts';
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

export interface HardenedInputs {
  readonly files: readonly HardenedFile[];
  readonly catalogue: Catalogue;
  readonly policy: Policy;
}

export interface InputFlags extends PolicyFlags {
  readonly recursive?: boolean;
}

/**
 * Reads the operands, and hardens every pod and pod template in them. Objects of other kinds have none and are passed
 * over. Refused with all problems of all files at once: unreadable text, profiles with problems, misshapen pods.
 */
export async function hardenInputs(
  operands: readonly string[],
  flags: InputFlags,
  io: Io,
): Promise<Result<HardenedInputs>> {
  const policy = policyOf(flags);
  const [sources, catalogue] = await Promise.all([
    readSources(operands, io, {
      recursive: flags.recursive === true,
      extensions: manifestExtensions,
    }),
    catalogueOf(flags),
  ]);
  if (!sources.ok || !catalogue.ok) {
    return failure(...[sources, catalogue].flatMap((result) => (result.ok ? [] : result.problems)));
  }
  const results = sources.value.map((source) => hardenSource(source, catalogue.value, policy));
  const problems = results.flatMap((result) => (result.ok ? [] : result.problems));
  if (problems.length > 0) return failure(...problems);
  const files = results.flatMap((result) => (result.ok ? [result.value] : []));
  return success({ files, catalogue: catalogue.value, policy });
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
  return pointer
    .replace(/\/(\d+)(?=\/|$)/g, '[$1]')
    .replace(/^\//, '')
    .replaceAll('/', '.')
    .replaceAll('~1', '/')
    .replaceAll('~0', '~');
}
