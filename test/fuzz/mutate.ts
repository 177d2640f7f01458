/** Changes bodies of reviews, as values and as bytes, as a source of numbers says. */

/** Numbers from 0 to 1. */
export type Random = () => number;

const texts = [
  ...[
    '',
    ' ',
    '/',
    '/a/../b/',
    '/.',
    '..',
    '//',
    '/mount',
    '/tmp',
    '/var/run',
    '/run',
    '/bin/sh',
    '/proc',
    '/dev',
  ],
  ...[
    'web',
    'lithopod',
    'lithopod-masks',
    'lithopod-web-tmp-000000',
    'a'.repeat(63),
    'a'.repeat(64),
    'A',
    '-a',
    'a.b',
  ],
  ...[
    'nginx',
    'tomcat:11',
    'redis:8',
    'nginx@sha256:x',
    'localhost:5000/a',
    'a//b',
    ':',
    '@',
    'x:y@z',
  ],
  ...[
    'sh',
    '-c',
    '-ec',
    '--',
    'rm',
    '/bin/rm',
    'rm /bin/sh',
    'rm -f /usr/bin/apt && true',
    'rm "/bin/s\'h" <<a\nb',
    '$(rm x)',
  ],
  ...[
    'ALL',
    'all',
    'SYS_ADMIN',
    'CAP_SYS_ADMIN',
    '\u017fys_admin',
    'NET_BIND_SERVICE',
    'Bidirectional',
    'Unmasked',
  ],
  ...[
    'Unconfined',
    'RuntimeDefault',
    'Localhost',
    'windows',
    'linux',
    'In',
    'CREATE',
    'UPDATE',
    'DELETE',
    'pods',
  ],
  ...[
    'ephemeralcontainers',
    'deployments',
    'List',
    'PodList',
    'StatefulSet',
    '__proto__',
    'constructor',
    'toString',
    '0',
  ],
  ...[
    '\u0000',
    '\ud800',
    '\u{1f5ff}',
    '~',
    '~0~1',
    '%s',
    '\u2028',
    '{}',
    '[]',
    '"',
    '\\',
    'null',
    'x'.repeat(300),
  ],
];
const scalars: readonly unknown[] = [
  ...[null, true, false, 0, -0, 1, -1, 80, 1e21, -1e-7, 2 ** 31, 2 ** 53, 65536],
  ...[[], {}, [[]], [{}], [null], { '': null }, ''],
];
/** Where the API keeps something that is read: a value is moved there whatever it is. */
const keys = [
  ...[
    'name',
    'image',
    'command',
    'args',
    'env',
    'value',
    'ports',
    'hostPort',
    'workingDir',
    'volumeMounts',
    'volumes',
  ],
  ...[
    'mountPath',
    'subPath',
    'subPathExpr',
    'readOnly',
    'mountPropagation',
    'recursiveReadOnly',
    'volumeDevices',
  ],
  ...[
    'securityContext',
    'capabilities',
    'add',
    'drop',
    'privileged',
    'runAsUser',
    'runAsNonRoot',
    'readOnlyRootFilesystem',
  ],
  ...[
    'startupProbe',
    'lifecycle',
    'postStart',
    'exec',
    'httpGet',
    'host',
    'hostPID',
    'hostPath',
    'path',
    'emptyDir',
    'medium',
  ],
  ...[
    'containers',
    'initContainers',
    'ephemeralContainers',
    'metadata',
    'annotations',
    'labels',
    'managedFields',
    'spec',
  ],
  ...[
    'object',
    'oldObject',
    'operation',
    'subResource',
    'resource',
    'kind',
    'apiVersion',
    'items',
    'template',
    'os',
  ],
  ...[
    'nodeSelector',
    'affinity',
    'restartPolicy',
    'terminationMessagePath',
    'lithopod.dev/hardened',
    '__proto__',
    'x',
  ],
];

export function pick<T>(random: Random, list: readonly T[]): T {
  return list[Math.floor(random() * list.length)] as T;
}

type Holder = Record<string | number, unknown>;
interface Place {
  readonly holder: Holder;
  readonly key: string | number;
}

function placesIn(value: unknown): Place[] {
  const places: Place[] = [];
  const visit = (holder: unknown): void => {
    if (typeof holder !== 'object' || holder === null) return;
    for (const key of Object.keys(holder)) {
      const at = Array.isArray(holder) ? Number(key) : key;
      places.push({ holder: holder as Holder, key: at });
      visit((holder as Holder)[at]);
    }
  };
  visit(value);
  return places;
}

/** A changed copy of a value, into which parts of the other may go. */
export function mutateValue(value: unknown, other: unknown, random: Random): unknown {
  const root = { value: structuredClone(value) };
  for (let turns = 1 + Math.floor(random() * 4); turns > 0; turns--) {
    changeOne(pick(random, placesIn(root)), placesIn({ other }), random);
  }
  return root.value;
}

