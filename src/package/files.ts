/** The files of this package: what is beside src and dist. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** As deep in src as the bundle is in dist. */
const root = fileURLToPath(new URL('../..', import.meta.url));

/** Where a file or folder is, by its path from the package's root. */
export function packagePath(path: string): string {
  return join(root, path);
}

/** The text of a file, by its path from the package's root. */
export function readPackageFile(path: string): string {
  return readFileSync(packagePath(path), 'utf8');
}

/** The names of what is in a folder of the package, sorted. */
export function listPackageFolder(path: string): readonly string[] {
  return readdirSync(packagePath(path)).sort();
}

/** The package's version. */
export function version(): string {
  return (JSON.parse(readPackageFile('package.json')) as { readonly version: string }).version;
}
