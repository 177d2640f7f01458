import { runCommand } from '../../e2e/control-plane/owned-process.ts';

const ROUTES_MS = 10_000;

/** A /24 of private addresses (RFC 1918) that no route of this machine leads to. */
export async function chooseSubnet(): Promise<string> {
  const { stdout } = await runCommand('ip', ['-4', 'route', 'show', 'table', 'all'], {
    timeoutMs: ROUTES_MS,
  });
  for (let third = 0; third < 256; third++) {
    const prefix = `10.213.${third}.`;
    if (!stdout.includes(prefix)) return `${prefix}0/24`;
  }
  throw new Error('this machine has a route to every network of 10.213.0.0/16');
}