function changeOne({ holder, key }: Place, others: readonly Place[], random: Random): void {
  const value = holder[key];
  const foreign = (): unknown => {
    const place = pick(random, others);
    return structuredClone(place.holder[place.key]);
  };
  const changes: readonly (() => void)[] = [
    () => (holder[key] = pick(random, texts)),
    () => (holder[key] = pick(random, texts)),
    () => (holder[key] = structuredClone(pick(random, scalars))),
    () => (holder[key] = foreign()),
    () => (holder[key] = [structuredClone(value), structuredClone(value)]),
    () => {
      if (Array.isArray(holder)) holder.splice(Number(key), 1);
      else Reflect.deleteProperty(holder, key);
    },
    () => {
      if (Array.isArray(holder)) holder.splice(Number(key), 0, structuredClone(value));
      else set(holder, pick(random, keys), structuredClone(value));
    },
    () => {
      if (Array.isArray(value)) value.push(foreign());
      else if (typeof value === 'object' && value !== null)
        set(value as Holder, pick(random, keys), foreign());
      else if (typeof value === 'string') holder[key] = mutateText(value, random);
    },
    () => {
      if (typeof value === 'string') holder[key] = mutateText(value, random);
    },
  ];
  pick(random, changes)();
}

/** As `JSON.parse` would: also a key that is no property of a literal. */
function set(holder: Holder, key: string, value: unknown): void {
  Object.defineProperty(holder, key, {
    ...{ value, writable: true, enumerable: true, configurable: true },
  });
}

function mutateText(text: string, random: Random): string {
  const at = Math.floor(random() * (text.length + 1));
  const piece = pick(random, texts);
  switch (Math.floor(random() * 4)) {
    case 0:
      return text.slice(0, at) + piece + text.slice(at);
    case 1:
      return text.slice(0, at) + text.slice(at + 1 + Math.floor(random() * 4));
    case 2:
      return text + text;
    default:
      return text.toUpperCase() === text ? text.toLowerCase() : text.toUpperCase();
  }
}

const pieces = [
  ...[
    '"managedFields":[',
    '"managedFields" : [',
    '"managedFields":{',
    '{"a":',
    '[',
    ']',
    '{',
    '}',
    ',',
    ':',
    '"',
    '\\"',
  ],
  ...[
    '\\u0022managedFields\\u0022:[',
    '\\',
    '\\u00',
    'null',
    '0',
    '-',
    '1e999',
    ' ',
    '\n',
    '\u0000',
    '\u00e9',
    '\ufeff',
  ],
].map((piece) => Buffer.from(piece));

/** A changed copy of bytes, into which parts of the other may go. Nearly never JSON any more. */
export function mutateBytes(bytes: Buffer, other: Buffer, random: Random): Buffer {
  const at = Math.floor(random() * (bytes.length + 1));
  const end = Math.min(bytes.length, at + Math.floor(random() * 8));
  const start = Math.floor(random() * other.length);
  const foreign = other.subarray(start, start + Math.floor(random() * 200));
  const piece = pick(random, [...pieces, foreign, Buffer.from([Math.floor(random() * 256)])]);
  return Buffer.concat([bytes.subarray(0, at), piece, bytes.subarray(random() < 0.5 ? at : end)]);
}

/** The value with one text, list or map of it made `times` as much. Nothing where it has none. */
export function enlarge(value: unknown, times: number, random: Random): unknown {
  const root = { value: structuredClone(value) };
  const large = placesIn(root).filter(({ holder, key }) => {
    const held = holder[key];
    if (typeof held === 'object' && held !== null) return Object.keys(held).length > 0;
    return typeof held === 'string' && held !== '';
  });
  if (large.length === 0) return undefined;
  const { holder, key } = pick(random, large);
  const held = holder[key];
  if (typeof held === 'string') holder[key] = held.repeat(times);
  else if (Array.isArray(held)) {
    const isSame = random() < 0.3;
    holder[key] = Array.from({ length: times }, (_, index) =>
      held.map((each: unknown) => (isSame ? structuredClone(each) : numbered(each, index))),
    ).flat();
  } else {
    const entries = Object.entries(held as object);
    for (let index = 1; index < times; index++) {
      for (const [name, each] of entries) set(held as Holder, `${name}${index}`, each);
    }
  }
  return root.value;
}

/**
 * A copy of an element by which no two are alike: what tells them apart has a number at its end.
 */
function numbered(element: unknown, index: number): unknown {
  if (typeof element === 'string') return `${element}${index}`;
  if (typeof element !== 'object' || element === null || Array.isArray(element)) return element;
  const copy = structuredClone(element) as Holder;
  for (const key of ['name', 'mountPath', 'devicePath', 'key']) {
    const known = copy[key];
    if (typeof known === 'string') copy[key] = `${known.slice(0, 50)}${index}`;
  }
  return copy;
}
