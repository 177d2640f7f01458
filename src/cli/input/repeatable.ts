/**
 * Collects the values of a flag that may be given several times. An argument parser of commander.
 */
export function repeatable(
  value: string,
  before: readonly string[] | undefined,
): readonly string[] {
  return [...(before ?? []), value];
}
