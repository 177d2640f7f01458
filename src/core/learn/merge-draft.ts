/** An existing profile with what a draft has beyond it, comments kept. */
import { parseProfiles } from '../catalogue/parse/parse.ts';
import { suggestProfile } from '../diagnose/suggest-profile.ts';
import { canonicalPath, isAtOrBelow } from '../mounts/paths.ts';
import { failure, success } from '../values/result.ts';
import type { Addition } from '../diagnose/diagnosis.ts';
import type { Result } from '../values/result.ts';
import type { Draft } from './draft.ts';

/**
 * The draft with the text of the profile `base` and what that lacks. Refused: a text with no
 * profile, with several, or with problems.
 */
export function mergeDraft(base: string, draft: Draft): Result<Draft> {
  const parsed = parseProfiles(base, '');
  if (!parsed.ok) return parsed;
  const [profile, second] = parsed.value;
  if (profile === undefined || second !== undefined)
    return failure({ message: 'only into a file with one profile can a draft be merged' });
  const has = [...profile.writable, ...profile.data].map(({ path }) => canonicalPath(path));
  const { entries, user, evidence } = draft.spec;
  const additions: Addition[] = entries
    .filter(({ path }) => !has.some((known) => isAtOrBelow(canonicalPath(path), known)))
    .map(({ path, why, contents }) => ({ field: 'writable', path, why, contents }));
  if (user !== undefined && profile.user === undefined) additions.push({ field: 'user', user });
  const [first] = evidence;
  if (additions.length === 0 || first === undefined) return success({ ...draft, profile: base });
  const suggested = suggestProfile({ text: base }, additions, first);
  if (suggested === undefined)
    return failure({ message: 'nothing that was observed can be added to the profile' });
  const left = suggested.left.map(({ addition, problem }) => ({
    code: 'no-place' as const,
    text: `Not added: ${addition.field === 'writable' ? addition.path : addition.field}: ${problem}`,
    paths: addition.field === 'writable' ? [addition.path] : [],
  }));
  return success({ ...draft, profile: suggested.text, notes: [...left, ...draft.notes] });
}
