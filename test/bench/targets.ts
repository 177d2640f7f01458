/**
 * The servers that are measured: ours, the bare node:https reference that parses and patches by hand, and an express
 * server that parses and gives a fixed answer. The latter two are the unchanged files of ../shared/bench.
 */
import { execFileSync } from 'node:child_process';
import { cp, mkdir, symlink, writeFile } from 'node:fs/promises';
import { existsSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { issueLeaf, makeAuthority } from '../../src/tls/authority.ts';

export interface Target {
  readonly name: string;
  readonly url: string;
  /** Program and arguments, started in the workshop. */
  readonly command: readonly string[];
}

const root = resolve(import.meta.dirname, '../..');
const shared = resolve(root, '../shared/bench');

/**
 * Lays out a folder in which all servers can start: certificates, payloads of one and ten containers, fixed answers.
 * Refuses where the reference servers or our build are missing, saying how to get them.
 */
export async function prepareWorkshop(folder: string): Promise<void> {
  if (!existsSync(shared)) throw new Error('the reference servers are expected in ../shared/bench');
  if (!existsSync(join(root, 'dist/cli/main.js'))) throw new Error('run `npm run build` first');
  await cp(shared, folder, { recursive: true, mode: 0 });
  execFileSync('chmod', ['-R', 'u+w', folder]);
  for (const name of ['certs', 'payloads', 'results', 'verify']) {
    await mkdir(join(folder, name), { recursive: true });
  }
  await symlink(join(root, 'node_modules'), join(folder, 'node_modules'));
  const now = new Date();
  const authority = await makeAuthority({ now, commonName: 'bench', days: 1 });
  const leaf = await issueLeaf(authority, {
    now,
    dnsNames: ['localhost'],
    ipAddresses: ['127.0.0.1'],
    days: 1,
  });
  await writeFile(join(folder, 'certs/tls.crt'), leaf.certificate);
  await writeFile(join(folder, 'certs/tls.key'), leaf.key);
  for (const script of ['gen-payloads.mjs', 'gen-fixed.mjs']) {
    execFileSync(process.execPath, [script], { cwd: folder });
  }
}

/** Ours, the reference, and the express server, on ports from `port`. */
export function targets(port: number): readonly Target[] {
  const node = process.execPath;
  const url = (offset: number): string => `https://127.0.0.1:${port + offset}/mutate`;
  return [
    {
      name: 'lithopod',
      url: url(0),
      command: [
        ...[node, join(root, 'dist/cli/main.js'), 'serve', '--host', '127.0.0.1'],
        ...['--port', `${port}`, '--metrics-port', `${port + 10}`, '--drain-seconds', '0'],
        ...['--tls-cert', 'certs/tls.crt', '--tls-key', 'certs/tls.key'],
      ],
    },
    {
      name: 'node:https reference',
      url: url(1),
      command: [node, 'servers/node-json.mjs', `${port + 1}`, 'payloads'],
    },
    {
      name: 'express, fixed answer',
      url: url(2),
      command: [node, 'servers/express-null.mjs', `${port + 2}`, 'payloads'],
    },
  ];
}
