/** docs/coverage.md: how far the built-in catalogue reaches, from docs/coverage.json. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { CoverageFigures, Share } from '../test/catalogue/figures/figures.ts';

/** The page by its path relative to the project's root. */
export function coveragePage(root: string, note: string): Readonly<Record<string, string>> {
  const text = readFileSync(join(root, 'docs/coverage.json'), 'utf8');
  const { readOnly, references, images, official } = JSON.parse(text) as CoverageFigures;
  const { containers, covered, exact, superfluous } = readOnly;
  const row = (what: string, share: Share): string =>
    `| ${what} | ${share.some} of ${share.all} | ${percent(share)} |`;
  return {
    'docs/coverage.md': `# How far the catalogue reaches

${note}The test \`test/catalogue/figures\` counts this over 905 public manifests, of which some charts repeat a container: one image with the same mounts counts once. The manifests are not part of this repository; where they are absent, the test compares the official images only.

## Containers that run on a read-only root already

Their authors say what the image must write to: they mount an emptyDir there. Each container is hardened without its own emptyDirs; its other mounts, and volumes that two containers share, are kept.

| | containers | share |
|---|---|---|
${row('**Covered**: each directory that the author mounted is writable after hardening', { all: containers, some: covered })}
${row('**Exactly**: hardening mounts the same directories', { all: containers, some: exact })}
${row('**Superfluous**: hardening mounts a directory that the author did not', { all: containers, some: superfluous })}

A superfluous directory is often one that the image needs only in another configuration, and \`/tmp\` where no profile names the image.

## Images with a profile

| | | share |
|---|---|---|
${row('References to images in the manifests', references)}
${row('The same, each reference once', images)}
${row('Official images of Docker Hub', official)}

An image without a profile gets the profile [default](profiles/default.md), and a finding. [What to do then](profiles.md#your-image-is-not-here).

${withoutProfile(official.missing)}
`,
  };
}

function withoutProfile(missing: readonly string[]): string {
  if (missing.length === 0) return 'Every official image has a profile.';
  return `The official images without a profile: ${missing.map((name) => `\`${name}\``).join(', ')}.`;
}

function percent({ all, some }: Share): string {
  return `${((some / all) * 100).toFixed(1)} %`;
}
