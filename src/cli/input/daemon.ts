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
 * For so long a Ctrl-C may come again without being another one: the terminal sends it to every
 * process in its foreground, and `npm start` passes on what it gets.
 */
const echoMs = 300;

/**
 * Resolves with the first of the signals. After it the signals have no handler any more, so a
 * second one of an impatient operator ends the process at once; at a terminal, where one Ctrl-C may
 * come twice, a moment later.
 */
export function firstSignal(
  signals: readonly NodeJS.Signals[],
  atTerminal = false,
): Promise<NodeJS.Signals> {
  return new Promise((resolve) => {
    const onSignal = (signal: NodeJS.Signals): void => {
      const release = (): void => {
        for (const each of signals) process.off(each, onSignal);
      };
      if (atTerminal) setTimeout(release, echoMs).unref();
      else release();
      resolve(signal);
    };
    for (const each of signals) process.on(each, onSignal);
  });
}

/**
 * Ends the process by the signal, as if it had no handler. Node cannot end by itself once its
 * terminal is gone: it wants to set the terminal back, cannot, and aborts.
 */
export function endBySignal(signal: NodeJS.Signals): void {
  process.removeAllListeners(signal);
  process.kill(process.pid, signal);
}
