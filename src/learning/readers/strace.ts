/**
 * A trace of system calls: `strace -f -y -e trace=%file,fchdir,bind`, in a file or as it is
 * printed. (%file alone does too, but for programs that use fchdir, and for sockets.) Only calls
 * that write count. A relative path counts from the directory that -y prints, or from what chdir
 * and getcwd said of that process.
 */
import { normalisePath } from '../../core/mounts/paths.ts';
import { failure, success } from '../../core/values/result.ts';
import { linesOf } from '../../core/values/text.ts';
import { annotatedPath, makeStraceLines, quotedText } from './strace-line.ts';
import { emptyObservation, maxPaths } from './reading.ts';
import { writeTargets } from './strace-writes.ts';
import { collectPaths, isOnRoot, touchedDirectory } from './written-paths.ts';
import type { PathType } from '../../core/learn/observation.ts';
import type { Result } from '../../core/values/result.ts';
import type { Origin, Reading } from './reading.ts';
import type { SystemCall } from './strace-line.ts';
import type { WriteTarget } from './strace-writes.ts';
import type { WrittenPaths } from './written-paths.ts';

/** More processes than a container may have; of further ones the working directory is unknown. */
const maxProcesses = 50_000;

/**
 * Reads a trace. Lines that are no system calls are skipped, since a trace on stderr is mixed with
 * what the program prints. Refused: a text without any system call, and more than `maxPaths` paths.
 */
export function readStrace(text: string, origin: Origin): Result<Reading> {
  const { file } = origin;
  const lines = makeStraceLines();
  const places = makePlaces(lines.isAttached);
  const written = collectPaths();
  const touched = new Set<string>();
  const lost: Lost = { count: 0, first: undefined };
  let calls = 0;
  let number = 0;
  for (const line of linesOf(text)) {
    number++;
    const call = lines.read(line);
    if (call === undefined) continue;
    calls++;
    places.follow(call);
    addWrites(call, places, written, touched, (path) => {
      lost.count++;
      lost.first ??= { path, line: number };
    });
    if (written.isFull()) {
      return failure({ file, line: number, message: `names more than ${maxPaths} paths` });
    }
  }
  if (calls === 0) {
    const message =
      'no line is a system call as strace prints it: strace -f -y -e trace=%file,fchdir,bind';
    return failure({ file, line: 1, message });
  }
  const observation = {
    ...emptyObservation('trace', origin),
    written: written.list(),
    directories: [...touched].filter(isOnRoot).map(touchedDirectory),
  };
  return success({ observations: [observation], notes: notesOf(lost) });
}

/** Paths of which the directory is unknown. */
interface Lost {
  count: number;
  first: { readonly path: string; readonly line: number } | undefined;
}

function notesOf({ count, first }: Lost): readonly string[] {
  if (first === undefined) return [];
  const others = count === 1 ? '' : ` and ${count - 1} more`;
  return [
    `the relative path ${JSON.stringify(first.path)} on line ${first.line}${others} could not be followed: trace with -y`,
  ];
}

function addWrites(
  call: SystemCall,
  places: Places,
  written: WrittenPaths,
  touched: Set<string>,
  lose: (path: string) => void,
): void {
  const outcome = outcomeOf(call.result);
  if (outcome === 'nothing') return;
  if (outcome === 'refused' && asksForWriting(call)) {
    addAsked(call, places, written);
    return;
  }
  // Of two paths the second one gets what the first one was.
  let renamed: PathType | undefined;
  for (const target of writeTargets(call)) {
    const path = places.resolve(call, target);
    if (path === undefined) continue;
    if (!path.startsWith('/')) {
      lose(path);
      continue;
    }
    const { change, type } = target;
    if (outcome === 'written' && type === 'directory' && change === 'changed') {
      touched.add(normalisePath(path));
      continue;
    }
    if (outcome === 'refused') written.add(path, 'refused', type);
    else written.add(path, change, type ?? renamed);
    if (change === 'deleted') renamed = written.get(path)?.type;
  }
}

/** `access` with W_OK writes nothing, but shows what the program would. */
function asksForWriting({ name, args, result }: SystemCall): boolean {
  return (
    /^(?:access|faccessat2?)$/.test(name) &&
    result.includes('EROFS') &&
    args.join().includes('W_OK')
  );
}

