/**
 * A checkpoint of a container: what the kubelet's checkpoint API, `podman container checkpoint
 * --export` and CRI-O write. A tar archive, packed or not, with `config.dump` (names, times),
 * `spec.dump` (the OCI runtime's), `rootfs-diff.tar` (the writable layer: plain by CRI-O, gzip with
 * whiteouts by containerd) and `deleted.files` (by CRI-O and podman).
 *
 * `checkpoint/` has the memory of its processes, secrets with it: nothing of it is read.
 */
import { ancestorsOf, baseName, parentOf } from '../../core/mounts/paths.ts';
import { filledTextOf, isObject, parseJson } from '../../core/values/json.ts';
import { success } from '../../core/values/result.ts';
import { emptyObservation, maxPaths } from '../readers/reading.ts';
import { isOnRoot } from '../readers/written-paths.ts';
import { archiveProblem, ArchiveError } from './archive-error.ts';
import { openArchive } from './archive-files.ts';
import { unpacked } from './compressed.ts';
import { bytesOf, eachEntry, headerOf } from './tar.ts';
import { opaque, ownerOf, whiteout } from './layer.ts';
import type {
  DirectoryFacts,
  MountFacts,
  Observation,
  WrittenPath,
} from '../../core/learn/observation.ts';
import type { JsonObject } from '../../core/values/json.ts';
import type { Result } from '../../core/values/result.ts';
import type { Origin, Reading } from '../readers/reading.ts';
import type { TarEntry, TarHeader } from './tar.ts';

/** Of config.dump, spec.dump and deleted.files. */
const maxDump = 16 * 1024 * 1024;

interface Found {
  config: JsonObject | undefined;
  spec: JsonObject;
  deleted: readonly string[];
  diff: readonly TarHeader[] | undefined;
}

/**
 * Reads a checkpoint. Refused: what cannot be read, and an archive without config.dump. Without
 * rootfs-diff.tar the container wrote nothing to its root, or was checkpointed without it: a note
 * says so.
 */
export async function readCheckpoint(origin: Origin): Promise<Result<Reading>> {
  try {
    const found = await readParts(origin.file);
    const notes =
      found.diff === undefined && found.deleted.length === 0
        ? ['the checkpoint has no rootfs-diff.tar: nothing was written, or it was left out']
        : [];
    return success({ observations: [observationOf(found, origin)], notes });
  } catch (error) {
    return archiveProblem(error, origin.file);
  }
}

async function readParts(file: string): Promise<Found> {
  const files = await openArchive(file);
  const found: Found = { config: undefined, spec: {}, deleted: [], diff: undefined };
  await files(async (entry) => {
    if (entry.type !== 'file') return;
    switch (entry.path) {
      case '/config.dump':
        found.config = await objectOf(entry);
        break;
      case '/spec.dump':
        found.spec = await objectOf(entry);
        break;
      case '/deleted.files':
        found.deleted = await textsOf(entry);
        break;
      case '/rootfs-diff.tar':
        found.diff = await headersOf(entry);
        break;
    }
  });
  if (found.config === undefined) {
    throw new ArchiveError('is no checkpoint of a container: it has no config.dump');
  }
  return found;
}

async function headersOf(archive: TarEntry): Promise<readonly TarHeader[]> {
  const entries: TarHeader[] = [];
  await eachEntry(unpacked(archive.body), (entry) => {
    if (entries.push(headerOf(entry)) > maxPaths) {
      throw new ArchiveError(`has more than ${maxPaths} paths in rootfs-diff.tar`);
    }
  });
  return entries;
}

async function objectOf(entry: TarEntry): Promise<JsonObject> {
  const value = parseJson((await bytesOf(entry, maxDump)).toString());
  if (isObject(value)) return value;
  throw new ArchiveError(`has a ${entry.path.slice(1)} that is no JSON object`);
}

