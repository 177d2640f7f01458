/** Names that programs make up as they go: no directory of an image, and no path to mount. */

/**
 * The parts of a name that programs make up: mkstemp's six characters, hex digits, numbers, UUIDs.
 */
const randomTail = /[._-]?(?:X{3,200}|[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f-]{18,36}|\d{5,20})$/;
/** Without a digit it is a word. */
const hexTail = /[._-]?[0-9a-f]{8,64}$/;
const mkstempTail = /[._-]([A-Za-z0-9]{6,12})$/;
/** Python's tempfile. */
const pythonTemporary = /^tmp[a-z0-9_]{8}$/;

/** The name without a random tail; empty where it is nothing else. */
export function stableName(name: string): string {
  const bounded = name.slice(0, 200);
  if (pythonTemporary.test(bounded)) return 'tmp';
  const tail = mkstempTail.exec(bounded);
  // What follows the dot of a hidden name is the name.
  if (tail?.[1] !== undefined && tail.index > 0 && looksRandom(tail[1]))
    return bounded.slice(0, tail.index);
  const hex = hexTail.exec(bounded);
  const end = Math.min(
    randomTail.exec(bounded)?.index ?? bounded.length,
    hex !== null && /\d/.test(hex[0]) ? hex.index : bounded.length,
  );
  return bounded.slice(0, end);
}

/**
 * mkstemp draws from both cases and digits: a word or an ending has one of them, a version ends in
 * digits, and in words that are written together each begins with a capital.
 */
function looksRandom(text: string): boolean {
  if (/^[A-Za-z][a-z]{2,12}\d{1,4}$/.test(text)) return false;
  if (/^[A-Z]?[a-z]{2,12}(?:[A-Z][a-z]{2,12}){1,6}$/.test(text)) return false;
  const kinds = [/[a-z]/, /[A-Z]/, /\d/].filter((kind) => kind.test(text.slice(1))).length;
  return kinds > 1;
}

/** Whether the name has a part that is made up. */
export function isRandom(name: string): boolean {
  return stableName(name) !== name;
}

/**
 * Whether a directory of this name is one of many that a program spreads its files over: nginx's
 * `1/00`, the first letters of the names in it, a day, Hadoop's `_temporary`. `inner` is the name
 * of what is in it.
 */
export function isBucket(name: string, inner: string): boolean {
  if (/^(?:\d{1,4}|\d{4}-\d\d(?:-\d\d)?|_temporary)$/.test(name) || isRandom(name)) return true;
  if (/^(?=.?.?\d)[0-9A-F]{3}$/.test(name)) return true;
  if (/^[0-9a-f]$/.test(name)) return /^[0-9a-f]{2}$|^[0-9a-f]{16}/.test(inner);
  if (name.length > 2) return false;
  const isHex = /^[0-9a-f]{2}$/.test(name);
  return (
    (isHex && (/\d/.test(name) || /^[0-9a-f]{16}/.test(inner))) ||
    (name.length === 2 && inner.length > 8 && inner.startsWith(name)) ||
    /^(?:[a-z][A-Z]|[A-Z][a-z]\d|\d[A-Za-z])$/.test(name)
  );
}

/** `v4.0.0`: between buckets it is one as well. */
export function isVersion(name: string): boolean {
  return /^v?\d{1,4}(?:\.\d{1,4}){0,3}$/.test(name);
}

/**
 * The names of the links in a volume of a ConfigMap, a Secret or the downward API (kubernetes v1.34
 * pkg/volume/util/atomic_writer.go).
 */
const volumeLink = /\/\.\.(?:data(?:_tmp)?|\d{4}_\d\d_\d\d_\d\d_\d\d_\d\d\.\d{1,12})(?:\/|$)/;

/** Where such a volume is mounted, for a path that goes through one of its links. */
export function configVolumeOf(path: string): string | undefined {
  const match = volumeLink.exec(path);
  return match === null || match.index === 0 ? undefined : path.slice(0, match.index);
}

/** Endings and words of names that are those of files. */
const fileName =
  /(?:^|[._-])(?:lock|pid|sock|socket|cookie|history|schedule|passwd|crontab|version|token|cacerts|known_hosts|authorized_keys)$|^(?:id_(?:rsa|dsa|ecdsa|ed25519)|[A-Z][a-z]{2,12}file|wtmp|btmp|utmp|lastlog|faillog)$/;

/** Whether it is a file's name: it has an ending, is in capitals like LOCK, or is known as one. */
export function isFileName(written: string): boolean {
  const name = stableName(written);
  return (
    /[^.]\.[A-Za-z][\w-]{0,11}$/.test(name) ||
    /^[a-z_-]{2,64}\.\d{1,5}$/.test(written) ||
    /^[A-Z][A-Z0-9_-]+$/.test(name) ||
    fileName.test(written.toLowerCase()) ||
    fileName.test(written)
  );
}

/** Of names that begin with a dot, those of files: `.bashrc`, `.lesshst`, `.erlang.cookie`. */
export function isHiddenFile(name: string): boolean {
  return (
    isFileName(name) ||
    /^\.(?:\w{1,24}(?:rc|_history|hst|hsts|info|config|profile)|profile|rnd|netrc|pgpass|lock|pid)$/.test(
      name,
    )
  );
}
