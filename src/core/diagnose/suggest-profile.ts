/** The profile that has what the diagnoses ask for, as text that `parseProfiles` takes. */
import { Pair, isCollection, isMap, isScalar, isSeq, parseDocument, stringify } from 'yaml';
import { parseProfiles } from '../catalogue/parse/parse.ts';
import { profileApiVersion, profileKind } from '../catalogue/parse/schema.ts';
import { canonicalPath, isAtOrBelow } from '../mounts/paths.ts';
import type { Document, Node, YAMLMap, YAMLSeq } from 'yaml';
import type { Evidence, WritablePath } from '../catalogue/profile/profile.ts';
import type { Addition } from './diagnosis.ts';

/**
 * `text`: the profile as it is, comments included. Without one a new profile is written for the
 * repository.
 */
export type ProfileBase =
  | { readonly text: string }
  | {
      readonly repository: string;
      /** Names of other profiles. */
      readonly taken?: ReadonlySet<string>;
      /** Those of the default profile, which no longer applies once the image has its own. */
      readonly writable: readonly WritablePath[];
    };

export interface SuggestedProfile {
  readonly text: string;
  /** What could not be added, and what the lints have against it. */
  readonly left: readonly { readonly addition: Addition; readonly problem: string }[];
}

/**
 * Adds one thing after the other, each only if the profile is still valid with it. Undefined where
 * there is nothing to add, or where not even the base is valid, as for an image whose name is no
 * pattern.
 */
export function suggestProfile(
  base: ProfileBase,
  additions: readonly Addition[],
  evidence: Evidence,
): SuggestedProfile | undefined {
  let text = 'text' in base ? base.text : newProfile(base, evidence);
  if (!parseProfiles(text, '').ok) return undefined;
  const left: { addition: Addition; problem: string }[] = [];
  for (const addition of additions) {
    const tried = withAddition(text, addition);
    const parsed = parseProfiles(tried, '');
    if (parsed.ok) text = tried;
    else left.push({ addition, problem: parsed.problems.map(({ message }) => message).join(' ') });
  }
  if (left.length === additions.length) return undefined;
  return { text: 'text' in base ? withEvidence(text, evidence) : text, left };
}

const layout = { lineWidth: 0, singleQuote: true } as const;

function newProfile(
  { repository, writable, taken = new Set() }: Exclude<ProfileBase, { readonly text: string }>,
  evidence: Evidence,
): string {
  const entries = writable.map(({ path, why, contents }) => ({
    path,
    why,
    ...(contents === 'seeded' && { contents }),
  }));
  return stringify(
    {
      apiVersion: profileApiVersion,
      kind: profileKind,
      metadata: { name: objectName(repository, taken) },
      spec: { images: [repository], writable: entries, evidence: [evidence] },
    },
    layout,
  );
}

/** As long as the name of any object may be, with room for a number behind it. */
const maxName = 240;

/**
 * The whole repository as the name of a cluster object: images of two registries may have one last
 * segment. A name that is taken gets a number.
 */
function objectName(repository: string, taken: ReadonlySet<string>): string {
  const name = repository
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '-')
    .slice(-maxName)
    .replace(/^-|-$/g, '');
  let free = name;
  for (let number = 2; taken.has(free); number++) free = `${name}-${number}`;
  return free;
}

function withAddition(text: string, addition: Addition): string {
  const document = parseDocument(text);
  const spec = document.get('spec');
  if (!isMap(spec)) return text;
  switch (addition.field) {
    case 'writable':
      addEntry(document, spec, addition);
      break;
    case 'user':
      setField(document, spec, 'user', addition.user);
      break;
    case 'lowPorts':
      setField(document, spec, 'lowPorts', true);
      break;
  }
  return written(document, text);
}

/**
 * The document as text, with the lists and maps in brackets that did not change as their author
 * wrote them: the library writes all of them in one way.
 */