function addAsked(call: SystemCall, places: Places, written: WrittenPaths): void {
  const at = call.name === 'access' ? { path: 0 } : { directory: 0, path: 1 };
  const path = places.resolve(call, { ...at, change: 'refused' });
  if (path?.startsWith('/') === true) written.add(path, 'refused');
}

/**
 * Whether something was written. Of a call that failed for another reason, such as a missing
 * directory, nothing is known: it fails on a writable root too.
 */
function outcomeOf(result: string): 'written' | 'refused' | 'nothing' {
  if (/^\d/.test(result)) return 'written';
  return /^-1 (?:EROFS|EACCES|EPERM)\b/.test(result) ? 'refused' : 'nothing';
}

/** Where each process is. */
interface Places {
  /** Takes note of a call that changes or shows a working directory, or starts a process. */
  readonly follow: (call: SystemCall) => void;
  /** Absolute; relative where its directory is unknown; undefined where the call names no path. */
  readonly resolve: (call: SystemCall, target: WriteTarget) => string | undefined;
}

function makePlaces(isAttached: (pid: number) => boolean): Places {
  const byProcess = new Map<number, string>();
  // Of an unknown process: the one place at which all known ones are.
  const placeOf = (pid: number): string | undefined => {
    const own = byProcess.get(pid) ?? (isAttached(pid) ? undefined : byProcess.get(0));
    if (own !== undefined) return own;
    const all = new Set(byProcess.size > 100 ? [] : byProcess.values());
    return all.size === 1 ? [...all][0] : undefined;
  };
  const set = (pid: number, path: string | undefined): void => {
    if (path?.startsWith('/') !== true) return;
    if (byProcess.size < maxProcesses || byProcess.has(pid)) byProcess.set(pid, path);
  };
  const from = (base: string | undefined, path: string): string =>
    path.startsWith('/') || base === undefined ? path : `${base}/${path}`;
  const opened = new Map<string, string>();
  return {
    follow({ pid, name, args, result }) {
      // With -y any call that takes a directory shows where the process is.
      const here = args.find((arg) => arg.startsWith('AT_FDCWD<'));
      if (here !== undefined) set(pid, annotatedPath(here));
      if (!/^\d/.test(result)) return;
      const first = args[0] ?? '';
      if (name === 'chdir') set(pid, from(placeOf(pid), quotedText(first) ?? ''));
      else if (name === 'fchdir') set(pid, annotatedPath(first) ?? opened.get(`${pid} ${first}`));
      else if (name === 'getcwd') set(pid, quotedText(first));
      else if (/^(?:v?fork|clone3?)$/.test(name)) set(Number.parseInt(result, 10), placeOf(pid));
      else if (/^open(?:at2?)?$/.test(name)) {
        const path = pathOf({ name, args, pid, result }, openAt(name), from, placeOf, opened);
        if (path?.startsWith('/') === true && opened.size < maxPaths)
          opened.set(`${pid} ${Number.parseInt(result, 10)}`, path);
      }
    },
    resolve: (call, target) => pathOf(call, target, from, placeOf, opened),
  };
}

function openAt(name: string): Pick<WriteTarget, 'path' | 'directory'> {
  return name === 'open' ? { path: 0 } : { directory: 0, path: 1 };
}

function pathOf(
  { pid, args }: SystemCall,
  { path: index, directory }: Pick<WriteTarget, 'path' | 'directory'>,
  from: (base: string | undefined, path: string) => string,
  placeOf: (pid: number) => string | undefined,
  opened: ReadonlyMap<string, string>,
): string | undefined {
  const arg = args[index] ?? '';
  // A socket's address, and what -y prints of a descriptor.
  const socket = arg.split('sun_path=')[1]?.replace(/\}$/, '');
  const path = quotedText(socket ?? arg) ?? annotatedPath(arg);
  const base = directory === undefined ? undefined : (args[directory] ?? '');
  if (path === undefined || path === '') {
    // utimensat(3</x>, NULL, …): of the descriptor itself.
    return base === undefined ? undefined : annotatedPath(base);
  }
  if (path.startsWith('/') || path.startsWith('\0')) return path.startsWith('/') ? path : undefined;
  if (base === undefined || base.startsWith('AT_FDCWD')) {
    return from((base && annotatedPath(base)) ?? placeOf(pid), path);
  }
  return from(annotatedPath(base) ?? opened.get(`${pid} ${base}`), path);
}
