/**
 * A path below the working directory, right in front of an error: only what cannot be a word of a
 * sentence is taken for one.
 */
import { operationIn, operationOf } from './failed-operation.ts';
import type { FailedOperation } from './failed-operation.ts';

/** What an error is about. */
export interface Subject {
  /** As it is written. */
  readonly path: string;
  readonly operation: FailedOperation;
}

const reach = 320;

/** `'x': `, `"x" failed (`: coreutils, Python, SQLite. */
const quoted =
  /['"‘“]([\w.][^\s'"‘’“”]{0,255})['"’”]\)?(?:: | \($| failed \(| for (?:writing|output)(?:, | \())/;
/** `open x: `, `cannot create x: `: Go, dash; `append-only dir x: `: Redis. */
const afterVerb =
  /\b(?:open|mkdir|mkdirat|create|rename|remove|unlinkat|symlink|link|truncate|touch|chmod|chown|dir|directory|file) ([\w.][^\s'":()]{0,255})(?:: | \()$/;
/** `tar: x: Cannot mkdir: `, `gzip: x.gz: `, `bash: line 1: x: `. */
const afterTool =
  /^(?:[\w./-]{0,128}\/)?(?:bunzip2|bzip2|cat|chgrp|chmod|chown|cp|gunzip|gzip|install|ln|mkdir|mv|rm|rmdir|split|tar|tee|touch|unzip|wget|xz|zip): ([\w.@][^\s:'"]{0,255}): (?:Cannot \w{1,16}: )?$/;
const afterLineNumber = /(?:^|: )line \d{1,6}: ([\w.@][^\s:'"]{0,255}): $/;
/** A name with a slash or an ending, behind a blank: `data/x: `, `-> conf/b.conf: `. */
const withSlash =
  /(?:^|[\s=([])((?:\.{1,2}\/)?[\w@.-]{1,128}(?:\/[\w@.+~-]{1,128}){1,32})(?:: | \()$/;
const withEnding = /(?:Exception|Error): ([\w-]{1,128}\.[A-Za-z]\w{0,11})(?:: | \()$/;

/** `head` ends where the error begins. */
export function relativeBefore(head: string): Subject | undefined {
  const end = head.slice(-reach);
  const inQuotes = quoted.exec(end)?.[1];
  if (inQuotes !== undefined) return { path: inQuotes, operation: operationOf(head) };
  for (const expression of [afterVerb, afterTool, afterLineNumber, withSlash, withEnding]) {
    const path = expression.exec(end)?.[1];
    if (path !== undefined) {
      const operation = operationIn(end);
      return { path, operation: operation === 'unknown' ? 'file' : operation };
    }
  }
  return undefined;
}
