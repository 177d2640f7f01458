/**
 * What an image's own `find` and `stat` list of its root, read as `lithopod observe` would report
 * it: by the times of change, which no program can set (observe/look.go has the same rules).
 *
 * The listing has whole seconds, and so has the start that the pod's status gives: what the runtime
 * made in the second of the start counts too, and is told apart by its places (`noise.ts`).
 */
import { parentOf } from '../mounts/paths.ts';
import { failure, success } from '../values/result.ts';
import { groupBy } from '../values/group-by.ts';
import { compareText, linesOf } from '../values/text.ts';
import { mountTable } from './mount-table.ts';
import type { Result } from '../values/result.ts';
import type { LookReport } from './look.ts';

type Written = LookReport['written'][number];

/**
 * For `sh -c`: POSIX, and of the programs of the image `cat`, `find` and `stat` (GNU or busybox)
 * alone. It writes nothing.
 */
export const listingScript = [
  'export LC_ALL=C',
  'cat /proc/1/status 2>/dev/null',
  'echo @mounts',
  'cat /proc/self/mountinfo',
  'echo @files',
  "find / -xdev -exec stat -c '= %Z %Y %f %u %g %s %n' {} +",
  'echo @end',
].join('\n');

/** More than any image has; deeper directories are not looked into. */
const maxEntries = 1_000_000;
const maxListed = 20_000;
const maxDepth = 128;

export interface Listing {
  readonly stdout: string;
  readonly stderr: string;
  /** When the container began, in whole seconds, and when it was listed. */
  readonly started: Date;
  readonly seen: Date;
}

interface Entry {
  readonly path: string;
  readonly changed: number;
  readonly modified: number;
  readonly mode: number;
  readonly uid: number;
  readonly gid: number;
  readonly size: number;
}

const line = /^= (\d{1,12}) (\d{1,12}) ([0-9a-f]{1,8}) (\d{1,10}) (\d{1,10}) (\d{1,16}) (\/.*)$/;

/**
 * The report. Refused, with what the programs said: a listing without files. One that ended early
 * is incomplete.
 */
export function reportOfListing({ stdout, stderr, started, seen }: Listing): Result<LookReport> {
  const [status = '', rest = ''] = cut(stdout, '@mounts\n');
  const [mountInfo = '', files = ''] = cut(rest, '@files\n');
  const mounts = mountTable(mountInfo);
  const start = Math.floor(started.getTime() / 1000);
  const scan = new Scan(start, new Set(mounts.map(({ path }) => path)));
  for (const each of linesOf(files)) {
    const entry = entryOf(each);
    if (entry !== undefined) scan.add(entry);
  }
  for (const path of deniedIn(stderr)) scan.unreadable.add(path);
  if (!scan.run()) {
    const [said = ''] = stderr.trim().split('\n');
    const why = said === '' ? '' : `: ${said.slice(0, 300)}`;
    return failure({ message: `the image's find and stat list no files${why}` });
  }
  const user = userIn(status);
  return success({
    version: 1,
    pid: 1,
    started: started.toISOString(),
    seen: seen.toISOString(),
    seconds: Math.max(0, Math.round(seen.getTime() / 1000) - start),
    users: user === undefined ? [] : [user],
    fileSystem: mounts.find(({ path }) => path === '/')?.fileSystem ?? '',
    written: scan.written.sort((a, b) => compareText(a.path, b.path)),
    directories: scan.directories.sort((a, b) => compareText(a.path, b.path)),
    volumes: mounts.filter(({ from }) => from === 'image').map(({ path }) => path),
    mounts: mounts.map((mount) => ({ ...mount })),
    unreadable: [...scan.unreadable].sort(compareText),
    entries: scan.size,
    incomplete: scan.incomplete || !files.trimEnd().endsWith('@end'),
    cp: scan.has('/bin/cp') || scan.has('/usr/bin/cp'),
    memory: 0,
  });
}

function cut(text: string, at: string): readonly string[] {
  const index = text.startsWith(at) ? 0 : text.indexOf(`\n${at}`);
  if (index < 0) return [text];
  const after = text.indexOf(at, index) + at.length;
  return [text.slice(0, index), text.slice(after)];
}

/** Undefined for a line of another form: the rest of a name with a line break in it. */
function entryOf(text: string): Entry | undefined {
  const match = text.length > 8192 ? null : line.exec(text);
  if (match === null) return undefined;
  const [, changed, modified, mode = '', uid, gid, size, path = ''] = match;
  return {
    path,
    ...{ changed: Number(changed), modified: Number(modified), mode: Number.parseInt(mode, 16) },
    ...{ uid: Number(uid), gid: Number(gid), size: Number(size) },
  };
}

