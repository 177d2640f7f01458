// Observations as tests write them.

import type {
  Change,
  DirectoryFacts,
  Observation,
  PathType,
  WrittenPath,
} from '../../../src/core/learn/observation.ts';

/** An observation of a container of nginx that wrote nothing, with what `parts` say. */
export function observed(parts: Partial<Observation> = {}): Observation {
  return {
    means: 'look',
    image: 'registry.example/shop/api:1.2',
    digest: undefined,
    runtime: 'containerd://1.6.20',
    started: '2026-11-29T10:00:00Z',
    seen: '2026-11-29T11:00:00Z',
    seconds: 3600,
    users: [{ uid: 0, gid: 0 }],
    written: [],
    directories: [],
    volumes: [],
    mounts: [],
    unreadable: [],
    ...parts,
  };
}

/** A file that was written, made or changed nobody knows. */
export function file(path: string, change: Change = 'unknown'): WrittenPath {
  return { path, type: 'file', change };
}

export function entry(path: string, type: PathType, change: Change = 'unknown'): WrittenPath {
  return { path, type, change };
}

/** A directory in which names were made. */
export function touched(
  path: string,
  imageEntries: number | undefined,
  imageFiles?: number,
): DirectoryFacts {
  return {
    path,
    inImage: imageEntries === undefined ? undefined : true,
    imageEntries,
    ...(imageFiles !== undefined && { imageFiles }),
    touched: true,
  };
}
