/** JSON pointers (RFC 6901). */

/** A key of an object as one segment of a pointer. */
export function escapeToken(token: string): string {
  return token.includes('~') || token.includes('/')
    ? token.replaceAll('~', '~0').replaceAll('/', '~1')
    : token;
}

/** The JSON pointer to an annotation of a pod. */
export function annotationPointer(name: string): string {
  return `/metadata/annotations/${escapeToken(name)}`;
}
