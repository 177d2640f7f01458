/**
 * `npm run evidence`: the evidence of the built-in profiles that nobody can follow to the text that
 * was read, since it names neither the commit nor the tag of its repository. One line each; the
 * count comes last, on stderr.
 */
import { loadCatalogue } from '../src/profile-files/catalogue-files.ts';
import { formatProblem } from '../src/core/values/result.ts';

/** What is read in a repository, which changes. */
const kinds: ReadonlySet<string> = new Set(['manifest', 'source']);

const catalogue = await loadCatalogue();
if (!catalogue.ok) throw new Error(catalogue.problems.map(formatProblem).join('\n'));

const lines = catalogue.value.profiles.flatMap(({ profile }) =>
  profile.evidence
    .filter(({ kind, at }) => kinds.has(kind) && at === undefined)
    .map(({ kind, ref, seen }) => `${profile.name}\t${kind}\t${ref}\t${seen}`),
);
for (const line of lines) process.stdout.write(`${line}\n`);
process.stderr.write(`${lines.length} of the statements name no commit and no tag\n`);
