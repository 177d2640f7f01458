/**
 * What a service mounts: short and long volumes, `tmpfs`, devices, secrets and configs.
 *
 * Sources: compose-spec 05-services.md; docker/cli v29 internal/volumespec; moby
 * daemon/oci_linux.go (tmpfs options); docker/compose v5 pkg/compose/secrets.go, create.go and
 * apiSocket.go.
 */
import { isObject } from '../core/values/json.ts';
import { normalisePath } from '../core/mounts/paths.ts';
import { replaceVariables } from './variables.ts';
import type { JsonObject } from '../core/values/json.ts';
import type { Listed, Origin } from './origin.ts';
import type { Lookup } from './variables.ts';

/**
 * `copied` is no mount: a config or secret that is in no file, which Compose copies into the
 * container before it starts.
 */
export type MountKind =
  'bind' | 'volume' | 'anonymous' | 'tmpfs' | 'image' | 'file' | 'copied' | 'device' | 'other';

/** What a project declares at its root, each by its name. */
export interface Declared {
  readonly volumes: JsonObject;
  readonly configs: JsonObject;
  readonly secrets: JsonObject;
}

/** One mount of a service. */
export interface Mount {
  readonly kind: MountKind;
  /**
   * Of a bind the path on the host, as it is written; of a volume its name in the file; of what is
   * copied, what findings call it.
   */
  readonly source: string;
  /** In the container, normalised. */
  readonly target: string;
  readonly readOnly: boolean;
  /** Docker does not fill the empty volume with the image's files. */
  readonly noCopy: boolean;
  readonly propagation: string | undefined;
  /** Of a tmpfs: what stands behind its path. */
  readonly options: string;
  /** The field of the service that it is in. */
  readonly field: string;
  readonly origin: Origin;
}

/** The mounts of `volumes`, or of `tmpfs`. `volumes` are those of the document's root. */
export function mountsIn(
  listed: readonly Listed[],
  volumes: JsonObject,
  lookup: Lookup,
  tmpfs = false,
): readonly Mount[] {
  return listed.flatMap(({ value, origin }) => {
    if (isObject(value)) return longMount(value, volumes, lookup, origin);
    const text = replaceVariables(String(value), lookup).text;
    const mount = tmpfs ? shortTmpfs(text, origin) : shortVolume(text, volumes, origin);
    return mount === undefined ? [] : [mount];
  });
}

function shortTmpfs(text: string, origin: Origin): Mount | undefined {
  const colon = text.indexOf(':');
  const target = colon < 0 ? text : text.slice(0, colon);
  const options = colon < 0 ? '' : text.slice(colon + 1);
  if (target === '') return undefined;
  const readOnly = options.split(',').includes('ro');
  return mountOf('tmpfs', { target, options, readOnly, field: 'tmpfs', origin });
}

/** A drive letter of Windows is no name of a volume: `C:\data:C:\data`. */
const drive = /^[A-Za-z]:[\\/]/;

function shortVolume(text: string, volumes: JsonObject, origin: Origin): Mount | undefined {
  const parts = partsOf(text);
  const [first = '', second, third = ''] = parts;
  if (first === '') return undefined;
  const field = 'volumes';
  if (second === undefined) return mountOf('anonymous', { target: first, field, origin });
  // `/data:ro` names no target: Docker reads a mode as the path `ro`.
  const modes = third.split(',');
  const options = {
    source: first,
    target: second,
    readOnly: modes.includes('ro') || modes.includes('readonly'),
    noCopy: modes.includes('nocopy'),
    propagation: modes.find((mode) => /^r?(?:shared|slave|private)$/.test(mode)),
    field,
    origin,
  };
  return isHostPath(first) ? mountOf('bind', options) : namedMount(options, volumes);
}

function partsOf(text: string): readonly string[] {
  const parts: string[] = [];
  let rest = text;
  while (parts.length < 2) {
    const from = drive.test(rest) ? 2 : 0;
    const colon = rest.indexOf(':', from);
    if (colon < 0) break;
    parts.push(rest.slice(0, colon));
    rest = rest.slice(colon + 1);
  }
  return [...parts, rest];
}

/** Whether the source of a short volume is a path and no name. */
export function isHostPath(source: string): boolean {
  return /^[./~\\]/.test(source) || drive.test(source);
}

type Options = Partial<Mount> & Pick<Mount, 'target' | 'origin' | 'field'>;

/** A mount of which nothing is known but the options. */
export function mountOf(kind: Mount['kind'], options: Options): Mount {
  return {
    source: '',
    readOnly: false,
    noCopy: false,
    propagation: undefined,
    options: '',
    ...options,
    kind,
    target: normalisePath(options.target),
  };
}

