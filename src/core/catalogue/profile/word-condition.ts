/**
 * Conditions on the words of a container's `command` and `args`, taken together.
 *
 * A text with a `*` is a glob on a whole word. Without one it is a word by itself, the last part of
 * a path, or such a word within a script: `puma` is in `["puma"]`, `["/usr/bin/puma"]` and
 * `["sh", "-c", "bundle exec puma"]`.
 */
import type { Container } from '../../pod/pod.ts';
import { compileGlob } from '../../images/glob.ts';

/**
 * Whether one of the texts is met in the container. Reads each of its words once, however many
 * texts there are.
 */
export function anyWordCondition(texts: readonly string[]): (container: Container) => boolean {
  const globs = texts.filter((text) => text.includes('*')).map(compileGlob);
  const names = new Set(texts.filter((text) => !text.includes('*')));
  const longest = Math.max(0, ...Array.from(names, (name) => name.length));
  const isMet = (word: string): boolean =>
    names.has(word) || globs.some((matches) => matches(word)) || holdsWord(word, names, longest);
  return ({ command, args }) => command?.some(isMet) === true || args?.some(isMet) === true;
}

/** Whether one of the names is in the script as a word, or as the last part of a path. */
function holdsWord(whole: string, names: ReadonlySet<string>, longest: number): boolean {
  const script = whole.length <= maxScript ? whole : whole.slice(0, maxScript);
  let start = 0;
  for (let at = 0; at <= script.length; at++) {
    const ends = at === script.length || isBoundary(script.charCodeAt(at));
    if (!ends && script.charCodeAt(at) !== slash) continue;
    const isWord = ends && at > start && at - start <= longest;
    if (isWord && names.has(script.slice(start, at))) return true;
    start = at + 1;
  }
  return false;
}

/** Many times what anybody writes into a manifest. */
const maxScript = 65_536;
const slash = '/'.charCodeAt(0);
/** Blanks, and what parts the commands of a script. */
const boundaries = new Set(Array.from(' \t\r\n;&|()`', (character) => character.charCodeAt(0)));

function isBoundary(code: number): boolean {
  // Letters come after all of them but two.
  return (code < 65 || code === 96 || code === 124) && boundaries.has(code);
}
