/**
 * Paths inside a container, compared as a container runtime sees them.
 *
 * The API compares mount paths as text, so `/tmp`, `/tmp/` and `//tmp` are three paths to it and
 * one directory to the runtime (kubernetes v1.34 validation.go:3045). Debian and Alpine link
 * /var/run to /run and /var/lock to /run/lock.
 */

/**
 * Where the ServiceAccount admission plugin mounts the token into every container that has no mount
 * there.
 */
export const serviceAccountPath = '/var/run/secrets/kubernetes.io/serviceaccount';

/**
 * The absolute path in its shortest form: no double or trailing slash, no `.` and no `..`. A
 * relative path is taken from the root, as the kubelet does (volumeutil.MakeAbsolutePath).
 */
export function normalisePath(path: string): string {
  if (isNormal(path)) return path;
  const parts: string[] = [];
  for (const part of path.split('/')) {
    if (part === '..') parts.pop();
    else if (part !== '' && part !== '.') parts.push(part);
  }
  return `/${parts.join('/')}`;
}

/** Most paths are normal already: one look decides, without an allocation. */
function isNormal(path: string): boolean {
  return (
    path.startsWith('/') &&
    path.length > 1 &&
    !path.endsWith('/') &&
    !path.includes('//') &&
    !path.includes('/.')
  );
}

/**
 * The normalised path with the links of common images resolved: two paths are one directory if
 * these are equal.
 */
export function canonicalPath(path: string): string {
  const normal = normalisePath(path);
  return normal.startsWith('/var/') ? followLink(normal, varLinks) : normal;
}

export type Link = readonly [link: string, target: string];

/** Of images and nodes alike. */
export const varLinks: readonly Link[] = [
  ['/var/run', '/run'],
  ['/var/lock', '/run/lock'],
];

/** The normalised path with the first of the links that it goes through resolved. */
export function followLink(path: string, links: readonly Link[]): string {
  for (const [link, target] of links) {
    if (isAtOrBelow(path, link)) return `${target}${path.slice(link.length)}`;
  }
  return path;
}

/** Whether `path` is `ancestor` or lies below it. Both normalised. */
export function isAtOrBelow(path: string, ancestor: string): boolean {
  if (ancestor === '/') return true;
  return (
    path.startsWith(ancestor) && (path.length === ancestor.length || path[ancestor.length] === '/')
  );
}

/** The directory that a normalised path is in. */
export function parentOf(path: string): string {
  return path.slice(0, path.lastIndexOf('/')) || '/';
}

/** The last segment of a normalised path. */
export function baseName(path: string): string {
  return path.slice(path.lastIndexOf('/') + 1);
}

/**
 * A binary's path with the merged /usr of Debian, Fedora and others resolved: /usr/bin/x and /bin/x
 * are one file there, and where they are not, at most one of them exists.
 */
export function canonicalBinary(path: string): string {
  const normal = normalisePath(path);
  return /^\/usr\/(?:s?bin|lib(?:64)?)\//.test(normal) ? normal.slice('/usr'.length) : normal;
}
