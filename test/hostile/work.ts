/**
 * How much work our code does, counted and not timed: V8 tells how often each block of it ran. What
 * runs inside V8, such as a regular expression or a search in a text, counts once, however long it
 * takes.
 */
import { Session } from 'node:inspector';
import { join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { Profiler } from 'node:inspector';

export interface Work {
  /** How many blocks ran, each as often as it did. */
  readonly blocks: number;
  /** How often each block ran, by a text that is the same in every run. */
  readonly places: ReadonlyMap<string, number>;
}

export interface WorkCounter {
  /** What the function does. */
  readonly during: (run: () => void) => Work;
  /** Code is quick again from then on. */
  readonly stop: () => void;
}

const root = resolve(import.meta.dirname, '../..');
const sources = pathToFileURL(join(root, 'src')).href;
/** Ours too, in a way: what we give to hash. */
const libraries = pathToFileURL(join(root, 'node_modules/@noble')).href;

/** Starts counting in this process. */
export function countWork(): WorkCounter {
  const session = new Session();
  session.connect();
  session.post('Profiler.enable');
  session.post('Profiler.startPreciseCoverage', { callCount: true, detailed: true });
  const take = (): readonly Profiler.ScriptCoverage[] => {
    let result: readonly Profiler.ScriptCoverage[] = [];
    session.post('Profiler.takePreciseCoverage', (error, taken) => {
      if (error !== null) throw error;
      result = taken.result;
    });
    return result.filter(({ url }) => url.startsWith(sources) || url.startsWith(libraries));
  };
  return {
    during: (run) => {
      take();
      run();
      return workOf(take());
    },
    stop: () => {
      session.post('Profiler.stopPreciseCoverage');
      session.post('Profiler.disable');
      session.disconnect();
    },
  };
}

function workOf(scripts: readonly Profiler.ScriptCoverage[]): Work {
  let blocks = 0;
  const places = new Map<string, number>();
  for (const { url, functions } of scripts) {
    const file = url.slice(url.lastIndexOf('/') + 1);
    for (const { ranges } of functions) {
      for (const { startOffset, endOffset, count } of ranges) {
        if (count === 0) continue;
        blocks += count;
        const place = `${file}:${startOffset}-${endOffset}`;
        places.set(place, (places.get(place) ?? 0) + count);
      }
    }
  }
  return { blocks, places };
}
