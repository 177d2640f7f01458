/**
 * What a benchmark measured: the content of docs/performance.json, from which the tables and curves
 * of the page are made. Each part says when it was taken, since they need not be taken together.
 */
import { existsSync } from 'node:fs';
import { readFile, writeFile } from 'node:fs/promises';
import { cpus, loadavg } from 'node:os';
import { format, resolveConfig } from 'prettier';

export interface Report {
  readonly throughput?: Taken<Throughput>;
  readonly growth?: Taken<Growth>;
  readonly hostile?: Taken<Hostile>;
  readonly memory?: Taken<Memory>;
  readonly throughApi?: Taken<ThroughApi>;
  readonly soak?: Taken<Soak>;
}

/** A part, with the circumstances. */
export type Taken<T> = T & {
  readonly taken: {
    readonly day: string;
    readonly node: string;
    readonly cpu: string;
    readonly cores: number;
    /** Of the machine in the minute before: above about 0.3 somebody else was using it. */
    readonly load: number;
    /**
     * What our server could take, in MiB, as its manifest says; absent where it could not be
     * limited.
     */
    readonly memoryLimit?: number;
    /** What was run, after `npm run`. */
    readonly command: string;
  };
};

export interface Throughput {
  readonly rounds: number;
  readonly seconds: number;
  readonly warmUp: number;
  readonly connections: number;
  readonly rows: readonly ThroughputRow[];
}

/** Medians over the rounds; times in milliseconds; ratios against the reference, pair by pair. */
export interface ThroughputRow {
  readonly payload: string;
  readonly server: string;
  readonly perSecond: number;
  readonly ratio: number;
  readonly p50: number;
  readonly p99: number;
  readonly p99Ratio: number;
  readonly errors: number;
}

export interface GrowthPoint {
  readonly count: number;
  /** One review: the median. */
  readonly microseconds: number;
}

export interface Growth {
  readonly containers: readonly GrowthPoint[];
  readonly volumes: readonly GrowthPoint[];
  readonly mounts: readonly GrowthPoint[];
  readonly catalogue: readonly GrowthPoint[];
}

export interface Hostile {
  /** How many shapes were tried, and how many there are. */
  readonly shapes: number;
  readonly of: number;
  /** Of the worst, sent again, in bytes. */
  readonly sizes: readonly number[];
  /** How many of those were sent at a time. */
  readonly atOnce: number;
  /** Answers by their status; 0 where there was none. */
  readonly statuses: Readonly<Record<string, number>>;
  /** What ended the process, and how. */
  readonly deaths: readonly string[];
  /** How many of an honest client's requests had no answer, or another than 200. */
  readonly unanswered: number;
  /** The longest that it waited, in milliseconds. */
  readonly longestWait: number;
  /** After a forced collection, in MB of a million bytes. */
  readonly heapBefore: number;
  readonly heapAfter: number;
  readonly residentAtEnd: number;
  /** The worst, worst first. */
  readonly rows: readonly HostileRow[];
}

export interface HostileRow {
  readonly shape: string;
  readonly form: string;
  readonly mode: string;
  readonly level: string;
  /** From sending one of the largest size to the end of its answer. */
  readonly milliseconds: number;
  readonly status: number;
  /**
   * The longest that an honest client waited meanwhile: beside one of the largest, and beside
   * several of each size.
   */
  readonly waits: readonly number[];
}

/** Memory in MB of a million bytes. */
export interface Memory {
  /** From the start of the process to a 200 of /readyz: the median, without the first. */
  readonly readyMilliseconds: number;
  readonly reviews: number;
  readonly residentAtStart: number;
  readonly residentWarm: number;
  readonly residentAtEnd: number;
  /** After a forced collection. */
  readonly heapWarm: number;
  readonly heapAtEnd: number;
  /** Objects in heap snapshots, before and after a further number of reviews. */
  readonly objects: { readonly between: number; readonly before: number; readonly after: number };
  readonly reload: {
    readonly reloads: number;
    readonly requests: number;
    readonly errors: number;
    readonly p99: number;
  };
}

export interface ThroughApi {
  readonly rounds: number;
  readonly seconds: number;
  readonly rows: readonly ThroughApiRow[];
  /** Absent in reports of before it was measured. */
  readonly cold?: ColdStart;
}

/** Medians of creations by one client, in milliseconds. */
export interface ColdStart {
  /** With the bare webhook, once warm. */
  readonly reference: number;
  /** The first hundred after a start. */
  readonly first: number;
  /** The two hundred after those. */
  readonly next: number;
}

export interface ThroughApiRow {
  readonly webhook: string;
  readonly clients: number;
  readonly podsPerSecond: number;
  readonly p50: number;
  readonly p99: number;
  readonly errors: number;
}

export interface Soak {
  readonly minutes: number;
  readonly sent: number;
  readonly answered: number;
  readonly unexpected: number;
  readonly reloads: number;
  readonly certificateSwaps: number;
  /** Megabytes, at even distances in time. */
  readonly resident: readonly number[];
  readonly secondsBetween: number;
}

/** A part with the circumstances of now. `memoryLimit`: of the server that was measured, in MiB. */
export function taken<T>(
  part: T,
  command: string,
  load: number,
  memoryLimit: number | undefined,
): Taken<T> {
  return {
    taken: {
      day: new Date().toISOString().slice(0, 10),
      node: process.version,
      cpu: cpus()[0]?.model ?? 'unknown',
      cores: cpus().length,
      load: Number(load.toFixed(2)),
      ...(memoryLimit !== undefined && { memoryLimit }),
      command,
    },
    ...part,
  };
}

/** How busy the machine was in the last minute. */
export function currentLoad(): number {
  return loadavg()[0] ?? NaN;
}

/** Puts the parts into the file; those that it has and that were not measured again stay. */
export async function writeReport(file: string, parts: Report): Promise<void> {
  const before = existsSync(file) ? (JSON.parse(await readFile(file, 'utf8')) as Report) : {};
  const text = JSON.stringify({ ...before, ...parts });
  await writeFile(file, await format(text, { ...(await resolveConfig(file)), filepath: file }));
}

/** The arguments with FILE put behind a `--json` that has none, which `parseArgs` does not know. */
export function withDefaultFile(argv: readonly string[], file: string): string[] {
  const at = argv.indexOf('--json');
  const given = at < 0 || argv[at + 1]?.startsWith('-') === false;
  return given ? [...argv] : argv.toSpliced(at + 1, 0, file);
}
