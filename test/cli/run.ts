/** Command lines run in this process, over folders that are gone afterwards. */
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { run } from '../../src/cli/program.ts';
import type { Io } from '../../src/cli/terminal/io.ts';

export interface Outcome {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

export interface Surroundings {
  /** What is piped in. Absent: stdin is a terminal. */
  readonly stdin?: string | Uint8Array;
  /** What somebody types, where stdin is a terminal. */
  readonly typed?: string;
  readonly columns?: number;
  /** Absent: stderr is no terminal. */
  readonly stderrColumns?: number;
  readonly colour?: boolean;
}

/** The profiles of the tests' own images. */
export const testProfiles = fileURLToPath(new URL('profiles', import.meta.url));

export async function cli(
  argv: readonly string[],
  { stdin, typed, columns, stderrColumns, colour = false }: Surroundings = {},
): Promise<Outcome> {
  let stdout = '';
  let stderr = '';
  const io: Io = {
    stdin: once(stdin ?? typed),
    stdinIsTerminal: stdin === undefined,
    stdout: (text) => {
      stdout += text;
    },
    stderr: (text) => {
      stderr += text;
    },
    colour: { stdout: colour, stderr: colour },
    columns,
    stderrColumns,
    debug: false,
  };
  const code = await run(argv, io);
  return { code, stdout, stderr };
}

/** The command line with the profiles of the tests' own images. */
export function cliWithProfiles(
  [command = '', ...rest]: readonly string[],
  surroundings: Surroundings = {},
): Promise<Outcome> {
  return cli([command, '--profiles', testProfiles, ...rest], surroundings);
}

async function* once(
  content: string | Uint8Array | undefined,
): AsyncGenerator<string | Uint8Array> {
  await Promise.resolve();
  if (content !== undefined) yield content;
}

/** A folder with the given files, for as long as `use` takes. */
export async function withFolder<T>(
  files: Readonly<Record<string, string | Uint8Array>>,
  use: (folder: string) => Promise<T>,
): Promise<T> {
  const folder = await mkdtemp(join(tmpdir(), 'lithopod-'));
  try {
    for (const [name, content] of Object.entries(files)) {
      await mkdir(dirname(join(folder, name)), { recursive: true });
      await writeFile(join(folder, name), content);
    }
    return await use(folder);
  } finally {
    await rm(folder, { recursive: true });
  }
}

/** A pod of the image that needs just a read-only root and an emptyDir at /tmp. */
export function toolPod(name: string): string {
  return `apiVersion: v1
kind: Pod
metadata:
  name: ${name}
spec:
  containers:
    - name: tool
      image: registry.test/tool
`;
}
