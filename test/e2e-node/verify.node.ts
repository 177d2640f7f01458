// `verify` and `learn IMAGE` with real containers of small images, in an engine of their own.

import { spawn } from 'node:child_process';
import { mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { parse } from 'yaml';

import { ownFolder, removeFolder, runCommand } from '../e2e/control-plane/owned-process.ts';
import type { CommandResult } from '../e2e/control-plane/owned-process.ts';
import { buildImages } from './images/build.ts';
import { writeLayout, type BuiltImage } from './images/layout.ts';
import { busybox } from './images/recipes/base.ts';
import { ensurePackages } from './node/machine.ts';

const root = join(import.meta.dirname, '../..');
const REPOSITORY = 'registry.test/shop';

/** What the image's shell does, by the image's name. */
const programs = {
  good: 'echo 1 > /tmp/x; exec sleep 300',
  // Only after some seconds, on a second path.
  late: 'echo 1 > /tmp/x; sleep 2; echo 1 > /opt/late/x || exit 3; exec sleep 300',
  // Nobody is told.
  silent: 'echo 1 > /tmp/x; cp /bin/busybox /opt/late/y 2>&- || true; exec sleep 300',
  // Needs a file of the image beside what it writes.
  seeded: 'cat /opt/seed/file && echo 2 > /opt/seed/new && exec sleep 300',
  done: 'echo 1 > /tmp/x',
} as const;

interface Profile {
  readonly spec: {
    readonly writable: readonly { readonly path: string; readonly contents?: string }[];
  };
}

describe('images that are run on this machine', () => {
  let folder: string;
  let variables: NodeJS.ProcessEnv;

  const podman = async (...args: readonly string[]): Promise<CommandResult> =>
    runCommand('podman', args, { timeoutMs: 60_000, env: variables });

  const lithopod = (...args: readonly string[]): Promise<CommandResult> =>
    runCommand(process.execPath, ['--import', 'tsx', join(root, 'src/cli/main.ts'), ...args], {
      timeoutMs: 120_000,
      env: variables,
    });

  before(async function () {
    const machine = await ensurePackages();
    if (!machine.ok) {
      process.stderr.write(`[e2e-node] skipped: ${machine.why}\n`);
      return this.skip();
    }
    folder = await mkdtemp(join(tmpdir(), 'lithopod-verify-'));
    ownFolder(folder);
    variables = await ownEngine(folder);
    const [base] = await buildImages([busybox], machine.debian);
    await loadInto(base!, folder, podman);
    for (const [name, script] of Object.entries(programs)) await makeImage(name, script);
  });
  after(async () => {
    if ((folder as string | undefined) === undefined) return;
    await podman('rm', '--all', '--force', '--time=0', '--volumes');
    await podman('umount', '--all', '--force');
    await rm(folder, { recursive: true, force: true }).catch(() => undefined);
    removeFolder(folder);
  });

  async function makeImage(name: string, script: string): Promise<void> {
    const make = 'mkdir -p /tmp /opt/late /opt/seed && chmod 1777 /tmp && echo 1 > /opt/seed/file';
    const container = `make-${name}`;
    for (const args of [
      ['run', `--name=${container}`, '--network=none', BASE, 'sh', '-c', make],
      [
        'commit',
        '--quiet',
        `--change=CMD ${JSON.stringify(['sh', '-c', script])}`,
        container,
        `${REPOSITORY}/${name}:1`,
      ],
      ['rm', container],
    ]) {
      const { code, stderr } = await podman(...args);
      expect(code, stderr).to.equal(0);
    }
  }

  /** Nothing is left of a run. */
  async function expectNothingLeft(): Promise<void> {
    const { stdout } = await podman('ps', '--all', '--quiet');
    expect(stdout).to.equal('');
    const left = await readdir(join(folder, 'temporary'));
    expect(left.filter((name) => name.startsWith('lithopod-'))).to.deep.equal([]);
  }

  it('passes one that works, and one that ends well', async () => {
    for (const name of ['good', 'done']) {
      const { code, stdout, stderr } = await lithopod(
        'verify',
        `${REPOSITORY}/${name}:1`,
        '--for',
        '3s',
      );
      expect(code, stdout + stderr).to.equal(0);
      expect(stdout).to.match(/^PASS /);
    }
    await expectNothingLeft();
  });

  it('fails one that writes on a second path, late, and says which', async () => {
    const { code, stdout } = await lithopod(
      ...['verify', `${REPOSITORY}/late:1`, '--for', '5s', '--against', `${REPOSITORY}/good:1`],
      ...['-o', 'json'],
    );
    expect(code).to.equal(1);
    const report = JSON.parse(stdout) as {
      readonly works: boolean;
      readonly diagnoses: readonly { readonly path: string; readonly cause: string }[];
      readonly writes: readonly string[];
      readonly against: { readonly works: boolean; readonly newPaths: readonly string[] };
    };
    expect(report.works).to.equal(false);
    expect(report.diagnoses.map(({ cause, path }) => [cause, path])).to.deep.equal([
      ['missing-mount', '/opt/late'],
    ]);
    expect(report.writes).to.deep.equal(['/opt/late']);
    expect(report.against).to.deep.include({ works: true, newPaths: ['/opt/late'] });
    await expectNothingLeft();
  });

  it('finds what an update writes without a word', async () => {
    const image = `${REPOSITORY}/silent:1`;
    const alone = await lithopod('verify', image, '--for', '2s');
    expect(alone.code, alone.stdout).to.equal(0);
    expect(alone.stdout).to.match(/also writes to \/opt\/late/);
    const updated = await lithopod(
      'verify',
      image,
      '--for',
      '2s',
      '--against',
      `${REPOSITORY}/good:1`,
    );
    expect(updated.code).to.equal(1);
    expect(updated.stdout).to.match(/new paths: \/opt\/late/);
  });

  it('learns what it needs, and verifies the draft, also as a user that is not root', async () => {
    for (const [name, expected] of [
      ['late', { '/opt/late': undefined, '/tmp': undefined }],
      ['seeded', { '/opt/seed': 'seeded' }],
    ] as const) {
      const image = `${REPOSITORY}/${name}:1`;
      const { code, stdout, stderr } = await lithopod('learn', image, '--for', '4s');
      expect(code, stderr).to.equal(0);
      const { spec } = parse(stdout) as Profile;
      const found = Object.fromEntries(spec.writable.map(({ path, contents }) => [path, contents]));
      expect(found).to.deep.equal(expected);
      const file = join(folder, `${name}.yaml`);
      await writeFile(file, stdout.replace('spec:', 'spec:\n  user: { uid: 1234, gid: 1234 }'));
      const tried = await lithopod(
        ...['verify', image, '--profile', file, '--level', 'restricted', '--for', '4s'],
      );
      expect(tried.code, tried.stdout + tried.stderr).to.equal(0);
    }
    await expectNothingLeft();
  });

  it('exercises it by a command of this machine', async () => {
    const image = `${REPOSITORY}/good:1`;
    const write = 'podman exec $LITHOPOD_CONTAINER sh -c "echo 1 > /opt/late/z"';
    const { code, stdout } = await lithopod('verify', image, '--for', '6s', '--exercise', write);
    expect(code).to.equal(1);
    expect(stdout).to.match(/the exercise failed/);
    expect(stdout).to.match(/also writes to \/opt\/late/);
  });

  it('removes the container when it is interrupted', async () => {
    const args = [
      '--import',
      'tsx',
      join(root, 'src/cli/main.ts'),
      'verify',
      `${REPOSITORY}/good:1`,
    ];
    const child = spawn(process.execPath, [...args, '--for', '5m'], { env: variables });
    const ended = new Promise<number | null>((resolve) => child.on('close', resolve));
    for (let tries = 0; tries < 200; tries++) {
      const { stdout } = await podman('ps', '--quiet');
      if (stdout !== '') break;
    }
    child.kill('SIGINT');
    expect(await ended).to.equal(130);
    await expectNothingLeft();
  });

  it('refuses what it cannot run', async () => {
    const unknown = await lithopod('verify', 'localhost:1/none:1');
    expect(unknown).to.include({ code: 2, stdout: '' });
    expect(unknown.stderr).to.match(/^localhost:1\/none:1: error: cannot be pulled/);
    const bad = await lithopod('verify', 'A B');
    expect(bad.code).to.equal(2);
  });
});

const BASE = 'docker.io/library/busybox:latest';

/** podman with its own images and containers, by the variables that it reads. */
async function ownEngine(folder: string): Promise<NodeJS.ProcessEnv> {
  const storage = join(folder, 'storage.conf');
  const containers = join(folder, 'containers.conf');
  await writeFile(
    storage,
    `[storage]\ndriver = "overlay"\ngraphroot = "${folder}/root"\nrunroot = "${folder}/run"\n`,
  );
  // A root that may not raise limits starts containers all the same.
  const limits = 'default_ulimits = ["nofile=1024:1024", "nproc=4096:4096"]\nnetns = "none"';
  await writeFile(
    containers,
    `[containers]\n${limits}\n[engine]\ncgroup_manager = "cgroupfs"\nevents_logger = "none"\nruntime = "runc"\ntmp_dir = "${folder}/tmp"\n`,
  );
  // What is left in it is ours.
  const temporary = join(folder, 'temporary');
  await mkdir(temporary);
  return {
    ...process.env,
    TMPDIR: temporary,
    CONTAINERS_STORAGE_CONF: storage,
    CONTAINERS_CONF: containers,
  };
}

async function loadInto(
  image: BuiltImage,
  folder: string,
  podman: (...args: readonly string[]) => Promise<CommandResult>,
): Promise<void> {
  const layout = await mkdtemp(join(folder, 'layout-'));
  await writeLayout([{ ...image, refs: [BASE] }], layout);
  const tar = join(folder, 'image.tar');
  // Layers are links, which `-h` follows.
  const packed = await runCommand('tar', ['-chf', tar, '-C', layout, '.'], { timeoutMs: 60_000 });
  expect(packed.code).to.equal(0);
  const loaded = await podman('load', '--quiet', `--input=${tar}`);
  expect(loaded.code, loaded.stderr).to.equal(0);
}
