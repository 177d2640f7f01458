/**
 * Which operations can be planned on one and the same reading of a text. Every edit moves the
 * offsets behind it, and reading a long list anew for each of its pods' operations would take
 * minutes.
 */
import type { Operation } from '../core/patch.ts';

/**
 * The operations in rounds, to be carried out one round after the other. Two operations share a
 * round only where neither changes a collection that the other one's path leads through, so that
 * within a round their order, and the indices in their paths, do not matter.
 */
export function inRounds(operations: readonly Operation[]): readonly (readonly Operation[])[] {
  const rounds: Operation[][] = [];
  const lastAt = new Map<string, number>();
  const lastBelow = new Map<string, number>();
  for (const operation of operations) {
    const parents = ancestors(operation.path);
    const self = parents.at(-1) ?? '';
    const before = Math.max(
      lastBelow.get(self) ?? -1,
      ...parents.map((parent) => lastAt.get(parent) ?? -1),
    );
    const round = before + 1;
    (rounds[round] ??= []).push(operation);
    lastAt.set(self, round);
    for (const parent of parents) {
      lastBelow.set(parent, Math.max(round, lastBelow.get(parent) ?? -1));
    }
  }
  return rounds;
}

/**
 * Pointers of the collections that a path leads through, the root's '' first, the changed one last.
 */
function ancestors(path: string): readonly string[] {
  const parents: string[] = [];
  for (let at = path.indexOf('/'); at !== -1; at = path.indexOf('/', at + 1)) {
    parents.push(path.slice(0, at));
  }
  return parents;
}
