/** `lithopod profiles match`. */
import pc from 'picocolors';
import { formatReference, parseReference } from '../../core/image.ts';
import { coverageText } from '../../core/catalogue/tags-apart.ts';
import { resolveVariant } from '../../core/catalogue/variant.ts';
import { hanging, printable } from '../layout.ts';
import { refuse } from '../messages.ts';
import { catalogueOf } from '../policy-flags.ts';
import { sourceNames } from '../source-name.ts';
import type { Catalogue, Match } from '../../core/catalogue/match.ts';
import type { ProfileSource, ResolvedProfile, VariantMatch } from '../../core/catalogue/profile.ts';
import type { Coverage } from '../../core/catalogue/tags-apart.ts';
import type { CompiledProfile } from '../../core/catalogue/variant.ts';
import type { Problem } from '../../core/result.ts';
import type { Io } from '../io.ts';
import type { OutputFlags } from '../profiles.ts';

/** What `-o json` prints a list of. */
interface MatchRecord {
  readonly image: string;
  /** Normalised, with its mirror rewritten. */
  readonly reference: string;
  readonly matched: Match['matched'];
  readonly profile: string;
  readonly source: ProfileSource;
  readonly pattern?: string;
  /** Profiles that are for other tags of the repository, where no pattern is for the image. */
  readonly coverage?: readonly Coverage[];
  /** What the profile says for a container that has this image and sets nothing else. */
  readonly resolved: Omit<ResolvedProfile, 'name'>;
  readonly variants: readonly VariantRecord[];
}

interface VariantRecord {
  readonly match: VariantMatch;
  /** `depends`: on what the container sets; `no`: the image's tag is none of its. */
  readonly applies: 'yes' | 'depends' | 'no';
}

/** Tells the profile of each image; a text that is no reference is told as a problem, after the others. */
export async function matchImages(
  images: readonly string[],
  flags: OutputFlags,
  io: Io,
): Promise<number> {
  const catalogue = await catalogueOf(flags);
  if (!catalogue.ok) return refuse(catalogue.problems, io);
  const records: MatchRecord[] = [];
  const problems: Problem[] = [];
  for (const image of images) {
    const reference = parseReference(image);
    if (reference.ok) records.push(recordOf(image, catalogue.value));
    else problems.push(...reference.problems.map(({ message }) => ({ file: image, message })));
  }
  if (flags.output === 'json') io.stdout(`${JSON.stringify(records, null, 2)}\n`);
  else io.stdout(records.map((record) => recordText(record, io)).join('\n'));
  return problems.length > 0 ? refuse(problems, io) : 0;
}

function recordOf(image: string, catalogue: Catalogue): MatchRecord {
  const { matched, profile, compiled, source, reference, pattern, coverage } =
    catalogue.match(image);
  const tag = reference?.tag;
  const { name: _name, ...resolved } = resolveVariant(
    compiled,
    { name: '', image },
    { tag, userMounts: [], root: true },
  );
  return {
    image,
    reference: reference === undefined ? image : formatReference(reference),
    matched,
    profile: profile.name,
    source,
    ...(pattern !== undefined && { pattern }),
    ...(coverage !== undefined && { coverage }),
    resolved,
    variants: compiled.variants.map((variant) => ({
      match: variant.variant.match,
      applies: appliesTo(variant, tag),
    })),
  };
}

/** Without a tag any variant may be meant. */
function appliesTo(
  { tag: matches, rest, variant }: CompiledProfile['variants'][number],
  tag: string | undefined,
): VariantRecord['applies'] {
  if (tag === undefined && variant.match.tags !== undefined) return 'depends';
  if (!matches(tag)) return 'no';
  return rest.length > 0 ? 'depends' : 'yes';
}

function recordText(record: MatchRecord, io: Io): string {
  const { bold, dim } = pc.createColors(io.colour.stdout);
  const { image, reference, profile, source, pattern, coverage, resolved, variants } = record;
  const line = (name: string, text: string): string =>
    hanging(`  ${name.padEnd('reference'.length)}  `, text, io.columns);
  const none =
    coverage === undefined
      ? 'no pattern is for this image'
      : `no pattern is for this tag; ${coverageText(coverage)}`;
  const by = pattern === undefined ? none : `pattern ${pattern}`;
  const paths = [
    ...resolved.writable.map((entry) => pathText(entry, '')),
    ...resolved.data.map((entry) => pathText(entry, ' (data)')),
  ];
  const { user } = resolved;
  const named = variants.filter(({ applies }) => applies !== 'no');
  return [
    bold(printable(image)),
    line('reference', reference),
    line('profile', `${profile} (${sourceNames[source]}): ${by}`),
    line('writable', paths.length === 0 ? 'nothing' : paths.join(', ')),
    ...(user === undefined ? [] : [line('user', `${user.uid}:${user.gid}`)]),
    ...(resolved.lowPorts ? [line('ports', 'below 1024')] : []),
    ...(resolved.maskable.length === 0 ? [] : [line('maskable', resolved.maskable.join(', '))]),
    ...named.map(({ applies, match }) =>
      dim(line('variant', `${applies === 'yes' ? 'applies' : 'may apply'} (${termsOf(match)})`)),
    ),
    '',
  ].join('\n');
}

function pathText(entry: ResolvedProfile['writable'][number], note: string): string {
  return `${entry.path}${entry.contents === 'seeded' ? ' (seeded)' : ''}${note}`;
}

/** `tags *alpine*; mounts /etc/nginx/templates`. */
function termsOf(match: VariantMatch): string {
  return Object.entries(match)
    .map(([name, values]) => `${name} ${(values as readonly string[]).join(' ')}`)
    .join('; ');
}
