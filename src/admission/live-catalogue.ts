/**
 * The catalogue in use, and its replacement while the service runs.
 *
 * The catalogue is read again when a file of the operator's has changed, or on request. If it
 * cannot be read, the last good one stays in use, a metric counts it and a line is logged. Reviews
 * are answered in the meantime, so a reload has to be short: the built-in profiles are not read
 * again, and of the others only files whose content has changed are parsed.
 */
import { failure, formatProblem } from '../core/values/result.ts';
import { messageOf } from '../error.ts';
import { makeCatalogueReader } from '../profile-files/catalogue-files.ts';
import { profilesFingerprint } from '../profile-files/profile-files.ts';
import { oneAtATime } from '../one-at-a-time.ts';
import type { Catalogue } from '../core/catalogue/match/catalogue.ts';
import type { Result } from '../core/values/result.ts';
import type { CatalogueSources, SourcedProblem } from '../profile-files/catalogue-files.ts';
import type { Log } from '../telemetry/log.ts';
import type { Metrics } from './metrics.ts';

const defaultPollMs = 2_000;

export interface LiveCatalogue {
  readonly current: () => Catalogue;
  /** Reads the operator's profiles again now. Resolves when the outcome is in use. */
  readonly reload: () => Promise<void>;
  /** Calls whenever another catalogue is in use. Returns a function that ends that. */
  readonly onChange: (listener: () => void) => () => void;
  /** Stops looking for changes. */
  readonly close: () => void;
}

export interface LiveCatalogueOptions extends CatalogueSources {
  readonly log: Log;
  readonly metrics: Metrics;
  /** How often to look for changes, in milliseconds: 2,000 by default. */
  readonly pollMs?: number;
}

/** Loads the catalogue, or returns all its problems, and reads it again when it changes. */
export async function openCatalogue(options: LiveCatalogueOptions): Promise<Result<LiveCatalogue>> {
  const { paths = [], log, metrics } = options;
  let seen = await profilesFingerprint(paths);
  const read = makeCatalogueReader(options);
  const first = await read();
  if (!first.ok) return first;
  let catalogue = first.value;
  metrics.setProfiles(catalogue);
  const listeners = new Set<() => void>();

  const reload = async (): Promise<void> => {
    const loaded = await read().catch(internalError);
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
    for (const listener of listeners) listener();
    log.info('profiles reloaded', { profiles: catalogue.size });
  };
  const poll = async (): Promise<void> => {
    const found = await profilesFingerprint(paths);
    if (found === seen) return;
    seen = found;
    await reload();
  };

  const runNext = oneAtATime();
  const timer =
    paths.length === 0
      ? undefined
      : setInterval(() => void runNext(poll), options.pollMs ?? defaultPollMs).unref();
  return {
    ok: true,
    value: {
      current: () => catalogue,
      reload: () => runNext(reload),
      onChange: (listener) => {
        listeners.add(listener);
        return () => listeners.delete(listener);
      },
      close: () => {
        clearInterval(timer);
      },
    },
  };
}

/**
 * A bug of ours as a problem. Nobody awaits a reload that a timer began, so a rejection would end a
 * process that serves well.
 */
function internalError(error: unknown): Result<Catalogue, SourcedProblem> {
  const message = `a fault of Lithopod itself: ${messageOf(error)}`;
  // Only the operator's profiles are read again.
  return failure({ message, source: 'directory' });
}
