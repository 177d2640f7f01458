/** Builds a kustomization by the kustomize or the kubectl that is there, for `-k`. */
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { failure, success } from '../../core/values/result.ts';
import type { Result } from '../../core/values/result.ts';
import type { Source } from './sources.ts';

/** What prints a build, the one that is newer mostly first. */
const builders: readonly (readonly [program: string, ...argv: string[]])[] = [
  ['kustomize', 'build'],
  ['kubectl', 'kustomize'],
];

const maxBytes = 256 * 1024 * 1024;
const maxMilliseconds = 5 * 60_000;
const maxMessage = 2000;

interface ExecError {
  readonly code?: unknown;
  readonly killed?: boolean;
  readonly stderr?: string;
}

/**
 * The manifests that the folder (or address, as kustomize takes it) is built to. The source is
 * named `<kustomize DIR>`: its lines are of no file. Refused: a build that fails, with what the
 * program says; one of more than 256 MiB or five minutes; and where neither program is there.
 */
export async function buildKustomization(folder: string): Promise<Result<Source>> {
  const name = `<kustomize ${folder}>`;
  for (const [program, ...argv] of builders) {
    try {
      const options = { maxBuffer: maxBytes, timeout: maxMilliseconds };
      // Behind --, so that no folder is a flag of the program.
      const { stdout } = await promisify(execFile)(program, [...argv, '--', folder], options);
      return success({ name, text: stdout });
    } catch (error) {
      const failed = error as ExecError;
      if (failed.code === 'ENOENT') continue;
      return failure({ file: name, message: `${program}: ${reasonOf(failed)}` });
    }
  }
  const otherwise = `pipe in what it is built to, where they are: kustomize build ${folder} | lithopod check -`;
  return failure({
    file: name,
    message: `cannot be built: neither kustomize nor kubectl is on the PATH; ${otherwise}`,
  });
}

function reasonOf({ code, killed, stderr = '' }: ExecError): string {
  if (code === 'ERR_CHILD_PROCESS_STDIO_MAXBUFFER') return 'prints more than 256 MiB';
  if (killed === true) return 'takes more than five minutes';
  const said = stderr.trim().replace(/^error: /i, '');
  return said === '' ? `ends with ${String(code)}` : said.slice(0, maxMessage);
}
