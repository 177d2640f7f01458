/**
 * Servers within the memory that the manifest gives a replica: V8 makes its heap, and how long what
 * is new may stay in the cheap part of it, after what there is.
 */
import { existsSync, mkdirSync, readFileSync, rmdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';
import { onEnd } from '../e2e/control-plane/owned-process.ts';
import { projectRoot } from './dockerfile-command.ts';

export interface MemoryLimit {
  /** In MiB. */
  readonly mebibytes: number;
  /**
   * Put before a command, starts it within the limit. What it takes above that, the kernel ends it
   * for where there is no swap.
   */
  readonly prefix: readonly string[];
}

/**
 * The memory controller's folder and the file of its limit, in control groups of version 2 and 1.
 */
const hierarchies = [
  ['/sys/fs/cgroup', 'memory.max'],
  ['/sys/fs/cgroup/memory', 'memory.limit_in_bytes'],
] as const;

let limits: Map<string, MemoryLimit | undefined> | undefined;

/**
 * The Deployment's limit, for each name a control group of its own; nothing where this user may not
 * make one. Removed when this process ends.
 */
export function manifestMemoryLimit(name: string): MemoryLimit | undefined {
  limits ??= new Map<string, MemoryLimit | undefined>();
  if (!limits.has(name)) limits.set(name, make(`lithopod-${process.pid}-${name}`));
  return limits.get(name);
}

/** Of the servers that this process has limited, in MiB; nothing where it has none. */
export function memoryLimitInUse(): number | undefined {
  return [...(limits?.values() ?? [])].find((limit) => limit !== undefined)?.mebibytes;
}

function make(name: string): MemoryLimit | undefined {
  const mebibytes = mebibytesOfManifest();
  for (const [hierarchy, file] of hierarchies) {
    const group = join(hierarchy, name);
    if (!created(group)) continue;
    if (!existsSync(join(group, file))) {
      remove(group);
      continue;
    }
    onEnd(() => {
      remove(group);
    });
    try {
      writeFileSync(join(group, file), `${mebibytes * 1024 * 1024}`);
    } catch {
      continue;
    }
    const procs = join(group, 'cgroup.procs');
    // Before it starts: Node.js looks once how much there is.
    return { mebibytes, prefix: ['sh', '-c', 'echo $$ > "$0" && exec "$@"', procs] };
  }
  return undefined;
}

function created(group: string): boolean {
  try {
    mkdirSync(group);
    return true;
  } catch {
    return false;
  }
}

const attempts = 40;

function remove(group: string): void {
  const pause = new Int32Array(new SharedArrayBuffer(4));
  for (let attempt = 0; attempt < attempts; attempt++) {
    try {
      rmdirSync(group);
      return;
    } catch {
      // Whoever was in it was killed and is not quite gone.
      Atomics.wait(pause, 0, 0, 25);
    }
  }
}

interface Deployment {
  readonly spec: {
    readonly template: {
      readonly spec: {
        readonly containers: readonly {
          readonly resources: { readonly limits: { readonly memory: string } };
        }[];
      };
    };
  };
}

/** What the Deployment limits its container to. Throws where that is not in Mi. */
export function mebibytesOfManifest(): number {
  const text = readFileSync(join(projectRoot, 'manifests/30-deployment.yaml'), 'utf8');
  const [container] = (parse(text) as Deployment).spec.template.spec.containers;
  const mebibytes = /^(\d+)Mi$/.exec(container?.resources.limits.memory ?? '')?.[1];
  if (mebibytes === undefined) throw new Error('the Deployment limits no memory in Mi');
  return Number(mebibytes);
}
