/**
 * One line of a log as the error that it reports: which errno, on which path, when doing what.
 *
 * Languages word one errno in many ways; strerror's sentence, in any case, is in most of them. No
 * expression here can backtrack over more than the few hundred characters that it is given.
 */
import { normalisePath } from '../mounts/paths.ts';
import { operationIn, operationOf } from './failed-operation.ts';
import { pathsIn } from './paths-in.ts';
import { relativeBefore } from './relative-path.ts';
import type { FailedOperation } from './failed-operation.ts';
import type { FoundPath } from './paths-in.ts';
import type { Subject } from './relative-path.ts';

/**
 * `ENOENT` counts where a directory was to be made with those above it: Node.js reports it for a
 * read-only file system (nodejs/node#47098).
 */
export type Errno = 'EROFS' | 'EACCES' | 'EPERM' | 'ENOENT';

export interface ErrorLine {
  readonly errno: Errno;
  readonly operation: FailedOperation;
  /** Absolute and normalised. */
  readonly path?: string;
  /** As it is written, where it is not absolute. */
  readonly relative?: string;
}

/**
 * Words that report an errno, the clearest first. Those in capitals are looked for in capitals.
 */
const wordings: readonly (readonly [Errno, string])[] = [
  ['EROFS', 'read-only file system'],
  ['EROFS', 'read-only filesystem'],
  ['EROFS', 'readonlyfilesystem'],
  ['EROFS', 'EROFS'],
  ['EROFS', 'errno 30'],
  ['EROFS', 'os error 30'],
  ['EACCES', 'permission denied'],
  ['EACCES', 'permissiondenied'],
  ['EACCES', 'accessdeniedexception'],
  ['EACCES', 'is denied'],
  ['EACCES', 'EACCES'],
  ['EPERM', 'operation not permitted'],
  ['EPERM', 'EPERM'],
];

/** Erlang's atoms: `{error,erofs}`, `:eacces`, `due to reason: :erofs`. */
const atom = /[:,{>(] ?:?(erofs|eacces|eperm)(?![\w-])/;
const recursive = /ENOENT: no such file or directory, (?=mkdir |mkdtemp )/;

/** How far around the words of the errno a path is looked for. */
const before = 2048;
const after = 512;
/** Other errnos than EROFS are reported of things that are no files too: their path is close by. */
const close = 64;

/** Undefined for a line with none of the three. */
export function readErrorLine(line: string): ErrorLine | undefined {
  const found = findErrno(line);
  if (found === undefined) return undefined;
  const { errno, at, end } = found;
  const from = Math.max(0, at - before);
  const head = line.slice(from, at);
  const tail = line.slice(end, end + after);
  const subject =
    subjectAfter(tail) ??
    subjectBefore(head, errno) ??
    (errno === 'EROFS' || /^listen\b|: listen\b/.test(head) ? anyAfter(tail) : undefined);
  if (subject === undefined) return { errno, operation: operationOf(head) };
  const { path, operation } = subject;
  return path.startsWith('/')
    ? { errno, operation, path: normalisePath(path) }
    : { errno, operation, relative: path };
}

interface FoundErrno {
  readonly errno: Errno;
  readonly at: number;
  readonly end: number;
}

function findErrno(line: string): FoundErrno | undefined {
  const lower = line.toLowerCase();
  for (const [errno, words] of wordings) {
    const capitals = words === words.toUpperCase();
    const at = (capitals ? line : lower).indexOf(words);
    if (at < 0) continue;
    // .NET's sentence; much else can be denied.
    if (words === 'is denied' && !lower.includes('access to the path')) continue;
    return { errno, at, end: at + words.length };
  }
  const made = recursive.exec(line);
  if (made !== null) {
    // The comma is where the operation begins.
    return { errno: 'ENOENT', at: made.index, end: made.index + made[0].length - 2 };
  }
  const named = atom.exec(line);
  return named?.[1] === undefined
    ? undefined
    : { errno: atoms[named[1]] ?? 'EROFS', at: named.index, end: named.index + named[0].length };
}

const atoms: Readonly<Record<string, Errno>> = {
  erofs: 'EROFS',
  eacces: 'EACCES',
  eperm: 'EPERM',
};

/**
 * What comes right behind the errno: `: '/x'` (Python, .NET), `, open '/x'` (Node),
 * ` @ rb_sysopen - /x` (Ruby), `[/x]` (Elasticsearch), `: AH00099: could not create /x` (httpd).
 */
function subjectAfter(tail: string): Subject | undefined {
  const lead = /^\)?(?:: AH\d{1,6}: | ?: ?\[?| ?\[|, \w{1,16} | @ \w{1,32} - )/.exec(tail)?.[0];
  if (lead === undefined) return undefined;
  const paths = pathsIn(tail);
  const [first] = paths;
  if (lead.includes('AH')) return first && subjectOf(tail, first);
  const operation = lead === ', access ' ? 'own' : operationIn(lead);
  const gap = first === undefined ? undefined : tail.slice(lead.length, first.start);
  if (first !== undefined && gap !== undefined && /^b?\\?['"`‘“]?$/.test(gap)) {
    // Of a move or a link it is the second path that is made.
    const second = paths[1];
    const arrow = second !== undefined && /^\\?['"]? -> /.test(tail.slice(first.end, second.start));
    return { path: (arrow ? second : first).path, operation };
  }
  const rest = tail.slice(lead.length);
  const named =
    /^b?\\?['"`‘“]([\w.][^\s'"`’”\\]{0,255})(?:['"] -> ['"]([\w./][^\s'"]{0,255}))?/.exec(rest) ??
    (lead.startsWith(' @ ') ? /^([\w.][^\s'"`]{0,255})/.exec(rest) : null);
  const path = named?.[2] ?? named?.[1];
  return path === undefined ? undefined : { path, operation };
}

/** The last path in front of the errno, else a relative one that ends right there. */
function subjectBefore(head: string, errno: Errno): Subject | undefined {
  const path = pathsIn(head).findLast(
    (candidate) =>
      !isProgram(head, candidate) && (errno === 'EROFS' || head.length - candidate.end <= close),
  );
  return path === undefined ? relativeBefore(head) : subjectOf(head, path);
}

/**
 * The script or program that reports the error, at the start of the line:
 * `/entrypoint.sh: line 5: …`.
 */
function isProgram(head: string, { start, end }: FoundPath): boolean {
  const lead = head.slice(Math.max(0, start - 80), start);
  if (start > 80 || !/^[\d\s:.,TZ/+[\]()-]*$/.test(lead)) return false;
  const rest = head.slice(end);
  return rest.startsWith(':') && rest.length > 2;
}

function anyAfter(tail: string): Subject | undefined {
  const [first] = pathsIn(tail);
  // Where the program was when it happened: PHP's ` in /x.php on line 3`, a stack's
  // ` at f (/x.js:1:2)`.
  if (first === undefined || /\b(?:in|at)\b.{0,80}$/.test(tail.slice(0, first.start)))
    return undefined;
  return subjectOf(tail, first);
}

function subjectOf(text: string, { path, start, end }: FoundPath): Subject {
  const operation = operationIn(text.slice(0, start));
  // Java names a file that it opened so: `/x (Read-only file system)`.
  const isOpened = operation === 'unknown' && text.slice(end) === ' (';
  return { path, operation: isOpened ? 'file' : operation };
}
