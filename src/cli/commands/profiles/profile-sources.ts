/**
 * The input of the commands for authors of profiles: files as `--profiles` reads them, and stdin.
 */
import { failure, success } from '../../../core/values/result.ts';
import { listProfileFiles } from '../../../profile-files/profile-files.ts';
import { readSource } from '../../input/sources.ts';
import type { Problem, Result } from '../../../core/values/result.ts';
import type { Io } from '../../terminal/io.ts';
import type { Source } from '../../input/sources.ts';

/**
 * Reads the files that the operands name, each once, and stdin for `-` or without operands.
 * Refused with all problems at once: a file that cannot be read, directories without a YAML file,
 * and stdin where it is a terminal.
 */
export async function readProfileSources(
  operands: readonly string[],
  io: Io,
): Promise<Result<readonly Source[]>> {
  if (operands.length === 0 && io.stdinIsTerminal) {
    return failure({
      message: 'nothing to read: name a file or a directory, or pipe something in',
    });
  }
  const paths = operands.filter((operand) => operand !== '-');
  const listed = await listProfileFiles(paths);
  const problems: Problem[] = [...listed.problems];
  const sources: Source[] = [];
  for (const path of [
    ...(paths.length === operands.length && paths.length > 0 ? [] : ['-']),
    ...listed.files,
  ]) {
    const source = await readSource(path, io);
    if (source.ok) sources.push(source.value);
    else problems.push(...source.problems);
  }
  if (sources.length === 0 && problems.length === 0) {
    problems.push({ message: `no file ends in .yaml or .yml: ${paths.join(', ')}` });
  }
  return problems.length > 0 ? failure(...problems) : success(sources);
}
