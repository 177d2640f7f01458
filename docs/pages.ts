/** The pages that are derived from rules, reason codes, profiles and measurements, as text. */
import { join } from 'node:path';
import { format, resolveConfig } from 'prettier';
import { imageProfileJsonSchema } from '../src/core/catalogue/parse/schema.ts';
import { hints, lints } from '../src/core/catalogue/lints/index.ts';
import { escapeCapabilities } from '../src/core/pod/capabilities.ts';
import { agentPaths, nodePaths, socketPaths } from '../src/core/mounts/node-paths.ts';
import { systemDirectories } from '../src/core/mounts/system-directories.ts';
import { lookJsonSchema } from '../src/core/learn/look.ts';
import { reasons } from '../src/core/findings/reasons.ts';
import { rules } from '../src/core/rules/index.ts';
import { checkReportJsonSchema } from '../src/cli/report/check-schema.ts';
import { lintReportJsonSchema } from '../src/cli/report/lint-schema.ts';
import { surveyJsonSchema } from '../src/cli/report/survey-schema.ts';
import { coveragePage } from './coverage-page.ts';
import { exemptionCrd, imageProfileCrd } from './crd.ts';
import { learningBarPage } from './learning-bar-page.ts';
import { manPage } from './man-page.ts';
import { kindsPage } from './kinds-page.ts';
import { performanceFiles } from './performance-page.ts';
import { profilePages } from './profile-pages.ts';
import { referencePages } from './profile-reference.ts';
import { requirePolicy } from './require-policy.ts';

const root = join(import.meta.dirname, '..');
const note = '<!-- Written by `npm run docs`. Edit the source it is derived from. -->\n\n';

/** The text of each generated file, by its path relative to the project's root. */
export async function generatedFiles(): Promise<ReadonlyMap<string, string>> {
  const pages: Readonly<Record<string, string>> = {
    'docs/rules.md': rulesPage(),
    'docs/reasons.md': reasonsPage(),
    'docs/escapes.md': escapesPage(),
    'docs/lints.md': lintsPage(),
    'docs/kinds.md': kindsPage(note),
    ...referencePages(note),
    ...(await profilePages(note)),
    ...coveragePage(root, note),
    ...learningBarPage(root, note),
    'manifests/61-policy-require-immutable.yaml': requirePolicy(),
    'manifests/05-crd-imageprofile.yaml': imageProfileCrd(),
    'manifests/06-crd-exemption.yaml': exemptionCrd(),
    'profiles/image-profile.schema.json': JSON.stringify(imageProfileJsonSchema()),
    'schemas/check-report.v1.schema.json': JSON.stringify(checkReportJsonSchema()),
    'schemas/lint-report.v1.schema.json': JSON.stringify(lintReportJsonSchema()),
    'man/lithopod.1': await manPage(),
    'schemas/survey.v1.schema.json': JSON.stringify(surveyJsonSchema()),
    'schemas/look-report.v1.schema.json': JSON.stringify(lookJsonSchema()),
    ...performanceFiles(root),
  };
  const files = new Map<string, string>();
  for (const [name, text] of Object.entries(pages)) {
    const filepath = join(root, name);
    // There is no formatter for pictures, and none for man pages.
    const formatted = /\.(?:svg|1)$/.test(name)
      ? text
      : await format(text, { ...(await resolveConfig(filepath)), filepath });
    files.set(name, formatted);
  }
  return files;
}

function rulesPage(): string {
  const sections = rules.map(
    ({ id, level, title, why }) =>
      `## ${id}\n\n${title}. Level: \`${level}\`.\n\n${why}\n\nSource: [src/core/rules/${id}.ts](../src/core/rules/${id}.ts)\n`,
  );
  return `# Rules\n\n${note}In the order in which they apply. \`restricted\` is \`immutable\` and more.\n\n${sections.join('\n')}`;
}

function escapesPage(): string {
  const capabilities = escapeCapabilities.map(
    ({ name, onlyWithHostPID, why }) =>
      `| \`${name}\` | ${onlyWithHostPID ? 'with `hostPID: true`' : 'always'} | ${why} |`,
  );
  const paths = nodePaths.map(
    ({ path, guards, why }) =>
      `| \`${path}\` | ${guards === 'tree' ? 'at, above, below' : 'at, above'} | ${why} |`,
  );
  const list = (all: readonly string[]): string => all.map((path) => `\`${path}\``).join(', ');
  return `# What the rules against escapes go by

${note}The tables of the rules \`no-escape\`, \`host-paths\` and \`termination-message\`, and of the policies behind \`lithopod.dev/require\`. What stays open all the same is in [SECURITY.md](../SECURITY.md); what agents of a node lose is in [agents.md](agents.md).

## Capabilities that are taken out

In any case of letters, with or without CAP_; and every name that holds anything but \`A-Z\`, \`a-z\` and \`_\`.

| capability | where | why |
|---|---|---|
${capabilities.join('\n')}

## Paths of a node that are mounted read-only

Folded: \`/var/run\` is \`/run\`, and \`/bin\`, \`/sbin\` and \`/lib*\` are below \`/usr\`. A \`*\` stands for any text within the segment.

| path | a mount | why |
|---|---|---|
${paths.join('\n')}

Left as they are, at or below: ${list(agentPaths)}.

A conflict at, above or below, however it is mounted, since a socket takes connections and a device takes writes: ${list(socketPaths)}.

## Directories of an image that no termination message may lie in

${list(systemDirectories)}.
`;
}

function reasonsPage(): string {
  const rows = Object.entries(reasons).map(
    ([code, { summary, warn, unresolved }]) =>
      `| <a id="${code}"></a>\`${code}\` | ${summary} | ${warn ? 'yes' : ''} | ${unresolved ? 'yes' : ''} |`,
  );
  return `# Reason codes

${note}A finding carries one of these codes: in \`lithopod check\`, in the metric \`lithopod_findings_total\`, in audit annotations.

**Warned**: told to the client even where pods are changed silently. **Stays**: the final pod still shows it, so the rule is left out of the pod's \`lithopod.dev/hardened\` annotation.

| code | meaning | warned | stays |
|---|---|---|---|
${rows.join('\n')}
`;
}

function lintsPage(): string {
  const rows = lints.map(({ id, title }) => `| \`${id}\` | ${title} |`);
  return `# What the profile lint refuses

${note}\`bin/lithopod profiles lint FILE…\`, and the webhook at its start, refuse a profile for each of these, with file, line and column, all at once. The schema comes first: unknown fields, missing ones, wrong kinds.

| lint | refuses |
|---|---|
${rows.join('\n')}

## Hints

\`lithopod profiles lint\` tells these too, since they are often wrong; they may be right, so nothing is refused.

| hint | tells of |
|---|---|
${hints.map(({ id, title }) => `| \`${id}\` | ${title} |`).join('\n')}
`;
}
