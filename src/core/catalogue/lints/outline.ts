import type { DocumentPath, Located, Outline, OutlineEntry, OutlineVariant } from './lint.ts';

/** What the lints look at, read from a document of any shape. */
export function outlineOf(document: unknown): Outline {
  const spec = fieldsOf(fieldsOf(document)['spec']);
  const name = fieldsOf(fieldsOf(document)['metadata'])['name'];
  return {
    name: typeof name === 'string' ? name : '',
    images: texts(spec['images'], ['spec', 'images']),
    ...statements(spec, ['spec']),
    variants: listOf(spec['when']).map((item, index) => variantOf(item, ['spec', 'when', index])),
  };
}

function variantOf(item: unknown, at: DocumentPath): OutlineVariant {
  const fields = fieldsOf(item);
  const tags = fieldsOf(fields['match'])['tags'];
  return {
    ...statements(fields, at),
    ...(Array.isArray(tags) ? { tags: texts(tags, at).map(({ text }) => text) } : {}),
  };
}

function statements(
  fields: Readonly<Record<string, unknown>>,
  at: DocumentPath,
): { readonly entries: readonly OutlineEntry[]; readonly maskable: readonly Located[] } {
  return {
    entries: (['writable', 'data'] as const).flatMap((list) =>
      listOf(fields[list]).flatMap((item, index): OutlineEntry[] => {
        const { path, contents } = fieldsOf(item);
        if (typeof path !== 'string') return [];
        const kept = contents === 'seeded' ? 'seeded' : 'empty';
        return [{ at: [...at, list, index, 'path'], list, path, contents: kept }];
      }),
    ),
    maskable: texts(fields['maskable'], [...at, 'maskable']),
  };
}

function texts(value: unknown, at: DocumentPath): readonly Located[] {
  return listOf(value).flatMap((text, index) =>
    typeof text === 'string' ? [{ at: [...at, index], text }] : [],
  );
}

function listOf(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}

function fieldsOf(value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {};
}
