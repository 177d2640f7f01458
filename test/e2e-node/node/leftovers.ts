import { existsSync } from 'node:fs';

import { filesElsewhere } from './clean-up.ts';
import { cgroupProcesses, cgroupsOf, mountsBelow, nodeProcesses, portsOf } from './occupied.ts';
import type { Premises } from './premises.ts';

/**
 * Everything of the premises that is still there, one line each; empty when they have been left as
 * they were found.
 */
export function leftovers(premises: Premises): readonly string[] {
  const { dir, bridge } = premises;
  return [
    ...nodeProcesses(premises).map((pid) => `process ${pid}`),
    ...cgroupProcesses(premises).map((pid) => `process ${pid} in a cgroup of pods`),
    ...cgroupsOf(premises).map((folder) => `cgroup ${folder}`),
    ...mountsBelow(dir).map((path) => `mount ${path}`),
    ...portsOf(premises).map((name) => `interface ${name}`),
    ...(existsSync(`/sys/class/net/${bridge}`) ? [`bridge ${bridge}`] : []),
    ...filesElsewhere(premises).map((path) => `file ${path}`),
    ...(existsSync(dir) ? [`folder ${dir}`] : []),
  ];
}
