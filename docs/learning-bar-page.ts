/** docs/learning-bar.md: how well `learn` does, from docs/learning-bar.json. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { BarRecord } from '../test/e2e-node/catalogue/bar.ts';

/** The page by its path relative to the project's root. */
export function learningBarPage(root: string, note: string): Readonly<Record<string, string>> {
  const text = readFileSync(join(root, 'docs/learning-bar.json'), 'utf8');
  const records = (JSON.parse(text) as readonly BarRecord[]).toSorted((a, b) =>
    a.name < b.name ? -1 : 1,
  );
  const looked = records.filter(({ outcome }) => outcome !== 'not looked at');
  const works = looked.filter(({ outcome }) => outcome === 'works');
  const longest = Math.max(...records.map(({ seconds }) => seconds));
  const others = records.filter(({ outcome }) => outcome !== 'works');
  return {
    'docs/learning-bar.md': `# What learn finds, beside what the profiles say

${note}Each image of the catalogue's scenarios that can be made here ran on the node as it is and was used over its own protocol; then \`lithopod learn\` looked at its pod. A second pod, hardened at \`immutable\` with nothing but that draft, without the image's profile, had to do the same at the first try.

**${works.length} of ${looked.length}** drafts work (${((works.length / looked.length) * 100).toFixed(1)} %). ${records.length - looked.length} of ${records.length} pods cannot be looked at. \`learn\` took at most ${longest} s for a pod, with two cores for the whole cluster.

A path that the profile alone has was not written in that run: another configuration, or another version, writes there. A path that the draft alone has is a narrower or a wider directory than the profile's, or one that only this run wrote.

| image | with the draft | both | profile alone | draft alone | s |
|---|---|---|---|---|---|
${records.map(rowOf).join('\n')}
${others.length === 0 ? '' : `\n## Why not\n\n${others.map(({ name, why = '' }) => `- **${name}**: ${oneLine(why)}`).join('\n')}\n`}`,
  };
}

function rowOf(record: BarRecord): string {
  const { name, image, outcome, both, profileOnly, draftOnly, seconds } = record;
  const paths = (list: readonly string[]): string => list.map((path) => `\`${path}\``).join(' ');
  const cells = [
    `${name} (\`${image}\`)`,
    outcome,
    paths(both),
    paths(profileOnly),
    paths(draftOnly),
  ];
  return `| ${cells.join(' | ')} | ${seconds} |`;
}

/** The lines of a log as one. */
function oneLine(why: string): string {
  return why.replace(/^error: /, '').replaceAll('\n', ': ');
}
