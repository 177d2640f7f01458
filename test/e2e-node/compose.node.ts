// Hardened Compose files with real containers, in every form that a writable path is written in.

import { expect } from 'chai';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parse } from 'yaml';

import { cli } from '../cli/run.ts';
import { ends, eventually, startEngine } from './compose/engine.ts';
import type { Engine, Service, Started, Volumes } from './compose/engine.ts';
import { buildImages } from './images/build.ts';
import { postgres, redis } from './images/recipes/data.ts';
import { httpd, nginx } from './images/recipes/web.ts';
import { ensurePackages } from './node/machine.ts';

interface File {
  readonly services: Readonly<Record<string, Service>>;
  readonly volumes: Volumes;
}

/** The file as `lithopod compose` writes it. */
async function hardened(text: string, level: string): Promise<File> {
  const folder = await mkdtemp(join(tmpdir(), 'lithopod-compose-'));
  try {
    const path = join(folder, 'compose.yaml');
    await writeFile(path, text);
    const { code, stdout, stderr } = await cli(['compose', '--level', level, path]);
    expect(code, stderr).to.equal(0);
    const value = parse(stdout, { version: '1.1', merge: true }) as Partial<File>;
    const { services = { app: (value as { app: Service }).app }, volumes = {} } = value;
    return { services, volumes };
  } finally {
    await rm(folder, { recursive: true });
  }
}

const page = 'exec 3<>/dev/tcp/127.0.0.1/80 && printf "GET / HTTP/1.0\\r\\n\\r\\n" >&3 && cat <&3';

async function serves(started: Started, expected: RegExp): Promise<void> {
  await eventually(
    started,
    () => started.exec(['bash', '-c', page]),
    ({ stdout }) => expected.test(stdout),
  );
}

const servers = [
  {
    image: 'nginx:1.27',
    complaint: /mkdir\(\) "\/var\/cache\/nginx\/client_temp" failed \(30: Read-only file system\)/,
    greeting: /Welcome to nginx!/,
  },
  {
    image: 'httpd:2.4',
    complaint: /AH00099: could not create \/usr\/local\/apache2\/logs\/httpd\.pid/,
    greeting: /It works!/,
  },
] as const;

const services = (image: string): string => `services:\n  app:\n    image: ${image}\n`;
const swarm = '    deploy:\n      replicas: 1\n';

/** A file of each form, by the words that its form is known by. */
const forms: readonly (readonly [string, (image: string) => string, string?])[] = [
  ['today’s specification', services],
  ['3.8', (image) => `version: "3.8"\n${services(image)}`],
  ['3.8 at restricted', (image) => `version: "3.8"\n${services(image)}`, 'restricted'],
  ['2.4', (image) => `version: "2.4"\n${services(image)}`],
  ['2 with its services at the root', (image) => `version: "2"\napp:\n  image: ${image}\n`],
  ['none, services at the root', (image) => `app:\n  image: ${image}\n`],
  ['3.8 for a Swarm', (image) => `version: "3.8"\n${services(image)}${swarm}`],
  ['3.0 for a Swarm', (image) => `version: "3.0"\n${services(image)}${swarm}`],
  [
    '3.0 for a Swarm at restricted',
    (image) => `version: "3"\n${services(image)}${swarm}`,
    'restricted',
  ],
];

describe('Compose files with containers', () => {
  let engine: Engine;
  const running: Started[] = [];

  before(async function () {
    const machine = await ensurePackages();
    if (!machine.ok) {
      process.stderr.write(`[e2e-node] skipped: ${machine.why}\n`);
      return this.skip();
    }
    engine = await startEngine(await buildImages([nginx, httpd, redis, postgres], machine.debian));
  });
  afterEach(async () => {
    for (const started of running.splice(0)) await started.remove();
  });
  after(async () => {
    await (engine as Engine | undefined)?.stop();
  });

  async function start(service: Service, volumes: Volumes = {}, isSwarm = false): Promise<Started> {
    const started = await engine.start(service, volumes, isSwarm);
    running.push(started);
    return started;
  }

  for (const { image, complaint, greeting } of servers) {
    describe(image, () => {
      it('dies with read_only alone', async () => {
        expect(await ends(await start({ image, read_only: true }))).to.match(complaint);
      });

      for (const [form, file, level = 'immutable'] of forms) {
        it(`serves, hardened in a file of version ${form}`, async () => {
          const { services: all, volumes } = await hardened(file(image), level);
          const { app } = all;
          if (app === undefined) throw new Error('no service');
          expect(app.read_only).to.equal(true);
          const started = await start(app, volumes, form.includes('Swarm'));
          await serves(started, greeting);
          const { stderr } = await started.exec(['touch', '/etc/x'], '0');
          expect(stderr).to.match(/Read-only file system/);
        });
      }
    });
  }

  it('does not start where a tmpfs hides what the image has: nothing is copied into one', async () => {
    const service = { image: 'nginx:1.27', read_only: true, tmpfs: ['/etc/nginx:exec,mode=0777'] };
    expect(await ends(await start(service))).to.match(/\/etc\/nginx\/nginx\.conf.*No such file/);
  });

  it('executes from a tmpfs of ours, and not from one of Docker’s own options', async () => {
    const tmpfs = ['/ours:exec,mode=1777', '/dockers'];
    const started = await start({ image: 'nginx:1.27', tmpfs });
    await serves(started, /Welcome/);
    const run = async (folder: string): Promise<number> => {
      const script = `cp /bin/true ${folder}/x && ${folder}/x`;
      return (await started.exec(['sh', '-c', script])).code;
    };
    expect(await run('/ours')).to.equal(0);
    expect(await run('/dockers')).to.equal(126);
  });

  it('redis keeps its data in its volume', async () => {
    const file = `${services('redis:7.0')}    command: [redis-server, --save, '1 1']\n    volumes:\n      - data:/data\nvolumes:\n  data:\n`;
    for (const level of ['immutable', 'restricted']) {
      const { services: all, volumes } = await hardened(file, level);
      const { app } = all;
      if (app === undefined) throw new Error('no service');
      const first = await start(app, volumes);
      const ask = (started: Started, ...words: string[]) => started.exec(['redis-cli', ...words]);
      await eventually(
        first,
        () => ask(first, 'set', level, 'kept'),
        ({ stdout }) => stdout === 'OK\n',
      );
      expect((await ask(first, 'save')).stdout).to.equal('OK\n');
      await first.remove();
      running.length = 0;
      const second = await start(app, volumes);
      await eventually(
        second,
        () => ask(second, 'get', level),
        ({ stdout }) => stdout === 'kept\n',
      );
      await second.remove();
      running.length = 0;
    }
  });

  it('postgres runs as its user, with the volume of its image and with a named one', async () => {
    const mount = '    volumes:\n      - pg:/var/lib/postgresql/data\nvolumes:\n  pg:\n';
    for (const rest of ['', mount]) {
      const file = `${services('postgres:15')}    environment:\n      POSTGRES_PASSWORD: x\n${rest}`;
      const { services: all, volumes } = await hardened(file, 'restricted');
      const { app } = all;
      if (app === undefined) throw new Error('no service');
      expect(app.user).to.equal('999:999');
      const started = await start(app, volumes);
      await eventually(
        started,
        () => started.exec(['psql', '-U', 'postgres', '-Atc', 'select 6 * 7']),
        ({ stdout }) => stdout === '42\n',
      );
      await started.remove();
      running.length = 0;
    }
  });
});
