/**
 * A log made fit to be read by a program and quoted to a person: bounded, without what steers a
 * terminal, and without what a logger, a runtime or a tool put around each line.
 */
import { messagesIn } from './json-line.ts';

/** Of a longer log only the end is read: what killed the container is there. */
export const maxLogLength = 256 * 1024;
/** A longer line is read in pieces of this length, so that each costs a bounded amount. */
const maxPiece = 4096;
/** What a quotation shows of a line. */
export const maxQuote = 300;

/** A line of the log, or a piece of it. */
export interface LogLine {
  /** As it was logged, for people. */
  readonly raw: string;
  /** What the program said: one text, or the texts of a record in JSON. */
  readonly texts: readonly string[];
}

/**
 * The lines of the end of the log, each of at most 4096 characters, without escape sequences and
 * empty ones.
 */
export function logLines(log: string): readonly LogLine[] {
  const cut = log.length > maxLogLength;
  const end = cut ? log.slice(-maxLogLength) : log;
  const lines = withoutEscapes(end).split(/[\r\n\0]+/);
  // The first line may have lost its beginning, and with it the beginning of a path.
  if (cut && lines.length > 1) lines.shift();
  return joinParts(lines).flatMap(read);
}

function read(line: string): readonly LogLine[] {
  const plain = withoutFrame(line);
  const messages = plain.startsWith('{') ? messagesIn(plain) : undefined;
  if (messages !== undefined) {
    const texts = messages.flatMap((message) => message.split(/[\r\n]+/)).flatMap(pieces);
    // What is not in its messages may be in other fields: the record is read as a line as well.
    return [
      { raw: line.slice(0, maxPiece), texts: [...texts.map(withoutFrame), ...pieces(plain)] },
    ];
  }
  return pieces(line)
    .filter((piece) => piece.trim() !== '')
    .map((piece) => ({ raw: piece, texts: [withoutFrame(piece)] }));
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

const partOfLine = /^\d{4}-\d\d-\d\dT\S{8,40} std(?:out|err) P /;
const endOfLine = /^\d{4}-\d\d-\d\dT\S{8,40} std(?:out|err) [FP] /;

/** A container runtime writes a long line in parts, tagged P up to the last, which is tagged F. */
function joinParts(lines: readonly string[]): readonly string[] {
  const joined: string[] = [];
  let parts: string[] = [];
  for (const line of lines) {
    if (parts.length > 0 && endOfLine.test(line)) parts.push(line.replace(endOfLine, ''));
    else {
      if (parts.length > 0) joined.push(parts.join(''));
      parts = [line];
    }
    if (partOfLine.test(line)) continue;
    joined.push(parts.join(''));
    parts = [];
  }
  if (parts.length > 0) joined.push(parts.join(''));
  return joined;
}

/**
 * What is put around a line: `[pod/web-0/web] ` (kubectl logs --prefix), `web-1  | ` (Compose), a
 * time and a stream (the container runtime, kubectl logs --timestamps), `Dec 08 11:40:26 host
 * web[12]: ` (journald); and the line of a script that warns, `/usr/lib/ruby/tmpdir.rb:41: warning:
 * ` (Ruby, Python): that file is none that the program wants to write.
 */
const frames: readonly RegExp[] = [
  /^\[(?:pod\/)?[\w.-]{1,253}\/[\w.-]{1,253}(?:\/[\w.-]{1,63})?\] /,
  /^[\w.-]{1,128} {0,64}\| /,
  /^\d{4}-\d\d-\d\dT[\d:.]{8,24}(?:Z|[+-]\d\d:?\d\d) (?:std(?:out|err) [FP] )?/,
  /^[A-Z][a-z]{2} {1,2}\d{1,2} \d\d:\d\d:\d\d [\w.-]{1,253} [\w./@-]{1,128}(?:\[\d{1,10}\])?: /,
  /^\/[\w./+-]{1,512}\.(?:rb|py):\d{1,6}: (?:[A-Z]\w{0,40}W|w)arning: /,
];

function withoutFrame(line: string): string {
  let plain = line;
  // Each tool puts its own around that of the one before.
  for (let depth = 0; depth < 3; depth++) {
    const frame = frames.find((expression) => expression.test(plain));
    if (frame === undefined) break;
    plain = plain.replace(frame, '');
  }
  return plain;
}

/** The line as evidence: no control or direction characters, at most 300 characters. */
export function quote(line: string): string {
  const spaced = line.replaceAll('\t', ' ');
  const plain = spaced.replace(/[\p{Cc}\p{Cf}\u2028\u2029]/gu, '').trim();
  if (plain.length <= maxQuote) return plain;
  // Half of a surrogate pair is no character.
  return `${plain.slice(0, maxQuote - 1).replace(/[\ud800-\udbff]$/, '')}…`;
}
