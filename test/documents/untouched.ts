/**
 * Which lines of a text an operation may touch, told apart from how the edit is made: from the
 * ranges of the `yaml` package's own syntax tree.
 *
 * Touched are: the lines of the entry that is replaced or removed, from its key or dash to its last
 * character, with the comment and blank lines next to them; where a collection is in flow style,
 * null or about to become empty, all of its lines and its key's; where the entry shares its first
 * line with a dash, the line that moves up to that dash. All other lines are untouched and must
 * come out, byte for byte and in order. An addition to a block collection touches nothing at all.
 */
import { isCollection, isMap, isPair, isSeq } from 'yaml';
import type { Node, Pair } from 'yaml';
import type { Operation } from '../../src/core/patch.ts';
import type { ManifestFile } from '../../src/documents/index.ts';
import { pointerTokens } from '../../src/core/values/json-pointer.ts';

interface Entry {
  /** Offset of the key or the dash; in a flow list of the item. */
  readonly start: number;
  readonly end: number;
  readonly node: Node | null;
}

/**
 * The lines of one document, without their ends, that none of the operations may change. The
 * operations must be independent of one another: the paths of all of them are looked up in the
 * document as it is.
 */
export function untouchedLines(
  file: ManifestFile,
  documentIndex: number,
  operations: readonly Operation[],
): readonly string[] {
  const { start, end } = file.documents[documentIndex]!;
  const lines = linesOf(file.text);
  const touched = new Set(
    operations.flatMap((one) => [...touchedLines(file, documentIndex, one, lines)]),
  );
  const first = lineAt(file, start);
  return linesOf(file.text.slice(start, end)).filter((_line, index) => !touched.has(first + index));
}

function touchedLines(
  file: ManifestFile,
  documentIndex: number,
  operation: Operation,
  lines: readonly string[],
): ReadonlySet<number> {
  const { text } = file;
  const touched = new Set<number>();
  const touch = (start: number, end: number): void => {
    const last = lineAt(file, Math.max(start, end - 1));
    for (let line = lineAt(file, start); line <= last; line++) touched.add(line);
  };
  const tokens = pointerTokens(operation.path);
  const path = entriesOn(
    text,
    file.trees.of(file.documents[documentIndex]!).syntax.contents as Node,
    tokens,
  );
  const parent = path[tokens.length - 1]!;
  const target = path[tokens.length];
  const siblings = isCollection(parent.node) ? parent.node.items.length : 0;
  const empties = siblings === 0 || (operation.op === 'remove' && siblings === 1);
  if (!isCollection(parent.node) || parent.node.flow === true || empties) {
    touch(parent.start, parent.end);
  }
  const isInsertion = operation.op === 'add' && isSeq(parent.node);
  if (target && !isInsertion) {
    const next = nextEntry(text, parent, target);
    touch(target.start, target.end);
    if (next !== undefined && !opensLine(text, target.start)) touch(target.start, next + 1);
    touchNeighbours(lines, touched);
  }
  if (target && isInsertion && !opensLine(text, target.start)) {
    touch(target.start, target.start + 1);
  }
  return touched;
}

/** Whether the lines are all in the text, in order. Returns the first that is missing. */
export function missingLine(lines: readonly string[], text: string): string | undefined {
  const found = linesOf(text)[Symbol.iterator]();
  return lines.find((line) => {
    for (let next = found.next(); !next.done; next = found.next()) {
      if (next.value === line) return false;
    }
    return true;
  });
}

/** Without line feeds; a carriage return stays, but for the last line, which has none to lose. */
function linesOf(text: string): readonly string[] {
  const lines = text.split('\n');
  return lines.map((line, index) =>
    index === lines.length - 1 && line === '' ? '' : line.replace(/\r$/, ''),
  );
}

function entriesOn(text: string, root: Node, tokens: readonly string[]): readonly Entry[] {
  const path: Entry[] = [{ start: root.range![0], end: contentEnd(text, root, 0), node: root }];
  for (const token of tokens) {
    const node = path.at(-1)!.node;
    const child = isMap(node)
      ? node.items.find(({ key }) => String(key) === token)
      : isSeq(node)
        ? node.items[Number(token)]
        : undefined;
    if (child === undefined || child === null) break;
    const entry = entryOf(text, child as Node | Pair<Node, Node | null>);
    const isItem = isSeq(node) && node.flow !== true;
    path.push(isItem ? { ...entry, start: dashOf(text, entry.start) } : entry);
  }
  return path;
}

function entryOf(text: string, child: Node | Pair<Node, Node | null>): Entry {
  if (!isPair(child)) {
    return { start: child.range![0], end: contentEnd(text, child, child.range![0]), node: child };
  }
  const start = child.key.range![0];
  return { start, end: contentEnd(text, child.value ?? child.key, start), node: child.value };
}

function nextEntry(text: string, parent: Entry, target: Entry): number | undefined {
  if (!isCollection(parent.node)) return undefined;
  return parent.node.items
    .map((item) => entryOf(text, item as Node).start)
    .find((start) => start >= target.end);
}

function contentEnd(text: string, node: Node, floor: number): number {
  let end = node.range![1];
  while (end > floor + 1 && /\s/.test(text[end - 1]!)) end--;
  return end;
}

function touchNeighbours(lines: readonly string[], touched: Set<number>): void {
  const isLoose = (line: string | undefined): boolean =>
    line !== undefined && /^\s*(?:#|$)/.test(line);
  const [first, last] = [Math.min(...touched), Math.max(...touched)];
  for (let line = first - 1; line >= 0 && isLoose(lines[line]); line--) touched.add(line);
  for (let line = last + 1; line < lines.length && isLoose(lines[line]); line++) touched.add(line);
}

function lineAt({ lines }: ManifestFile, offset: number): number {
  return lines.linePos(offset).line - 1;
}

/** Between a dash and its item there may be comments, line ends and properties. */
function dashOf(text: string, offset: number): number {
  const lead = /-(?:\s|#[^\n]*\n)*(?:[&!]\S*\s+)*$/.exec(text.slice(0, offset))?.[0];
  return offset - (lead?.length ?? 0);
}

function opensLine(text: string, offset: number): boolean {
  return /^\uFEFF?[ \t]*$/.test(text.slice(text.lastIndexOf('\n', offset - 1) + 1, offset));
}
