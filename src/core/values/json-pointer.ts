/** JSON pointers (RFC 6901). */
import type { JsonObject } from './json.ts';

/** A key of an object as one segment of a pointer. */
export function escapeToken(token: string): string {
  return token.includes('~') || token.includes('/')
    ? token.replaceAll('~', '~0').replaceAll('/', '~1')
    : token;
}

/** A segment of a pointer as the key of an object. */
export function unescapeToken(token: string): string {
  return token.replaceAll('~1', '/').replaceAll('~0', '~');
}

/** '/spec/containers/0' → ['spec', 'containers', '0']; '' → []. */
export function pointerTokens(pointer: string): readonly string[] {
  if (pointer === '') return [];
  return pointer
    .slice(pointer.startsWith('/') ? 1 : 0)
    .split('/')
    .map(unescapeToken);
}

/** The value that a pointer leads to, in objects and lists; undefined where nothing is. */
export function valueAtPointer(value: unknown, pointer: string): unknown {
  return pointerTokens(pointer).reduce<unknown>(
    (at, token) =>
      typeof at === 'object' && at !== null && Object.hasOwn(at, token)
        ? (at as JsonObject)[token]
        : undefined,
    value,
  );
}

/** The JSON pointer that leads along the keys and indexes. */
export function pointerOf(path: readonly (string | number)[]): string {
  return path.map((step) => `/${escapeToken(String(step))}`).join('');
}

/** The JSON pointer to an annotation of a pod. */
export function annotationPointer(name: string): string {
  return `/metadata/annotations/${escapeToken(name)}`;
}
