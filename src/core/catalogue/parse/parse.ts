/**
 * From text to profiles.
 *
 * Everything that is wrong with a file is reported at once: YAML's own errors for each document,
 * and, for the documents that YAML can read, what the schema and the lints have against them.
 */
import { Composer, LineCounter, Parser } from 'yaml';
import type { CST, Document } from 'yaml';
import { failure, success } from '../../values/result.ts';
import type { Problem, Result } from '../../values/result.ts';
import { offsetOfTooDeep } from '../../values/yaml-depth.ts';
import { nodeProblems, readEveryAlias } from '../../values/yaml-nodes.ts';
import { pointerOf } from '../../values/json-pointer.ts';
import { issueText } from './issue-text.ts';
import { hints, lints } from '../lints/index.ts';
import { pathText } from '../lints/lint.ts';
import type { DocumentPath, Lint, LintProblem, ProfileOutline } from '../lints/lint.ts';
import { outlineOf } from '../lints/read-outline.ts';
import type { ImageUser, Profile, Variant, WritablePath } from '../profile/profile.ts';
import { profileApiVersion, profileDocument } from './schema.ts';
import type { ProfileDocument } from './schema.ts';
import { offsetOf } from './yaml-place.ts';

/** The kind of a document that holds tests of profiles: `lithopod profiles test`. */
export const testKind = 'ImageProfileTest';

/** The composer, like what follows, goes down one call for each level. */
const tooDeep = 'is nested too deeply.';

interface ParseProblem extends LintProblem {
  /** The field itself is wrong, and not what it holds. */
  readonly key?: boolean;
  /** The lint that reports it; absent for the schema. */
  readonly lint?: string;
}

/** A profile of a file, and where in the file problems with others point at. */
export interface ParsedProfile {
  readonly profile: Profile;
  readonly place: ProfilePlace;
}

export interface ProfilePlace {
  readonly name: TextPlace;
  /** Of each image pattern, in their order. */
  readonly images: readonly TextPlace[];
}

export type TextPlace = Required<Pick<Problem, 'line' | 'column'>>;

export interface ParsedFile {
  readonly profiles: readonly ParsedProfile[];
  /** How many documents are tests of profiles, which are passed over. */
  readonly tests: number;
  /** What may be wrong with the profiles. */
  readonly hints: readonly Problem[];
}

/**
 * The profiles of a file of YAML documents. `file` is what problems call it. Documents without
 * content, and tests, are passed over, so a file may hold no profile at all.
 */
export function parseProfiles(text: string, file: string): Result<Profile[]> {
  const parsed = parseFile(text, file);
  return parsed.ok ? success(parsed.value.profiles.map(({ profile }) => profile)) : parsed;
}

/** The same with what else is known of the file. */
export function parseFile(text: string, file: string): Result<ParsedFile> {
  const steps = parseInSteps(text, file);
  for (;;) {
    const step = steps.next();
    if (step.done) return step.value;
  }
}

/**
 * The same with a step after each document, so that whoever has others to serve can do so in
 * between: a document takes about a millisecond, a file may hold thousands.
 */