async function textsOf(entry: TarEntry): Promise<readonly string[]> {
  const value = parseJson((await bytesOf(entry, maxDump)).toString());
  if (Array.isArray(value) && value.every((item) => typeof item === 'string')) return value;
  throw new ArchiveError(`has a ${entry.path.slice(1)} that is no list of paths`);
}

function observationOf(found: Found, origin: Origin): Observation {
  const { config = {}, spec } = found;
  const started = dateOf(config['createdTime']);
  const { written, directories } = changesOf(found, started);
  return {
    ...emptyObservation('checkpoint', origin),
    image:
      origin.image ??
      filledTextOf(config['rootfsImageName']) ??
      filledTextOf(config['rootfsImage']),
    digest: /sha256:[0-9a-f]+/.exec(filledTextOf(config['rootfsImageRef']) ?? '')?.[0],
    runtime: filledTextOf(config['runtime']),
    started: started?.toISOString(),
    seen: dateOf(config['checkpointedTime'])?.toISOString() ?? origin.seen,
    users: usersOf(spec),
    written,
    directories,
    mounts: mountsOf(spec),
  };
}

function changesOf(
  { diff = [], deleted }: Found,
  started: Date | undefined,
): Pick<Observation, 'written' | 'directories'> {
  const above = ancestorsOf(diff.map(({ path }) => path));
  const written = new Map<string, WrittenPath>();
  const copied = new Map<string, DirectoryFacts>();
  for (const entry of diff) {
    const { path, type, size } = entry;
    const name = baseName(path);
    if (!isOnRoot(path) || name === opaque) continue;
    if (name.startsWith(whiteout)) {
      const gone = `${parentOf(path)}/${name.slice(whiteout.length)}`.replace('//', '/');
      written.set(gone, { path: gone, type: 'unknown', change: 'deleted' });
      continue;
    }
    const owner = ownerOf(entry);
    if (type === 'directory' && isOnlyCopied(entry, above, started)) {
      copied.set(path, { path, inImage: true, imageEntries: undefined, ...owner });
      continue;
    }
    written.set(path, {
      path,
      type: type === 'hard-link' ? 'file' : type,
      change: 'unknown',
      ...owner,
      ...(type === 'file' && { size }),
    });
  }
  for (const path of deleted) {
    const gone = path.startsWith('/') ? path : `/${path}`;
    if (isOnRoot(gone)) written.set(gone, { path: gone, type: 'unknown', change: 'deleted' });
  }
  return { written: [...written.values()], directories: [...copied.values()] };
}

/**
 * A directory above what was written is in the layer too. It was written to itself where its own
 * time is later than the container's start; without that time nobody knows.
 */
function isOnlyCopied(
  { path, modified }: TarHeader,
  above: ReadonlySet<string>,
  started: Date | undefined,
): boolean {
  if (started === undefined || modified === undefined) return above.has(path);
  // Times of tar are whole seconds.
  return modified + 1000 < started.getTime();
}

function usersOf(spec: JsonObject): Observation['users'] {
  const process = spec['process'];
  const user = isObject(process) ? process['user'] : undefined;
  if (!isObject(user)) return [];
  // Go leaves zeros out.
  const { uid = 0, gid = 0 } = user;
  return typeof uid === 'number' && typeof gid === 'number' ? [{ uid, gid }] : [];
}

function mountsOf(spec: JsonObject): readonly MountFacts[] {
  const mounts = spec['mounts'];
  return (Array.isArray(mounts) ? (mounts as readonly unknown[]) : []).flatMap((mount) => {
    const { destination, type, options } = isObject(mount) ? mount : {};
    if (typeof destination !== 'string' || !destination.startsWith('/')) return [];
    const readOnly = Array.isArray(options) && options.includes('ro');
    return [{ path: destination, fileSystem: filledTextOf(type) ?? 'bind', readOnly }];
  });
}

function dateOf(value: unknown): Date | undefined {
  const date = new Date(filledTextOf(value) ?? '');
  // Go's zero time is the year 1.
  return Number.isNaN(date.getTime()) || date.getFullYear() < 2000 ? undefined : date;
}
