/**
 * An argument parser for commander that collects the values of a flag that may be given several
 * times.
 */
export function repeatable(
  value: string,
  before: readonly string[] | undefined,
): readonly string[] {
  return [...(before ?? []), value];
}
