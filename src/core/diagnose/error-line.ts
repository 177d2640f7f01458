/**
 * One line of a log as the error that it reports: which errno, on which path, when doing what.
 *
 * Languages word one errno in many ways; strerror's sentence, in any case, is in most of them. No
 * expression here can backtrack over more than the few hundred characters that it is given.
 */
import { normalisePath } from '../mounts/paths.ts';
import { pathsIn } from './paths-in.ts';
import type { FoundPath } from './paths-in.ts';

export type Errno = 'EROFS' | 'EACCES' | 'EPERM';

/** What failed. `unknown`: the line names a path alone, of a file or of a directory. */
export type FailedOperation =
  'make-directory' | 'in-directory' | 'own' | 'remove' | 'execute' | 'file' | 'unknown';

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
  const subject = subjectAfter(tail) ?? subjectBefore(head, errno) ?? anyAfter(tail, errno);
  if (subject === undefined) return { errno, operation: operationOf(head) };
  const { path } = subject;
  const operation = subject.operation;
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
  return undefined;
}

interface Subject {
  readonly path: string;
  readonly operation: FailedOperation;
}

/**
 * What comes right behind the errno: `: '/x'` (Python, .NET), `, open '/x'` (Node),
 * ` @ rb_sysopen - /x` (Ruby), `: AH00099: could not create /x` (httpd).
 */
function subjectAfter(tail: string): Subject | undefined {
  const lead = /^\)?(?: ?: ?|, \w{1,16} | @ \w{1,32} - |: AH\d{1,6}: )/.exec(tail)?.[0];
  if (lead === undefined) return undefined;
  const paths = pathsIn(tail);
  const [first] = paths;
  if (lead.includes('AH')) return first && subjectOf(tail, first);
  const gap = first === undefined ? undefined : tail.slice(lead.length, first.start);
  if (first !== undefined && gap !== undefined && /^b?\\?['"`‘“]?$/.test(gap)) {
    // Of a move or a link it is the second path that is made.
    const second = paths[1];
    const arrow = second !== undefined && /^\\?['"]? -> /.test(tail.slice(first.end, second.start));
    return { path: (arrow ? second : first).path, operation: operationIn(lead) };
  }
  const relative = /^b?\\?['"`‘“]([\w.][^\s'"`’”\\]{0,255})/.exec(tail.slice(lead.length))?.[1];
  return relative === undefined ? undefined : { path: relative, operation: operationIn(lead) };
}

/** The last path in front of the errno, else a relative one that ends right there. */
function subjectBefore(head: string, errno: Errno): Subject | undefined {
  const path = pathsIn(head).findLast(
    (candidate) =>
      !isProgram(head, candidate) && (errno === 'EROFS' || head.length - candidate.end <= close),
  );
  if (path !== undefined) return subjectOf(head, path);
  return relativeBefore(head);
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

/** Go (`open x: …`), coreutils (`cannot touch 'x': …`). */
function relativeBefore(head: string): Subject | undefined {
  const end = head.slice(-320);
  const quoted = /['"‘“]([\w.][^\s'"‘’“”]{0,255})['"’”]\)?(?:: | \($| failed \()/.exec(end)?.[1];
  if (quoted !== undefined) return { path: quoted, operation: operationOf(head) };
  const word =
    /\b(?:open|mkdir|mkdirat|create|rename|remove|unlinkat|symlink|link|truncate|chmod|chown) ([\w.][^\s'":]{0,255}): $/.exec(
      end,
    )?.[1];
  return word === undefined ? undefined : { path: word, operation: operationIn(end) };
}

function anyAfter(tail: string, errno: Errno): Subject | undefined {
  if (errno !== 'EROFS') return undefined;
  const [first] = pathsIn(tail);
  // Where the program was when it happened: PHP's ` in /x.php on line 3`, a stack's
  // ` at f (/x.js:1:2)`.
  if (first === undefined || /\b(?:in|at)\b.{0,80}$/.test(tail.slice(0, first.start)))
    return undefined;
  return subjectOf(tail, first);
}

function subjectOf(text: string, { path, start }: FoundPath): Subject {
  return { path, operation: operationIn(text.slice(0, start)) };
}

/** How much text in front of a path says what was done to it. */
const verbReach = 96;

/** `text` ends where the path begins. */
function operationIn(text: string): FailedOperation {
  const found = operationOf(text);
  if (found !== 'unknown' && found !== 'file') return found;
  return /\b(?:dir|directory|folder)(?: is| path)?[\s:='"‘“(`\\]{0,4}$/i.test(
    text.slice(-verbReach),
  )
    ? 'in-directory'
    : found;
}

/** The first that fits wins: "create directory" is no "create". */
const verbs: readonly (readonly [FailedOperation, RegExp])[] = [
  [
    'own',
    /chown|chgrp|chmod|(?:changing|change|set|setting)\s(?:the\s)?(?:ownership|owner|group|permissions|times|mode)|utime/,
  ],
  ['execute', /\bexec(?:ve)?\b|fork\/exec/],
  ['remove', /unlink|\bremov|rmdir|delet|\brm:/],
  [
    'file',
    /open|creat|touch|writ|temp|copy|rename|move|link|mknod|pid|lock|socket|bind|log|save|saving/,
  ],
];

function operationOf(text: string): FailedOperation {
  // Go's MkdirTemp needs the directory around its own, as a file does.
  const near = text.slice(-verbReach).toLowerCase().replaceAll('mkdirtemp', 'mktemp');
  if (makesDirectory(near)) return 'make-directory';
  return verbs.find(([, expression]) => expression.test(near))?.[0] ?? 'unknown';
}

/**
 * `mkdir`, `CreateDirectory`, `cannot create the cache directory`: at most three words are
 * between.
 */
function makesDirectory(text: string): boolean {
  if (text.includes('mkdir') || text.includes('createdirector')) return true;
  const words = text.split(/\s/);
  return words.some((verb, at) => {
    if (!/(?:create|creating|make|making)$/.test(verb)) return false;
    const next = words.slice(at + 1, at + 5);
    const noun = next.findIndex((word) => /^(?:dir|directory|folder)\b/.test(word));
    return noun >= 0 && next.slice(0, noun).every((word) => /^\w+$/.test(word));
  });
}
