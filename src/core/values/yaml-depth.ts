/** How deep a YAML document may be nested, decided before anything walks it by recursion. */
import type { CST } from 'yaml';

/**
 * Far deeper than any manifest or profile; the composer's own recursion takes the process down at
 * some thousands.
 */
export const maxDepth = 200;

/**
 * The offset at which a document goes deeper than `maxDepth` levels of maps and lists; undefined
 * where it does not. Walks the token tree, which is built without recursion, without recursion.
 */
export function offsetOfTooDeep(document: CST.Token): number | undefined {
  if (document.type !== 'document' || !isCollection(document.value)) return undefined;
  let level = [document.value];
  for (let depth = 1; level.length > 0; depth++) {
    const [first] = level;
    if (depth > maxDepth) return first?.offset;
    const below: Collection[] = [];
    for (const { items } of level) {
      for (const { key, value } of items) {
        if (isCollection(key)) below.push(key);
        if (isCollection(value)) below.push(value);
      }
    }
    level = below;
  }
  return undefined;
}

type Collection = CST.BlockMap | CST.BlockSequence | CST.FlowCollection;

function isCollection(token: CST.Token | null | undefined): token is Collection {
  return token != null && 'items' in token;
}
