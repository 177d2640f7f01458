/** Joins several manifest texts into one stream of documents, piece by piece. */

/** Matches comments and blank lines before a separator. */
const opensDocument = /^(?:(?:#.*)?\r?\n)*---(?:\s|$)/;

/**
 * Returns a function that takes the texts one after the other and returns for each the next piece
 * of the stream. A single text stays as it is. Several are separated by `---` lines, unless a text
 * begins with one; each then ends in a line break. A byte order mark stays only at the start of
 * the stream, since elsewhere it would be content.
 */
export function makeStream(): (text: string) => string {
  let started = false;
  /** Empty while the stream is empty. */
  let lastCharacter = '';
  return (text) => {
    const next = started ? text.replace(/^\uFEFF/, '') : text;
    if (started && next.trim() === '') return '';
    const lead = lastCharacter === '' ? '' : separator(lastCharacter, next);
    started = true;
    lastCharacter = next.slice(-1);
    return lead + next;
  };
}

function separator(lastCharacter: string, next: string): string {
  const end = lastCharacter === '\n' ? '' : '\n';
  // Directives may only follow a document's explicit end.
  if (next.startsWith('%')) return `${end}...\n`;
  return opensDocument.test(next) ? end : `${end}---\n`;
}
