/**
 * The servers that are measured: ours, the bare node:https reference that parses and patches by
 * hand, and an express server that parses and gives a fixed answer. The latter two are the
 * unchanged files of ../shared/bench.
 */
import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { cp, mkdir, symlink, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { issueLeaf, makeAuthority } from '../../src/tls/authority.ts';
import { dockerfileCommand, projectRoot } from './dockerfile-command.ts';
import { manifestMemoryLimit, type MemoryLimit } from './memory-limit.ts';

export interface Target {
  readonly name: string;
  readonly url: string;
  /** Program and arguments. */
  readonly command: readonly [string, ...string[]];
  /** Absent where it is not limited. */
  readonly limit?: MemoryLimit;
  /** Beside the environment of whoever measures. */
  readonly env: Readonly<Record<string, string>>;
}

export interface OurTarget extends Target {
  /** Of /readyz and /metrics. */
  readonly healthUrl: string;
}

export const referenceName = 'node:https reference';

const shared = resolve(projectRoot, '../shared/bench');

/**
 * A folder with a certificate for 127.0.0.1 in `certs/`. Refuses where there is no build. Answers
 * the CA, PEM.
 */
export async function prepareFolder(folder: string): Promise<string> {
  if (!existsSync(join(projectRoot, 'dist/cli/main.js')))
    throw new Error('run `npm run build` first');
  await mkdir(join(folder, 'certs'), { recursive: true });
  await mkdir(join(folder, 'results'), { recursive: true });
  return writeCertificate(folder);
}

/**
 * Puts a new certificate of a new authority into the folder, as a rotation would. Answers the CA,
 * PEM.
 */
export async function writeCertificate(folder: string): Promise<string> {
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
  return authority.certificate;
}

/**
 * The same, and all that the other servers need: payloads of one and ten containers, fixed answers.
 * Refuses where the reference servers are missing.
 */
export async function prepareWorkshop(folder: string): Promise<void> {
  if (!existsSync(shared)) throw new Error('the reference servers are expected in ../shared/bench');
  await cp(shared, folder, { recursive: true, mode: 0 });
  execFileSync('chmod', ['-R', 'u+w', folder]);
  for (const name of ['payloads', 'verify']) await mkdir(join(folder, name), { recursive: true });
  await symlink(join(projectRoot, 'node_modules'), join(folder, 'node_modules'));
  await prepareFolder(folder);
  for (const script of ['gen-payloads.mjs', 'gen-fixed.mjs']) {
    execFileSync(process.execPath, [script], { cwd: folder });
  }
}

/**
 * Our server on the port, as its image and its manifest run it; `flags` are further ones of
 * `serve`.
 */
export function ourTarget(port: number, folder: string, flags: readonly string[] = []): OurTarget {
  const { command, env } = dockerfileCommand();
  const file = (name: string): string => join(folder, 'certs', name);
  const limit = manifestMemoryLimit(`${port}`);
  return {
    name: 'lithopod',
    url: `https://127.0.0.1:${port}/mutate`,
    healthUrl: `http://127.0.0.1:${port + 10}`,
    command: [
      ...command,
      ...['--host', '127.0.0.1', '--port', `${port}`, '--metrics-port', `${port + 10}`],
      ...['--tls-cert', file('tls.crt'), '--tls-key', file('tls.key'), '--drain-seconds', '0'],
      ...flags,
    ],
    ...(limit && { limit }),
    env,
  };
}

/**
 * Ours, the reference, and the express server, on ports from `port`, of a folder made by
 * `prepareWorkshop`.
 */
export function targets(port: number, folder: string): readonly Target[] {
  const other = (name: string, offset: number, script: string): Target => ({
    name,
    url: `https://127.0.0.1:${port + offset}/mutate`,
    command: [process.execPath, join(folder, script), `${port + offset}`, join(folder, 'payloads')],
    env: { NODE_ENV: 'production' },
  });
  return [
    ourTarget(port, folder),
    other(referenceName, 1, 'servers/node-json.mjs'),
    other('express, fixed answer', 2, 'servers/express-null.mjs'),
  ];
}
