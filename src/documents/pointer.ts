/** JSON pointers (RFC 6901). */

/** '/spec/containers/0' → ['spec', 'containers', '0']; '' → []. */
export function pointerTokens(pointer: string): readonly string[] {
  if (pointer === '') return [];
  return pointer
    .slice(pointer.startsWith('/') ? 1 : 0)
    .split('/')
    .map((token) => token.replaceAll('~1', '/').replaceAll('~0', '~'));
}
