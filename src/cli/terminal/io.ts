/** The process as a command sees it, so that tests can run a command in their own process. */

/** The streams and settings of the process. */
export interface Io {
  readonly stdin: AsyncIterable<Uint8Array | string>;
  /** True where nothing is piped in: a command that needs input must get files. */
  readonly stdinIsTerminal: boolean;
  /** For results. The command writes its own line breaks. */
  readonly stdout: (text: string) => void;
  /** For everything else: warnings, errors, progress. */
  readonly stderr: (text: string) => void;
  readonly colour: { readonly stdout: boolean; readonly stderr: boolean };
  /**
   * Width of the terminal that shows stdout. Undefined where stdout is no terminal: then nothing
   * is wrapped or cut.
   */
  readonly columns: number | undefined;
  /**
   * Width of the terminal that shows stderr. Undefined where stderr is no terminal: then no
   * progress is shown.
   */
  readonly stderrColumns: number | undefined;
  /** Print bugs of Lithopod with their stack. */
  readonly debug: boolean;
}

/**
 * Sets the exit code of a command. It is 0 where a command never calls this.
 *
 * - 0: ok
 * - 1: the command found what it looks for
 * - 2: bad usage or unreadable input
 * - 3: a bug of Lithopod
 */
export type Finish = (code: number) => void;
