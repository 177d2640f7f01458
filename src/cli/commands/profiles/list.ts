/** `lithopod profiles list`: lists the catalogue. */
import pc from 'picocolors';
import { keepEnd, table } from '../../terminal/columns.ts';
import { printProblems } from '../../terminal/problems.ts';
import { catalogueOf } from '../../input/policy-flags.ts';
import { sourceNames } from '../../report/source-name.ts';
import type { CatalogueEntry } from '../../../core/catalogue/match/catalogue.ts';
import type { Io } from '../../terminal/io.ts';
import type { OutputFlags } from '../../input/policy-flags.ts';

/**
 * Prints all profiles by name, as a table or as a JSON list with their sources and files. Gives
 * the exit code: 2 where the catalogue has problems.
 */
export async function listProfiles(flags: OutputFlags, io: Io): Promise<number> {
  const catalogue = await catalogueOf(flags);
  if (!catalogue.ok) return printProblems(catalogue.problems, io);
  const entries = [...catalogue.value.profiles].sort(byName);
  if (flags.output === 'json') {
    const listed = entries.map(({ profile: { name, ...rest }, source, file }) => ({
      name,
      source,
      file,
      ...rest,
    }));
    io.stdout(`${JSON.stringify(listed, null, 2)}\n`);
    return 0;
  }
  const { bold } = pc.createColors(io.colour.stdout);
  const [heading = '', ...lines] = table(
    [
      ['NAME', 'SOURCE', 'IMAGES', 'WRITABLE PATHS'],
      ...entries.map((entry) => row(entry, io.columns)),
    ],
    io.columns,
  );
  io.stdout(`${[bold(heading), ...lines].join('\n')}\n`);
  return 0;
}

function byName(a: CatalogueEntry, b: CatalogueEntry): number {
  if (a.profile.name !== b.profile.name) return a.profile.name < b.profile.name ? -1 : 1;
  return a.source < b.source ? -1 : 1;
}

/** The row of a profile. The end of an image's name says most, so the start is cut. */
function row({ profile, source }: CatalogueEntry, columns: number | undefined): readonly string[] {
  const [first, ...others] = profile.images;
  const more = others.length === 0 ? '' : ` +${others.length}`;
  const images = first === undefined ? '(all others)' : `${first}${more}`;
  const paths = [...profile.writable, ...profile.data].map(({ path }) => path);
  const width = columns === undefined ? Infinity : Math.max(16, Math.floor(columns / 3));
  return [
    profile.name,
    sourceNames[source],
    keepEnd(images, width),
    paths.length === 0 ? 'none' : paths.join(' '),
  ];
}
