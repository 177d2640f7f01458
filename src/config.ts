/** The process's environment, and nothing heavy: every command loads this. The only reader of `process.env`. */

export type Environment = Readonly<Record<string, string | undefined>>;

export const environment: Environment = process.env;

/**
 * Whether to colour what goes to a stream, by the conventions of no-color.org and force-color.org: NO_COLOR beats
 * FORCE_COLOR beats a dumb terminal beats the stream being a terminal.
 */
export function colourEnabled(
  stream: { readonly isTTY?: boolean },
  environment: Environment = process.env,
): boolean {
  const { NO_COLOR: none, FORCE_COLOR: force, TERM: terminal } = environment;
  if (none !== undefined && none !== '') return false;
  if (force !== undefined && force !== '') return force !== '0';
  return terminal !== 'dumb' && stream.isTTY === true;
}
