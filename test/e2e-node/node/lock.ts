// One at a time, of all processes of this machine.

import { spawn } from 'node:child_process';
import { once } from 'node:events';

/**
 * Does something while nobody else holds the lock of this file; others wait. It is let go also when
 * this process ends half-way, whatever way.
 */
export async function locked<T>(file: string, action: () => Promise<T>): Promise<T> {
  // Ends with its stdin, and that with whoever holds the other end.
  const holder = spawn('flock', [file, 'sh', '-c', 'echo held && exec cat > /dev/null'], {
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  const ended = once(holder, 'exit');
  const held = once(holder.stdout, 'data');
  // Where it cannot be started, `exit` does not come, but the error does.
  if ((await Promise.race([held, ended]))[0] === 1) throw new Error(`no lock of ${file}`);
  try {
    return await action();
  } finally {
    holder.stdin.end();
    await ended;
  }
}
