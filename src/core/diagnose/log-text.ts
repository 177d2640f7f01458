/**
 * A log made fit to be read by a program and quoted to a person: bounded, without what steers a
 * terminal.
 */

/** Of a longer log only the end is read: what killed the container is there. */
export const maxLogLength = 256 * 1024;
/** A longer line is read in pieces of this length, so that each costs a bounded amount. */
const maxPiece = 4096;
/** What a quotation shows of a line. */
export const maxQuote = 300;

/**
 * The lines of the end of the log, each of at most 4096 characters, without escape sequences and
 * empty ones.
 */
export function logLines(log: string): readonly string[] {
  const cut = log.length > maxLogLength;
  const end = cut ? log.slice(-maxLogLength) : log;
  const lines = withoutEscapes(end).split(/[\r\n]+/);
  // The first line may have lost its beginning, and with it the beginning of a path.
  if (cut && lines.length > 1) lines.shift();
  return lines.flatMap(pieces).filter((line) => line.trim() !== '');
}

function pieces(line: string): readonly string[] {
  if (line.length <= maxPiece) return [line];
  const parts: string[] = [];
  for (let at = 0; at < line.length; at += maxPiece) parts.push(line.slice(at, at + maxPiece));
  return parts;
}

/**
 * Colours and cursor movements (ECMA-48 control sequences) and titles (operating system commands).
 */
function withoutEscapes(text: string): string {
  // eslint-disable-next-line no-control-regex -- these are what it looks for
  return text.replace(/\u001b(?:\[[0-?]*[ -/]*[@-~]|\][^\u0007\u001b]*(?:\u0007|\u001b\\)?)?/g, '');
}

/** The line as evidence: no control or direction characters, at most 300 characters. */
export function quote(line: string): string {
  const spaced = line.replaceAll('\t', ' ');
  const plain = spaced.replace(/[\p{Cc}\p{Cf}\u2028\u2029]/gu, '').trim();
  if (plain.length <= maxQuote) return plain;
  // Half of a surrogate pair is no character.
  return `${plain.slice(0, maxQuote - 1).replace(/[\ud800-\udbff]$/, '')}…`;
}
