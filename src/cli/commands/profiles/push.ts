/** `lithopod profiles push`. */
import { readConnection } from '../../../cluster/kubeconfig.ts';
import { applyProfile } from '../../../cluster/profile-objects.ts';
import { environment } from '../../../config.ts';
import { parseFile } from '../../../core/catalogue/parse/parse.ts';
import { profileKind } from '../../../core/catalogue/parse/schema.ts';
import { readManifests } from '../../../documents/index.ts';
import { printProblems } from '../../terminal/problems.ts';
import { readProfileSources } from './profile-sources.ts';
import type { Problem, Result } from '../../../core/values/result.ts';
import type { Source } from '../../input/sources.ts';
import type { Io } from '../../terminal/io.ts';

export interface ClusterChoiceFlags {
  readonly kubeconfig?: string;
  readonly context?: string;
}

export interface PushFlags extends ClusterChoiceFlags {
  readonly dryRun?: true;
  readonly forceConflicts?: true;
}

interface ProfileObject {
  readonly name: string;
  readonly file: string;
  readonly object: object;
}

/**
 * Applies the profiles of the files to the cluster: all or, where one has a problem by itself,
 * none. Gives 2 where a file cannot be read or has such a problem, and 1 where the cluster refuses
 * one.
 */
export async function pushProfiles(
  operands: readonly string[],
  flags: PushFlags,
  io: Io,
): Promise<number> {
  const sources = await readProfileSources(operands, io);
  if (!sources.ok) return printProblems(sources.problems, io);
  const read = sources.value.map(profilesOf);
  const problems = read.flatMap((each) => (each.ok ? [] : each.problems));
  const objects = read.flatMap((each) => (each.ok ? each.value : []));
  if (problems.length > 0) return printProblems(problems, io);
  if (objects.length === 0) return printProblems([{ message: 'there is no profile to push' }], io);
  const connection = readConnection(flags, environment);
  if (!connection.ok) return printProblems(connection.problems, io);
  const refused: Problem[] = [];
  const options = { dryRun: flags.dryRun === true, force: flags.forceConflicts === true };
  for (const { name, file, object } of objects) {
    const applied = await applyProfile(connection.value, name, object, options);
    if (applied.ok)
      io.stdout(`imageprofile/${name} applied${options.dryRun ? ' (dry run)' : ''}\n`);
    else refused.push(...applied.problems.map((each) => ({ file, path: name, ...each })));
  }
  if (refused.length === 0) return 0;
  printProblems(refused, io);
  return 1;
}

/** As they are written: a default that is filled in would be stated from then on. */
function profilesOf({ name: file, text }: Source): Result<readonly ProfileObject[]> {
  const parsed = parseFile(text, file);
  if (!parsed.ok) return parsed;
  const manifests = readManifests(text, file);
  if (!manifests.ok) return manifests;
  const values = manifests.value.documents.map(({ value }) => value as Document | null);
  const objects = values.flatMap((value) =>
    value?.kind === profileKind ? [{ name: value.metadata.name, file, object: value }] : [],
  );
  return { ok: true, value: objects };
}

interface Document {
  readonly kind: string;
  readonly metadata: { readonly name: string };
}
