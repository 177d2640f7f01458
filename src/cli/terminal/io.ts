/** What a command sees of the process it runs in, so that tests can run one in their own. */

export interface Io {
  readonly stdin: AsyncIterable<Uint8Array | string>;
  /** Nobody pipes anything: a command that needs input has to be given files. */
  readonly stdinIsTerminal: boolean;
  /** Results. A line break is the command's own business. */
  readonly stdout: (text: string) => void;
  /** Everything else: warnings, errors, progress. */
  readonly stderr: (text: string) => void;
  readonly colour: { readonly stdout: boolean; readonly stderr: boolean };
  /**
   * Width of the terminal that shows stdout. Undefined where it is none: nothing is wrapped or cut
   * then.
   */
  readonly columns: number | undefined;
  /**
   * Width of the terminal that shows stderr, undefined where it is none: no progress is shown then.
   */
  readonly stderrColumns: number | undefined;
  /** Errors of our own show where in the code they happened. */
  readonly debug: boolean;
}

/**
 * How a command tells its exit code, 0 if it never does: 0 fine; 1 found what the command looks
 * for; 2 bad usage or unreadable input; 3 our own fault.
 */
export type Finish = (code: number) => void;
