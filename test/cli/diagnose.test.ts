import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect } from 'chai';
import { parseProfiles } from '../../src/core/catalogue/parse/parse.ts';
import { cli, cliWithProfiles, withFolder } from './run.ts';
import type { DiagnosisReport } from '../../src/cli/commands/diagnose.ts';

const log = `2024/01/01 [notice] starting
nginx: [emerg] mkdir() "/var/cache/nginx/client_temp" failed (30: Read-only file system)
`;

async function report(argv: readonly string[], stdin: string): Promise<DiagnosisReport> {
  const { code, stdout, stderr } = await cliWithProfiles(['diagnose', '-o', 'json', ...argv], {
    stdin,
  });
  expect({ code, stderr }).to.deep.equal({ code: 0, stderr: '' });
  return JSON.parse(stdout) as DiagnosisReport;
}

describe('lithopod diagnose', () => {
  it('prints the cause, the line that tells it and the lines of a profile', async () => {
    expect(await cli(['diagnose'], { stdin: log })).to.deep.equal({
      code: 0,
      stderr: '',
      stdout: `missing-mount /var/cache/nginx
  | nginx: [emerg] mkdir() "/var/cache/nginx/client_temp" failed (30: Read-only file system)
  The directory /var/cache/nginx/client_temp was to be made on the read-only root.
  profile:
    writable:
      - path: /var/cache/nginx
        why: client_temp is written here (seen in a crash log)
`,
    });
  });

  it('builds upon the profile of the image, and knows what that makes writable', async () => {
    const { diagnoses, mended } = await report(
      ['--image', 'registry.test/web:1.0'],
      'open /var/cache/web/x: read-only file system\nopen /var/lib/web/y: read-only file system\n',
    );
    expect(
      diagnoses.map(({ path, addition }) => ({ path, mended: addition !== undefined })),
    ).to.deep.equal([
      { path: '/var/cache/web', mended: false },
      { path: '/var/lib/web', mended: true },
    ]);
    const profiles = parseProfiles(mended!.profile, 'mended');
    if (!profiles.ok) throw new Error('the mended profile does not parse');
    expect(profiles.value).to.have.length(1);
    expect(profiles.value[0]!.writable.at(-1)?.path).to.equal('/var/lib/web');
    expect(profiles.value[0]!.evidence.at(-1)).to.include({
      kind: 'log',
      ref: 'crash log of registry.test/web:1.0',
    });
    expect(mended?.where).to.match(
      /^Put it in place of the profile "test-web" in .*images\.yaml\.$/,
    );
  });

  it('reads a log that is not UTF-8, and one of PowerShell', async () => {
    const broken = Buffer.concat([Buffer.from([0xff, 0xe9, 0x0a]), Buffer.from(log)]);
    const utf16 = Buffer.concat([Buffer.from([0xff, 0xfe]), Buffer.from(log, 'utf16le')]);
    for (const bytes of [broken, utf16]) {
      await withFolder({ 'x.log': '' }, async (folder) => {
        const file = join(folder, 'x.log');
        await writeFile(file, bytes);
        const { code, stdout, stderr } = await cli(['diagnose', '-o', 'json', file]);
        expect({ code, stderr }).to.deep.equal({ code: 0, stderr: '' });
        const { diagnoses } = JSON.parse(stdout) as DiagnosisReport;
        expect(diagnoses.map(({ path }) => path)).to.deep.equal(['/var/cache/nginx']);
      });
    }
  });

  it('reads several logs as one, and says when nothing points anywhere', async () => {
    await withFolder({ 'a.log': log, 'b.log': log.replace('cache', 'spool') }, async (folder) => {
      const { stdout } = await cli([
        'diagnose',
        '-o',
        'json',
        join(folder, 'a.log'),
        join(folder, 'b.log'),
      ]);
      const { diagnoses } = JSON.parse(stdout) as DiagnosisReport;
      expect(diagnoses.map(({ path }) => path)).to.deep.equal([
        '/var/cache/nginx',
        '/var/spool/nginx',
      ]);
    });
    expect(await cli(['diagnose'], { stdin: 'ready\n' })).to.deep.equal({
      code: 0,
      stderr: '',
      stdout: 'No line points to a path, an owner or a capability.\n',
    });
    expect(await report(['--image', 'nginx'], 'ready\n')).to.deep.equal({
      version: 1,
      diagnoses: [],
    });
  });

  it('refuses what it cannot read', async () => {
    expect(await cli(['diagnose'])).to.include({ code: 2, stdout: '' });
    expect((await cli(['diagnose', '/nonexistent.log'])).code).to.equal(2);
  });

  it('writes no escape of a log to the terminal', async () => {
    const { stdout } = await cli(['diagnose'], {
      stdin: '\u001b]0;owned\u0007open "/srv/\u202ex\u009b/y.txt": read-only file system\n',
    });
    // eslint-disable-next-line no-control-regex -- what must not be there
    expect(stdout).not.to.match(/[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u202e]/);
    expect(stdout).to.include('| open "/srv/x/y.txt": read-only file system\n');
  });
});
