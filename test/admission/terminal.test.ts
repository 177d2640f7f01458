// `serve` on a terminal, as a process: Ctrl-C and a closed terminal end it. A drain of ten minutes
// would outlast every test here.
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { connect, type Socket } from 'node:net';
import { networkInterfaces, tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';

import { get, heard, open } from './client.ts';
import { bodyOf, podWith } from './reviews.ts';

const root = join(import.meta.dirname, '../..');
const { scripts } = JSON.parse(await readFile(join(root, 'package.json'), 'utf8')) as {
  readonly scripts: Readonly<Record<string, string>>;
};
/** `npm start` of the sources, so that nothing has to be built. */
const start = scripts['start']!.replace('dist/cli/main.js', '--import tsx src/cli/main.ts');
const body = bodyOf(podWith());
const head = `POST /mutate HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: ${body.length}\r\n\r\n`;

interface Terminal {
  readonly pid: number;
  readonly port: number;
  readonly metricsPort: number;
  readonly ca: string;
  readonly order: (what: 'ctrl-c' | 'close') => void;
  /** Resolves when the output has the text. */
  readonly shows: (text: string) => Promise<void>;
  /** The exit code, or less than zero for a signal. */
  readonly ended: Promise<number>;
}

describe('lithopod serve, on a terminal', function () {
  this.timeout(60_000);
  let folder = '';
  const children: { readonly process: ChildProcess; readonly pid: () => number }[] = [];
  const sockets: Socket[] = [];
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'lithopod-terminal-'));
  });
  afterEach(async () => {
    for (const socket of sockets.splice(0)) socket.destroy();
    for (const { process: child, pid } of children.splice(0)) {
      child.kill('SIGKILL');
      try {
        process.kill(pid(), 'SIGKILL');
      } catch {
        // It has ended.
      }
    }
    await rm(folder, { recursive: true, force: true });
  });

  async function serving(): Promise<Terminal> {
    const ca = join(folder, 'ca.pem');
    const command = `exec ${start} --port 0 --metrics-port 0 --drain-seconds 600 --ca-out ${ca}`;
    const child = spawn(
      'python3',
      [join(import.meta.dirname, 'terminal.py'), 'sh', '-c', command],
      { cwd: root, stdio: ['pipe', 'pipe', 'inherit'] },
    );
    let output = '';
    child.stdout.setEncoding('utf8').on('data', (chunk: string) => (output += chunk));
    const pid = (): number => Number(/^runs as (\d+)/.exec(output)?.[1]);
    children.push({ process: child, pid });
    const shows = async (text: string): Promise<void> => {
      while (!output.includes(text)) {
        if (child.exitCode !== null) throw new Error(`it ended: ${output}`);
        await new Promise((resolve) => setTimeout(resolve, 10));
      }
    };
    await shows('"message":"serving"');
    await shows('"profiles":');
    const { port, metricsPort } = JSON.parse(
      /^\{.*"message":"serving".*\}/m.exec(output)?.[0] ?? '',
    ) as { readonly port: number; readonly metricsPort: number };
    return {
      pid: pid(),
      port,
      metricsPort,
      ca: await readFile(ca, 'utf8'),
      order: (what) => child.stdin.write(`${what}\n`),
      shows,
      ended: once(child, 'close').then(() =>
        Number(/\nended with (-?\d+)\n$/.exec(output)?.[1] ?? NaN),
      ),
    };
  }

  it('ends at Ctrl-C, whatever connections are open, where nothing is in flight', async () => {
    const served = await serving();
    expect((await get(served.metricsPort, '/readyz')).status).to.be.oneOf([200, 503]);
    for (const port of [served.port, served.metricsPort]) {
      // Each says nothing: to the one port it does not even begin the handshake.
      const silent = connect(port, 'localhost').on('error', () => undefined);
      sockets.push(silent);
      await once(silent, 'connect');
    }
    const idle = await open(served);
    sockets.push(idle);
    idle.write(head + body);
    await once(idle, 'data');
    served.order('ctrl-c');
    expect(await served.ended).to.equal(0);
  });

  it('answers what is in flight first, also where Ctrl-C comes twice at once', async () => {
    const served = await serving();
    const running = await open(served);
    sockets.push(running);
    running.write(head + body.slice(0, 50));
    // One that the server answers after those bytes, so it has them.
    const other = await open(served);
    sockets.push(other);
    other.write(head + body);
    await once(other, 'data');
    process.kill(served.pid, 'SIGINT');
    process.kill(served.pid, 'SIGINT');
    await served.shows('"message":"stopping"');
    process.kill(served.pid, 'SIGINT');
    const said = heard(running);
    running.write(body.slice(50));
    expect(await said).to.match(/^HTTP\/1\.1 200 /);
    expect(await served.ended).to.equal(0);
  });

  it('ends by a second Ctrl-C though something is in flight', async () => {
    const served = await serving();
    const running = await open(served);
    sockets.push(running);
    running.on('error', () => undefined).write(head + body.slice(0, 50));
    served.order('ctrl-c');
    const again = setInterval(() => {
      served.order('ctrl-c');
    }, 100);
    expect(
      await served.ended.finally(() => {
        clearInterval(again);
      }),
    ).to.be.oneOf([-2, 0]);
  });

  it('ends when its terminal is closed', async () => {
    const served = await serving();
    served.order('close');
    // By the signal that closing sends; not by an abort of Node, which misses its terminal.
    expect(await served.ended).to.equal(-1);
  });

  it('as npm start answers on loopback alone', async function () {
    const other = Object.values(networkInterfaces())
      .flat()
      .find((each) => each !== undefined && !each.internal && each.family === 'IPv4');
    if (other === undefined) this.skip();
    const served = await serving();
    for (const port of [served.port, served.metricsPort]) {
      const socket = connect(port, other.address);
      sockets.push(socket);
      const [error] = (await once(socket, 'error')) as [NodeJS.ErrnoException];
      expect(error.code).to.equal('ECONNREFUSED');
    }
    served.order('ctrl-c');
    await served.ended;
  });
});
