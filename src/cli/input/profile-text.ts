/** The text of one profile as its author wrote it. */
import { readManifests } from '../../documents/index.ts';
import type { CatalogueEntry } from '../../core/catalogue/match/catalogue.ts';

/** The document with the profile in the text of its file; the whole text if it is the only one. */
export function profileDocumentText(text: string, { profile, file = '' }: CatalogueEntry): string {
  const read = readManifests(text, file);
  const documents = read.ok ? read.value.documents.filter(({ value }) => value != null) : [];
  const document = documents.find(({ value }) => nameOf(value) === profile.name);
  if (document === undefined || documents.length === 1) return text;
  return text.slice(document.start, document.end).replace(/^---[^\S\n]*\n/, '');
}

function nameOf(value: unknown): unknown {
  const { metadata } = (value ?? {}) as { readonly metadata?: { readonly name?: unknown } | null };
  return metadata?.name;
}
