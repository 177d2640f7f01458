/** The syntax of a document of a file. */
import type { Document } from 'yaml';
import type { ManifestFile } from '../documents/index.ts';

/** The tree of a document; undefined where the file has no such document. */
export function syntaxOf(file: ManifestFile, document: number): Document.Parsed | undefined {
  const part = file.documents[document];
  return part && file.trees.of(part).syntax;
}
