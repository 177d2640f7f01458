/**
 * Names of what Lithopod adds to a pod. All are DNS-1123 labels of at most 63 characters
 * (kubernetes v1.34 validation.go:431) and depend only on the container and the path, so that a
 * second pass finds them again.
 */
import { hash } from 'node:crypto';

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

const prefix = 'lithopod-';

/**
 * Whether a volume has a name as ours have. An author may have chosen it: what is surely ours is
 * said in ../context/injected.ts.
 */
export function isInjectedName(name: string): boolean {
  return name.startsWith(prefix);
}

/**
 * Makes the names of what is injected, and remembers them: a cluster's pods repeat the same few.
 * One for each catalogue. What it remembers is bounded in number and in length, so that no pod can
 * fill it: 16,384 names with their keys take 8 MiB at most.
 */
export class InjectedNames {
  /** By path and salt, then by container. */
  readonly #volumes = new Map<string, Map<string, string>>();
  #remembered = 0;
  /** Of the container that was asked for last, where its name is longer than the API takes. */
  #long: { readonly container: string; readonly digest: string } | undefined;

  /**
   * The volume of one container and path: `lithopod-<container>-<path slug>-<6 hex>`. `salt` above
   * 0 gives another name, for the case that the pod's author already uses the first one for
   * something else.
   */
  volume(container: string, path: string, salt = 0): string {
    const key = salt === 0 ? path : `${path}\0${salt}`;
    if (salt > maxRememberedSalt || container.length > maxLength || path.length > longestRemembered)
      return this.#makeVolume(container, path, key);
    let names = this.#volumes.get(key);
    if (names === undefined) this.#volumes.set(key, (names = new Map<string, string>()));
    let name = names.get(container);
    if (name === undefined) {
      name = this.#makeVolume(container, path, key);
      if (++this.#remembered > memoSize) {
        this.#volumes.clear();
        this.#remembered = 0;
      } else names.set(container, name);
    }
    return name;
  }

  /**
   * Whether the volume has the name of one container and path with one of the salts. What stands
   * before the digest is compared first, so that only a name which may be ours costs a digest.
   */
  isVolume(name: string, container: string, path: string, salts: readonly number[]): boolean {
    if (name.length > maxLength || !name.startsWith(volumeNameBody(container, path))) return false;
    return salts.some((salt) => name === this.volume(container, path, salt));
  }

  /**
   * The init container that fills a container's seeded path. `path` is given where the container
   * has several.
   */
  seed(container: string, path?: string, salt = 0): string {
    const name = `${prefix}seed-${start(container)}`;
    if (path === undefined && salt === 0 && name.length <= maxLength) return name;
    const body = path === undefined ? name : `${name}-${slug(start(path))}`;
    return `${cutBody(body)}-${this.#digestOf(container, `${path ?? ''}\0${salt}`)}`;
  }

  #makeVolume(container: string, path: string, key: string): string {
    return `${volumeNameBody(container, path)}-${this.#digestOf(container, key)}`;
  }

  #digestOf(container: string, second: string): string {
    if (container.length <= maxLength) return shortDigest(container, second);
    // A name of megabytes is read once, and not for each of its paths.
    if (this.#long?.container !== container) {
      this.#long = { container, digest: hash('sha256', container) };
    }
    return shortDigest(this.#long.digest, second);
  }
}

const memoSize = 16_384;
const longestRemembered = 256;
/** Of the others there can be as many as an author takes names. */
const maxRememberedSalt = 3;

function volumeNameBody(container: string, path: string): string {
  return cutBody(`${prefix}${start(container)}-${slug(start(path))}`);
}

/** The volume that holds the file which masks binaries. */
export function maskVolumeName(salt = 0): string {
  return salt === 0 ? `${prefix}masks` : `${prefix}masks-${shortDigest('masks', `${salt}`)}`;
}

/** No more of a text than a name has room for: a slug of the whole would be made of megabytes. */
function start(text: string): string {
  return text.slice(0, longestRemembered);
}

/** The first digits of the digest of both parts. */
function shortDigest(first: string, second: string): string {
  return hash('sha256', `${first}\0${second}`).slice(0, digestLength);
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