export function* parseInSteps(text: string, file: string): Generator<void, Result<ParsedFile>> {
  const lines = new LineCounter();
  const place = (offset: number): TextPlace & { readonly file: string } => {
    const { line, col } = lines.linePos(offset);
    return { file, line, column: col };
  };
  const profiles: ParsedProfile[] = [];
  let tests = 0;
  const hinted: Problem[] = [];
  const problems: Problem[] = [];
  const tokens = shallow(new Parser(lines.addNewLine).parse(text), (offset) =>
    problems.push({ ...place(offset), message: `The document ${tooDeep}` }),
  );
  for (const document of new Composer({ prettyErrors: false, uniqueKeys: false }).compose(tokens)) {
    const wrong = [
      ...[...document.errors, ...document.warnings].map(({ pos: [offset], message }) => ({
        offset,
        message: sentence(message),
      })),
      ...nodeProblems(document.contents, text),
    ];
    for (const { offset, message } of wrong) problems.push({ ...place(offset), message });
    const checked = wrong.length > 0 ? undefined : checkDocument(document);
    if (checked === 'test') tests++;
    else if (checked?.ok) {
      const { profile, outline } = checked.value;
      profiles.push({ profile, place: placeOf(document, profile, place) });
      const found = hints.flatMap((hint) => withId(hint, outline));
      hinted.push(...found.map((each) => located(document, each, place)));
    } else if (checked !== undefined) {
      problems.push(...checked.problems.map((each) => located(document, each, place)));
    }
    yield;
  }
  return problems.length === 0
    ? success({ profiles, tests, hints: hinted })
    : failure(...problems.sort(byPlace));
}

/**
 * A profile that is an object already, as the API server gives it: its metadata has fields that no
 * file has. `origin` is what problems call it, which have no line.
 */
export function parseProfileObject(object: unknown, origin: string): Result<Profile> {
  const { apiVersion, kind, metadata, spec } = (object ?? {}) as Record<string, unknown>;
  const name = ((metadata ?? {}) as Record<string, unknown>)['name'];
  const checked = checkValue({ apiVersion, kind, metadata: { name }, spec });
  if (checked.ok) return success(checked.value.profile);
  return failure(
    ...checked.problems.map(({ at, message }) => ({ file: origin, path: pathText(at), message })),
  );
}

/**
 * The tokens without the documents that are nested too deeply, which are reported by where they go
 * too deep.
 */
function* shallow(
  tokens: Iterable<CST.Token>,
  refuse: (offset: number) => void,
): Generator<CST.Token, void> {
  for (const token of tokens) {
    const offset = offsetOfTooDeep(token);
    if (offset === undefined) yield token;
    else refuse(offset);
  }
}

function sentence(message: string): string {
  return `${message.replace(/\.?$/, '')}.`;
}

function placeOf(
  document: Document,
  { images }: Profile,
  place: (offset: number) => TextPlace,
): ProfilePlace {
  const at = (...path: DocumentPath): TextPlace => {
    const { line, column } = place(offsetOf(document, path, 'value'));
    return { line, column };
  };
  return {
    name: at('metadata', 'name'),
    images: images.map((_image, index) => at('spec', 'images', index)),
  };
}

/** Undefined for a document without content. */
function checkDocument(document: Document): Result<Checked, ParseProblem> | 'test' | undefined {
  let value: unknown;
  try {
    value = document.toJS(readEveryAlias);
  } catch (error) {
    if (error instanceof RangeError) return failure({ at: [], message: tooDeep });
    throw error;
  }
  if (value === null) return undefined;
  return isTest(value) ? 'test' : checkValue(value);
}

/** A file may hold tests beside profiles; they are not read here. */
function isTest(value: unknown): boolean {
  const { apiVersion, kind } = value as Readonly<Record<string, unknown>>;
  return apiVersion === profileApiVersion && kind === testKind;
}

/** A profile that is fine, and what the lints looked at. */
interface Checked {
  readonly profile: Profile;
  readonly outline: ProfileOutline;
}

function checkValue(value: unknown): Result<Checked, ParseProblem> {
  const parsed = profileDocument.safeParse(value, { error: issueText });
  const outline = outlineOf(value);
  const refused = parsed.success ? [] : parsed.error.issues.flatMap(issueProblems);
  // What a lint says of a part that is of the wrong type altogether would only be an echo.
  const linted = lints
    .flatMap((lint) => withId(lint, outline))
    .filter(({ at }) => !refused.some((complaint) => isPrefix(complaint.at, at)));
  const complaints = [...refused, ...linted];
  return parsed.success && complaints.length === 0
    ? success({ profile: toProfile(parsed.data, statedFields(value)), outline })
    : failure(...complaints);
}

