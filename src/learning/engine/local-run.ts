/** Runs one container of a pod on this machine, for a bounded time, and removes it again. */
import { randomBytes } from 'node:crypto';
import { chmod, mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { failure, success } from '../../core/values/result.ts';
import { lastLine } from '../../core/values/text.ts';
import { parsePodmanDiff } from './engine-output.ts';
import { runProgram } from './engine.ts';
import { commandOf, emptyDirOf, runFlags } from './run-flags.ts';
import type { Pod } from '../../core/pod/pod.ts';
import type { Result } from '../../core/values/result.ts';
import type { DiffEntry } from '../readers/diff.ts';
import type { Ended, Engine } from './engine.ts';
import type { RunPlan } from './run-flags.ts';

/** How a container is run. */
export interface RunRequest {
  /** At most so long. */
  readonly seconds: number;
  /** Ports of the container, each to a free port of this machine's loopback. */
  readonly publish: readonly number[];
  /** A command for this machine's shell, once the container runs. */
  readonly exercise: string | undefined;
  /** Ends the run early. */
  readonly signal: AbortSignal;
}

/** What became of it. */
export interface RunOutcome {
  /** Undefined where it ran until its time was over. */
  readonly exitCode: number | undefined;
  /** The end of its log; what the engine said where it did not start. */
  readonly log: string;
  /** What is different from the image; undefined where the engine does not say. */
  readonly diff: readonly DiffEntry[] | undefined;
  readonly exercise: Ended | undefined;
  readonly seconds: number;
}

/** A copy of a directory of the image. */
const seedMs = 300_000;

/**
 * Makes a folder for each emptyDir of the pod, fills them by the pod's init containers, and calls
 * `use` with them. Removes them in any case. Fails where an init container does.
 */
export async function withVolumes<T>(
  pod: Pod,
  base: Pick<RunPlan, 'volumes'>,
  engine: Engine,
  signal: AbortSignal,
  use: (folders: ReadonlyMap<string, string>) => Promise<T>,
): Promise<Result<T>> {
  const root = await mkdtemp(join(tmpdir(), 'lithopod-run-'));
  try {
    const folders = await makeFolders(pod, root);
    for (const container of pod.spec.initContainers ?? []) {
      const plan: RunPlan = { pod, container, folders, volumes: base.volumes, writableRoot: false };
      const ended = await runToEnd(plan, engine, signal);
      if (ended.code === 0) continue;
      const why = lastLine(ended.stderr);
      return failure({ message: `the copy of a directory of the image failed: ${why}` });
    }
    return success(await use(folders));
  } finally {
    await removeFolder(root, engine);
  }
}

/** On disk an emptyDir is 0777. One in memory is a tmpfs, unless something is copied into it. */
async function makeFolders(pod: Pod, root: string): Promise<ReadonlyMap<string, string>> {
  const seeded = new Set(
    (pod.spec.initContainers ?? []).flatMap(({ volumeMounts }) =>
      (volumeMounts ?? []).map(({ name }) => name),
    ),
  );
  const folders = new Map<string, string>();
  // Whoever may enter the folders above gets no further than this one.
  await chmod(root, 0o711);
  for (const [index, volume] of (pod.spec.volumes ?? []).entries()) {
    const { name } = volume;
    const emptyDir = emptyDirOf(volume);
    if (emptyDir === undefined) continue;
    const { isMemory } = emptyDir;
    if (isMemory && !seeded.has(name)) continue;
    const folder = join(root, String(index));
    await mkdir(folder);
    await chmod(folder, isMemory ? 0o1777 : 0o777);
    folders.set(name, folder);
  }
  return folders;
}

/** What a container made belongs to other users: without root only the engine can remove it. */
async function removeFolder(root: string, engine: Engine): Promise<void> {
  try {
    await rm(root, { recursive: true, force: true });
  } catch {
    if (engine.name === 'podman') await engine.run(['unshare', 'rm', '-rf', root]);
  }
}

function newName(): string {
  return `lithopod-${randomBytes(6).toString('hex')}`;
}

async function runToEnd(plan: RunPlan, engine: Engine, signal: AbortSignal): Promise<Ended> {
  const name = newName();
  const { flags, words } = commandOf(plan.container);
  const all = ['run', `--name=${name}`, ...runFlags(plan, engine.name), ...flags, ...words];
  try {
    return await engine.run(all, { timeoutMs: seedMs, signal });
  } finally {
    await remove(name, engine);
  }
}

async function remove(name: string, engine: Engine): Promise<void> {
  const time = engine.name === 'podman' ? ['--time=0'] : [];
  await engine.run(['rm', '--force', '--volumes', ...time, name]);
}

/** Runs the plan's container. It is removed in any case, also where the signal comes. */
export async function runContainer(
  plan: RunPlan,
  engine: Engine,
  request: RunRequest,
): Promise<RunOutcome> {
  const name = newName();
  const { flags, words } = commandOf(plan.container);
  const ports = request.publish.map((port) => `--publish=127.0.0.1::${port}`);
  const all = [...runFlags(plan, engine.name), ...ports, ...flags, ...words];
  const start = Date.now();
  try {
    const { signal } = request;
    const started = await engine.run(['run', '--detach', `--name=${name}`, ...all], { signal });
    if (started.code !== 0) {
      const seconds = (Date.now() - start) / 1000;
      const log = started.stderr.trim();
      return { exitCode: started.code ?? 125, log, diff: undefined, exercise: undefined, seconds };
    }
    const { exercise, exitCode } = await follow(name, engine, request);
    const seconds = (Date.now() - start) / 1000;
    const logs = await engine.run(['logs', name]);
    const diff = await engine.run(['diff', name]);
    const entries = diff.code === 0 ? parsePodmanDiff(diff.stdout) : undefined;
    return { exitCode, log: logs.stdout + logs.stderr, diff: entries, exercise, seconds };
  } finally {
    await remove(name, engine);
  }
}

async function follow(
  name: string,
  engine: Engine,
  request: RunRequest,
): Promise<Pick<RunOutcome, 'exercise' | 'exitCode'>> {
  const over = AbortSignal.any([request.signal, AbortSignal.timeout(request.seconds * 1000)]);
  const exercising =
    request.exercise === undefined
      ? undefined
      : exerciseIt(request.exercise, name, engine, request, over);
  const waited = await engine.run(['wait', name], {
    timeoutMs: (request.seconds + 60) * 1000,
    signal: over,
  });
  const exercise = await exercising;
  // A wait that was ended has no code: the container runs still.
  return { exercise, exitCode: waited.code === 0 ? Number(waited.stdout.trim()) : undefined };
}

/** The command finds the container by its variables. */
async function exerciseIt(
  command: string,
  name: string,
  engine: Engine,
  { publish, seconds }: RunRequest,
  signal: AbortSignal,
): Promise<Ended> {
  const variables = [`LITHOPOD_CONTAINER=${name}`, `LITHOPOD_ENGINE=${engine.name}`];
  for (const [index, port] of publish.entries()) {
    const { stdout } = await engine.run(['port', name, String(port)]);
    const host = stdout.trim().split(':').at(-1) ?? '';
    variables.push(`LITHOPOD_PORT_${port}=${host}`);
    if (index === 0) variables.push(`LITHOPOD_PORT=${host}`);
  }
  return runProgram('env', [...variables, 'sh', '-c', command], {
    timeoutMs: seconds * 1000,
    signal,
  });
}
