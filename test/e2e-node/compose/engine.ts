// Docker, played by podman: what a Compose file says of a service as `podman run` takes it, made
// as strict as Docker. Docker makes no tmpfs of its own on a read-only root and copies nothing
// into one; podman does both unless it is kept from it.

import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';

import { ownFolder, removeFolder, runCommand } from '../../e2e/control-plane/owned-process.ts';
import type { CommandResult } from '../../e2e/control-plane/owned-process.ts';
import { writeLayout, type BuiltImage } from '../images/layout.ts';

const COMMAND_MS = 60_000;

/** A service as it stands in a file. */
export interface Service {
  readonly image: string;
  readonly command?: string | readonly string[];
  readonly read_only?: boolean;
  readonly tmpfs?: string | readonly string[];
  readonly volumes?: readonly (string | LongVolume)[];
  readonly user?: string;
  readonly cap_drop?: readonly string[];
  readonly cap_add?: readonly string[];
  readonly security_opt?: readonly string[];
  readonly environment?: Readonly<Record<string, string>>;
}

interface LongVolume {
  readonly type: string;
  readonly target: string;
}

/** The volumes at a file's root. */
export type Volumes = Readonly<
  Record<string, { readonly driver_opts?: Readonly<Record<string, string>> } | null>
>;

/** A container that was started. */
export interface Started {
  /** Runs a command in it, as its own user or as the given one. */
  readonly exec: (command: readonly string[], user?: string) => Promise<CommandResult>;
  /** How it ended and what it wrote; undefined while it runs. */
  readonly end: () => Promise<string | undefined>;
  readonly remove: () => Promise<void>;
}

/** An engine with its own images, containers and volumes. */
export interface Engine {
  readonly start: (service: Service, volumes: Volumes, swarm?: boolean) => Promise<Started>;
  readonly stop: () => Promise<void>;
}

/** Starts an engine that has the images. */
export async function startEngine(images: readonly BuiltImage[]): Promise<Engine> {
  const folder = await mkdtemp(join(tmpdir(), 'lithopod-podman-'));
  ownFolder(folder);
  const podman = (args: readonly string[]): Promise<CommandResult> =>
    runCommand('podman', [...storage(folder), ...args], { timeoutMs: COMMAND_MS });
  for (const image of images) await load(image, folder, podman);
  const made = new Set<string>();
  let count = 0;
  return {
    async start(service, volumes, swarm = false) {
      for (const [name, volume] of Object.entries(volumes)) {
        if (made.has(name)) continue;
        made.add(name);
        const options = Object.entries(volume?.driver_opts ?? {});
        const flags = options.map(([key, value]) => `--opt=${key}=${value}`);
        await must(podman, ['volume', 'create', ...flags, name]);
      }
      const name = `service-${count++}`;
      const mounts: string[] = [];
      // `docker stack deploy` does not read the field.
      for (const [index, text] of (swarm ? [] : [service.tmpfs ?? []].flat()).entries()) {
        mounts.push(await mountTmpfs(text, `${name}-${index}`, podman));
      }
      const flags = [...mounts, ...flagsOf(service)];
      await must(podman, ['run', '--detach', `--name=${name}`, ...flags]);
      return startedAs(name, podman);
    },
    async stop() {
      await podman(['rm', '--all', '--force', '--time=0', '--volumes']);
      await podman(['volume', 'rm', '--all', '--force']);
      await podman(['umount', '--all', '--force']);
      await rm(folder, { recursive: true, force: true }).catch(() => undefined);
      removeFolder(folder);
    },
  };
}

type Podman = (args: readonly string[]) => Promise<CommandResult>;

/** Everything in one folder, no daemon's state beside it. */
function storage(folder: string): readonly string[] {
  return [
    `--root=${folder}/root`,
    `--runroot=${folder}/run`,
    `--tmpdir=${folder}/tmp`,
    '--storage-driver=overlay',
    '--cgroup-manager=cgroupfs',
    '--runtime=runc',
    '--events-backend=none',
  ];
}

async function must(podman: Podman, args: readonly string[]): Promise<string> {
  const { code, stdout, stderr } = await podman(args);
  if (code !== 0) throw new Error(`podman ${args.join(' ')} ended with code ${code}:\n${stderr}`);
  return stdout;
}

