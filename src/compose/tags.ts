/** The tags `!reset` and `!override` of a Compose file, by the place of what they are on. */
import { isAlias, isMap, isPair, isScalar, isSeq } from 'yaml';
import { escapeToken } from '../core/values/json-pointer.ts';
import { syntaxOf } from './syntax.ts';
import type { ManifestFile } from '../documents/index.ts';

/** JSON pointers of the values with a tag. */
export interface Tags {
  readonly reset: ReadonlySet<string>;
  readonly override: ReadonlySet<string>;
}

const none: Tags = { reset: new Set(), override: new Set() };

/** The tags of a document. What an alias stands for is not looked at. */
export function tagsIn(file: ManifestFile, document: number): Tags {
  if (!/!(?:reset|override)\b/.test(file.text)) return none;
  const syntax = syntaxOf(file, document);
  if (syntax === undefined) return none;
  const tags = { reset: new Set<string>(), override: new Set<string>() };
  collect(syntax.contents, '', tags);
  return tags;
}

function collect(
  node: unknown,
  pointer: string,
  tags: { readonly reset: Set<string>; readonly override: Set<string> },
): void {
  if (node === null || isAlias(node)) return;
  const { tag } = node as { readonly tag?: string };
  if (tag === '!reset') tags.reset.add(pointer);
  if (tag === '!override') tags.override.add(pointer);
  if (isSeq(node)) {
    for (const [index, item] of node.items.entries()) collect(item, `${pointer}/${index}`, tags);
  }
  if (!isMap(node)) return;
  for (const pair of node.items) {
    if (!isPair(pair) || !isScalar(pair.key)) continue;
    collect(pair.value, `${pointer}/${escapeToken(String(pair.key.value))}`, tags);
  }
}
