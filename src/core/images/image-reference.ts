/**
 * Image references, read and normalised the way container runtimes do, and the rewriting of mirror
 * prefixes.
 *
 * Source: distribution/reference (regexp.go, normalize.go), which containerd, CRI-O and Docker
 * share. Only docker.io and its old name index.docker.io are one registry there;
 * registry-1.docker.io is not. Letters of a registry keep their case there too.
 */
import { failure, success } from '../values/result.ts';
import type { Result } from '../values/result.ts';

export interface ImageReference {
  /** Host and, where the text has one, port: `docker.io`, `localhost:5000`. */
  readonly registry: string;
  /** `library/nginx`. */
  readonly path: string;
  /** Registry and path: `docker.io/library/nginx`. */
  readonly repository: string;
  /** `latest` where the text has neither tag nor digest; absent where it has a digest alone. */
  readonly tag?: string;
  /**
   * `sha256:…`. A runtime that is given both pulls by digest; the tag still says which variant was
   * meant.
   */
  readonly digest?: string;
}

/**
 * A whole-segment prefix of repository names and what takes its place. Neither ends with a slash.
 */
export interface Mirror {
  readonly from: string;
  readonly to: string;
}

/** The longest path that distribution/reference accepts. */
const maxPathLength = 255;
/**
 * A registry, a path, a tag and a SHA-512 digest all fit; more is refused before anything looks at
 * it.
 */
const maxReferenceLength = 1024;
const digestLengths: Readonly<Record<string, number>> = { sha256: 64, sha384: 96, sha512: 128 };

const hub = 'docker.io';
const oldHub = 'index.docker.io';

/**
 * Reads what a container's `image` says. Refused, never thrown: what a runtime refuses as well
 * (uppercase in the path, a bare 64-digit image id, empty segments, an unknown digest algorithm, a
 * path above 255 characters).
 */
export function parseReference(text: string): Result<ImageReference> {
  if (text === '') return failure({ message: 'The image reference is empty.' });
  if (text.length > maxReferenceLength) {
    return failure({
      message: `The image reference is longer than ${maxReferenceLength} characters.`,
    });
  }
  if (/^[a-f0-9]{64}$/.test(text)) {
    return failure({ message: 'A bare image id names no repository.' });
  }
  const at = text.indexOf('@');
  const digest = at < 0 ? undefined : text.slice(at + 1);
  const named = at < 0 ? text : text.slice(0, at);
  const colon = named.indexOf(':', named.indexOf('/') + 1);
  const tag = colon < 0 ? undefined : named.slice(colon + 1);
  const { registry, path } = splitRegistry(colon < 0 ? named : named.slice(0, colon));

  const message =
    registryProblem(registry) ??
    repositoryPathProblem(path) ??
    (tag === undefined ? undefined : tagProblem(tag)) ??
    (digest === undefined ? undefined : digestProblem(digest));
  if (message !== undefined) return failure({ message });
  const impliedTag = tag ?? (digest === undefined ? 'latest' : undefined);
  return success({
    registry,
    path,
    repository: `${registry}/${path}`,
    ...(impliedTag === undefined ? {} : { tag: impliedTag }),
    ...(digest === undefined ? {} : { digest }),
  });
}

/**
 * The reference in full, `docker.io/library/nginx:latest`: reading it again gives the same value.
 */
export function formatReference({ repository, tag, digest }: ImageReference): string {
  return `${repository}${tag === undefined ? '' : `:${tag}`}${digest === undefined ? '' : `@${digest}`}`;
}

/**
 * Reads `FROM=TO`, such as `registry.corp/hub/=docker.io/`. Both are whole segments of full names,
 * with or without a slash at the end; a first segment that a runtime would not take for a registry
 * is refused.
 */
export function parseMirror(text: string): Result<Mirror> {
  const equals = text.indexOf('=');
  if (equals < 0) {
    return failure({
      message: `A mirror is written FROM=TO, as in registry.corp/hub/=docker.io/: "${text}" has no "=".`,
    });
  }
  const [from, to] = [parsePrefix(text.slice(0, equals)), parsePrefix(text.slice(equals + 1))];
  if (from.ok && to.ok) return success({ from: from.value, to: to.value });
  return failure(...(from.ok ? [] : from.problems), ...(to.ok ? [] : to.problems));
}

/**
 * The mirrors in the order in which they are tried, the longest prefix first. Two that rewrite one
 * prefix to different names are refused.
 */
export function orderMirrors(mirrors: readonly Mirror[]): Result<readonly Mirror[]> {
  const byPrefix = new Map<string, Mirror>();
  const problems = [];
  for (const mirror of mirrors) {
    const known = byPrefix.get(mirror.from);
    if (known !== undefined && known.to !== mirror.to) {
      problems.push({
        message: `Two mirrors rewrite ${mirror.from}/: to ${known.to}/ and to ${mirror.to}/.`,
      });
    }
    byPrefix.set(mirror.from, mirror);
  }
  if (problems.length > 0) return failure(...problems);
  return success([...byPrefix.values()].sort((a, b) => b.from.length - a.from.length));
}