async function load(image: BuiltImage, folder: string, podman: Podman): Promise<void> {
  for (const ref of image.refs) {
    const layout = join(folder, 'layout');
    await mkdir(layout);
    await writeLayout([{ ...image, refs: [ref] }], layout);
    const tar = join(folder, 'image.tar');
    // Layers are links, which `-h` follows.
    const { code } = await runCommand('tar', ['-chf', tar, '-C', layout, '.'], {
      timeoutMs: COMMAND_MS,
    });
    if (code !== 0) throw new Error(`tar ended with code ${code}`);
    await must(podman, ['load', '--quiet', `--input=${tar}`]);
    await rm(layout, { recursive: true });
    await rm(tar);
  }
}

/** What Docker does by itself comes first. */
function flagsOf(service: Service): readonly string[] {
  const { image, command = [] } = service;
  return [
    '--pull=never',
    '--network=none',
    // A root that may not raise limits starts containers all the same.
    '--ulimit=nofile=1024:1024',
    '--ulimit=nproc=4096:4096',
    '--sysctl=net.ipv4.ip_unprivileged_port_start=0',
    ...(service.read_only ? ['--read-only', '--read-only-tmpfs=false'] : []),
    ...(service.volumes ?? []).map(volumeFlag),
    ...(service.user === undefined ? [] : [`--user=${service.user}`]),
    ...(service.cap_drop ?? []).map((name) => `--cap-drop=${name}`),
    ...(service.cap_add ?? []).map((name) => `--cap-add=${name}`),
    ...(service.security_opt ?? []).map((text) => `--security-opt=${text.replace(/:true$/, '')}`),
    ...Object.entries(service.environment ?? {}).map(([name, value]) => `--env=${name}=${value}`),
    image,
    ...(typeof command === 'string' ? command.split(' ') : command),
  ];
}

/** podman takes no owner for a tmpfs of its own, but for one that is a volume. */
async function mountTmpfs(text: string, name: string, podman: Podman): Promise<string> {
  if (!text.includes('uid=')) return `--tmpfs=${tmpfsOf(text)}`;
  const [path = '', options = ''] = tmpfsOf(text).replace(',notmpcopyup', '').split(':');
  const flags = ['--opt=type=tmpfs', '--opt=device=tmpfs', `--opt=o=${options}`];
  await must(podman, ['volume', 'create', ...flags, name]);
  return `--volume=${name}:${path}:nocopy`;
}

/** Docker's own options of a tmpfs (moby daemon/oci_linux.go), and no copy of what it hides. */
function tmpfsOf(text: string): string {
  const [path = '', options = ''] = text.split(':');
  const given = options.split(',').filter((option) => option !== '');
  const own = ['noexec', 'nosuid', 'nodev'].filter((option) => !given.includes(option.slice(2)));
  return `${path}:${[...own, ...given, 'notmpcopyup'].join(',')}`;
}

function volumeFlag(volume: string | LongVolume): string {
  if (typeof volume === 'string') return `--volume=${volume}`;
  if (volume.type !== 'tmpfs') throw new Error(`a volume of type ${volume.type}`);
  // Docker's default mode of such a mount is 1777.
  return `--tmpfs=${tmpfsOf(`${volume.target}:mode=1777`)}`;
}

function startedAs(name: string, podman: Podman): Started {
  return {
    exec: (command, user) =>
      podman(['exec', ...(user === undefined ? [] : [`--user=${user}`]), name, ...command]),
    async end() {
      const state = await must(podman, ['inspect', '--format={{.State.Status}}', name]);
      if (state.trim() === 'running') return undefined;
      const { stdout, stderr } = await podman(['logs', name]);
      return stdout + stderr;
    },
    async remove() {
      await must(podman, ['rm', '--force', '--time=2', name]);
    },
  };
}

/** Asks again for half a minute, since a server needs time to start. Stops where it ended. */
export async function eventually(
  started: Started,
  ask: () => Promise<CommandResult>,
  isRight: (answer: CommandResult) => boolean,
): Promise<CommandResult> {
  for (let tries = 0; ; tries++) {
    const ended = await started.end();
    if (ended !== undefined) throw new Error(`it ended:\n${ended}`);
    const answer = await ask();
    if (isRight(answer)) return answer;
    if (tries === 60) throw new Error(`no right answer: ${JSON.stringify(answer)}`);
    await delay(500);
  }
}

/** What it wrote when it ended by itself. */
export async function ends(started: Started): Promise<string> {
  for (let tries = 0; tries < 60; tries++) {
    const ended = await started.end();
    if (ended !== undefined) return ended;
    await delay(500);
  }
  throw new Error('it did not end');
}
