/**
 * The environment of the process. Only this file reads `process.env`. Every command loads it, so it
 * imports nothing.
 */

export type Environment = Readonly<Record<string, string | undefined>>;

export const environment: Environment = process.env;

/**
 * Replaces the environment of this process by a plain copy. The `yaml` package reads a variable for
 * each token, and asking the system each time takes a tenth of the time of parsing.
 */
export function copyEnvironment(): void {
  process.env = { ...process.env };
}

/**
 * Whether output to a stream has colours, by the conventions of no-color.org and force-color.org.
 * The first that applies decides: NO_COLOR, FORCE_COLOR, a dumb terminal, the stream is a terminal.
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

/** The settings as text, by the name of their flag without its dashes. */
export type SettingTexts = Readonly<Record<string, string | readonly string[] | undefined>>;

/** The name of a setting in the environment. */
export function environmentName(setting: string): string {
  return `LITHOPOD_${setting.toUpperCase().replaceAll('-', '_')}`;
}

/**
 * The texts of the named settings: a flag wins over the environment, where an empty variable counts
 * as none, and commas separate the values of a repeatable one.
 */
export function readSettingTexts(
  names: readonly string[],
  flags: SettingTexts,
  environment: Environment,
  isRepeatable: (name: string) => boolean,
): SettingTexts {
  const fromEnvironment = (name: string): string | string[] | undefined => {
    const text = environment[environmentName(name)];
    if (text === undefined || text === '') return undefined;
    return isRepeatable(name) ? text.split(',').filter((part) => part !== '') : text;
  };
  return Object.fromEntries(names.map((name) => [name, flags[name] ?? fromEnvironment(name)]));
}

/** Names a setting as it was given: an operator who set a variable never wrote the flag. */
export function settingPlace(name: string, flags: SettingTexts): string {
  return flags[name] === undefined ? environmentName(name) : `--${name}`;
}
