/** The files of this package that `install` and `uninstall` read: manifests/ and overlays/. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** As deep in src as in dist. */
const root = fileURLToPath(new URL('../..', import.meta.url));

/** The text of a file, by its path from the package's root. */
export function readPackageFile(path: string): string {
  return readFileSync(join(root, path), 'utf8');
}

/** The names of what is in a folder of the package, sorted. */
export function listPackageFolder(path: string): readonly string[] {
  return readdirSync(join(root, path)).sort();
}
