// The program that looks at a root file system, built from its source and run on a real overlay.

import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { expect } from 'chai';

import { draftProfile } from '../../src/core/learn/draft.ts';
import { lastReport, observationOf, type LookReport } from '../../src/core/learn/look.ts';

const source = join(import.meta.dirname, '../../observe');
const target = join(import.meta.dirname, 'target.sh');

describe('the program that looks at a root file system', function () {
  this.timeout(300_000);
  let folder: string | undefined;
  let program: string;
  let report: LookReport;

  before(function () {
    // It mounts, and compiles.
    const hasGo = spawnSync('go', ['version']).status === 0;
    if (process.getuid?.() !== 0 || process.platform !== 'linux' || !hasGo) this.skip();
    folder = mkdtempSync(join(tmpdir(), 'lithopod-look-'));
    program = join(folder, 'lithopod-observe');
    execFileSync('go', ['build', '-buildvcs=false', '-o', program, '.'], {
      cwd: source,
      env: { ...process.env, CGO_ENABLED: '0' },
    });
    // The upper directory of an overlay cannot be on another one, as a container's own root may be.
    const script = `mount -t tmpfs tmpfs "$1" && exec "$2" "$1" "$3"`;
    const mounted = join(folder, 'root');
    execFileSync('mkdir', [mounted]);
    const { status, stdout, stderr } = spawnSync(
      'unshare',
      [
        ...['--mount', '--pid', '--fork', '--kill-child', '--propagation', 'private'],
        ...['--', 'sh', '-c', script, 'sh', mounted, target, program],
      ],
      { encoding: 'utf8' },
    );
    if (/permission denied|not permitted/i.test(stderr) && stdout === '') this.skip();
    expect(status, stderr).to.equal(0);
    const read = lastReport(stdout);
    if (!read.ok) throw new Error(`${stdout}${stderr}`);
    report = read.value;
  });
  after(() => {
    if (folder !== undefined) rmSync(folder, { recursive: true, force: true });
  });

  it('finds what was made and changed, and nothing else', () => {
    expect(report.problem).to.equal(undefined);
    expect(report.fileSystem).to.equal('overlay');
    expect(
      report.written.map(({ path, type, change }) => `${change} ${type} ${path}`),
    ).to.deep.equal([
      'changed file /etc/app/app.conf',
      'unknown file /opt/app/logs/today.log',
      'unknown file /run/app.pid',
      'unknown file /run/ready',
      'unknown directory /var/cache/app/made',
    ]);
  });

  it('tells what the image has in the directories, and which were touched', () => {
    const facts = report.directories.map(
      ({ path, imageEntries, touched }) => `${path} ${imageEntries}${touched ? ' touched' : ''}`,
    );
    expect(facts).to.include.members([
      '/etc/app 1',
      '/opt/app/logs 1 touched',
      '/run 0 touched',
      '/tmp 0 touched',
      '/var/cache/app 0 touched',
    ]);
  });

  it('reads mounts and what they hold, and says its own size', () => {
    const data = report.mounts.find(({ path }) => path === '/data');
    expect(data).to.deep.include({ fileSystem: 'tmpfs', readOnly: false, used: 4096 });
    expect(report.users).to.deep.equal([{ uid: 0, gid: 0 }]);
    expect(report.memory).to.be.within(1, 12 * 1024 * 1024);
  });

  it('leads to the narrowest profile', () => {
    const looked = { image: 'app', digest: undefined, runtime: undefined, mountPaths: ['/data'] };
    const draft = draftProfile([observationOf(report, looked)]);
    if (!draft.ok) throw new Error(draft.problems.map(({ message }) => message).join(' '));
    expect(
      draft.value.spec.entries.map(({ path, contents }) => `${path} ${contents}`),
    ).to.deep.equal([
      '/etc/app seeded',
      '/opt/app/logs seeded',
      '/run empty',
      '/tmp empty',
      '/var/cache/app empty',
    ]);
  });

  it('refuses operands and numbers that make no sense', () => {
    for (const args of [['x'], ['--pid=-1'], ['--every=1ms'], ['--max-entries=0'], ['--nonsense']])
      expect(spawnSync(program, args).status, args.join(' ')).to.equal(2);
  });

  it('says why it sees nothing of a process that is not there', () => {
    const { status, stdout } = spawnSync(program, ['--pid=4194303'], { encoding: 'utf8' });
    expect(status).to.equal(1);
    expect(JSON.parse(stdout)).to.have.property('problem');
  });
});
