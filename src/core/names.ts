/**
 * Names of what Lithopod adds to a pod. All are DNS-1123 labels of at most 63 characters (kubernetes v1.34
 * validation.go:431) and depend only on the container and the path, so that a second pass finds them again.
 */
import { sha256 } from '@noble/hashes/sha2.js';
import { bytesToHex, utf8ToBytes } from '@noble/hashes/utils.js';

const maxLength = 63;
const digestLength = 6;

export const hardenedAnnotation = 'lithopod.dev/hardened';
export const evictableAnnotation = 'cluster-autoscaler.kubernetes.io/safe-to-evict-local-volumes';

/** Where a seeding container sees the volume that it fills. No seeded path may lie below it (a profile lint). */
export const seedMountPath = '/mount';

/** The key below which a mask volume keeps its one file. */
export const maskFile = 'masked';

/**
 * The volume of one container and path: `lithopod-<container>-<path slug>-<6 hex>`.
 * `salt` above 0 gives another name, for the case that the pod's author already uses the first one for something else.
 */
export function volumeName(container: string, path: string, salt = 0): string {
  const key = salt === 0 ? path : `${path}\0${salt}`;
  if (salt > maxRememberedSalt) return makeVolumeName(container, path, `${container}\0${key}`);
  let names = volumeNames.get(key);
  if (names === undefined) volumeNames.set(key, (names = new Map<string, string>()));
  let name = names.get(container);
  if (name === undefined) {
    name = makeVolumeName(container, path, `${container}\0${key}`);
    if (++remembered > memoSize) {
      volumeNames.clear();
      remembered = 0;
    } else names.set(container, name);
  }
  return name;
}

/**
 * Names already worked out, by path and container: a cluster's pods repeat the same few. Bounded, so no pod can fill it.
 */
const volumeNames = new Map<string, Map<string, string>>();
const memoSize = 16_384;
/** Of the others there can be as many as an author takes names. */
const maxRememberedSalt = 3;
let remembered = 0;

function makeVolumeName(container: string, path: string, identity: string): string {
  return cutName(`lithopod-${container}-${slug(path)}`, shortDigest(identity));
}

/** The volume that holds the file which masks binaries. */
export function maskVolumeName(salt = 0): string {
  return salt === 0 ? 'lithopod-masks' : `lithopod-masks-${shortDigest(`masks\0${salt}`)}`;
}

/** The init container that fills a container's seeded path. `path` is given where the container has several. */
export function seedName(container: string, path?: string, salt = 0): string {
  const name = `lithopod-seed-${container}`;
  if (path === undefined && salt === 0 && name.length <= maxLength) return name;
  const identity = `${container}\0${path ?? ''}\0${salt}`;
  return cutName(path === undefined ? name : `${name}-${slug(path)}`, shortDigest(identity));
}

function shortDigest(identity: string): string {
  return bytesToHex(sha256(utf8ToBytes(identity)).subarray(0, digestLength / 2));
}

function slug(path: string): string {
  return path
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '-')
    .replace(/^-|-$/g, '');
}

/** The digest always stays whole: what is cut from a long name would otherwise make two names one. */
function cutName(name: string, digest: string): string {
  const body = name.slice(0, maxLength - digestLength - 1).replace(/-+$/, '');
  return `${body}-${digest}`;
}
