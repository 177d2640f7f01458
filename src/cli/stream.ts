/** Several manifest texts as one stream of documents. */

/** Comments and blank lines, then a separator. */
const opensDocument = /^(?:(?:#.*)?\r?\n)*---(?:\s|$)/;

/**
 * One text is given back as it is. Several are separated by `---` lines where they do not bring one themselves; each
 * then ends in a line break, and byte order marks stand at the start alone, since elsewhere they would be content.
 */
export function joinStream(texts: readonly string[]): string {
  const [first = '', ...others] = texts;
  let stream = first;
  for (const text of others) {
    const next = text.replace(/^\uFEFF/, '');
    if (next.trim() === '') continue;
    if (stream !== '' && !stream.endsWith('\n')) stream += '\n';
    // Directives may only follow a document's explicit end.
    if (next.startsWith('%')) stream += stream === '' ? next : `...\n${next}`;
    else stream += stream === '' || opensDocument.test(next) ? next : `---\n${next}`;
  }
  return stream;
}
