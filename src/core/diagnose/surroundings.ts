/** What the lines around an error say of it. */
import type { FailedOperation } from './failed-operation.ts';
import type { LogLine } from './log-text.ts';

const readOnly = /read-only ?file ?system|\bEROFS\b|[:{,( ]erofs\b/i;

export function isReadOnly(text: string): boolean {
  return readOnly.test(text);
}

const denied = /permission denied|not permitted|denied|EACCES|EPERM/i;

export function isDenied(text: string): boolean {
  return denied.test(text);
}

/** A record's lines, and those of one error, are within so many. */
export const besideReach = 12;

/** `path: '/x'` (Node.js), `npm ERR! path /x`, `path => <<"/x">>` (Erlang). */
const pathField =
  /^[\s>*]{0,40}(?:npm (?:ERR!|error) )?["']?(?:path|file|filename|dest)["']?(?:\s{0,4}(?:=>|[:=])\s{0,4}|\s)(?:<<)?["'`]?(\/[^\s"'`<>,]{1,1024})/;
const openField = /\bpath =>\s{0,80}$/;
const binary = /^\s{0,120}<<"(\/[^"\s]{1,1024})">>/;

/** The path that another line of the record has; those below come first. */
export function pathBeside(lines: readonly LogLine[], at: number): string | undefined {
  for (let distance = 1; distance <= besideReach; distance++) {
    for (const other of [at + distance, at - distance]) {
      const text = lines[other]?.texts[0];
      if (text === undefined) continue;
      const path = pathField.exec(text)?.[1];
      if (path !== undefined) return path;
      const value = binary.exec(text)?.[1];
      if (value !== undefined && openField.test(lines[other - 1]?.texts[0] ?? '')) return value;
    }
  }
  return undefined;
}

/**
 * The calls in a stack that say what was done, where the error does not: Python's lines are above
 * it, those of Java and .NET below.
 */
const calls: readonly (readonly [FailedOperation, RegExp])[] = [
  ['make-directory', /\b(?:makedirs|mkdir|createDirectory|CreateDirectory)\(/],
  ['own', /\b(?:chmod|chown|utime|setPosixFilePermissions|setOwner|setAttribute|setTimes)\(/],
  ['remove', /\b(?:remove|unlink|rmdir|rmtree|implDelete|delete|deleteIfExists|DeleteFile)\(/],
  [
    'file',
    /\b(?:open|open0|_?open_func|copyfile|rename|replace|symlink|move|copy|newByteChannel|newFileChannel|newOutputStream|createFile|createTempFile|OpenHandle|MoveFile|Open)\(|\bFileStream\b/,
  ],
];
const stackAbove = 4;
const stackBelow = 8;
const javaFrame = /^\s{0,16}at [\w.$/<>]{1,300}/;
const pythonLine = /^ {2,8}\S/;

/** What the stack of the error says of its operation; undefined where it says nothing. */
export function operationInStack(
  lines: readonly LogLine[],
  at: number,
): FailedOperation | undefined {
  for (let below = at + 1; below <= at + stackBelow; below++) {
    const text = lines[below]?.texts[0];
    if (text === undefined || !javaFrame.test(text)) break;
    const found = callIn(text);
    if (found !== undefined) return found;
  }
  for (let above = at - 1; above >= at - stackAbove; above--) {
    const text = lines[above]?.texts[0];
    if (text === undefined || !/^\s/.test(text)) break;
    if (!pythonLine.test(text)) continue;
    const found = callIn(text);
    if (found !== undefined) return found;
  }
  return undefined;
}

function callIn(text: string): FailedOperation | undefined {
  return calls.find(([, call]) => call.test(text))?.[0];
}

const rubyPath = / @ \w{1,32} - /;
/** ruby lib/tmpdir.rb and lib/tempfile.rb, with the method that failed. */
const rubyTemporary = /\b(?:tmpdir|tempfile)\.rb:\d{1,6}:in\b/;

/**
 * Whether it is Ruby's search for a directory for temporary files: it takes the working directory
 * where /tmp will not do, so the path that it names is that of its last resort.
 */
export function saysTemporary(text: string, lines: readonly LogLine[], at: number): boolean {
  if (!rubyPath.test(text)) return false;
  if (rubyTemporary.test(text)) return true;
  for (let below = at + 1; below <= at + 6; below++) {
    const next = lines[below]?.texts[0];
    // The next error has a stack of its own.
    if (next === undefined || rubyPath.test(next)) return false;
    if (rubyTemporary.test(next)) return true;
  }
  return false;
}
