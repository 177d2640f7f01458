/** What `lithopod observe` prints, read as an observation. A log may hold anything. */
import * as z from 'zod';
import { canonicalPath } from '../mounts/paths.ts';
import { failure, success } from '../values/result.ts';
import { isNoise } from './noise.ts';
import type { Result } from '../values/result.ts';
import type { MountFacts, Observation } from './observation.ts';

const path = z.string().max(8192).startsWith('/');
const id = z.int().min(0).max(4_294_967_295);
const mode = z.int().min(0).max(0o7777);
const count = z.int().min(0);
const maxListed = 100_000;

/** One line of `lithopod observe`. */
export const lookReport = z.object({
  version: z.literal(1),
  problem: z.string().max(4096).optional().describe('Why nothing could be read.'),
  pid: count.describe('The process that was looked at.'),
  started: z.string().max(40).optional().describe('When the process began, RFC 3339.'),
  seen: z.string().max(40).describe('When it was looked at, RFC 3339.'),
  seconds: z.number().describe('How long the process had run.'),
  users: z
    .array(z.object({ uid: id, gid: id }))
    .max(1024)
    .describe('Of the container’s processes, each once; that of the observed process first.'),
  fileSystem: z.string().max(256).describe('Of the root.'),
  written: z
    .array(
      z.object({
        path,
        type: z.enum(['file', 'directory', 'link', 'socket', 'fifo', 'device']),
        change: z
          .enum(['changed', 'unknown'])
          .describe('changed: the image has the path. unknown: it may have.'),
        uid: id,
        gid: id,
        mode,
        size: count,
      }),
    )
    .max(maxListed)
    .describe('What was made or changed since the process began.'),
  directories: z
    .array(
      z.object({
        path,
        inImage: z.boolean().optional().describe('Whether the image has it; absent if unknown.'),
        imageEntries: count.describe('Names in it that the image has.'),
        imageFiles: count.describe('Files of the image in it, at any depth.'),
        touched: z.boolean().describe('Names were made or removed in it.'),
        uid: id,
        gid: id,
        mode,
      }),
    )
    .max(maxListed)
    .describe('Every directory that was made, changed or copied up.'),
  volumes: z.array(path).max(4096).describe('VOLUMEs of the image, mounted by the runtime.'),
  mounts: z
    .array(
      z.object({
        path,
        fileSystem: z.string().max(256),
        readOnly: z.boolean(),
        from: z.enum(['pod', 'image']).optional(),
        used: count.optional().describe('In bytes.'),
      }),
    )
    .max(4096),
  unreadable: z.array(path).max(maxListed).describe('Directories of which nothing is known.'),
  entries: count.describe('How many files and directories were looked at.'),
  incomplete: z.boolean().describe('There are more: a limit was reached.'),
  cp: z.boolean().describe('The image has the program cp.'),
  memory: count.describe('The most memory that the program had, in bytes.'),
});

export type LookReport = z.output<typeof lookReport>;

/** The schema of one line, for schemas/look-report.v1.schema.json. */
export function lookJsonSchema(): Record<string, unknown> {
  return {
    title: 'A look of lithopod observe',
    description: 'What the root file system of a process has that its image had not.',
    ...z.toJSONSchema(lookReport),
  };
}

/** The last report of a log. Refused: a log without one. */
export function lastReport(log: string): Result<LookReport> {
  const lines = log.trimEnd().split('\n');
  for (let index = lines.length - 1; index >= 0; index--) {
    const read = reportIn(lines[index] ?? '');
    if (read !== undefined) return success(read);
  }
  const [first = ''] = lines;
  return failure({
    message: `lithopod observe printed no report: ${first.slice(0, 200) || 'its log is empty'}`,
  });
}

function reportIn(line: string): LookReport | undefined {
  if (!line.startsWith('{')) return undefined;
  try {
    return lookReport.safeParse(JSON.parse(line)).data;
  } catch {
    return undefined;
  }
}

/** What the pod says of the container that was looked at. */
export interface Looked {
  readonly image: string | undefined;
  readonly digest: string | undefined;
  readonly runtime: string | undefined;
  /** Where its author, or Lithopod, mounts something. */
  readonly mountPaths: readonly string[];
}

/** File systems of which a mount that nobody asked for is the runtime's. */
const kernelFileSystems: ReadonlySet<string> = new Set(['cgroup', 'mqueue', 'proc', 'sysfs']);

/** The observation. A mount that neither the pod nor the runtime has is a VOLUME of the image. */
export function observationOf(report: LookReport, looked: Looked): Observation {
  const own = new Set(looked.mountPaths.map(canonicalPath));
  const mounts = report.mounts.map(({ path: at, fileSystem, readOnly, used, from }): MountFacts => {
    const place = canonicalPath(at);
    const isOfImage =
      place !== '/' &&
      !isNoise(place) &&
      !kernelFileSystems.has(fileSystem) &&
      fileSystem !== 'tmpfs';
    const whose = own.has(place) ? 'pod' : isOfImage ? 'image' : from;
    return {
      ...{ path: at, fileSystem, readOnly },
      ...(used !== undefined && { used }),
      ...(whose !== undefined && { from: whose }),
    };
  });
  const { image, digest, runtime } = looked;
  return {
    means: 'look',
    ...{ image, digest, runtime },
    ...{ started: report.started, seen: report.seen, seconds: report.seconds },
    users: report.users,
    written: report.written,
    directories: report.directories.map(({ inImage, ...facts }) => ({ ...facts, inImage })),
    volumes: mounts.filter(({ from }) => from === 'image').map(({ path: at }) => at),
    mounts,
    unreadable: report.unreadable,
    ...(report.incomplete && { incomplete: true }),
    hasCp: report.cp,
  };
}
