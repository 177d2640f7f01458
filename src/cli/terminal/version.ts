/** The package's version. */
import { readFileSync } from 'node:fs';

/** Read from its package.json, which is three folders above src/cli/terminal and its dist. */
export function version(): string {
  const text = readFileSync(new URL('../../../package.json', import.meta.url), 'utf8');
  return (JSON.parse(text) as { readonly version: string }).version;
}
