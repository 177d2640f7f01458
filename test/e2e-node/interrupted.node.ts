// A run that is interrupted leaves the machine as it was: processes, mounts, network, cgroups,
// files.

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';

import { expect } from 'chai';

import { buildImages } from './images/build.ts';
import { busybox, pause } from './images/recipes/base.ts';
import { ensurePackages } from './node/machine.ts';
import { leftovers } from './node/leftovers.ts';
import type { Premises } from './node/premises.ts';

interface Held {
  readonly premises: Premises;
  /** The control plane's folder. */
  readonly dir: string;
}

describe('a run with a node on which a pod runs', function () {
  before(async function () {
    const machine = await ensurePackages();
    if (!machine.ok) this.skip();
    await buildImages([pause, busybox], machine.debian);
  });

  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    it(`leaves nothing behind when it gets ${signal}`, async () => {
      const script = join(import.meta.dirname, 'interrupted/hold-node.ts');
      const child = spawn(process.execPath, ['--import=tsx', script], {
        stdio: ['ignore', 'pipe', 'inherit'],
      });
      const exited = once(child, 'exit');
      const [line] = (await Promise.race([
        once(createInterface(child.stdout), 'line'),
        exited.then(() => {
          throw new Error('it ended before it was interrupted');
        }),
      ])) as [string];
      const { premises, dir } = JSON.parse(line) as Held;
      const occupied = leftovers(premises).join('\n');
      for (const kind of ['process', 'cgroup', 'mount', 'interface', 'bridge', 'file', 'folder']) {
        expect(occupied).to.match(new RegExp(`^${kind} `, 'm'));
      }

      child.kill(signal);
      const [, endedBy] = (await exited) as [number | null, string | null];
      expect(endedBy).to.equal(signal);
      expect(leftovers(premises)).to.deep.equal([]);
      expect(existsSync(dir)).to.equal(false);
      for (const folder of premises.before.absent) expect(existsSync(folder), folder).to.be.false;
    });
  }
});
