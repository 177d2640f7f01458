/** Files that are passed over. */
import { isAbsolute, normalize, relative, sep } from 'node:path';

/**
 * Whether a path is passed over: patterns have the meaning of .gitignore lines in the working
 * folder. Files outside it are compared by their absolute path without its root.
 */
export async function makeExclude(patterns: readonly string[]): Promise<(path: string) => boolean> {
  if (patterns.length === 0) return () => false;
  const { default: ignore } = await import('ignore');
  const rules = ignore().add(patterns.map(withoutDot));
  return (path) => {
    const own = comparable(path);
    // The working folder itself has no name in it.
    return ignore.isPathValid(own) && rules.ignores(own);
  };
}

/** `./charts` means `charts` at the top, which .gitignore writes as `/charts`. */
function withoutDot(pattern: string): string {
  return pattern.replace(/^\.\//, '/');
}

function comparable(path: string): string {
  if (path === '-') return '';
  const own = normalize(isAbsolute(path) ? relative(process.cwd(), path) : path);
  const inside = own.startsWith('..') || isAbsolute(own) ? withoutRoot(path) : own;
  return inside
    .split(sep)
    .filter((part) => part !== '' && part !== '.')
    .join('/');
}

function withoutRoot(path: string): string {
  return normalize(path)
    .split(sep)
    .filter((part) => part !== '' && part !== '..' && !part.endsWith(':'))
    .join(sep);
}
