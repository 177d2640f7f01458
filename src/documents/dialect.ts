/**
 * YAML as kubectl reads it.
 *
 * kubectl parses manifests with sigs.k8s.io/yaml, that is go-yaml v2: YAML 1.1 booleans (`y`, `no`,
 * `on`), octal integers (`defaultMode: 0644` is 420), merge keys; but timestamps and base-60
 * numbers (`22:22`) stay strings, and `e2` or `.` are no floats. Neither schema of the `yaml`
 * package is that, so the scalars are listed here. What we write is quoted wherever YAML 1.1,
 * YAML 1.2 or go-yaml would read it as anything but a string.
 *
 * Source: sigs.k8s.io/yaml goyaml.v2/resolve.go and yaml.go (v1.6).
 */
import { Composer, Parser } from 'yaml';
import type { CST, Document, DocumentOptions, ParseOptions, ScalarTag, SchemaOptions } from 'yaml';
import { maxDepth, offsetOfTooDeep } from '../core/values/yaml-depth.ts';

const yes = /^(?:y|Y|yes|Yes|YES|true|True|TRUE|on|On|ON)$/;
const no = /^(?:n|N|no|No|NO|false|False|FALSE|off|Off|OFF)$/;
const integer =
  /^[-+]?(?:0[xX]_*[0-9a-fA-F][0-9a-fA-F_]*|0[bB]_*[01][01_]*|0[oO]?_*[0-7][0-7_]*|[1-9][0-9_]*|0_*)$/;
const float =
  /^(?:[-+]\.[0-9][0-9_]*|\.[0-9]+|[-+]?[0-9][0-9_]*(?:\.[0-9_]*)?)(?:[eE][-+]?[0-9][0-9_]*)?$/;
const special = /^(?:[-+]?\.(?:inf|Inf|INF)|\.(?:nan|NaN|NAN))$/;

/**
 * Plain scalars that YAML 1.1, YAML 1.2 or go-yaml would not read as the string that they look
 * like.
 */
const ambiguous: readonly RegExp[] = [
  yes,
  no,
  integer,
  special,
  /^[-+]?(?:[0-9][0-9_]*)?(?:\.[0-9_]*)?(?:[eE][-+]?[0-9]+)?$/,
  /^[-+]?[0-9][0-9_]*(?::[0-5]?[0-9])+(?:\.[0-9_]*)?$/,
  /^[0-9]{4}-[0-9]{1,2}-[0-9]{1,2}(?:[tT \t].*)?$/,
  /^(?:~|null|Null|NULL|<<|=)$/,
];

/** Whether some reader would take the plain text for anything but a string. */
export function isAmbiguous(text: string): boolean {
  return ambiguous.some((expression) => expression.test(text));
}

function scalarTag(
  name: string,
  identify: (value: unknown) => boolean,
  test: RegExp,
  resolve: (text: string) => unknown,
): ScalarTag {
  return {
    tag: `tag:yaml.org,2002:${name}`,
    default: true,
    identify,
    test,
    resolve,
    // `source` outlives a change of the value.
    stringify: ({ source, value }) =>
      source !== undefined && test.test(source) && Object.is(resolve(source), value)
        ? source
        : String(value),
  };
}

function isNumber(value: unknown): boolean {
  return typeof value === 'number';
}

function resolveInteger(text: string): number {
  const negative = text.startsWith('-');
  const digits = text.replace(/^[-+]/, '').replaceAll('_', '');
  const magnitude = Number(/^0[0-7]+$/.test(digits) ? `0o${digits.slice(1)}` : digits);
  return negative && magnitude !== 0 ? -magnitude : magnitude;
}

function resolveSpecial(text: string): number {
  if (/nan$/i.test(text)) return NaN;
  return text.startsWith('-') ? -Infinity : Infinity;
}

const scalarTags: ScalarTag[] = [
  scalarTag(
    'null',
    (value) => value == null,
    /^(?:~|null|Null|NULL|)$/,
    () => null,
  ),
  scalarTag(
    'bool',
    (value) => value === true,
    yes,
    () => true,
  ),
  scalarTag(
    'bool',
    (value) => value === false,
    no,
    () => false,
  ),
  scalarTag('int', Number.isInteger, integer, resolveInteger),
  scalarTag('float', isNumber, special, resolveSpecial),
  scalarTag('float', isNumber, float, (text) => Number(text.replaceAll('_', ''))),
];

const quoteAmbiguous = ambiguous.map((test): ScalarTag => ({
  tag: 'tag:lithopod.dev,2026:ambiguous',
  default: true,
  test,
  resolve: (text) => text,
}));

const parseOptions: ParseOptions & DocumentOptions & SchemaOptions = {
  version: '1.1',
  schema: 'failsafe',
  customTags: scalarTags,
  merge: true,
  resolveKnownTags: false,
  prettyErrors: false,
  strict: true,
  // By comparing each two: nodeProblems looks them up.
  uniqueKeys: false,
  logLevel: 'silent',
};

/**
 * For text that we write ourselves: never folded, and quoted wherever a reader could take it for
 * something else.
 */
export const writeOptions = {
  version: '1.2' as const,
  compat: quoteAmbiguous,
  lineWidth: 0,
  doubleQuotedMinMultiLineLength: Number.MAX_SAFE_INTEGER,
  aliasDuplicateObjects: false,
};

/**
 * One document as the `yaml` package reads it: values and ranges in `syntax`, each character in
 * `token`.
 */
export interface ParsedDocument {
  readonly syntax: Document.Parsed;
  readonly token: CST.Document;
}

/**
 * All documents of the text, with their errors inside; none when it holds nothing but comments.
 * Throws a RangeError when it is nested too deeply.
 */
export function parseText(text: string): readonly ParsedDocument[] {
  return [...parseEach(text)];
}

/** How much was read in all. */
export const reading = { characters: 0 };

/**
 * The same one after the other, for whoever lets go of each before the next. The text begins at
 * `offset` of the one that the offsets of its tokens are meant for.
 */
export function* parseEach(text: string, offset = 0): Generator<ParsedDocument, void> {
  reading.characters += text.length;
  const read: CST.Document[] = [];
  const parser = new Parser();
  parser.offset = offset;
  const tokens = shallow(parser.parse(text), read);
  for (const syntax of new Composer(parseOptions).compose(tokens, false, offset + text.length)) {
    const token = read.shift();
    if (token !== undefined) yield { syntax, token };
  }
}

/** The tokens as they come; those of documents are put down in `read`. */
function* shallow(tokens: Iterable<CST.Token>, read: CST.Document[]): Generator<CST.Token, void> {
  for (const token of tokens) {
    if (offsetOfTooDeep(token) !== undefined) {
      throw new RangeError(`More than ${maxDepth} levels.`);
    }
    if (token.type === 'document') read.push(token);
    yield token;
  }
}