/** A volume by name is what the root of the document says: a tmpfs, or a directory of the host. */
function namedMount(options: Options, volumes: JsonObject): Mount {
  const volume = volumes[options.source ?? ''];
  const given = isObject(volume) ? volume['driver_opts'] : undefined;
  const { type, device, o = '' } = isObject(given) ? given : {};
  if (type === 'tmpfs') return mountOf('tmpfs', { ...options, options: String(o) });
  const isBind = typeof device === 'string' && /\bbind\b/.test(`${String(type)},${String(o)}`);
  if (isBind) return mountOf('bind', { ...options, source: device });
  return mountOf('volume', options);
}

const longKinds: Readonly<Record<string, Mount['kind']>> = {
  bind: 'bind',
  tmpfs: 'tmpfs',
  image: 'image',
};

function longMount(
  value: JsonObject,
  volumes: JsonObject,
  lookup: Lookup,
  origin: Origin,
): readonly Mount[] {
  const read = (field: string): string => {
    const text = value[field];
    return typeof text === 'string' ? replaceVariables(text, lookup).text : '';
  };
  const target = read('target') || read('destination');
  if (target === '') return [];
  const { bind, volume, read_only: readOnly } = value;
  const source = read('source') || read('src');
  const options = {
    source,
    target,
    readOnly: readOnly === true || readOnly === 'true',
    noCopy: isObject(volume) && volume['nocopy'] === true,
    propagation: isObject(bind) ? textOr(bind['propagation']) : undefined,
    field: 'volumes',
    origin,
  };
  const type = read('type') || 'volume';
  if (type === 'volume') {
    return [source === '' ? mountOf('anonymous', options) : namedMount(options, volumes)];
  }
  return [mountOf(longKinds[type] ?? 'other', options)];
}

function textOr(value: unknown): string | undefined {
  return typeof value === 'string' ? value : undefined;
}

/** The devices of the host that the container gets. */
export function devicesIn(listed: readonly Listed[], lookup: Lookup): readonly Mount[] {
  return listed.map(({ value, origin }) => {
    const long = isObject(value) ? value : undefined;
    const text = long === undefined ? String(value) : String(long['source']);
    const [source = '', second = ''] = partsOf(replaceVariables(text, lookup).text);
    const target = long === undefined ? second : (textOr(long['target']) ?? '');
    return mountOf('device', { source, target: target || source, field: 'devices', origin });
  });
}

/** Devices that the container may make for itself: `c 10:* rwm`. */
export function deviceRulesIn(listed: readonly Listed[]): readonly Mount[] {
  return listed.map(({ value, origin }) =>
    mountOf('device', {
      source: `devices of ${String(value)}`,
      target: '/dev',
      field: 'device_cgroup_rules',
      origin,
    }),
  );
}

/** The files that secrets and configs are in the container. */
export function filesIn(
  listed: readonly Listed[],
  field: 'secrets' | 'configs',
  declared: Declared,
  lookup: Lookup,
): readonly Mount[] {
  return listed.flatMap(({ value, origin }) => {
    const source = isObject(value) ? textOr(value['source']) : value;
    const name = isObject(value) ? (textOr(value['target']) ?? source) : source;
    if (typeof name !== 'string' || name === '') return [];
    const path = replaceVariables(name, lookup).text;
    const folder = field === 'secrets' ? '/run/secrets' : '';
    const target = path.startsWith('/') ? path : `${folder}/${path}`;
    const options = { target, readOnly: true, field, origin };
    if (typeof source !== 'string' || !isInNoFile(declared[field][source])) {
      return [mountOf('file', options)];
    }
    const called = `the ${field === 'secrets' ? 'secret' : 'config'} "${source}"`;
    return [mountOf('copied', { ...options, source: called })];
  });
}

/** Whether the content of a config or secret is in the Compose file, or in a variable. */
function isInNoFile(declaration: unknown): boolean {
  if (!isObject(declaration)) return false;
  const { content, environment } = declaration;
  return [content, environment].some((each) => typeof each === 'string' && each !== '');
}

/** What `use_api_socket` gives a service: the socket of the engine, and the user's credentials. */
export function apiSocketIn(origin: Origin): readonly Mount[] {
  const field = 'use_api_socket';
  const socket = '/var/run/docker.sock';
  const credentials = {
    source: 'the credentials of use_api_socket',
    target: '/run/secrets/docker/config.json',
  };
  return [
    mountOf('bind', { source: socket, target: socket, field, origin }),
    mountOf('copied', { ...credentials, readOnly: true, field, origin }),
  ];
}
