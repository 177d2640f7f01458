/** How deep a YAML document may be nested, decided before anything walks it by recursion. */
import type { CST } from 'yaml';

/** Far deeper than any manifest or profile; the composer's own recursion takes the process down at some thousands. */
export const maxDepth = 200;

/**
 * The offset at which a document goes deeper than `maxDepth` levels of maps and lists; undefined where it does not.
 * Walks the token tree, which is built without recursion, without recursion.
 */
export function offsetOfTooDeep(document: CST.Token): number | undefined {
  const open: [CST.Token | null | undefined, number][] = [[document, 0]];
  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    const [token, depth] = next;
    if (!token) continue;
    if (depth > maxDepth) return 'offset' in token ? token.offset : 0;
    if (token.type === 'document') open.push([token.value, depth]);
    if (!('items' in token)) continue;
    for (const { key, value } of token.items) open.push([key, depth + 1], [value, depth + 1]);
  }
  return undefined;
}
