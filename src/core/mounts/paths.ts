/**
 * Paths inside a container, compared as a container runtime sees them.
 *
 * The API compares mount paths as text, so `/tmp`, `/tmp/` and `//tmp` are three paths to it and
 * one directory to the runtime (kubernetes v1.34 validation.go:3045). Debian and Alpine link
 * /var/run to /run and /var/lock to /run/lock.
 */

/**
 * Where the ServiceAccount admission plugin mounts the token into every container that has no
 * mount there.
 */
export const serviceAccountPath = '/var/run/secrets/kubernetes.io/serviceaccount';

/**
 * The absolute path in its shortest form: without double or trailing slashes, `.` and `..`. A
 * relative path counts from the root, as for the kubelet (volumeutil.MakeAbsolutePath).
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

/** Whether the path surely is in that form. Most are; this test allocates nothing. */
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

/** A symbolic link and its target, both normalised. */
export type Link = readonly [link: string, target: string];

/** The links below /var, of images and of nodes. */
export const varLinks: readonly Link[] = [
  ['/var/run', '/run'],
  ['/var/lock', '/run/lock'],
];

/** The normalised path with the first link that it goes through resolved; else the path itself. */
export function followLink(path: string, links: readonly Link[]): string {
  for (const [link, target] of links) {
    if (isAtOrBelow(path, link)) return `${target}${path.slice(link.length)}`;
  }
  return path;
}

/** Whether `path` is `ancestor` or is below it. Both must be normalised. */
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

/** The normalised path itself and all above it but the root, the nearest first. */
export function* lineage(path: string): Generator<string> {
  for (let at = path; at !== '/'; at = parentOf(at)) yield at;
}

/** The directories that the normalised paths are in, at any depth, but the root. */
export function ancestorsOf(paths: Iterable<string>): ReadonlySet<string> {
  const above = new Set<string>();
  for (const path of paths) {
    for (const at of lineage(parentOf(path))) {
      // Those above it are known too.
      if (above.has(at)) break;
      above.add(at);
    }
  }
  return above;
}

/** The last segment of a normalised path. */
export function baseName(path: string): string {
  return path.slice(path.lastIndexOf('/') + 1);
}

/**
 * A binary's path with the merged /usr of Debian, Fedora and others resolved. There /usr/bin/x and
 * /bin/x are one file; in other images at most one of them exists.
 */
export function canonicalBinary(path: string): string {
  const normal = normalisePath(path);
  return /^\/usr\/(?:s?bin|lib(?:64)?)\//.test(normal) ? normal.slice('/usr'.length) : normal;
}
