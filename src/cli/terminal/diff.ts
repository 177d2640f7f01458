/** Writes the change of a file as a unified diff that `patch -p1` and `git apply` accept. */
import { FILE_HEADERS_ONLY, formatPatch } from 'diff';
import pc from 'picocolors';
import { diffLines } from './line-diff.ts';

/** The diff of two texts that differ, with `a/` and `b/` before the file's name. */
export function unifiedDiff(name: string, before: string, after: string, colour: boolean): string {
  const path = name.replace(/^(?:\.?\/)+/, '');
  const patch = {
    oldFileName: `a/${path}`,
    newFileName: `b/${path}`,
    oldHeader: undefined,
    newHeader: undefined,
    hunks: [...diffLines(before, after)],
  };
  const text = formatPatch(patch, FILE_HEADERS_ONLY);
  return colour ? coloured(text) : text;
}

function coloured(text: string): string {
  const { bold, cyan, green, red } = pc.createColors(true);
  let inHunk = false;
  return text
    .split('\n')
    .map((line) => {
      inHunk ||= line.startsWith('@@');
      if (!inHunk && line !== '') return bold(line);
      if (line.startsWith('@@')) return cyan(line);
      if (line.startsWith('+')) return green(line);
      return line.startsWith('-') ? red(line) : line;
    })
    .join('\n');
}
