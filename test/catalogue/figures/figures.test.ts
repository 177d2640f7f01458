/**
 * docs/coverage.json says how far the catalogue reaches. `npm run golden` writes it where the
 * public manifests lie beside the repository; elsewhere only what needs none of them is compared.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { expect } from 'chai';
import { format } from 'prettier';
import { builtinCatalogue } from '../builtin-catalogue.ts';
import { corpusExists, corpusFigures, officialFigures } from './figures.ts';
import type { CoverageFigures, Share } from './figures.ts';

const file = new URL('../../../docs/coverage.json', import.meta.url);
const update = process.env['UPDATE_GOLDEN'] === '1';

describe('how far the catalogue reaches', () => {
  const catalogue = builtinCatalogue();
  const kept = JSON.parse(readFileSync(file, 'utf8')) as CoverageFigures;

  it('over the public manifests is what docs/coverage.json says', async function () {
    this.timeout(60_000);
    if (!corpusExists) {
      console.warn('    skipped: no corpus at ../shared/corpus/manifests');
      this.skip();
    }
    const figures = { ...corpusFigures(catalogue), official: officialFigures(catalogue) };
    print(figures);
    if (update)
      writeFileSync(
        file,
        await format(JSON.stringify(figures), { parser: 'json', printWidth: 100 }),
      );
    else expect(figures, 'run npm run golden, and npm run docs').to.deep.equal(kept);
  });

  it('over the official images is what docs/coverage.json says', function () {
    if (update) this.skip();
    expect(officialFigures(catalogue), 'run npm run golden').to.deep.equal(kept.official);
  });
});

function print({ readOnly, references, images, official }: CoverageFigures): void {
  const { containers, covered, exact, superfluous } = readOnly;
  const lines = [
    `containers that run read-only: ${containers}`,
    `  covered ${percent({ all: containers, some: covered })}, exactly ${percent({ all: containers, some: exact })}, with a superfluous directory ${percent({ all: containers, some: superfluous })}`,
    `references with a profile: ${percent(references)}; of distinct ones ${percent(images)}`,
    `official images with a profile: ${official.some} of ${official.all}`,
  ];
  for (const line of lines) console.log(`      ${line}`);
}

function percent({ all, some }: Share): string {
  return `${((some / all) * 100).toFixed(1)} %`;
}
