/** A comment for a pull request, in GitHub's Markdown, which GitLab reads too. */
import { Buffer } from 'node:buffer';
import { count, printable } from '../../terminal/columns.ts';
import { shown } from '../../../core/values/text.ts';
import { openResults } from '../machine-result.ts';
import type { MachineResult, MachineResults } from '../machine-result.ts';

/**
 * GitHub takes 65,536 characters and does not say of which kind: bytes are the most. The rest is
 * for what a workflow puts around it.
 */
const maxBytes = 65_000;
const longestCell = 400;
const icons = { error: '❌', warning: '⚠️', note: 'ℹ️' } as const;

/**
 * The summary, and a table of the results that are not suppressed, the gravest first, as many as
 * fit. The first line is a comment by which a workflow finds its own comment again.
 */
export function markdown({ title, results, summary, rules }: MachineResults): string {
  const links = new Map(rules.map(({ id, helpUri }) => [id, helpUri]));
  const open = openResults(results);
  const head = `<!-- ${title} -->\n### ${title}\n\n${escapeText(summary)}\n`;
  if (open.length === 0) return head;
  const rows: string[] = [];
  let room = maxBytes - Buffer.byteLength(head) - 200;
  for (const result of open) {
    const row = rowOf(result, links.get(result.rule));
    room -= Buffer.byteLength(row) + 1;
    if (room < 0) break;
    rows.push(row);
  }
  const left = open.length - rows.length;
  const rest = left === 0 ? '' : `\nand ${count(left, 'more result')} that did not fit here\n`;
  return `${head}\n| | where | what | finding | rule |\n|---|---|---|---|---|\n${rows.join('\n')}\n${rest}`;
}

function rowOf(result: MachineResult, link: string | undefined): string {
  const { file, line, column, subject, rule, severity, message } = result;
  const place = [file, line, column].filter((part) => part !== undefined).join(':');
  const cells = [
    icons[severity],
    code(place),
    subject === undefined ? '' : code(subject),
    escapeText(cut(message)),
    link === undefined ? escapeText(rule) : `[${escapeText(rule)}](${link})`,
  ];
  return `| ${cells.join(' | ')} |`;
}

function cut(text: string): string {
  return printable(shown(text, longestCell).replace(/\p{Cs}/gu, '\uFFFD'));
}

/** In a fence that the text does not close. Tables take a bar for the end of a cell even there. */
function code(text: string): string {
  const all = cut(text);
  const fence = '`'.repeat(
    1 + Math.max(0, ...(all.match(/`+/g) ?? []).map(({ length }) => length)),
  );
  return `${fence}${all.startsWith('`') || all.endsWith('`') ? ` ${all} ` : all}${fence}`.replaceAll(
    '|',
    '\\|',
  );
}

/**
 * Nothing in the text is markup, makes a link, or calls for a person or an issue: GitHub looks for
 * the latter behind all escapes, so a space without width parts them.
 */
function escapeText(text: string): string {
  return text
    .replace(/[\\`*_[\]<>#|~&$@]/g, (mark) =>
      mark === '@' || mark === '#' ? `\\${mark}\u200b` : `\\${mark}`,
    )
    .replaceAll('://', '\\://')
    .replaceAll(/www\./gi, (found) => `${found.slice(0, -1)}\\.`);
}
