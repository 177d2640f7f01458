/** What a place of a review is filled with: a text made long, a list or map made many. */
import { seedName, volumeName } from '../pods/names.ts';
import { maxContainers } from '../../src/core/pod/read-pod.ts';
import { maxValues } from '../../src/admission/body.ts';
import { valuesIn } from '../admission/reviews.ts';
import type { Position, Schema } from './review-schema.ts';

export interface Fill {
  readonly name: string;
  /**
   * The value for the position, of about so many bytes as JSON; `parts`: how many fills share a
   * review.
   */
  readonly make: (bytes: number, parts: number) => unknown;
}

type Json = Record<string, unknown>;

/**
 * What is repeated: the characters that some parser, pattern or encoder of ours treats in a way of
 * its own, and those that take the most bytes as JSON, as UTF-8 or in memory.
 */
const pieces: Readonly<Record<string, string>> = {
  letters: 'a',
  capitals: 'A',
  digits: '1',
  spaces: ' ',
  'line ends': '\n',
  slashes: '/',
  'short segments': '/a',
  'steps up': '/a/..',
  dots: '.',
  dashes: '-',
  'dashes between letters': 'a--',
  underscores: '_',
  colons: ':',
  'at signs': '@',
  commas: ' ,',
  stars: '/*',
  'double quotes': '"',
  'single quotes': `'`,
  backslashes: '\\',
  'opening brackets': '{[',
  removals: 'rm /a;',
  substitutions: '$(',
  'control characters': '\u0001',
  'letters of two bytes': 'é',
  'characters of four bytes': '\u{1f5ff}',
  'half characters': '\ud800',
};

/**
 * A text of the piece as long as fits, behind what a reader may take for the beginning of
 * something, with an end that is none.
 */
function textOf(piece: string, bytes: number, start = '', end = ''): string {
  const each = Buffer.byteLength(JSON.stringify(piece)) - 2;
  return start + piece.repeat(Math.max(1, Math.floor(bytes / each))) + end;
}

/** By the last key of their position: values that rules have something to say about. */
const loudValues: Readonly<Record<string, unknown>> = {
  image: 'tomcat:11',
  name: 'web',
  command: ['sh', '-c', 'rm /bin/sh /usr/bin/apt'],
  args: ['-c', 'x'],
  mountPath: '/usr/local/tomcat/webapps',
  mountPropagation: 'Bidirectional',
  subPath: 'webapps',
  path: '/var',
  devicePath: '/dev/sda',
  procMount: 'Unmasked',
  type: 'Unconfined',
  add: ['SYS_ADMIN', 'ALL', 'NET_RAW'],
  drop: ['CHOWN'],
  host: '127.0.0.1',
  runAsUser: 0,
  runAsGroup: 0,
  fsGroup: 0,
  readOnlyRootFilesystem: false,
  runAsNonRoot: false,
  annotations: { 'lithopod.dev/hardened': '{}', 'cluster-autoscaler.kubernetes.io/safe': 'x' },
};

/** A value with every field of the schema, and one element in every list. */
export function loudSample(schema: Schema, key = ''): unknown {
  if (Object.hasOwn(loudValues, key)) return loudValues[key];
  switch (schema.kind) {
    case 'text':
      return 'x';
    case 'number':
      return 80;
    case 'flag':
      return true;
    case 'any':
      return {};
    case 'list':
      return [loudSample(schema.of, schema.of.kind === 'object' ? '' : key)];
    case 'map':
      return { x: loudSample(schema.of) };
    case 'object':
      return Object.fromEntries(
        [...schema.fields].map(([name, field]) => [name, loudSample(field, name)]),
      );
  }
}

/** The fields by which an element of a list is known: without the first few of them it is none. */
const identity = ['name', 'mountPath', 'devicePath', 'key', 'operator', 'value', 'path'] as const;

/** A value with nothing in it but the fields by which it is known, which `text` makes. */
export function plainSample(
  schema: Schema,
  key: string,
  text: (key: string) => unknown = (field) => (field.endsWith('Path') ? '/x' : 'x'),
): unknown {
  switch (schema.kind) {
    case 'text':
      return text(key);
    case 'number':
      return 80;
    case 'flag':
      return true;
    case 'list':
      return [];
    case 'any':
    case 'map':
      return {};
    case 'object': {
      const known = identity.filter((field) => schema.fields.get(field)?.kind === 'text');
      return Object.fromEntries(known.map((field) => [field, text(field)]));
    }
  }
}

/** Paths at which the image of `loudValues` has something of its own, or others have. */
const ourPaths = [
  '/usr/local/tomcat/webapps',
  '/usr/local/tomcat/temp',
  '/tmp',
  '/var/run',
  '/mount',
];

