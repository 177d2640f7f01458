/** A server within the memory that its manifest gives it, since Node.js takes more where there is more. */
import { existsSync, mkdirSync, readFileSync, rmdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';
import { projectRoot } from '../bench/dockerfile-command.ts';
import { onEnd } from '../e2e/control-plane/owned-process.ts';
import type { Target } from '../bench/targets.ts';

export interface MemoryLimit {
  /** In MiB. */
  readonly mebibytes: number;
  /** The target, to be started within the limit: what it takes above that, the kernel ends it for. */
  readonly apply: <T extends Target>(target: T) => T;
  /** To be called when what was started has ended. */
  readonly remove: () => void;
}

/** The memory controller's folder and the file of its limit, in cgroups of version 2 and 1. */
const hierarchies = [
  ['/sys/fs/cgroup', 'memory.max'],
  ['/sys/fs/cgroup/memory', 'memory.limit_in_bytes'],
] as const;

/** The limit of the Deployment; nothing where this user may not make a control group of it. */
export function manifestMemoryLimit(): MemoryLimit | undefined {
  const mebibytes = mebibytesOfManifest();
  for (const [hierarchy, file] of hierarchies) {
    const group = join(hierarchy, `lithopod-${process.pid}`);
    if (!made(group)) continue;
    const remove = (): void => {
      try {
        rmdirSync(group);
      } catch {
        // Whoever was in it is not quite gone yet: an empty group is left.
      }
    };
    if (!existsSync(join(group, file))) {
      remove();
      continue;
    }
    writeFileSync(join(group, file), `${mebibytes * 1024 * 1024}`);
    const release = onEnd(remove);
    return {
      mebibytes,
      // Before it starts: Node.js looks once how much there is.
      apply: (target) => ({
        ...target,
        command: [
          ...['sh', '-c', 'echo $$ > "$0" && exec "$@"', join(group, 'cgroup.procs')],
          ...target.command,
        ],
      }),
      remove: () => {
        remove();
        release();
      },
    };
  }
  return undefined;
}

function made(group: string): boolean {
  try {
    mkdirSync(group);
    return true;
  } catch {
    return false;
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

function mebibytesOfManifest(): number {
  const text = readFileSync(join(projectRoot, 'manifests/30-deployment.yaml'), 'utf8');
  const [container] = (parse(text) as Deployment).spec.template.spec.containers;
  const mebibytes = /^(\d+)Mi$/.exec(container?.resources.limits.memory ?? '')?.[1];
  if (mebibytes === undefined) throw new Error('the Deployment limits no memory in Mi');
  return Number(mebibytes);
}
