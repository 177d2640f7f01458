/** Limits the depth of a YAML document, before any recursive code walks it. */
import type { CST } from 'yaml';

/**
 * Far deeper than any manifest or profile. At some thousands of levels the recursion of the YAML
 * library's composer would end the process.
 */
export const maxDepth = 200;

/**
 * The offset at which a document has more than `maxDepth` levels of maps and lists; undefined
 * where it has not. It walks the token tree without recursion; the library builds that tree
 * without recursion too.
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
