/**
 * The last step of the build: writes the built-in profiles as the bundled program reads them, to
 * the file given.
 */
import { buildCatalogue } from '../core/catalogue/match/catalogue.ts';
import { parseBuiltin } from './catalogue-files.ts';
import { writeCompiled } from './compiled-profiles.ts';
import { failure, formatProblem } from '../core/values/result.ts';

const { entries, problems } = await parseBuiltin();
const catalogue = problems.length > 0 ? failure(...problems) : buildCatalogue(entries);
if (catalogue.ok) await writeCompiled(catalogue.value.profiles, process.argv[2]);
else {
  for (const problem of catalogue.problems) process.stderr.write(`${formatProblem(problem)}\n`);
  process.exitCode = 1;
}
