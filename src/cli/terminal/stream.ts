/** Several manifest texts as one stream of documents, given out piece by piece. */

/** Comments and blank lines, then a separator. */
const opensDocument = /^(?:(?:#.*)?\r?\n)*---(?:\s|$)/;

/**
 * A function that is given the texts one after the other, and gives for each what follows the
 * stream so far. One text is given back as it is. Several are separated by `---` lines where they
 * do not bring one themselves; each then ends in a line break, and byte order marks stand at the
 * start alone, since elsewhere they would be content.
 */
export function makeStream(): (text: string) => string {
  let started = false;
  /** Empty as long as the stream is. */
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
