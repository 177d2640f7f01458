// The webhook's own service account, as the installation makes it.

import { readFileSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect } from 'chai';
import type { ControlPlane } from './control-plane/control-plane.ts';

/** A kubeconfig with a token of the webhook's own service account. */
export async function kubeconfigOfAccount(plane: ControlPlane): Promise<string> {
  const token = await plane.kubectl(['-n', 'lithopod-system', 'create', 'token', 'lithopod']);
  expect(token.code, token.stderr).to.equal(0);
  const file = join(plane.dir, 'account.kubeconfig');
  const admin = JSON.parse(readFileSync(plane.kubeconfig, 'utf8')) as object;
  const users = [{ name: 'admin', user: { token: token.stdout.trim() } }];
  await writeFile(file, JSON.stringify({ ...admin, users }), { mode: 0o600 });
  return file;
}
