/**
 * What happens to a webhook while it runs: its profiles change, and its certificate is replaced.
 */
import { readFile, rm, writeFile } from 'node:fs/promises';
import { get } from 'node:http';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { setTimeout as delay } from 'node:timers/promises';
import { connect } from 'node:tls';
import { X509Certificate } from 'node:crypto';
import { writeCertificate } from '../bench/targets.ts';
import type { OurTarget } from '../bench/targets.ts';

export interface Disturbances {
  readonly counts: {
    /** Reloads of which the metrics showed the outcome. */
    readonly reloads: number;
    /** Certificates that a new connection was shown. */
    readonly certificateSwaps: number;
  };
  /** Resolves when the last one is over. Rejects where one had no effect within ten seconds. */
  readonly stop: () => Promise<void>;
}

export interface Disturbed {
  readonly target: OurTarget;
  readonly port: number;
  readonly folder: string;
  /** The directory that the server was given by `--profiles`. */
  readonly profiles: string;
  readonly pid: number;
  readonly pauseMs: number;
}

const effectMs = 10_000;

/** Starts to change a profile, and every third time the certificate, one after the other. */
export function startDisturbances(server: Disturbed): Disturbances {
  const counts = { reloads: 0, certificateSwaps: 0 };
  const ending = new AbortController();
  const work = async (): Promise<void> => {
    for (let turn = 0; !ending.signal.aborted; turn++) {
      await delay(server.pauseMs, undefined, { signal: ending.signal }).catch(() => undefined);
      await changeProfiles(server, turn % 2 === 0);
      counts.reloads++;
      if (turn % 3 !== 0) continue;
      await swapCertificate(server);
      counts.certificateSwaps++;
    }
  };
  const done = work();
  // It is told when somebody waits for it; until then it is nobody's fault.
  done.catch(() => undefined);
  return {
    counts,
    stop: () => {
      ending.abort();
      return done;
    },
  };
}

const extra = (name: string): string => `apiVersion: lithopod.dev/v1alpha1
kind: ImageProfile
metadata: { name: ${name} }
spec:
  images: [registry.example.com/${name}]
  writable:
    - { path: /var/cache/${name}, why: the soak }
  evidence:
    - { kind: manifest, ref: the soak, seen: 2026-11-21 }
`;

async function changeProfiles({ target, profiles, pid }: Disturbed, more: boolean): Promise<void> {
  const file = join(profiles, 'extra.yaml');
  if (more) await writeFile(file, extra('extra'));
  else await rm(file);
  process.kill(pid, 'SIGHUP');
  await until('reload of the profiles', async () => {
    const metrics = await getText(`${target.healthUrl}/metrics`);
    return metrics.includes(`lithopod_profiles{source="directory"} ${more ? 2 : 1}\n`);
  });
}

/** The directory as `serve --profiles` is to find it. */
export async function writeProfiles(profiles: string): Promise<void> {
  await writeFile(join(profiles, 'always.yaml'), extra('always'));
}

async function swapCertificate({ folder, port, pid }: Disturbed): Promise<void> {
  await writeCertificate(folder);
  const { fingerprint256 } = new X509Certificate(await readFile(join(folder, 'certs/tls.crt')));
  process.kill(pid, 'SIGHUP');
  await until('swap of the certificate', async () => (await shownBy(port)) === fingerprint256);
}

function shownBy(port: number): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = connect({ host: '127.0.0.1', port, rejectUnauthorized: false }, () => {
      resolve(socket.getPeerCertificate().fingerprint256);
      socket.destroy();
    });
    socket.on('error', reject);
    socket.setTimeout(effectMs, () => socket.destroy(new Error('no handshake in time')));
  });
}

function getText(url: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const signal = AbortSignal.timeout(effectMs);
    get(url, { agent: false, signal }, (response) => {
      text(response).then(resolve, reject);
    }).on('error', reject);
  });
}

async function until(what: string, condition: () => Promise<boolean>): Promise<void> {
  const deadline = Date.now() + effectMs;
  while (!(await condition().catch(() => false))) {
    if (Date.now() > deadline) throw new Error(`no ${what} within ${effectMs} ms`);
    await delay(50);
  }
}
