/**
 * manifests/61-policy-require-immutable.yaml from its template and the tables of the rules, so that
 * the rules and the policy cannot say different things.
 *
 * A regular expression of a path reads it as it comes, with `//`, `/./` and a relative start, and
 * wants a slash at its end: CEL has no cheap way to make it normal.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { escapeCapabilities } from '../src/core/pod/capabilities.ts';
import { agentPaths, nodeLinks, nodePaths, type NodePath } from '../src/core/mounts/node-paths.ts';
import { baseName, isAtOrBelow, parentOf } from '../src/core/mounts/paths.ts';
import { maxContainers } from '../src/core/pod/read-pod.ts';
import { systemDirectories } from '../src/core/mounts/system-directories.ts';

/** The policy's text. */
export function requirePolicy(): string {
  const names = (onlyWithHostPID: boolean): string =>
    `[${escapeCapabilities
      .filter((capability) => capability.onlyWithHostPID === onlyWithHostPID)
      .map(({ name }) => `'${name}'`)
      .join(', ')}]`;
  const values: Readonly<Record<string, string>> = {
    // Those of the largest pod that is read, and a seeding container for each.
    'max-containers': String(2 * maxContainers),
    escapes: names(false),
    'escapes-with-host-pid': names(true),
    'node-paths': anyMatches(nodePathPatterns),
    'agent-paths': anyMatches(agentPathPatterns),
    'system-directories': anyMatches(systemDirectoryPatterns),
  };
  const template = readFileSync(join(import.meta.dirname, 'require-policy.template.yaml'), 'utf8');
  const text = template.replace(/\{\{([\w-]+)\}\}/g, (_, name: string) => {
    const value = values[name];
    if (value === undefined) throw new Error(`no value for {{${name}}} of the template`);
    return value;
  });
  return `# Written by \`npm run docs\` from docs/require-policy.template.yaml and the tables that it names.\n${text}`;
}

/**
 * One a line: a folded YAML text makes a space of each line's end, which an expression must not
 * have inside. Those that begin with the same directory are read where the path does: the API
 * server spends no more than so much on a pod.
 */
function anyMatches(patterns: readonly string[]): string {
  const groups = new Map<string, string[]>();
  for (const pattern of patterns) {
    const [start = pattern] = /^\^\(\?:\\\.\?\/\)\*[\w.-]+\//.exec(pattern) ?? [];
    groups.set(start, [...(groups.get(start) ?? []), `path.matches(r'${pattern}')`]);
  }
  const or = ' ||\n        ';
  return [...groups]
    .map(([start, group]) =>
      group.length === 1
        ? group.join('')
        : `(path.matches(r'${start}') &&\n        (${group.join(or)}))`,
    )
    .join(or);
}

/** How long the names in one expression may be together, so that a diff can be read. */
const width = 80;

/** What may stand before and after a segment, with its slash, and mean nothing. */
const nothing = String.raw`(?:\.?/)*`;

const tree = (path: string): NodePath => ({ path, guards: 'tree', why: '' });

/**
 * One of them matches where a mount of the path is read-only, but for {@link agentPathPatterns}.
 */
export const nodePathPatterns = patternsOf(nodePaths, { above: true });
/** One of them matches at and below the agents' own directories. */
export const agentPathPatterns = patternsOf(agentPaths.map(tree), { above: false });
/**
 * One of them matches at and below a system directory of an image, which has no links that count.
 */
export const systemDirectoryPatterns = patternsOf(systemDirectories.map(tree), {
  above: false,
  links: [],
});

interface PatternOptions {
  /** Whether what is above an entry matches, too. */
  readonly above: boolean;
  readonly links?: typeof nodeLinks;
}

function patternsOf(
  entries: readonly NodePath[],
  { above, links = nodeLinks }: PatternOptions,
): readonly string[] {
  /** Match themselves alone. */
  const directories = new Set<string>();
  /** By directory, the names in it that match with all that is below them. */
  const trees = new Map<string, Set<string>>();
  /** Above `start`, which is a link that the entry is written by, nothing matches for its sake. */
  const add = ({ path, guards }: NodePath, start: string): void => {
    for (const ancestor of above ? ancestorsOf(path) : []) {
      if (isAtOrBelow(ancestor, start)) directories.add(ancestor);
    }
    if (guards === 'directory') directories.add(path);
    else trees.set(parentOf(path), new Set([...(trees.get(parentOf(path)) ?? []), baseName(path)]));
  };
  for (const entry of entries) {
    add(entry, '/');
    for (const [link, target] of links) {
      if (isAtOrBelow(entry.path, target)) {
        add({ ...entry, path: link + entry.path.slice(target.length) }, link);
      } else if (entry.guards === 'tree' && isAtOrBelow(target, entry.path)) {
        add({ ...entry, path: link }, link);
      }
    }
  }
  const root = directories.delete('/') ? [`^${nothing}$`] : [];
  return [
    ...root,
    ...chunksOf([...directories].sort().map(inside)).map(
      (paths) => `^${nothing}(?:${paths})/${nothing}$`,
    ),
    ...[...trees].sort(byKey).flatMap(([directory, names]) => {
      const start = directory === '/' ? '' : `${inside(directory)}/${nothing}`;
      return chunksOf([...names].sort().map(escaped)).map(
        (alternatives) => `^${nothing}${start}(?:${alternatives})/`,
      );
    }),
  ];
}

function byKey([one]: readonly [string, unknown], [other]: readonly [string, unknown]): number {
  return one < other ? -1 : 1;
}

/** Alternatives, as many in one text as a line has room for. */
function chunksOf(alternatives: readonly string[]): readonly string[] {
  const chunks: string[] = [];
  for (const alternative of alternatives) {
    const last = chunks.at(-1);
    if (last === undefined || last.length + alternative.length >= width) chunks.push(alternative);
    else chunks[chunks.length - 1] = `${last}|${alternative}`;
  }
  return chunks;
}

/** A path as an expression, without its first slash. */
function inside(path: string): string {
  return path.slice(1).split('/').map(escaped).join(`/${nothing}`);
}

/** A segment as an expression; the `*` at its end stands for any text. */
function escaped(segment: string): string {
  // Anything else would need another escape here, or in a CEL text.
  if (!/^[\w.-]+\*?$/.test(segment)) throw new Error(`no segment of a table: ${segment}`);
  return segment.replaceAll('.', String.raw`\.`).replace('*', '[^/]*');
}

function ancestorsOf(path: string): readonly string[] {
  return path === '/' ? [] : [...ancestorsOf(parentOf(path)), parentOf(path)];
}