function written(document: Document, before: string): string {
  const text = document.toString(layout);
  const originals = new Map<string, string>();
  for (const { key, range } of flowNodes(parseDocument(before)))
    originals.set(key, before.slice(...range));
  let restored = text;
  // From the end, so that what is in front keeps its place.
  for (const { key, range } of [...flowNodes(parseDocument(text))].reverse()) {
    const original = originals.get(key);
    if (original === undefined || original.includes('\n')) continue;
    restored = restored.slice(0, range[0]) + original + restored.slice(range[1]);
  }
  return restored;
}

interface FlowNode {
  /** What it is below, and what it holds. */
  readonly key: string;
  readonly range: readonly [start: number, end: number];
}

/** The outermost lists and maps in brackets, in the order of the text. */
function* flowNodes(document: Document): Generator<FlowNode> {
  yield* flowNodesIn(document.contents, '');
}

function* flowNodesIn(node: unknown, above: string): Generator<FlowNode> {
  if (!isCollection(node)) return;
  if (node.flow === true) {
    const [start, end] = (node as Node).range ?? [0, 0];
    yield { key: `${above} ${JSON.stringify(node.toJSON())}`, range: [start, end] };
    return;
  }
  for (const item of node.items as readonly unknown[]) {
    const isPair = item instanceof Pair;
    const below =
      isPair && isScalar(item.key) ? `${above}.${String(item.key.value)}` : `${above}[]`;
    yield* flowNodesIn(isPair ? item.value : item, below);
  }
}

/** In place of the entries at or below its path: a profile has none inside another. */
function addEntry(
  document: Document,
  spec: YAMLMap,
  { path, why, contents }: Extract<Addition, { field: 'writable' }>,
): void {
  const entries = listOf(document, spec, 'writable');
  const directory = canonicalPath(path);
  entries.items = entries.items.filter((item) => {
    const own: unknown = isMap(item) ? item.get('path') : undefined;
    return typeof own !== 'string' || !isAtOrBelow(canonicalPath(own), directory);
  });
  entries.items.push(
    document.createNode({ path, why, ...(contents === 'seeded' && { contents }) }),
  );
}

function withEvidence(text: string, evidence: Evidence): string {
  // Whoever fixes a profile step by step has it from the first one.
  if (hasEvidence(text, evidence)) return text;
  const document = parseDocument(text);
  const spec = document.get('spec');
  if (!isMap(spec)) return text;
  listOf(document, spec, 'evidence').items.push(document.createNode(evidence));
  const added = written(document, text);
  // There may be as much of it as a profile takes.
  return parseProfiles(added, '').ok ? added : text;
}

function hasEvidence(text: string, { kind, ref, seen }: Evidence): boolean {
  const parsed = parseProfiles(text, '');
  return (
    parsed.ok &&
    parsed.value.some((profile) =>
      profile.evidence.some((own) => own.kind === kind && own.ref === ref && own.seen === seen),
    )
  );
}

/**
 * The list of that name, which is made where there is none. An empty one is written `[]`, and opens
 * up.
 */
function listOf(document: Document, spec: YAMLMap, key: string): YAMLSeq {
  const present = spec.get(key);
  if (isSeq(present)) {
    if (present.items.length === 0) present.flow = false;
    return present;
  }
  const list = document.createNode([]);
  list.flow = false;
  setField(document, spec, key, list);
  return list;
}

/** The order in which profiles have their fields. */
const order = [
  'images',
  'writable',
  'data',
  'ownDirectories',
  'user',
  'lowPorts',
  'fileCapabilities',
  'maskable',
  'cp',
  'when',
  'evidence',
];

function setField(document: Document, spec: YAMLMap, key: string, value: unknown): void {
  if (spec.has(key)) {
    spec.set(key, value);
    return;
  }
  const before = order.slice(0, order.indexOf(key));
  const at = spec.items.findLastIndex(
    ({ key: own }) => isScalar(own) && before.includes(String(own.value)),
  );
  spec.items.splice(at + 1, 0, new Pair(document.createNode(key), document.createNode(value)));
}