function statedFields(value: unknown): readonly string[] {
  return Object.keys((value as ProfileDocument).spec);
}

function isPrefix(start: DocumentPath, path: DocumentPath): boolean {
  return start.length <= path.length && start.every((step, index) => step === path[index]);
}

/** The parts of a schema's issue that are read here. */
interface Issue {
  readonly code?: string;
  readonly path: readonly PropertyKey[];
  readonly message: string;
  readonly keys?: readonly string[];
}

function issueProblems({ code, path, message, keys }: Issue): readonly ParseProblem[] {
  const at = path.map((step) => (typeof step === 'number' ? step : String(step)));
  if (code !== 'unrecognized_keys') return [{ at, message }];
  return (keys ?? []).map((key) => ({
    at: [...at, key],
    message: 'is not a field here.',
    key: true,
  }));
}

function located(
  document: Document,
  { at, message, key, lint = 'schema' }: ParseProblem,
  place: (offset: number) => Pick<Problem, 'file' | 'line' | 'column'>,
): Problem {
  const start = offsetOf(document, at, key === true ? 'key' : 'value');
  const inside = at.length === 0 ? {} : { path: pathText(at), pointer: pointerOf(at) };
  return { ...place(start), ...inside, lint, message };
}

function withId(lint: Lint, outline: ProfileOutline): readonly ParseProblem[] {
  return lint.check(outline).map((problem) => ({ ...problem, lint: lint.id }));
}

function byPlace(a: Problem, b: Problem): number {
  return (a.line ?? 0) - (b.line ?? 0) || (a.column ?? 0) - (b.column ?? 0);
}

type Spec = ProfileDocument['spec'];

/** `stated`: the fields of the spec that the author wrote, which the schema's defaults hide. */
function toProfile({ metadata, spec }: ProfileDocument, stated: readonly string[]): Profile {
  const { images, lowPorts, fileCapabilities, maskable, cp, environment, volumes } = spec;
  return {
    name: metadata.name,
    ...(spec.extends !== undefined && { extends: { profile: spec.extends, stated } }),
    images,
    writable: spec.writable.map(toEntry),
    data: spec.data.map(toEntry),
    ownDirectories: spec.ownDirectories.map((each) => stateOnly(each)),
    ...(spec.user !== undefined && { user: toUser(spec.user) }),
    lowPorts,
    fileCapabilities,
    maskable,
    cp,
    environment,
    volumes,
    ...(spec.readOnlyRoot !== undefined && { readOnlyRoot: spec.readOnlyRoot }),
    when: spec.when.map(toVariant),
    evidence: spec.evidence.map((each) => stateOnly(each)),
  };
}

/**
 * Of a schema's value the fields that are there: what the author left out is no field, and not
 * undefined.
 */
function stateOnly<T extends object>(value: T): Stated<T> {
  return Object.fromEntries(
    Object.entries(value).filter(([, field]) => field != null),
  ) as Stated<T>;
}

type Stated<T> = { [K in keyof T as undefined extends T[K] ? never : K]: T[K] } & {
  [K in keyof T as undefined extends T[K] ? K : never]?: NonNullable<T[K]>;
};

function toEntry({ movedBy, ...entry }: Spec['writable'][number]): WritablePath {
  return { ...stateOnly(entry), ...(movedBy !== undefined && { movedBy: stateOnly(movedBy) }) };
}

function toUser(user: NonNullable<Spec['user']>): ImageUser {
  return stateOnly(user);
}

function toVariant(variant: Spec['when'][number]): Variant {
  const { match, writable, data, user, ...rest } = variant;
  return {
    match: stateOnly(match),
    ...(writable !== undefined && { writable: writable.map(toEntry) }),
    ...(data !== undefined && { data: data.map(toEntry) }),
    ...(user !== undefined && { user: toUser(user) }),
    ...stateOnly(rest),
  };
}