/** `find: '/root': Permission denied`, of busybox without the quotes. */
function deniedIn(stderr: string): readonly string[] {
  return [...linesOf(stderr.slice(0, 1024 * 1024))].flatMap((text) => {
    const [, path] = /^find: '?(\/.{0,4096}?)'?: Permission denied$/.exec(text) ?? [];
    return path === undefined ? [] : [path];
  });
}

function userIn(status: string): LookReport['users'][number] | undefined {
  const [, uid] = /^Uid:\t\d+\t(\d+)/m.exec(status) ?? [];
  const [, gid] = /^Gid:\t\d+\t(\d+)/m.exec(status) ?? [];
  if (uid === undefined || gid === undefined) return undefined;
  return { uid: Number(uid), gid: Number(gid) };
}

/** What one directory has, with all that is below it. */
interface Tally {
  imageEntries: number;
  imageFiles: number;
  written: boolean;
}

class Scan {
  readonly written: Written[] = [];
  readonly directories: LookReport['directories'] = [];
  readonly unreadable = new Set<string>();
  incomplete = false;
  private readonly start: number;
  private readonly mounts: ReadonlySet<string>;
  private readonly entries = new Map<string, Entry>();
  private children: ReadonlyMap<string, readonly Entry[]> = new Map();

  constructor(start: number, mounts: ReadonlySet<string>) {
    this.start = start;
    this.mounts = mounts;
  }

  get size(): number {
    return this.entries.size;
  }

  has(path: string): boolean {
    return this.entries.has(path);
  }

  add(entry: Entry): void {
    const { path } = entry;
    if (this.mounts.has(path) && path !== '/') return;
    if (this.entries.size >= maxEntries) {
      this.incomplete = true;
      return;
    }
    if (!this.entries.has(path)) this.entries.set(path, entry);
  }

  /** False where the root is not listed. */
  run(): boolean {
    const root = this.entries.get('/');
    if (root === undefined) return false;
    const below = [...this.entries.values()].filter((entry) => entry !== root);
    this.children = groupBy(below, ({ path }) => parentOf(path));
    this.directory(root, true, 0);
    return true;
  }

  private isNew(seconds: number): boolean {
    return seconds >= this.start;
  }

  /** `above`: names were made in the directory around it. */
  private directory(own: Entry, above: boolean, depth: number): Tally {
    const { path } = own;
    const sum: Tally = { imageEntries: 0, imageFiles: 0, written: false };
    const touched = this.isNew(own.modified);
    if (this.unreadable.has(path) || depth > maxDepth) {
      if (depth > maxDepth) this.incomplete = true;
      // Not empty as far as anybody knows.
      sum.imageEntries = 1;
      sum.imageFiles = 1;
    } else {
      for (const entry of this.children.get(path) ?? []) this.entry(entry, touched, depth, sum);
    }
    if (this.isNew(own.changed) && path !== '/') {
      this.finish(own, touched, above, sum);
      sum.written = true;
    }
    return sum;
  }

  private entry(own: Entry, touched: boolean, depth: number, sum: Tally): void {
    if (typeOf(own.mode) === 'directory') {
      const below = this.directory(own, touched, depth + 1);
      sum.imageFiles += below.imageFiles;
      sum.written ||= below.written;
      // What was copied up is the image's.
      const isMade = this.isNew(own.changed) && this.isNew(own.modified);
      if (!isMade || below.imageEntries > 0) sum.imageEntries++;
      return;
    }
    if (!this.isNew(own.changed)) {
      sum.imageEntries++;
      sum.imageFiles++;
      return;
    }
    sum.written = true;
    this.list(own, touched ? 'unknown' : 'changed');
  }

  /** A directory with a new time of change, after all that is in it. */
  private finish(own: Entry, touched: boolean, above: boolean, sum: Tally): void {
    const { path, uid, gid, mode } = own;
    const isImage = sum.imageEntries > 0 || !above || !touched;
    if (this.directories.length < maxListed) {
      this.directories.push({
        ...{ path, ...(isImage && { inImage: true }) },
        ...{ imageEntries: sum.imageEntries, imageFiles: sum.imageFiles, touched },
        ...{ uid, gid, mode: mode & 0o7777 },
      });
    } else this.incomplete = true;
    if (!isImage) this.list(own, 'unknown');
    else if (!touched && !sum.written) this.list(own, 'changed');
  }

  private list({ path, mode, uid, gid, size }: Entry, change: Written['change']): void {
    if (this.written.length >= maxListed) {
      this.incomplete = true;
      return;
    }
    this.written.push({ path, type: typeOf(mode), change, uid, gid, mode: mode & 0o7777, size });
  }
}

/** The file type bits of st_mode (inode(7)). */
function typeOf(mode: number): Written['type'] {
  switch (mode & 0o170000) {
    case 0o100000:
      return 'file';
    case 0o040000:
      return 'directory';
    case 0o120000:
      return 'link';
    case 0o140000:
      return 'socket';
    case 0o010000:
      return 'fifo';
  }
  return 'device';
}
