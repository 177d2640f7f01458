/**
 * The last step of the build: writes the built-in profiles as the compiled program reads them, or
 * to the file given.
 */
import { parseBuiltin } from './catalogue-files.ts';
import { writeCompiled } from './compiled-profiles.ts';
import { formatProblem } from '../core/values/result.ts';

const { entries, problems } = await parseBuiltin();
for (const problem of problems) process.stderr.write(`${formatProblem(problem)}\n`);
if (problems.length > 0) process.exitCode = 1;
else await writeCompiled(entries, process.argv[2]);
