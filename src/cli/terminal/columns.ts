/** Plain text in columns. Widths count characters; colour is added to what is laid out already. */

/**
 * The text with characters that would steer a terminal written as escapes: names come from other
 * people's files.
 */
export function printable(text: string): string {
  // eslint-disable-next-line no-control-regex -- these are what it looks for
  return text.replace(/[\u0000-\u001f\u007f-\u009f\u202a-\u202e\u2066-\u2069]/g, (character) => {
    const code = character.charCodeAt(0).toString(16);
    return code.length <= 2 ? `\\x${code.padStart(2, '0')}` : `\\u${code}`;
  });
}

/**
 * The words on lines of at most `width` characters, or all on one where no width is given. A longer
 * word stays whole.
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

/** The text wrapped within `columns` with its later lines indented as far as `lead` reaches. */
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
 * Rows as lines of aligned columns, two spaces apart, without trailing spaces. Where `columns` is
 * given, a line that is longer is cut there and ends in an ellipsis.
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

/** The last characters of a text that is longer than `width`, after an ellipsis. */
export function keepEnd(text: string, width: number): string {
  return text.length <= width ? text : `…${text.slice(1 - width)}`;
}

function cut(line: string, columns: number | undefined): string {
  return columns === undefined || line.length <= columns ? line : `${line.slice(0, columns - 1)}…`;
}

/** `1 change`, `2 changes`. */
export function count(number: number, singular: string, plural = `${singular}s`): string {
  return `${number} ${number === 1 ? singular : plural}`;
}
