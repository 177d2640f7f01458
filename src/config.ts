/**
 * The process's environment, and nothing heavy: every command loads this. The only reader of
 * `process.env`.
 */

export type Environment = Readonly<Record<string, string | undefined>>;

export const environment: Environment = process.env;

/**
 * Makes the environment of this process a plain copy. The `yaml` package looks a variable up for
 * each token that it reads, and asking the system each time takes a tenth of the time of parsing.
 */
export function copyEnvironment(): void {
  process.env = { ...process.env };
}

/**
 * Whether to colour what goes to a stream, by the conventions of no-color.org and force-color.org:
 * NO_COLOR beats FORCE_COLOR beats a dumb terminal beats the stream being a terminal.
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
