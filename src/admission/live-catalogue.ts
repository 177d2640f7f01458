/**
 * The catalogue in use, and its replacement while the service runs.
 *
 * It is read again when a file of the operator's changed, or when asked to. One that cannot be read
 * never replaces one that could: the last good one stays, a metric counts and a log line tells.
 * Reviews are answered in between: the built-in profiles are not read again, and of the others only
 * files with another content are parsed.
 */
import { makeCatalogueReader } from '../profile-files/catalogue-files.ts';
import { failure, formatProblem } from '../core/result.ts';
import { messageOf } from '../error.ts';
import { profilesFingerprint } from '../profile-files/profile-files.ts';
import type { CatalogueSources, SourcedProblem } from '../profile-files/catalogue-files.ts';
import type { Catalogue } from '../core/catalogue/match/catalogue.ts';
import type { Result } from '../core/result.ts';
import type { Log } from '../telemetry/log.ts';
import type { Metrics } from './metrics.ts';

export interface LiveCatalogue {
  readonly current: () => Catalogue;
  /** Reads the operator's profiles again now. Resolves when the outcome is in use. */
  readonly reload: () => Promise<void>;
  /** Ends the looking. */
  readonly close: () => void;
}

export interface LiveCatalogueOptions extends CatalogueSources {
  readonly log: Log;
  readonly metrics: Metrics;
  /** How often to look for changes, in milliseconds: 2,000 unless told. */
  readonly pollMs?: number;
}

/** Loads the catalogue, refused with every problem at once, and keeps it fresh. */
export async function openCatalogue(options: LiveCatalogueOptions): Promise<Result<LiveCatalogue>> {
  const { paths = [], log, metrics } = options;
  let seen = await profilesFingerprint(paths);
  const read = makeCatalogueReader(options);
  const first = await read();
  if (!first.ok) return first;
  let catalogue = first.value;
  metrics.setProfiles(catalogue);

  const reload = async (): Promise<void> => {
    const loaded = await read().catch(faultOfOurs);
    if (!loaded.ok) {
      const failed = new Set(loaded.problems.map(({ source }) => source));
      for (const source of failed) metrics.countProfileError(source);
      log.error('profiles not reloaded: the last good ones stay in use', {
        problems: loaded.problems.map(formatProblem),
      });
      return;
    }
    catalogue = loaded.value;
    metrics.setProfiles(catalogue);
    log.info('profiles reloaded', { profiles: catalogue.size });
  };
  const look = async (): Promise<void> => {
    const found = await profilesFingerprint(paths);
    if (found === seen) return;
    seen = found;
    await reload();
  };

  const turns = inTurn();
  const timer =
    paths.length === 0
      ? undefined
      : setInterval(() => void turns(look), options.pollMs ?? 2_000).unref();
  return {
    ok: true,
    value: {
      current: () => catalogue,
      reload: () => turns(reload),
      close: () => {
        clearInterval(timer);
      },
    },
  };
}

/**
 * Nobody waits for a reload that a timer began: thrown on, the fault would end a process that
 * serves well.
 */
function faultOfOurs(error: unknown): Result<Catalogue, SourcedProblem> {
  const message = `a fault of Lithopod itself: ${messageOf(error)}`;
  // Nothing but the operator's profiles is read again.
  return failure({ message, source: 'directory' });
}

/**
 * Runs what it is given one after the other, so that an older reading never replaces a newer one.
 */
function inTurn(): (work: () => Promise<void>) => Promise<void> {
  let last: Promise<void> = Promise.resolve();
  return (work) => {
    last = last.then(work, work);
    return last;
  };
}
