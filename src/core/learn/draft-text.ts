/** A draft as YAML: the fields in the order of the built-in profiles, evidence as comments. */
import { Document, isMap, isSeq } from 'yaml';
import { profileApiVersion, profileKind } from '../catalogue/parse/schema.ts';
import type { DraftEntry, DraftSpec } from './draft-spec.ts';
import type { Knowledge } from './merge.ts';

const layout = { lineWidth: 0, singleQuote: true } as const;

/** The text of the profile. */
export function draftText(spec: DraftSpec, { observations, users }: Knowledge): string {
  const {
    name,
    extends: extended,
    images,
    entries,
    ownDirectories,
    user,
    volumes,
    evidence,
  } = spec;
  const listed = (list: DraftEntry['list']): readonly DraftEntry[] =>
    entries.filter((entry) => entry.list === list);
  const fields = (entry: DraftEntry): object => ({
    path: entry.path,
    why: entry.why,
    ...(entry.contents === 'seeded' && { contents: 'seeded' }),
  });
  const data = listed('data');
  const document = new Document({
    apiVersion: profileApiVersion,
    kind: profileKind,
    metadata: { name },
    spec: {
      ...(extended !== undefined && { extends: extended }),
      images,
      writable: listed('writable').map(fields),
      ...(data.length > 0 && { data: data.map(fields) }),
      ...(ownDirectories.length > 0 && { ownDirectories }),
      ...(user !== undefined && { user }),
      ...(volumes.length > 0 && { volumes }),
      evidence,
    },
  });
  const named: unknown = document.getIn(['spec', 'user']);
  if (isMap(named)) named.flow = true;
  document.commentBefore =
    ' A draft: it has what the containers wrote while somebody looked, and nothing of what they did not do meanwhile.\n' +
    ' Read each entry, then try it: lithopod profiles lint, and lithopod check --profiles.';
  for (const list of ['writable', 'data'] as const) {
    const items = document.getIn(['spec', list]);
    if (!isSeq(items)) continue;
    listed(list).forEach((entry, index) => {
      const item = items.items[index];
      if (isMap(item) && observations.length > 1)
        item.commentBefore = ` in ${entry.seenIn} of ${observations.length} containers`;
    });
  }
  const others = users.filter(({ uid }) => uid !== 0 && uid !== user?.uid);
  const evidenceNode: unknown = document.getIn(['spec', 'evidence']);
  if (others.length > 0 && isSeq(evidenceNode)) {
    const ids = others.slice(0, 8).map(({ uid, gid }) => `${uid}:${gid}`);
    evidenceNode.commentBefore = ` other processes ran as ${ids.join(', ')}`;
  }
  return document.toString(layout);
}
