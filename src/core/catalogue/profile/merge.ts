/** What becomes of a profile's statements when a variant applies: also what the lints look at. */
import { canonicalPath } from '../../mounts/paths.ts';
import type { EnvironmentVariable, ResolvedProfile, Variant, WritablePath } from './profile.ts';

/**
 * The profile with a variant's statements on top. An entry replaces that of the same directory
 * in its place, also one of the other list (a path that was `data` becomes `writable`), else it
 * is added at the end. The other fields replace.
 */
export function mergeVariant(
  profile: ResolvedProfile,
  variant: Omit<Variant, 'match'>,
): ResolvedProfile {
  const { user, lowPorts, maskable, volumes, readOnlyRoot } = variant;
  return {
    ...profile,
    writable: mergeEntries(profile.writable, variant.writable ?? [], variant.data ?? []),
    data: mergeEntries(profile.data, variant.data ?? [], variant.writable ?? []),
    ...(user === undefined ? {} : { user }),
    ...(lowPorts === undefined ? {} : { lowPorts }),
    ...(maskable === undefined ? {} : { maskable }),
    environment: mergeVariables(profile.environment, variant.environment),
    ...(volumes === undefined ? {} : { volumes }),
    ...(readOnlyRoot === undefined ? {} : { readOnlyRoot }),
  };
}

/** A variable replaces that of the same name in its place, else it is added at the end. */
export function mergeVariables(
  current: readonly EnvironmentVariable[],
  added: readonly EnvironmentVariable[] | undefined,
): readonly EnvironmentVariable[] {
  if (added === undefined || added.length === 0) return current;
  const byName = new Map([...current, ...added].map((each) => [each.name, each]));
  return [...byName.values()];
}

/**
 * The entries of one list, with those that are added to it, and without those that are moved to the
 * other.
 */
export function mergeEntries(
  current: readonly WritablePath[],
  added: readonly WritablePath[],
  moved: readonly WritablePath[],
): readonly WritablePath[] {
  if (added.length === 0 && moved.length === 0) return current;
  const byPath = new Map(current.map((entry) => [canonicalPath(entry.path), entry]));
  for (const entry of moved) byPath.delete(canonicalPath(entry.path));
  for (const entry of added) byPath.set(canonicalPath(entry.path), entry);
  return [...byPath.values()];
}
