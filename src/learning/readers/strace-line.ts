/**
 * One line of `strace`: which process, which call, its arguments as they are printed, its result.
 *
 * Forms of the beginning: `[pid 12] `, `12 ` (with -o), `12<comm> ` (with -Y), then a time with -t,
 * -tt, -ttt or -r. A call that another process interrupts is printed in two parts:
 * `openat(… <unfinished ...>` and `<... openat resumed>…) = 3`.
 */

/** A call that returned. */
export interface SystemCall {
  /** Zero where strace follows one process and prints no number. */
  readonly pid: number;
  readonly name: string;
  /** As printed: a quoted text, a number, flags. */
  readonly args: readonly string[];
  /** As printed: `3</etc/passwd>`, `-1 EROFS (Read-only file system)`, `?`. */
  readonly result: string;
}

/** A longer line is no call on a file: paths end at 4,096 bytes, each at most 4 characters. */
const maxLine = 64 * 1024;
/** Calls that wait at a time: one for each thread. */
const maxPending = 20_000;

/** Reads line after line, and joins the parts of a call. */
export interface StraceLines {
  /** The call that the line completes; undefined for any other line. */
  readonly read: (line: string) => SystemCall | undefined;
  /**
   * Whether the process was attached later. The first one has no number on stderr as long as it is
   * alone, and has one without having been attached when there are others.
   */
  readonly isAttached: (pid: number) => boolean;
}

/** A reader for the lines of one file. */
export function makeStraceLines(): StraceLines {
  const pending = new Map<number, string>();
  const attached = new Set<number>();
  return {
    isAttached: (pid) => attached.has(pid),
    read(line) {
      if (line.length > maxLine) return undefined;
      const other = /^strace: Process (\d+) attached/.exec(line)?.[1];
      if (other !== undefined && attached.size < maxPending) attached.add(Number(other));
      const { pid, rest } = withoutPrefix(line.replace(/\r$/, ''));
      const resumed = /^<\.\.\. \w+ resumed>/.exec(rest);
      if (resumed !== null) {
        const head = pending.get(pid);
        pending.delete(pid);
        return head === undefined
          ? undefined
          : parseCall(pid, head + rest.slice(resumed[0].length));
      }
      const unfinished = ' <unfinished ...>';
      if (rest.endsWith(unfinished)) {
        if (pending.size < maxPending) pending.set(pid, rest.slice(0, -unfinished.length));
        return undefined;
      }
      return parseCall(pid, rest);
    },
  };
}

const bracketPid = /^(?:strace: )?\[pid +(\d+)(?:<[^>]*>)?\] /;
const plainPid = /^(\d+)(?:<[^>]*>)? +/;
const time = /^(?:\d\d:\d\d:\d\d(?:\.\d+)?|\+?\d+\.\d+) /;

function withoutPrefix(line: string): { readonly pid: number; readonly rest: string } {
  const start = line.trimStart();
  const pid = bracketPid.exec(start) ?? plainPid.exec(start);
  let rest = pid === null ? start : start.slice(pid[0].length);
  // -r and -t together print two.
  for (let times = 0; times < 2; times++) {
    rest = rest.trimStart();
    const found = time.exec(rest);
    if (found === null) break;
    rest = rest.slice(found[0].length);
  }
  return { pid: Number(pid?.[1] ?? 0), rest };
}

function parseCall(pid: number, text: string): SystemCall | undefined {
  const name = /^([a-z][a-z0-9_]*)\(/.exec(text)?.[1];
  if (name === undefined) return undefined;
  const args: string[] = [];
  let depth = 0;
  let start = name.length + 1;
  for (let at = start; at < text.length; at++) {
    const character = text.charAt(at);
    if (character === '"') at = endOfQuoted(text, at);
    // The annotation of -y: a path with any character, where `<` and `>` are escaped.
    else if (character === '<' && /[\w)]/.test(text.charAt(at - 1))) at = endOfAnnotation(text, at);
    else if ('([{'.includes(character)) depth++;
    else if (depth > 0 && ')]}'.includes(character)) depth--;
    else if (depth === 0 && (character === ',' || character === ')')) {
      args.push(text.slice(start, at).trim());
      start = at + 1;
      if (character === ')') {
        const result = /^ *= (.+)/.exec(text.slice(start))?.[1];
        return result === undefined ? undefined : { pid, name, args, result };
      }
    }
  }
  return undefined;
}

function endOfQuoted(text: string, start: number): number {
  for (let at = start + 1; at < text.length; at++) {
    if (text.charAt(at) === '\\') at++;
    else if (text.charAt(at) === '"') return at;
  }
  return text.length;
}

function endOfAnnotation(text: string, start: number): number {
  // `1<<3` in flags is none.
  if (text.charAt(start + 1) === '<') return start + 1;
  const end = text.indexOf('>', start);
  return end === -1 ? text.length : end;
}

/**
 * The text of a quoted argument, its escapes read as strace writes them: octal, hexadecimal with
 * -x, and those of C. Undefined where the argument is none, or is cut (`"…"...`).
 */
export function quotedText(arg: string): string | undefined {
  if (!arg.startsWith('"') || !arg.endsWith('"') || arg.length < 2) return undefined;
  return unescaped(arg.slice(1, -1));
}

/** The path that -y prints behind a file descriptor: `3</etc>`, `AT_FDCWD</app>`. */
export function annotatedPath(arg: string): string | undefined {
  const found = /^[\w-]+<(\/[^>]*)>/.exec(arg)?.[1];
  return found === undefined ? undefined : unescaped(found).replace(/ \(deleted\)$/, '');
}

const named: Readonly<Record<string, number>> = {
  n: 10,
  t: 9,
  r: 13,
  v: 11,
  f: 12,
  a: 7,
  b: 8,
  e: 27,
};

function unescaped(text: string): string {
  if (!text.includes('\\')) return text;
  const bytes: number[] = [];
  const encoder = new TextEncoder();
  for (let at = 0; at < text.length;) {
    const code = /^\\(?:([0-7]{1,3})|x([0-9a-fA-F]{2})|(.))/.exec(text.slice(at, at + 4));
    if (code === null) {
      const next = text.indexOf('\\', at + 1);
      const end = next === -1 ? text.length : next;
      bytes.push(...encoder.encode(text.slice(at, end)));
      at = end;
      continue;
    }
    const [whole, octal, hex, other = ''] = code;
    if (octal !== undefined) bytes.push(Number.parseInt(octal, 8) & 255);
    else if (hex !== undefined) bytes.push(Number.parseInt(hex, 16));
    else bytes.push(...(named[other] === undefined ? encoder.encode(other) : [named[other]]));
    at += whole.length;
  }
  return new TextDecoder().decode(Uint8Array.from(bytes));
}
