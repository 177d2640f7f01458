import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { AddressInfo } from 'node:net';

import { expect } from 'chai';

import { get, heard, open, send } from './client.ts';
import { patchOf, type LogLine } from './harness.ts';
import { bodyOf, podWith } from './reviews.ts';

const main = fileURLToPath(new URL('../../src/cli/main.ts', import.meta.url));
const body = bodyOf(podWith());

interface Child {
  readonly process: ChildProcess;
  readonly stdout: () => string;
  readonly stderr: () => string;
  /** Resolves with the first log line of that message. */
  readonly line: (message: string) => Promise<LogLine>;
  readonly ended: Promise<number | NodeJS.Signals>;
}

/** The command as a process of its own. It ends with the test, whatever the test does. */
function serve(
  flags: readonly string[],
  environment: Readonly<Record<string, string>> = {},
): Child {
  const child = spawn(process.execPath, ['--import', 'tsx', main, 'serve', ...flags], {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { PATH: process.env['PATH'], ...environment },
  });
  const texts = { stdout: '', stderr: '' };
  child.stdout.setEncoding('utf8').on('data', (chunk: string) => (texts.stdout += chunk));
  child.stderr.setEncoding('utf8').on('data', (chunk: string) => (texts.stderr += chunk));
  const ended = (once(child, 'close') as Promise<[number | null, NodeJS.Signals]>).then(
    ([code, signal]) => code ?? signal,
  );
  const find = (message: string): LogLine | undefined =>
    texts.stderr
      .split('\n')
      .slice(0, -1)
      .filter((line) => line.startsWith('{'))
      .map((line) => JSON.parse(line) as LogLine)
      .find((line) => line['message'] === message);
  return {
    process: child,
    stdout: () => texts.stdout,
    stderr: () => texts.stderr,
    ended,
    line: async (message) => {
      for (;;) {
        const found = find(message);
        if (found !== undefined) return found;
        if (child.exitCode !== null || child.signalCode !== null)
          throw new Error(`it ended: ${texts.stderr}`);
        await new Promise((resolve) => setTimeout(resolve, 10));
      }
    },
  };
}

const loopback = ['--host', '127.0.0.1', '--port', '0', '--metrics-port', '0'];