/**
 * The name of the image as its author published it: the first of the ordered mirrors whose prefix
 * fits is rewritten, once. Below docker.io a single segment is an official image, as in a
 * reference. Gives the SAME object back where nothing is rewritten.
 */
export function rewriteMirror(
  reference: ImageReference,
  mirrors: readonly Mirror[],
): ImageReference {
  for (const { from, to } of mirrors) {
    if (!startsWithSegments(reference.repository, from)) continue;
    const rest = reference.repository.slice(from.length);
    // An image called exactly like the prefix of a whole registry has no name left.
    if (rest === '' && !to.includes('/')) continue;
    const { registry, path } = splitRegistry(to + rest);
    if (repositoryPathProblem(path) !== undefined) continue;
    return { ...reference, registry, path, repository: `${registry}/${path}` };
  }
  return reference;
}

function startsWithSegments(name: string, prefix: string): boolean {
  return name.startsWith(prefix) && (name.length === prefix.length || name[prefix.length] === '/');
}

/**
 * Which part of a name without tag and digest is the registry: normalize.go's splitDockerDomain.
 */
function splitRegistry(name: string): { readonly registry: string; readonly path: string } {
  const slash = name.indexOf('/');
  if (slash < 0) return { registry: hub, path: `library/${name}` };
  const first = name.slice(0, slash);
  if (!looksLikeRegistry(first)) return { registry: hub, path: name };
  const registry = first === oldHub ? hub : first;
  const path = name.slice(slash + 1);
  const official = registry === hub && !path.includes('/');
  return { registry, path: official ? `library/${path}` : path };
}

/** Whether runtimes take the first segment of a name for a registry. */
export function looksLikeRegistry(segment: string): boolean {
  return segment === 'localhost' || /[.:A-Z]/.test(segment);
}

/**
 * Why a text is no registry, or undefined where it is one: a DNS name or address with an optional
 * port.
 */
export function registryProblem(registry: string): string | undefined {
  const address = /^\[[a-fA-F0-9:]+\](?::[0-9]+)?$/;
  const name =
    /^[a-zA-Z0-9](?:[a-zA-Z0-9-]*[a-zA-Z0-9])?(?:\.[a-zA-Z0-9](?:[a-zA-Z0-9-]*[a-zA-Z0-9])?)*(?::[0-9]+)?$/;
  return name.test(registry) || address.test(registry)
    ? undefined
    : `"${registry}" is not a registry.`;
}

/** Why a text is no path of a repository, or undefined where it is one. */
function repositoryPathProblem(path: string): string | undefined {
  if (path.length > maxPathLength) {
    return `The repository name is longer than ${maxPathLength} characters.`;
  }
  for (const segment of path.split('/')) {
    const message = segmentProblem(segment, segment);
    if (message !== undefined) return message;
  }
  return undefined;
}

/**
 * Why a text is no segment of a path, or undefined where it is one. The message speaks of `shown`.
 */
export function segmentProblem(segment: string, shown: string): string | undefined {
  if (segment === '') return 'The repository name has an empty segment.';
  if (/[A-Z]/.test(segment)) return `"${shown}" must be lower case.`;
  if (/^[a-z0-9]+(?:(?:\.|__?|-+)[a-z0-9]+)*$/.test(segment)) return undefined;
  return `"${shown}" is not a segment of a repository name: lower-case letters and digits, and between them a dot, one or two underscores, or dashes.`;
}

/** Why a text is no tag, or undefined where it is one. */
function tagProblem(tag: string): string | undefined {
  return /^\w[\w.-]{0,127}$/.test(tag) ? undefined : `"${tag}" is not a tag.`;
}

/** Why a text is no digest that runtimes accept, or undefined where it is one. */
export function digestProblem(digest: string): string | undefined {
  const colon = digest.indexOf(':');
  const algorithm = digest.slice(0, Math.max(colon, 0));
  const length = Object.hasOwn(digestLengths, algorithm) ? digestLengths[algorithm] : undefined;
  if (length === undefined)
    return `"${digest}" is not a digest: sha256: and 64 hexadecimal digits.`;
  const value = digest.slice(colon + 1);
  if (value.length === length && /^[a-f0-9]+$/.test(value)) return undefined;
  return `"${digest}" is not a digest: ${algorithm}: is followed by ${length} lower-case hexadecimal digits.`;
}

function parsePrefix(text: string): Result<string> {
  const name = text.endsWith('/') ? text.slice(0, -1) : text;
  const [first = '', ...rest] = name.split('/');
  if (!looksLikeRegistry(first)) {
    const full = name === '' ? 'registry.example.com/' : `${hub}/${name}/`;
    return failure({ message: `A mirror's "${text}" must start with a registry: write ${full}.` });
  }
  const message =
    registryProblem(first) ??
    (rest.length === 0 ? undefined : repositoryPathProblem(rest.join('/')));
  if (message !== undefined)
    return failure({ message: `A mirror's "${text}" is no prefix of names. ${message}` });
  return success([first === oldHub ? hub : first, ...rest].join('/'));
}

/** The repository of an image, in full; undefined where the text is no reference. */
export function repositoryOf(image: string): string | undefined {
  const reference = parseReference(image);
  return reference.ok ? reference.value.repository : undefined;
}
