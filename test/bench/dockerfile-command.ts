/**
 * How Lithopod is run. The Dockerfile says it, flags of the runtime and environment included, and
 * what is measured is that and nothing that somebody tuned for a benchmark.
 */
import { readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';

export const projectRoot = resolve(import.meta.dirname, '../..');

export interface ServerCommand {
  /** Program and arguments up to and with `serve`. */
  readonly command: readonly [string, ...string[]];
  /** What the image adds to the environment. */
  readonly env: Readonly<Record<string, string>>;
}

/**
 * The image's ENTRYPOINT, CMD and ENV with this Node and the build of this checkout. Throws where
 * it has none.
 */
export function dockerfileCommand(): ServerCommand {
  const text = readFileSync(join(projectRoot, 'Dockerfile'), 'utf8');
  const final = text.slice(text.lastIndexOf('\nFROM '));
  const words = ['ENTRYPOINT', 'CMD'].flatMap((instruction) => {
    const list = new RegExp(`^${instruction} (\\[.*\\])$`, 'm').exec(final)?.[1];
    if (list === undefined) throw new Error(`the Dockerfile has no ${instruction} as a list`);
    return JSON.parse(list) as string[];
  });
  const [program, ...rest] = words.map((word) => word.replace(/^\/app\//, `${projectRoot}/`));
  if (program !== 'node') throw new Error(`the Dockerfile runs ${program ?? 'nothing'}, not node`);
  const env = [...final.matchAll(/^ENV (\w+)=(\S+)$/gm)].map(([, name = '', value = '']) => [
    name,
    value,
  ]);
  return {
    command: [process.execPath, ...rest],
    env: Object.fromEntries(env) as Record<string, string>,
  };
}
