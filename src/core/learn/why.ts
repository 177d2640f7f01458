/** The sentence of an entry: what was found in the directory. */
import { stableName } from '../diagnose/generated-names.ts';
import { compareText, shown, shownList } from '../values/text.ts';
import type { Place } from './places.ts';

/** `why` of an entry: one sentence, as long as a profile takes. */
export function whyOf({ path, for: items }: Place): string {
  const inside = items.filter((item) => item.path !== path).map((item) => nameIn(path, item.path));
  const names = [...new Set(inside)].sort(compareText);
  if (names.length > 0) return shown(`a running container wrote ${shownList(names)}`, 900);
  return items.some(({ change }) => change !== 'changed')
    ? 'a running container made it, or names in it'
    : 'a running container made names here and removed them, or changed its owner or mode';
}

/** Below the directory; a made-up part of a name is left out. */
function nameIn(directory: string, path: string): string {
  const stable = path
    .slice(directory.length + 1)
    .split('/')
    .map((part) => stableName(part) || '…')
    .join('/');
  // No line break and no other control character may come into a profile.
  return stable.replace(/[\p{C}\p{Z}]/gu, '?');
}