/** What Lithopod would call its own at that place, each once. */
function ours(field: string, index: number, list: string): string {
  const path = ourPaths[index % ourPaths.length] ?? '/tmp';
  const salt = Math.floor(index / ourPaths.length);
  if (field.endsWith('Path') || field === 'path') return path;
  if (field !== 'name') return `lithopod.dev/${index}`;
  return /containers$/i.test(list) ? seedName('web', path, salt) : volumeName('web', path, salt);
}

const distinct = (field: string, index: number): string =>
  field.endsWith('ath') ? `/p${index}` : `n${index}`;

/** As many elements as fit, as may be read, and for containers as are read at all. */
function many(
  list: string,
  bytes: number,
  parts: number,
  element: (index: number) => unknown,
): unknown[] {
  const [first, late] = [element(0), element(1000)];
  const size = Buffer.byteLength(JSON.stringify(late)) + 1;
  const most = /containers$/i.test(list)
    ? Math.floor(maxContainers / parts) - 10
    : maxValues / parts / (1 + valuesIn(late));
  const count = Math.max(1, Math.min(Math.floor(bytes / size), Math.floor(most)));
  return Array.from({ length: count }, (_, index) => (index === 0 ? first : element(index)));
}

function listFills({ keys, schema }: Position): readonly Fill[] {
  if (schema.kind !== 'list') return [];
  const { of } = schema;
  const list = keys.at(-1) ?? '';
  const fill = (name: string, element: (index: number, bytes: number) => unknown): Fill => ({
    name,
    make: (bytes, parts) => many(list, bytes, parts, (index) => element(index, bytes)),
  });
  const loud = (index: number): unknown => {
    const sample = loudSample(of, list);
    if (of.kind !== 'object') return sample;
    const own = plainSample(of, list, (field) => distinct(field, index)) as Json;
    return { ...(sample as Json), ...own };
  };
  return [
    fill('many', (index) => plainSample(of, list, (field) => distinct(field, index))),
    fill('many of one name', () => plainSample(of, list)),
    fill('many by our names', (index) =>
      plainSample(of, list, (field) => ours(field, index, list)),
    ),
    fill('many with all fields', loud),
    fill('many with all fields, of one name', () => loudSample(of, list)),
    fill('a thousand of long texts', (index, bytes) =>
      plainSample(of, list, (field) => `${distinct(field, index)}${textOf('a', bytes / 2000)}`),
    ),
    fill('null', () => null),
    fill('empty texts', () => plainSample(of, list, () => '')),
  ];
}

const keyFills: Readonly<Record<string, (index: number) => string>> = {
  keys: (index) => `k${index}`,
  'keys that are numbers': (index) => `${index * 7}`,
  'keys of AppArmor': (index) => `container.apparmor.security.beta.kubernetes.io/x${index}`,
  'keys of ours': (index) => `lithopod.dev/${index}`,
  'long keys': (index) => `${index}${textOf('k/', 2000)}`,
};

function mapFills({ keys, schema }: Position): readonly Fill[] {
  if (schema.kind !== 'map' && schema.kind !== 'any') return [];
  const value = schema.kind === 'map' ? plainSample(schema.of, keys.at(-1) ?? '') : {};
  return [
    ...Object.entries(keyFills).map(([name, key]) => ({
      name: `many ${name}`,
      make: (bytes: number, parts: number): unknown => {
        const size = key(10_000).length + JSON.stringify(value).length + 4;
        const most = maxValues / parts / (1 + valuesIn(value));
        const length = Math.max(1, Math.floor(Math.min(bytes / size, most)));
        return Object.fromEntries(Array.from({ length }, (_, index) => [key(index), value]));
      },
    })),
    { name: 'one long key', make: (bytes) => ({ [textOf('~/', bytes)]: value }) },
    {
      name: 'one long value of ours',
      make: (bytes) => ({
        'lithopod.dev/hardened': textOf('{"', bytes / 2),
        'cluster-autoscaler.kubernetes.io/safe-to-evict-local-volumes': textOf(' ,', bytes / 2),
      }),
    },
  ];
}

function textFills({ keys, schema }: Position): readonly Fill[] {
  if (schema.kind !== 'text') return [];
  const start = loudValues[keys.at(-1) ?? ''] ?? loudValues[keys.at(-2) ?? ''];
  const begin = typeof start === 'string' ? start : Array.isArray(start) ? 'rm /bin/sh;' : 'x';
  return Object.entries(pieces).flatMap(([name, piece]) => [
    { name, make: (bytes: number) => textOf(piece, bytes) },
    {
      name: `${JSON.stringify(begin)} and ${name}`,
      make: (bytes: number) => textOf(piece, bytes, begin, '\u0001x'),
    },
  ]);
}

/** All ways to fill the place. */
export function fillsOf(position: Position): readonly Fill[] {
  return [...textFills(position), ...listFills(position), ...mapFills(position)];
}
