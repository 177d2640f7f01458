/**
 * Asks a running server for its memory after a forced collection. What does so is loaded into the
 * server before its own code, as a file of plain JavaScript: nothing that translates TypeScript may
 * be there when memory is measured.
 */
import { existsSync } from 'node:fs';
import { readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import type { ServerProcess } from '../e2e/control-plane/owned-process.ts';
import type { OurTarget } from './targets.ts';

/** At SIGUSR2 it writes what the named file asks for. */
const source = `import { readFileSync, renameSync, writeFileSync } from 'node:fs';
import { writeHeapSnapshot } from 'node:v8';
const wanted = WANTED;
process.on('SIGUSR2', () => {
  const file = readFileSync(wanted, 'utf8');
  globalThis.gc();
  globalThis.gc();
  if (file.endsWith('.heapsnapshot')) writeHeapSnapshot(file + '.part');
  else writeFileSync(file + '.part', JSON.stringify(process.memoryUsage()));
  renameSync(file + '.part', file);
});
`;
const patienceMs = 60_000;

/** The target with the probe in it, whose files go into the folder. */
export async function probed(target: OurTarget, folder: string): Promise<OurTarget> {
  const script = join(folder, 'memory-probe.mjs');
  await writeFile(
    script,
    source.replace('WANTED', () => JSON.stringify(wantedFile(folder))),
  );
  const [node, ...rest] = target.command;
  return { ...target, command: [node, '--expose-gc', '--import', script, ...rest] };
}

/** What its objects take, in MB of a million bytes. */
export async function heapMegabytes(server: ServerProcess, folder: string): Promise<number> {
  const { heapUsed } = (await answer(server, folder, 'memory.json')) as { heapUsed: number };
  return Number((heapUsed / 1e6).toFixed(1));
}

/** How many objects a heap snapshot holds. Taking one needs as much memory again. */
export async function countObjects(server: ServerProcess, folder: string): Promise<number> {
  const { snapshot } = (await answer(server, folder, 'objects.heapsnapshot')) as {
    snapshot: { node_count: number };
  };
  return snapshot.node_count;
}

async function answer(server: ServerProcess, folder: string, name: string): Promise<unknown> {
  const file = join(folder, name);
  await writeFile(wantedFile(folder), file);
  process.kill(server.pid, 'SIGUSR2');
  const deadline = Date.now() + patienceMs;
  while (!existsSync(file)) {
    if (Date.now() > deadline) throw new Error('the memory probe did not answer');
    await delay(20);
  }
  const text = await readFile(file, 'utf8');
  await rm(file);
  return JSON.parse(text) as unknown;
}

function wantedFile(folder: string): string {
  return join(folder, 'wanted');
}