describe('lithopod serve, as a process', function () {
  // Each starts a Node of its own, and the machine may have other work.
  this.timeout(60_000);
  let folder = '';
  const children: Child[] = [];
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'lithopod-serve-'));
  });
  afterEach(async () => {
    for (const child of children.splice(0)) {
      child.process.kill('SIGKILL');
      await child.ended;
    }
    await rm(folder, { recursive: true, force: true });
  });

  function run(flags: readonly string[], environment?: Readonly<Record<string, string>>): Child {
    const child = serve(flags, environment);
    children.push(child);
    return child;
  }

  async function serving(
    flags: readonly string[],
    environment?: Readonly<Record<string, string>>,
  ): Promise<Child & { readonly port: number; readonly metricsPort: number; readonly ca: string }> {
    const caOut = join(folder, 'ca.pem');
    const child = run([...loopback, '--ca-out', caOut, ...flags], environment);
    const { port, metricsPort } = await child.line('serving');
    const ca = await readFile(caOut, 'utf8');
    return { ...child, port: Number(port), metricsPort: Number(metricsPort), ca };
  }

  it('is unready at a SIGTERM, accepts during the drain, finishes and exits with 0', async () => {
    const child = await serving(['--drain-seconds', '1.5']);
    const running = await open(child);
    const head = `POST /mutate HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: ${body.length}\r\n\r\n`;
    running.write(head + body.slice(0, 50));
    expect((await get(child.metricsPort, '/readyz')).status).to.equal(200);

    child.process.kill('SIGTERM');
    expect(await child.line('stopping')).to.include({ signal: 'SIGTERM' });
    expect((await get(child.metricsPort, '/readyz')).status).to.equal(503);
    expect((await get(child.metricsPort, '/healthz')).status).to.equal(200);
    expect(patchOf(await send(child, { body }))).not.to.be.empty;

    const said = heard(running);
    // After the drain nothing new is accepted, and what runs goes on.
    for (;;) {
      const refused = await send(child, { body }).then(
        () => false,
        () => true,
      );
      if (refused) break;
    }
    expect(child.process.exitCode).to.equal(null);
    running.write(body.slice(50));
    expect(await said).to.match(/^HTTP\/1\.1 200 /);
    expect(await child.ended).to.equal(0);
  });

  for (const [first, second] of [
    ['SIGTERM', 'SIGTERM'],
    ['SIGTERM', 'SIGINT'],
    ['SIGINT', 'SIGINT'],
  ] as const) {
    it(`ends at once with a ${second} after a ${first}`, async () => {
      const child = await serving(['--drain-seconds', '600']);
      child.process.kill(first);
      await child.line('stopping');
      child.process.kill(second);
      expect(await child.ended).to.equal(second);
    });
  }

  it('reads profiles again at a SIGHUP', async () => {
    const child = await serving(['--profiles', folder]);
    await writeFile(join(folder, 'own.yaml'), 'kind: [');
    child.process.kill('SIGHUP');
    const line = await child.line('profiles not reloaded: the last good ones stay in use');
    expect(line).to.include({ level: 'error' });
    expect(JSON.stringify(line)).to.match(/own\.yaml:\d+:\d+: /);
    await rm(join(folder, 'own.yaml'));
    child.process.kill('SIGHUP');
    await child.line('profiles reloaded');
    expect(patchOf(await send(child, { body }))).not.to.be.empty;
  });

  it('greets with a command that gets a patch', async () => {
    const child = await serving([]);
    const sent = /curl -sk (https:\S+) -H 'Content-Type: application\/json' -d '([^']+)'/.exec(
      child.stdout(),
    );
    expect(sent?.[1]).to.equal(`https://127.0.0.1:${child.port}/mutate`);
    expect(patchOf(await send(child, { body: sent![2]! }))).not.to.be.empty;
  });

  it('says on one line that its port is in use, and exits with 2', async () => {
    const taken = createServer().listen(0, '127.0.0.1');
    await once(taken, 'listening');
    const { port } = taken.address() as AddressInfo;
    for (const flag of ['--port', '--metrics-port']) {
      const child = run([...loopback, flag, String(port)]);
      expect(await child.ended).to.equal(2);
      expect(child.stderr()).to.equal(
        `error: port ${port} is in use: choose another with --port or --metrics-port\n`,
      );
      expect(child.stdout()).to.equal('');
    }
    taken.close();
  });

  it('says on one line that its host is none, and exits with 2', async () => {
    for (const host of ['192.0.2.1', 'no-such-host.invalid']) {
      const child = run([...loopback, '--host', host]);
      expect(await child.ended).to.equal(2);
      expect(child.stderr()).to.match(/^error: address [^\n]* choose another with --host\n$/);
    }
  });

  it('tells every problem of its settings, wherever they are from, and exits with 2', async () => {
    const child = run(['--port', 'http', '--tls-cert', 'a'], { LITHOPOD_LOG_LEVEL: 'loud' });
    expect(await child.ended).to.equal(2);
    const lines = child.stderr().trimEnd().split('\n');
    expect(lines).to.have.length(3);
    for (const line of lines) expect(line).to.match(/^error: /);
  });

  it('tells every problem of its profiles, and exits with 2', async () => {
    await writeFile(join(folder, 'a.yaml'), 'kind: [');
    await writeFile(join(folder, 'b.yaml'), 'kind: Other\n');
    const child = run([...loopback, '--profiles', folder]);
    expect(await child.ended).to.equal(2);
    expect(child.stderr())
      .to.match(/a\.yaml:\d+:\d+: /)
      .and.match(/b\.yaml:\d+:\d+: /);
    expect(child.stderr()).not.to.include('    at ');
  });

  it('exits with 2 for a flag that it does not know', async () => {
    const child = run(['--prot', '1']);
    expect(await child.ended).to.equal(2);
    expect(child.stderr()).to.match(/unknown option '--prot'/);
  });
});
