/** What the commands have in common that run until a signal ends them. */
import type { SettingTexts } from '../../config.ts';

/** As commander gives them: a flag without an argument is true. */
export type DaemonFlags = Readonly<Record<string, string | readonly string[] | true>>;

/** Commander gives `metricsPort` for `--metrics-port`. */
export function settingTexts(flags: DaemonFlags): SettingTexts {
  return Object.fromEntries(
    Object.entries(flags).map(([name, value]) => [
      name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`),
      value === true ? 'true' : value,
    ]),
  );
}

/**
 * Resolves with the first of the signals. After it the signals have no handler any more, so a
 * second one of an impatient operator ends the process at once.
 */
export function firstSignal(signals: readonly NodeJS.Signals[]): Promise<NodeJS.Signals> {
  return new Promise((resolve) => {
    const onSignal = (signal: NodeJS.Signals): void => {
      for (const each of signals) process.off(each, onSignal);
      resolve(signal);
    };
    for (const each of signals) process.on(each, onSignal);
  });
}
