/**
 * Names of what Lithopod adds to a pod. All are DNS-1123 labels of at most 63 characters
 * (kubernetes v1.34 validation.go:431) and depend only on the container and the path, so that a
 * second pass finds them again.
 */
import { sha256 } from '@noble/hashes/sha2.js';
import { bytesToHex, utf8ToBytes } from '@noble/hashes/utils.js';

const maxLength = 63;
const digestLength = 6;

/** The annotation that hardening writes. */
export const hardenedAnnotation = 'lithopod.dev/hardened';
/** Names volumes that the cluster autoscaler may delete with the pod. */
export const evictableAnnotation = 'cluster-autoscaler.kubernetes.io/safe-to-evict-local-volumes';

/**
 * Where a seeding container mounts the volume that it fills. A profile lint refuses a seeded path
 * below it.
 */
export const seedMountPath = '/mount';

/** The key below which a mask volume keeps its one file. */
export const maskFile = 'masked';

/**
 * The name of the volume for one container and path: `lithopod-<container>-<path slug>-<6 hex>`. A
 * `salt` above 0 gives another name, for where the pod's author uses the first one for something
 * else.
 */
export function volumeName(container: string, path: string, salt = 0): string {
  const key = salt === 0 ? path : `${path}\0${salt}`;
  if (salt > maxRememberedSalt || container.length > maxLength || path.length > longestRemembered)
    return makeVolumeName(container, path, key);
  let names = volumeNames.get(key);
  if (names === undefined) volumeNames.set(key, (names = new Map<string, string>()));
  let name = names.get(container);
  if (name === undefined) {
    name = makeVolumeName(container, path, key);
    if (++remembered > memoSize) {
      volumeNames.clear();
      remembered = 0;
    } else names.set(container, name);
  }
  return name;
}

const prefix = 'lithopod-';

/**
 * Whether the name is like those of injected volumes. An author may have chosen it:
 * ../context/injected.ts decides what Lithopod surely injected.
 */
export function isInjectedName(name: string): boolean {
  return name.startsWith(prefix);
}

/**
 * Whether the name is that of the volume for the container and path, with one of the salts. The
 * part before the digest is compared first, since making a digest is slow.
 */
export function isVolumeName(
  name: string,
  container: string,
  path: string,
  salts: readonly number[],
): boolean {
  if (name.length > maxLength || !name.startsWith(volumeNameBody(container, path))) return false;
  return salts.some((salt) => name === volumeName(container, path, salt));
}

/**
 * Names that were made before, by path and container: the pods of a cluster repeat the same few.
 * The number of names and their lengths are bounded, so that no pod can fill the memory: 16,384
 * names with their keys take 8 MiB at most.
 */
const volumeNames = new Map<string, Map<string, string>>();
const memoSize = 16_384;
const longestRemembered = 256;
/** Names of higher salts are not kept: an author can cause any number of them. */
const maxRememberedSalt = 3;
let remembered = 0;

function makeVolumeName(container: string, path: string, key: string): string {
  return `${volumeNameBody(container, path)}-${shortDigest(container, key)}`;
}

function volumeNameBody(container: string, path: string): string {
  return cutBody(`${prefix}${start(container)}-${slug(start(path))}`);
}

/** The name of the volume that holds the file which masks binaries. */
export function maskVolumeName(salt = 0): string {
  return salt === 0 ? `${prefix}masks` : `${prefix}masks-${shortDigest('masks', `${salt}`)}`;
}

/**
 * The name of the init container that fills a container's seeded path. `path` is given where the
 * container has several.
 */
export function seedName(container: string, path?: string, salt = 0): string {
  const name = `${prefix}seed-${start(container)}`;
  if (path === undefined && salt === 0 && name.length <= maxLength) return name;
  const body = path === undefined ? name : `${name}-${slug(start(path))}`;
  return `${cutBody(body)}-${shortDigest(container, `${path ?? ''}\0${salt}`)}`;
}

/** The start of a text, which is all that a name has room for: the text may have megabytes. */
function start(text: string): string {
  return text.slice(0, longestRemembered);
}

/**
 * The state of the digest after the first part of an identity. It is kept for the next identity
 * with the same first part, so that a long part is read once.
 */
let digestOf:
  { readonly first: string; readonly state: ReturnType<typeof sha256.create> } | undefined;

function shortDigest(first: string, second: string): string {
  if (digestOf?.first !== first) {
    digestOf = { first, state: sha256.create().update(utf8ToBytes(`${first}\0`)) };
  }
  const digest = digestOf.state.clone().update(utf8ToBytes(second)).digest();
  return bytesToHex(digest.subarray(0, digestLength / 2));
}

function slug(path: string): string {
  return path
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '-')
    .replace(/^-|-$/g, '');
}

/**
 * Cuts a name so that the whole digest fits behind it: without it two long names could become one.
 */
function cutBody(name: string): string {
  const body = name.slice(0, maxLength - digestLength - 1);
  let end = body.length;
  while (body[end - 1] === '-') end--;
  return body.slice(0, end);
}
