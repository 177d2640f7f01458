/** Keys of YAML maps. */
import { isScalar } from 'yaml';
import type { Pair, Scalar } from 'yaml';

/**
 * The keys that stand in the map a second time. They are looked up: the YAML library compares each
 * key with each other, for which 60,000 take minutes. A merge key repeats no other, since each has
 * a value of its own.
 */
export function repeatedKeys(pairs: readonly Pair[]): readonly Scalar[] {
  const values = new Set<unknown>();
  return pairs
    .map(({ key }) => key)
    .filter(isScalar)
    .filter(({ value }) => values.size === values.add(value).size);
}
