/**
 * Names of what Lithopod adds to a pod. All are DNS-1123 labels of at most 63 characters
 * (kubernetes v1.34 validation.go:431) and depend only on the container and the path, so that a
 * second pass finds them again.
 */
import { sha256 } from '@noble/hashes/sha2.js';
import { bytesToHex, utf8ToBytes } from '@noble/hashes/utils.js';

const maxLength = 63;
const digestLength = 6;

export const hardenedAnnotation = 'lithopod.dev/hardened';
export const evictableAnnotation = 'cluster-autoscaler.kubernetes.io/safe-to-evict-local-volumes';

/**
 * Where a seeding container sees the volume that it fills. No seeded path may lie below it (a
 * profile lint).
 */
export const seedMountPath = '/mount';

/** The key below which a mask volume keeps its one file. */
export const maskFile = 'masked';

/**
 * The volume of one container and path: `lithopod-<container>-<path slug>-<6 hex>`. `salt` above 0
 * gives another name, for the case that the pod's author already uses the first one for something
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
 * Whether a volume has a name as ours have. An author may have chosen it: what is surely ours is
 * told in ../context/injected.ts.
 */
export function isInjectedName(name: string): boolean {
  return name.startsWith(prefix);
}

/**
 * Whether the volume has the name of one container and path with one of the salts. What comes
 * before the digest is compared first, so that only a name which may be ours costs a digest.
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
 * Names already worked out, by path and container: a cluster's pods repeat the same few. Bounded in
 * number and in the length of what is remembered, so that no pod can fill it: 16,384 names with
 * their keys take 8 MiB at most.
 */
const volumeNames = new Map<string, Map<string, string>>();
const memoSize = 16_384;
const longestRemembered = 256;
/** Of the others there can be as many as an author takes names. */
const maxRememberedSalt = 3;
let remembered = 0;

function makeVolumeName(container: string, path: string, key: string): string {
  return `${volumeNameBody(container, path)}-${shortDigest(container, key)}`;
}

function volumeNameBody(container: string, path: string): string {
  return cutBody(`${prefix}${start(container)}-${slug(start(path))}`);
}

/** The volume that holds the file which masks binaries. */
export function maskVolumeName(salt = 0): string {
  return salt === 0 ? `${prefix}masks` : `${prefix}masks-${shortDigest('masks', `${salt}`)}`;
}

/**
 * The init container that fills a container's seeded path. `path` is given where the container has
 * several.
 */
export function seedName(container: string, path?: string, salt = 0): string {
  const name = `${prefix}seed-${start(container)}`;
  if (path === undefined && salt === 0 && name.length <= maxLength) return name;
  const body = path === undefined ? name : `${name}-${slug(start(path))}`;
  return `${cutBody(body)}-${shortDigest(container, `${path ?? ''}\0${salt}`)}`;
}

/** No more of a text than a name has room for: a slug of the whole would be made of megabytes. */
function start(text: string): string {
  return text.slice(0, longestRemembered);
}

/**
 * The state of the digest behind the first part of an identity, kept for the next one: a long part
 * is read once.
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
 * The digest always stays whole: what is cut from a long name would otherwise make two names one.
 */
function cutBody(name: string): string {
  const body = name.slice(0, maxLength - digestLength - 1);
  let end = body.length;
  while (body[end - 1] === '-') end--;
  return body.slice(0, end);
}
