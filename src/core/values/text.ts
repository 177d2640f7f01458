/** Texts of a pod's author as a message may show them. */

/**
 * Longer than any name and nearly any path of the API; a message is cut to 256 bytes anyway
 * (src/admission/warnings.ts).
 */
const shownLength = 128;

/**
 * The text, cut to 128 UTF-16 units with a sign of what was left out. An author's text may have
 * megabytes, and a finding that holds it whole is built for each container, mount and path.
 */
export function shown(text: string, most = shownLength): string {
  return text.length <= most ? text : `${text.slice(0, most - 1)}…`;
}

const shownItems = 8;

/** The first of the items, each as a text that is cut, and how many more there are. */
export function shownList<T>(items: readonly T[], textOf: (item: T) => string = String): string {
  const first = items.slice(0, shownItems).map((item) => shown(textOf(item), shownLength * 2));
  const rest = items.length - first.length;
  return rest === 0 ? first.join(', ') : `${first.join(', ')} and ${rest} more`;
}
