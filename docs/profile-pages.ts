/** The pages of the built-in catalogue: an index, and a page for each letter. */
import { stringify } from 'yaml';
import { loadCatalogue } from '../src/profile-files/catalogue-files.ts';
import { evidenceKinds } from '../src/core/catalogue/profile/profile.ts';
import type { Profile, Variant, WritablePath } from '../src/core/catalogue/profile/profile.ts';

/** Beyond this many, the images of a profile stand behind a click. */
const maxImages = 6;

/** The text of each page, by its path relative to the project's root. */
export async function profilePages(note: string): Promise<Readonly<Record<string, string>>> {
  const catalogue = await loadCatalogue();
  if (!catalogue.ok)
    throw new Error('the built-in catalogue does not load: run `lithopod profiles lint profiles`');
  const profiles = catalogue.value.profiles
    .map(({ profile }) => profile)
    .sort((a, b) => (a.name < b.name ? -1 : 1));
  const letters = [...new Set(profiles.map(letterOf))];
  const pages = letters.map((letter) => [
    pageOf(letter),
    letterPage(
      letter,
      profiles.filter((profile) => letterOf(profile) === letter),
      note,
    ),
  ]);
  return {
    'docs/profiles.md': indexPage(profiles, note),
    ...(Object.fromEntries(pages) as Record<string, string>),
  };
}

function letterOf({ name }: Profile): string {
  return name.slice(0, 1);
}

function pageOf(letter: string): string {
  return `docs/profiles/${letter}.md`;
}

function indexPage(profiles: readonly Profile[], note: string): string {
  const rows = profiles.map(
    (profile) =>
      `| [${profile.name}](profiles/${letterOf(profile)}.md#${profile.name.replaceAll('.', '')}) | ${firstImage(profile)} | ${profile.writable.length + profile.data.length} | ${profile.when.length === 0 ? '' : profile.when.length} | ${strongest(profile)} |`,
  );
  return `# Image profiles

${note}The built-in catalogue: ${rows.length} profiles, each with its paths, their reasons and what says so on its page. What a profile may say is in [the reference](profile-reference.md), how to write one in [Writing profiles](authoring.md).

**Evidence**: the strongest kind that the profile names. \`manifest\`: a public manifest runs the image so; \`source\`: its Dockerfile or entrypoint was read; \`lookalike\`: run by us on a rebuilt image with the same paths; \`run\`: the real image was run.

| profile | images | paths | variants | evidence |
|---|---|---|---|---|
${rows.join('\n')}
`;
}

function firstImage({ images: [first, ...others] }: Profile): string {
  if (first === undefined) return 'any other';
  return `\`${first}\`${others.length === 0 ? '' : ` and ${others.length} more`}`;
}

function letterPage(letter: string, profiles: readonly Profile[], note: string): string {
  const links = profiles.map(({ name }) => `[${name}](#${name.replaceAll('.', '')})`).join(' · ');
  return `# Image profiles: ${letter.toUpperCase()}

${note}[All profiles](../profiles.md) · ${links}

${profiles.map(section).join('\n')}`;
}

function section(profile: Profile): string {
  const { name, images, writable, data, when, evidence, ...others } = profile;
  const file = `../../profiles/${name}.yaml`;
  const tests = `../../test/catalogue/variants/${name}.yaml`;
  return [
    `## ${name}`,
    `[${name}.yaml](${file}), [its tests](${tests})`,
    imageList(images),
    pathTable(writable, data),
    fieldList(others),
    ...(when.length === 0 ? [] : ['**Variants**, of which later ones win:', variantTable(when)]),
    `**Evidence**: ${evidence.map(({ kind, ref, seen }) => `${kind} ${text(ref)} (${seen})`).join('; ')}`,
    '',
  ].join('\n\n');
}

function imageList(images: readonly string[]): string {
  if (images.length === 0) return 'For each image that no other profile names.';
  const list = images.map((image) => `- \`${image}\``).join('\n');
  if (images.length <= maxImages) return list;
  return `<details><summary>${images.length} image patterns</summary>\n\n${list}\n\n</details>`;
}

function pathTable(writable: readonly WritablePath[], data: readonly WritablePath[]): string {
  const rows = [
    ...writable.map((entry) => pathRow(entry, '')),
    ...data.map((entry) => pathRow(entry, 'data')),
  ];
  if (rows.length === 0) return 'Writes nothing.';
  return `| path | | why |\n|---|---|---|\n${rows.join('\n')}`;
}

function pathRow(entry: WritablePath, list: string): string {
  return `| \`${entry.path}\` | ${noteOf(entry, list)} | ${cell(entry.why)} |`;
}

/** What an entry says besides its path and reason, where it is not what an entry says by itself. */
function noteOf(entry: WritablePath, list: string): string {
  const { path: _path, why: _why, contents, medium, readableBy, ...others } = entry;
  return [
    ...(list === '' ? [] : [list]),
    ...(contents === 'empty' ? [] : [contents]),
    ...(medium === 'Disk' ? [] : ['in memory']),
    ...(readableBy === 'any' ? [] : [`readable by ${readableBy}`]),
    ...Object.entries(others).map(([name, value]) => cell(`${name} ${flow(value)}`)),
  ].join(', ');
}

/** All other fields of the profile that say anything: so a new one is here by itself. */
function fieldList(fields: Readonly<Record<string, unknown>>): string {
  const usual: Readonly<Record<string, unknown>> = { cp: 'cp', lowPorts: false };
  return Object.entries(fields)
    .filter(([name, value]) => value !== usual[name] && !isEmpty(value))
    .map(([name, value]) => `- ${name}: ${code(value)}`)
    .join('\n');
}

function isEmpty(value: unknown): boolean {
  return value === undefined || (Array.isArray(value) && value.length === 0);
}

function variantTable(when: readonly Variant[]): string {
  const rows = when.map(({ match, writable = [], data = [], ...others }) => {
    const conditions = Object.entries(match).map(([name, value]) => `${name} ${code(value)}`);
    const paths = [
      ...writable.map((entry) => pathText(entry, '')),
      ...data.map((entry) => pathText(entry, 'data')),
    ];
    const fields = Object.entries(others).map(([name, value]) => `${name} ${code(value)}`);
    return `| ${conditions.join(' and ')} | ${[...paths, ...fields].join('<br>')} |`;
  });
  return `| where | then |\n|---|---|\n${rows.join('\n')}`;
}

function pathText(entry: WritablePath, list: string): string {
  const notes = noteOf(entry, list);
  return `\`${entry.path}\`${notes === '' ? '' : ` (${notes})`}: ${cell(entry.why)}`;
}

/** What is in a list one by one: a text as it is, anything else as YAML. */
function code(value: unknown): string {
  const list: readonly unknown[] = Array.isArray(value) && value.length > 0 ? value : [value];
  const parts = list.map((each) => (typeof each === 'string' ? each : flow(each)));
  return parts.map((part) => `\`${part.replaceAll('|', '\\|')}\``).join(' ');
}

function flow(value: unknown): string {
  return stringify(value, { collectionStyle: 'flow', lineWidth: 0, flowCollectionPadding: false })
    .trimEnd()
    .replaceAll('\n', ' ');
}

function cell(value: string): string {
  return text(value).replaceAll('|', '\\|');
}

/** A star or a bracket in a sentence is not meant as markup. */
function text(value: string): string {
  return value.replace(/[*<_]/g, '\\$&');
}

function strongest({ evidence }: Profile): string {
  const order = [...evidenceKinds].reverse();
  return order.find((kind) => evidence.some((entry) => entry.kind === kind)) ?? '';
}
