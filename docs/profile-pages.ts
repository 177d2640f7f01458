/** The pages of the built-in catalogue: an index, and a page for each profile. */
import { publicMirrors } from '../src/core/images/public-mirrors.ts';
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
  const pages = profiles.map((profile) => [pageOf(profile), familyPage(profile, note)]);
  return {
    'docs/profiles.md': indexPage(profiles, note),
    ...(Object.fromEntries(pages) as Record<string, string>),
  };
}

function pageOf({ name }: Profile): string {
  return `docs/profiles/${name}.md`;
}

function linkTo(name: string): string {
  return `[${name}](profiles/${name}.md)`;
}

function indexPage(profiles: readonly Profile[], note: string): string {
  const rows = profiles.map(
    (profile) =>
      `| ${linkTo(profile.name)} | ${firstImage(profile)} | ${profile.writable.length + profile.data.length} | ${profile.when.length === 0 ? '' : profile.when.length} | ${strongest(profile)} |`,
  );
  const patterns = profiles
    .flatMap(({ name, images }) => images.map((image) => ({ name, image })))
    .sort((a, b) => (a.image < b.image ? -1 : 1))
    .map(({ name, image }) => `| \`${image.replaceAll('|', '\\|')}\` | ${linkTo(name)} |`);
  return `# Image profiles

${note}The built-in catalogue: ${rows.length} profiles, each with its paths, their reasons and what says so on its page. What a profile may say is in [the reference](profile-reference.md), how to write one in [Writing profiles](authoring.md).

**Evidence**: the strongest kind that the profile names. \`manifest\`: a public manifest runs the image so; \`source\`: its Dockerfile or entrypoint was read; \`lookalike\`: run by us on a rebuilt image with the same paths; \`run\`: the real image was run.

| profile | images | paths | variants | evidence |
|---|---|---|---|---|
${rows.join('\n')}

## Search by image

The repository of an image, without its tag; [How far the catalogue reaches](coverage.md) has the figures. \`bin/lithopod profiles match IMAGE\` answers for a reference as it is written in a manifest. What public mirrors have (${publicMirrors.map(({ from, to }) => `\`${from}\` of \`${to}\``).join(', ')}) is found by its first name.

<details><summary>${patterns.length} image patterns</summary>

| image | profile |
|---|---|
${patterns.join('\n')}

</details>

## Your image is not here

Under the profile [default](profiles/default.md) its root is read-only and \`/tmp\` is writable, and nothing else: one that writes elsewhere stops with an error such as \`Read-only file system\` or \`Permission denied\`, and a finding \`no-profile\` names the image beforehand. Then:

1. \`lithopod diagnose\` turns the log of the crash into the lines of a profile.
2. [\`lithopod learn\`](learning.md) looks at a container that works, and drafts the profile.
3. [Writing profiles](authoring.md) goes from the draft to a tested profile.

\`serve --unprofiled=skip\` leaves the root of such images as it is.
`;
}

function firstImage({ images: [first, ...others] }: Profile): string {
  if (first === undefined) return 'any other';
  return `\`${first}\`${others.length === 0 ? '' : ` and ${others.length} more`}`;
}

function familyPage(profile: Profile, note: string): string {
  const { name, images, writable, data, when, evidence, ...others } = profile;
  const file = `../../profiles/${name}.yaml`;
  const tests = `../../test/catalogue/variants/${name}.yaml`;
  return [
    `# ${name}`,
    `${note}[All profiles](../profiles.md) · [${name}.yaml](${file}) · [its tests](${tests})`,
    imageList(images),
    pathTable(writable, data),
    ...(name === 'default' ? [] : [underDefault(profile)]),
    fieldList(others),
    ...(when.length === 0 ? [] : ['## Variants', 'The later ones win.', variantTable(when)]),
    '## Evidence',
    evidenceTable(evidence),
    '',
  ].join('\n\n');
}

/** What an image of the profile would lack if the catalogue did not know it. */
function underDefault({ writable, data, readOnlyRoot }: Profile): string {
  const start = '**Under the profile [default](default.md)**';
  if (readOnlyRoot?.works === false)
    return `${start}, as here, its root is read-only all the same.`;
  const missing = [...writable, ...data].filter(
    ({ path, contents }) => path !== '/tmp' || contents === 'seeded',
  );
  if (missing.length === 0) return `${start} it would lack nothing.`;
  const list = missing
    .map(({ path }) => (path === '/tmp' ? 'what the image has in `/tmp`' : `\`${path}\``))
    .join(', ');
  return `${start} it would lack ${list}.`;
}

function evidenceTable(evidence: Profile['evidence']): string {
  const rows = evidence.map(
    ({ kind, ref, at = '', seen }) => `| ${kind} | ${cell(ref)} | ${cell(at)} | ${seen} |`,
  );
  return `| kind | what | at | seen |\n|---|---|---|---|\n${rows.join('\n')}`;
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
