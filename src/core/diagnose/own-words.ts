/**
 * Programs that say in words of their own that they could not write somewhere, and name no errno:
 * Java's `mkdirs` gives no reason, others keep it to themselves.
 */
import { baseName, normalisePath, parentOf } from '../mounts/paths.ts';
import { operationIn } from './failed-operation.ts';
import { isFileName } from './generated-names.ts';
import { pathsIn } from './paths-in.ts';
import type { FailedOperation } from './failed-operation.ts';
import type { FoundPath } from './paths-in.ts';

export interface OwnWords {
  /** Absolute and normalised. */
  readonly path: string;
  readonly operation: FailedOperation;
}

/** Another reason is given, which no mount changes. */
const otherReason =
  /not found|does(?: not|n't) exist|already exists|file exists|conflict|unauthorized|forbidden|https?:\/\/|\bstatus\b|broken pipe|no space left|quota|connection|refused|timed? ?out|not a directory|is a directory|invalid|busy|too many|disk full|cannot allocate|certificate|no such (?:host|process|user)/i;
const missing = /no such file/i;

const notWritable =
  /\bnot (?:a |be )?writ(?:e)?able\b|\b(?:no|not have) (?:write )?(?:access|permissions?) to\b|cannot be written|\bis writ(?:e)?able and\b|\bmust be (?:present and )?writ(?:e)?able\b|\bensure (?:that )?.{1,300}\bis writ(?:e)?able\b|\bwritable\] FAILED/i;

const maxNegations = 8;
const writingVerb =
  /\b(?:re)?(?:creat(?:e|ing)|mak(?:e|ing)|mkdirs?|writ(?:e|ing)|sav(?:e|ing)|storing|delet(?:e|ing)|remov(?:e|ing)|lock(?:ing)?|touch)\b|\bopen(?:ing)? (?:the )?(?:lock|log|pid|output|temp(?:orary)?)[ -]?file\b|\bopen\b.{0,80}\bfor (?:writing|append|output)|\bopen (?:the )?database\b/i;
const reachOfVerb = 60;
const reachOfPath = 240;

/** Directories at the root in which images keep what a program could write to. */
const knownRoots =
  /^\/(?:app|bitnami|cache|code|config|conf|data|etc|home|media|mnt|opt|root|run|srv|state|storage|tmp|usr|var|work|workdir|workspace)(?:\/|$)/;
const storageNoun =
  /\b(?:dir(?:ectory|ectories)?|folder|file|path|log|disk|database|db|pid ?file|socket|mkdirs)\b/i;

/** Undefined for a line that says nothing of the kind. */
export function readOwnWords(text: string): OwnWords | undefined {
  return sayNotWritable(text) ?? sayNotDone(text);
}

function sayNotWritable(text: string): OwnWords | undefined {
  const match = notWritable.exec(text);
  if (match === null) return undefined;
  const before = text.slice(Math.max(0, match.index - reachOfPath), match.index);
  const named = /\b(?:dir(?:ectory)?|folder|path|tmpdir)\b/i.test(text);
  const found = pathsIn(before).findLast((path) => named || isOnDisk(path));
  if (found !== undefined) return aboutWritable(found.path);
  const after = pathsIn(text.slice(match.index, match.index + reachOfPath)).find(isOnDisk);
  return after && aboutWritable(after.path);
}

function aboutWritable(written: string): OwnWords {
  const path = normalisePath(written);
  return {
    path,
    operation: isFileName(baseName(path)) ? 'file' : 'in-directory',
  };
}

function isOnDisk({ path }: FoundPath): boolean {
  return knownRoots.test(normalisePath(path));
}

function sayNotDone(text: string): OwnWords | undefined {
  // A negation, and within a few words the verb of what could not be done.
  // A level such as ERROR is a negation as well, and may be far in front.
  for (const negated of Array.from(
    text.matchAll(
      /\b(?:fail(?:ed|ure|s)?|unable|could ?n[o']t|can ?not|can't|couldn't|not able|errors?)\b/gi,
    ),
  ).slice(0, maxNegations)) {
    const found = sayNotDoneAt(text, negated);
    if (found !== undefined) return found;
  }
  return undefined;
}

function sayNotDoneAt(text: string, negated: RegExpExecArray): OwnWords | undefined {
  const rest = text.slice(negated.index, negated.index + reachOfVerb + reachOfPath);
  // `Mkdirs failed to create` says it before as well.
  const verb = writingVerb.exec(rest.slice(0, reachOfVerb + 40));
  if (verb === null || verb.index > reachOfVerb) return undefined;
  const tail = rest.slice(verb.index);
  const found = pathsIn(tail)[0];
  if (found === undefined || isOfAnother(tail.slice(0, found.start), found)) return undefined;
  const words = text.slice(
    Math.max(0, negated.index - 12),
    negated.index + verb.index + found.start,
  );
  const isNamed =
    storageNoun.test(words) || storageNoun.test(tail.slice(found.end, found.end + 24));
  if (!isNamed && !isOnDisk(found)) return undefined;
  const operation = operationOfWords(
    words,
    tail.slice(0, found.start),
    isFilePath(words, found.path),
  );
  const reason = text.slice(negated.index + verb.index).replace(found.path, '');
  if (otherReason.test(reason)) return undefined;
  // A directory that could not be made is what "no such file" is about.
  if (missing.test(reason) && operation !== 'make-tree') return undefined;
  const path = normalisePath(found.path);
  if (!/\bparent director/i.test(words)) return { path, operation };
  return { path: parentOf(path), operation: 'make-tree' };
}

/** What could not be made is no file: the path only says where its description is. */
function isOfAnother(gap: string, { path }: FoundPath): boolean {
  const isStorage = /\b(?:file|dir|directory|folder)\b/i.test(gap);
  return path.includes('!/') || (anotherObject.test(gap) && !isStorage);
}

const anotherObject =
  /\b(?:beans?|client|connections?|container|defined|endpoint|from|index|instance|process|requests?|response|schema|session|table|thread|topic|user|with name)\b/i;

function isFilePath(words: string, path: string): boolean {
  return isFileName(baseName(path)) || /\b(?:file|pidfile|lockfile|socket)\b/i.test(words);
}

/** `words` go from the negation up to the path, `near` from the verb. */
function operationOfWords(words: string, near: string, isFile: boolean): FailedOperation {
  const isDirectory = /\b(?:mkdirs?|dir|directory|directories|folder)\b/i;
  if (/\b(?:dir|directory|folder)\b[^/]{0,12}\b(?:in|under|at|inside) $/i.test(near))
    return 'in-directory';
  if (/\bwriting to the directory\b/i.test(near)) return 'in-directory';
  if (/\bwrit(?:e|ing) (?:in|into)(?: the)? ['"]?$/i.test(near) && !isFile) return 'in-directory';
  if (
    /^(?:mkdir|(?:re)?(?:creat|mak))/i.test(near) &&
    isDirectory.test(words) &&
    !/\bfile\b/i.test(near)
  )
    return 'make-tree';
  if (/^mkdirs?\b/i.test(words)) return 'make-tree';
  const operation = operationIn(near);
  if (operation !== 'file' && operation !== 'unknown') return operation;
  // `could not create root path /x/buffer`: of a file, or of a directory.
  return /^(?:re)?creat|^mak/i.test(near) && !isFile ? 'unknown' : 'file';
}
