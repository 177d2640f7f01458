/** Plain text in columns. Widths count characters, so colour is added after the layout. */

/**
 * The text with control characters written as escapes. Names come from files of other people, and
 * control characters in them could change what the terminal shows.
 */
export function printable(text: string): string {
  // eslint-disable-next-line no-control-regex -- these are what it looks for
  return text.replace(/[\u0000-\u001f\u007f-\u009f\u202a-\u202e\u2066-\u2069]/g, (character) => {
    const code = character.charCodeAt(0).toString(16);
    return code.length <= 2 ? `\\x${code.padStart(2, '0')}` : `\\u${code}`;
  });
}

/**
 * Wraps the words to lines of at most `width` characters; without a width all are on one line. A
 * longer word is not split.
 */
export function wrap(text: string, width: number | undefined): readonly string[] {
  if (width === undefined) return [text];
  const lines: string[] = [];
  let line = '';
  for (const word of text.split(' ')) {
    if (line !== '' && line.length + 1 + word.length > width) {
      lines.push(line);
      line = word;
    } else line = line === '' ? word : `${line} ${word}`;
  }
  return [...lines, line];
}

/** `lead` and the text, wrapped at `columns`; later lines are indented by the width of `lead`. */
export function hanging(
  lead: string,
  text: string,
  columns: number | undefined,
  leadWidth = lead.length,
): string {
  const room = columns === undefined ? undefined : Math.max(columns - leadWidth, 24);
  return lead + wrap(text, room).join(`\n${' '.repeat(leadWidth)}`);
}

/**
 * The rows as lines with aligned columns, two spaces apart, without trailing spaces. A line longer
 * than `columns` is cut and ends in an ellipsis.
 */
export function table(
  rows: readonly (readonly string[])[],
  columns: number | undefined,
): readonly string[] {
  const widths: number[] = [];
  for (const row of rows) {
    for (const [index, cell] of row.entries()) {
      widths[index] = Math.max(widths[index] ?? 0, cell.length);
    }
  }
  return rows.map((row) => {
    const cells = row.map((cell, index) => cell.padEnd(widths[index] ?? 0));
    return cut(cells.join('  ').trimEnd(), columns);
  });
}

/** The text; if it is longer than `width`, an ellipsis and its last characters. */
export function keepEnd(text: string, width: number): string {
  return text.length <= width ? text : `…${text.slice(1 - width)}`;
}

function cut(line: string, columns: number | undefined): string {
  return columns === undefined || line.length <= columns ? line : `${line.slice(0, columns - 1)}…`;
}

/** The number with the word in singular or plural: `1 change`, `2 changes`. */
export function count(number: number, singular: string, plural = `${singular}s`): string {
  return `${number} ${number === 1 ? singular : plural}`;
}
