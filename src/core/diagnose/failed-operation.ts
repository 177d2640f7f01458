/** What a program tried with a path, by the words in front of it. */

/**
 * `make-directory`: its parent is there. `make-tree`: those above it were to be made as well.
 * `own`: owner, mode or times of what is there. `unknown`: the line names a path alone, of a file
 * or of a directory.
 */
export type FailedOperation =
  | 'make-directory'
  | 'make-tree'
  | 'in-directory'
  | 'own'
  | 'remove'
  | 'execute'
  | 'file'
  | 'unknown';

/** How much text in front of a path says what was done to it. */
const verbReach = 96;

/** `text` ends where the path begins. */
export function operationIn(text: string): FailedOperation {
  const found = operationOf(text);
  const near = text.slice(-verbReach);
  // bash says no more of a redirection: `/start.sh: line 9: /x: …`.
  if (found === 'unknown' && /(?:^|: )line \d{1,6}: $/.test(near)) return 'file';
  if (found !== 'unknown' && found !== 'file') return found;
  return isDirectoryNamed(near) ? 'in-directory' : found;
}

function isDirectoryNamed(text: string): boolean {
  return /\b(?:dir|directory|folder)(?: is| path)?[\s:='"‘“(`\\]{0,4}$/i.test(text);
}

/** The first that fits wins: "create directory" is no "create". */
const verbs: readonly (readonly [FailedOperation, RegExp])[] = [
  [
    'own',
    /chown|chgrp|chmod|setcap|capabilities on|(?:changing|change|set|setting)\s(?:the\s)?(?:ownership|owner|group|permissions|times|mode)|utime/,
  ],
  ['execute', /\bexec(?:ve)?\b|fork\/exec/],
  ['remove', /unlink|\bremov|rmdir|delet|\brm:/],
  [
    'file',
    /open|filenotfound|creat|touch|writ|temp|copy|rename|move|link|mknod|pid|lock|socket|bind|listen|\blog|save|saving|saving key/,
  ],
];

/** `text` ends where the path begins, or the error. */
export function operationOf(text: string): FailedOperation {
  // Go's MkdirTemp and Node's mkdtemp need the directory around their own, as a file does.
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
    const noun = next.findIndex((word) => /^(?:dir|directory|directories|folder)\b/.test(word));
    return noun >= 0 && next.slice(0, noun).every((word) => /^["'“‘]?\w+["'”’]?$/.test(word));
  });
}
