/** Which calls write to which of their paths. */
import type { Change, PathType } from '../../core/learn/observation.ts';
import type { SystemCall } from './strace-line.ts';

/** A path that a call writes, by the places of its arguments. */
export interface WriteTarget {
  /** The place of the path. */
  readonly path: number;
  /** The place of the directory that a relative path counts from; absent: the working directory. */
  readonly directory?: number;
  readonly change: Change;
  readonly type?: PathType;
}

const created = { change: 'created' } as const;
const changed = { change: 'changed' } as const;
const deleted = { change: 'deleted' } as const;
const directory = { type: 'directory' } as const;

/** Of calls that write whatever their flags are. */
const plain: Readonly<Record<string, readonly WriteTarget[]>> = {
  creat: [{ path: 0, change: 'unknown', type: 'file' }],
  mkdir: [{ path: 0, ...created, ...directory }],
  mkdirat: [{ directory: 0, path: 1, ...created, ...directory }],
  rmdir: [{ path: 0, ...deleted, ...directory }],
  unlink: [{ path: 0, ...deleted }],
  unlinkat: [{ directory: 0, path: 1, ...deleted }],
  rename: [
    { path: 0, ...deleted },
    { path: 1, ...created },
  ],
  renameat: [
    { directory: 0, path: 1, ...deleted },
    { directory: 2, path: 3, ...created },
  ],
  renameat2: [
    { directory: 0, path: 1, ...deleted },
    { directory: 2, path: 3, ...created },
  ],
  symlink: [{ path: 1, ...created, type: 'link' }],
  symlinkat: [{ directory: 1, path: 2, ...created, type: 'link' }],
  link: [{ path: 1, ...created, type: 'file' }],
  linkat: [{ directory: 2, path: 3, ...created, type: 'file' }],
  chmod: [{ path: 0, ...changed }],
  fchmod: [{ path: 0, ...changed }],
  fchmodat: [{ directory: 0, path: 1, ...changed }],
  fchmodat2: [{ directory: 0, path: 1, ...changed }],
  chown: [{ path: 0, ...changed }],
  lchown: [{ path: 0, ...changed }],
  chown32: [{ path: 0, ...changed }],
  lchown32: [{ path: 0, ...changed }],
  fchown: [{ path: 0, ...changed }],
  fchownat: [{ directory: 0, path: 1, ...changed }],
  utime: [{ path: 0, ...changed }],
  utimes: [{ path: 0, ...changed }],
  futimesat: [{ directory: 0, path: 1, ...changed }],
  utimensat: [{ directory: 0, path: 1, ...changed }],
  utimensat_time64: [{ directory: 0, path: 1, ...changed }],
  truncate: [{ path: 0, ...changed, type: 'file' }],
  truncate64: [{ path: 0, ...changed, type: 'file' }],
  ftruncate: [{ path: 0, ...changed, type: 'file' }],
  setxattr: [{ path: 0, ...changed }],
  lsetxattr: [{ path: 0, ...changed }],
  removexattr: [{ path: 0, ...changed }],
  lremovexattr: [{ path: 0, ...changed }],
};

/** What the call writes, were it to succeed. */
export function writeTargets({ name, args }: SystemCall): readonly WriteTarget[] {
  switch (name) {
    case 'open':
      return openTargets({ path: 0 }, args[1] ?? '');
    case 'openat':
    case 'openat2':
      return openTargets({ directory: 0, path: 1 }, args[2] ?? '');
    case 'mknod':
      return [{ path: 0, ...created, type: nodeType(args[1] ?? '') }];
    case 'mknodat':
      return [{ directory: 0, path: 1, ...created, type: nodeType(args[2] ?? '') }];
    case 'bind':
      return (args[1] ?? '').includes('AF_UNIX') ? [{ path: 1, ...created, type: 'socket' }] : [];
    default:
      // By its own key: a call may be named as a method of objects is.
      return Object.hasOwn(plain, name) ? (plain[name] ?? []) : [];
  }
}

const writeFlag = /\bO_(?:WRONLY|RDWR|CREAT|TRUNC|APPEND|TMPFILE)\b/;

function openTargets(
  at: Pick<WriteTarget, 'path' | 'directory'>,
  flags: string,
): readonly WriteTarget[] {
  if (!writeFlag.test(flags)) return [];
  // A file without a name, in the directory that the path is.
  if (flags.includes('O_TMPFILE')) return [{ ...at, ...changed, ...directory }];
  const isNew = flags.includes('O_CREAT');
  const change = isNew ? (flags.includes('O_EXCL') ? 'created' : 'unknown') : 'changed';
  return [{ ...at, change, type: 'file' }];
}

function nodeType(mode: string): PathType {
  if (mode.includes('S_IFIFO')) return 'fifo';
  if (mode.includes('S_IFSOCK')) return 'socket';
  return /S_IF(?:CHR|BLK)/.test(mode) ? 'device' : 'file';
}
