import { expect } from 'chai';

import { lastReport, observationOf, type LookReport } from '../../../src/core/learn/look.ts';

const report: LookReport = {
  version: 1,
  pid: 1,
  started: '2026-11-30T00:00:00Z',
  seen: '2026-11-30T01:00:00Z',
  seconds: 3600,
  users: [{ uid: 0, gid: 0 }],
  fileSystem: 'overlay',
  written: [],
  directories: [],
  volumes: [],
  mounts: [],
  unreadable: [],
  entries: 10,
  incomplete: false,
  cp: true,
  memory: 4_000_000,
};

describe('what lithopod observe prints', () => {
  it('is the last report of the log', () => {
    const lines = [report, { ...report, pid: 7 }].map((each) => JSON.stringify(each));
    const read = lastReport(`${lines.join('\n')}\n`);
    expect(read.ok && read.value.pid).to.equal(7);
  });

  for (const [name, log] of Object.entries({
    'an empty log': '',
    'a message': 'exec /app/observe/lithopod-observe: no such file or directory\n',
    'another version': JSON.stringify({ ...report, version: 2 }),
    'a relative path': JSON.stringify({ ...report, unreadable: ['etc'] }),
    'half a line': JSON.stringify(report).slice(0, 40),
  })) {
    it(`is not ${name}`, () => {
      expect(lastReport(log).ok).to.equal(false);
    });
  }

  it('has the mounts of the pod, and VOLUMEs of the image', () => {
    const mount = (path: string, fileSystem = 'ext4'): LookReport['mounts'][number] => ({
      path,
      fileSystem,
      readOnly: false,
    });
    const { volumes, mounts } = observationOf(
      {
        ...report,
        mounts: [
          mount('/', 'overlay'),
          mount('/data'),
          mount('/var/lib/app'),
          mount('/etc/hosts'),
          mount('/proc', 'proc'),
          mount('/dev/shm', 'tmpfs'),
        ],
      },
      { image: 'app', digest: undefined, runtime: undefined, mountPaths: ['/data/'] },
    );
    expect(volumes).to.deep.equal(['/var/lib/app']);
    expect(mounts.find(({ path }) => path === '/data')?.from).to.equal('pod');
  });
});
