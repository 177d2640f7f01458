import type {
  DocumentPath,
  Located,
  ProfileOutline,
  OutlineEntry,
  OutlineVariable,
  OutlineVariant,
} from './lint.ts';

/** What the lints look at, read from a document of any shape. */
export function outlineOf(document: unknown): ProfileOutline {
  const spec = fieldsOf(fieldsOf(document)['spec']);
  const name = fieldsOf(fieldsOf(document)['metadata'])['name'];
  return {
    name: typeof name === 'string' ? name : '',
    extended: spec['extends'] !== undefined,
    images: texts(spec['images'], ['spec', 'images']),
    ...statements(spec, ['spec']),
    ownDirectories: listOf(spec['ownDirectories']).flatMap((item, index) => {
      const { path } = fieldsOf(item);
      return typeof path === 'string'
        ? [{ at: ['spec', 'ownDirectories', index, 'path'], text: path }]
        : [];
    }),
    volumes: texts(spec['volumes'], ['spec', 'volumes']),
    variants: listOf(spec['when']).map((item, index) => variantOf(item, ['spec', 'when', index])),
  };
}

function variantOf(item: unknown, at: DocumentPath): OutlineVariant {
  const fields = fieldsOf(item);
  const { tags, user } = fieldsOf(fields['match']);
  return {
    ...statements(fields, at),
    env: texts(fieldsOf(fields['match'])['env'], [...at, 'match', 'env']),
    ...(Array.isArray(tags) ? { tags: texts(tags, at).map(({ text }) => text) } : {}),
    ...(typeof user === 'string' ? { user } : {}),
  };
}

function statements(
  fields: Readonly<Record<string, unknown>>,
  at: DocumentPath,
): Pick<ProfileOutline, 'entries' | 'maskable' | 'environment'> {
  return {
    entries: (['writable', 'data'] as const).flatMap((list) =>
      listOf(fields[list]).flatMap((item, index): OutlineEntry[] => {
        const { path, contents, movedBy, seededAt } = fieldsOf(item);
        if (typeof path !== 'string') return [];
        const place = [...at, list, index];
        return [
          {
            at: [...place, 'path'],
            list,
            path,
            contents: contents === 'seeded' ? 'seeded' : 'empty',
            movable: movedBy != null,
            seededAt: texts(seededAt, [...place, 'seededAt']),
          },
        ];
      }),
    ),
    maskable: texts(fields['maskable'], [...at, 'maskable']),
    environment: listOf(fields['environment']).flatMap((item, index): OutlineVariable[] => {
      const { name, value } = fieldsOf(item);
      return typeof name === 'string' && typeof value === 'string'
        ? [{ at: [...at, 'environment', index], name, value }]
        : [];
    }),
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
