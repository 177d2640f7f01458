import { expect } from 'chai';
import { listingScript, reportOfListing } from '../../../src/core/learn/listing.ts';
import { lookReport } from '../../../src/core/learn/look.ts';
import { mountTable } from '../../../src/core/learn/mount-table.ts';

const started = new Date('2026-11-30T06:00:00.400Z');
const start = Math.floor(started.getTime() / 1000);
const seen = new Date('2026-11-30T06:01:00Z');
const old = start - 1000;

interface Line {
  readonly changed?: number;
  readonly modified?: number;
  readonly mode?: number;
}

function line(path: string, { changed = old, modified = changed, mode = 0o100644 }: Line = {}) {
  return `= ${changed} ${modified} ${mode.toString(16)} 0 0 12 ${path}`;
}

const directory = { mode: 0o040755 };
const made = { changed: start, modified: start };
const status = 'Name:\tredis\nUid:\t0\t999\t999\t999\nGid:\t0\t998\t998\t998\n';
const mountInfo = [
  '1 0 0:1 / / rw,relatime - overlay overlay rw,lowerdir=/a',
  '2 1 0:2 / /proc rw - proc proc rw',
  '3 1 0:3 /var/lib/kubelet/pods/u/volumes/kubernetes.io~empty-dir/v /cache\\040dir rw - ext4 /dev/a rw',
].join('\n');

function listed(lines: readonly string[], stderr = '', end = '@end\n') {
  const stdout = `${status}@mounts\n${mountInfo}\n@files\n${lines.join('\n')}\n${end}`;
  return reportOfListing({ stdout, stderr, started, seen });
}

function reportOf(...args: Parameters<typeof listed>) {
  const report = listed(...args);
  if (!report.ok) throw new Error(report.problems[0]?.message);
  return report.value;
}

describe('a listing by the image’s own programs', () => {
  const files = [
    line('/', { ...directory, changed: start, modified: old }),
    line('/proc', { ...directory, ...made }),
    line('/cache dir', { ...directory, ...made }),
    line('/bin', directory),
    line('/bin/cp', { mode: 0o100755 }),
    // Copied up for what was made below it.
    line('/var', { ...directory, changed: start, modified: old }),
    line('/var/lib', { ...directory, ...made }),
    line('/var/lib/kept', {}),
    line('/var/lib/new\twith tab', made),
    line('/var/lib/made', { ...directory, ...made }),
    line('/var/lib/made/in it', made),
    // The image's own, written over.
    line('/etc', { ...directory, changed: start, modified: old }),
    line('/etc/app.conf', { changed: start + 5, modified: start + 5 }),
  ];

  it('says what is new, by the times of change', () => {
    const { written, directories, users, cp, fileSystem, entries, incomplete } = reportOf(files);
    expect(written.map(({ path, type, change }) => `${path} ${type} ${change}`)).to.deep.equal([
      '/etc/app.conf file changed',
      '/var/lib/made directory unknown',
      '/var/lib/made/in it file unknown',
      '/var/lib/new\twith tab file unknown',
    ]);
    expect(
      directories.map(({ path, touched, inImage, imageFiles }) => ({
        path,
        touched,
        inImage,
        imageFiles,
      })),
    ).to.deep.equal([
      { path: '/etc', touched: false, inImage: true, imageFiles: 0 },
      { path: '/var', touched: false, inImage: true, imageFiles: 1 },
      { path: '/var/lib', touched: true, inImage: true, imageFiles: 1 },
      { path: '/var/lib/made', touched: true, inImage: undefined, imageFiles: 0 },
    ]);
    expect(users).to.deep.equal([{ uid: 999, gid: 998 }]);
    // Neither mount point counts.
    expect({ cp, fileSystem, entries, incomplete }).to.deep.equal({
      cp: true,
      fileSystem: 'overlay',
      entries: 11,
      incomplete: false,
    });
  });

  it('is a report as lithopod observe prints it', () => {
    const report = reportOf(files);
    expect(lookReport.parse(report)).to.deep.equal(report);
    expect(report).to.include({ started: started.toISOString(), seconds: 60 });
  });

  it('says which directories it could not read, and takes none for empty', () => {
    const stderr = [
      "find: '/root': Permission denied",
      'find: /var/empty: Permission denied',
      "stat: cannot stat '/tmp/gone': No such file or directory",
    ].join('\n');
    const { unreadable, directories } = reportOf(
      [...files, line('/root', { ...directory, ...made }), line('/var/empty', directory)],
      stderr,
    );
    expect(unreadable).to.deep.equal(['/root', '/var/empty']);
    expect(directories.find(({ path }) => path === '/root')).to.include({ imageEntries: 1 });
  });

  it('is incomplete where it ended early', () => {
    expect(reportOf(files, '', '').incomplete).to.equal(true);
  });

  it('takes the rest of a name with a line break for nothing', () => {
    const broken = reportOf([...files, line('/var/lib/two\nlines', made)]);
    expect(broken.written.map(({ path }) => path)).to.include('/var/lib/two');
    expect(broken.entries).to.equal(12);
  });

  it('is refused where the image has no such programs, with what was said', () => {
    expect(listed([], 'sh: find: not found')).to.deep.equal({
      ok: false,
      problems: [{ message: "the image's find and stat list no files: sh: find: not found" }],
    });
    expect(reportOfListing({ stdout: '', stderr: '', started, seen }).ok).to.equal(false);
  });

  it('is not deeper than a look', () => {
    const deep = Array.from({ length: 200 }, (_, depth) =>
      line(`/${Array.from({ length: depth + 1 }, () => 'd').join('/')}`, { ...directory, ...made }),
    );
    expect(reportOf([...files, ...deep]).incomplete).to.equal(true);
  });

  it('asks for nothing that writes', () => {
    expect(listingScript).not.to.match(/>(?!\/dev\/null)|\b(?:rm|touch|mkdir|cp|mv)\b/);
  });
});

describe('a table of mounts', () => {
  it('has the last mount at a path, and whose it is', () => {
    const id = 'a'.repeat(64);
    const text = [
      mountInfo,
      '4 1 0:4 / /cache\\040dir ro - tmpfs tmpfs rw',
      `5 1 0:5 /var/lib/docker/volumes/${id}/_data /data rw - ext4 /dev/a ro,errors=x`,
      'no mount',
    ].join('\n');
    expect(mountTable(text)).to.deep.equal([
      { path: '/', fileSystem: 'overlay', readOnly: false },
      { path: '/proc', fileSystem: 'proc', readOnly: false },
      { path: '/cache dir', fileSystem: 'tmpfs', readOnly: true },
      { path: '/data', fileSystem: 'ext4', readOnly: true, from: 'image' },
    ]);
    expect(mountTable(mountInfo)[2]).to.include({ from: 'pod' });
  });
});
