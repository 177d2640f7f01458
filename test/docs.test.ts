/** The pages that are derived from the code are up to date: `npm run docs` writes them. */
import { expect } from 'chai';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { renderChart } from '../docs/chart.ts';
import { generatedFiles } from '../docs/pages.ts';
import { reasons } from '../src/core/reasons.ts';
import { ruleIds } from '../src/core/rules/rule.ts';
import { rules } from '../src/core/rules/index.ts';
import { tablesOf } from './bench/tables.ts';
import type { Report } from './bench/report.ts';

const root = join(import.meta.dirname, '..');

describe('generated pages', () => {
  it('are what `npm run docs` writes', async () => {
    for (const [name, text] of await generatedFiles()) {
      expect(readFileSync(join(root, name), 'utf8'), `${name}: run npm run docs`).to.equal(text);
    }
  });

  it('have an entry for each rule and each reason code', () => {
    const rulesPage = readFileSync(join(root, 'docs/rules.md'), 'utf8');
    for (const id of ruleIds) expect(rulesPage).to.include(`\n## ${id}\n`);
    expect(rules.map(({ id }) => id)).to.have.members([...ruleIds]);
    const reasonsPage = readFileSync(join(root, 'docs/reasons.md'), 'utf8');
    for (const code of Object.keys(reasons)) expect(reasonsPage).to.include(`<a id="${code}"></a>`);
  });

  it('show all that was measured, and every curve', async () => {
    const page = readFileSync(join(root, 'docs/performance.md'), 'utf8');
    const text = readFileSync(join(root, 'docs/performance.json'), 'utf8');
    for (const name of Object.keys(tablesOf(JSON.parse(text) as Report))) {
      expect(page).to.include(`<!-- figures: ${name} -->`);
    }
    const curves = [...(await generatedFiles()).keys()].filter((name) => name.endsWith('.svg'));
    expect(curves).not.to.deep.equal([]);
    for (const name of curves) expect(page).to.include(`](${name.replace('docs/', '')})`);
  });
});

describe('a chart', () => {
  const chart = (points: readonly (readonly [number, number])[], xScale: 'linear' | 'log') =>
    renderChart({
      ...{ title: 'a < b', xLabel: 'x', yLabel: 'y', xScale },
      lines: [{ label: 'one', points, dots: true }],
    });
  const places = (svg: string): readonly string[] =>
    [...svg.matchAll(/<circle [^>]*cx="([\d.]+)" cy="([\d.]+)"/g)].map(([, x, y]) => `${x},${y}`);

  it('puts a point where its values are between the axes', () => {
    // The plot is from 64 to 616 and from 268 at 0 up to 44 at the highest tick, 100 here.
    expect(
      places(
        chart(
          [
            [0, 0],
            [50, 50],
            [100, 100],
          ],
          'linear',
        ),
      ),
    ).to.deep.equal(['64,268', '340,156', '616,44']);
  });

  it('gives each step of a logarithmic axis the same room', () => {
    const svg = chart(
      [
        [1, 10],
        [10, 10],
        [100, 10],
      ],
      'log',
    );
    expect(places(svg).map((place) => place.split(',')[0])).to.deep.equal(['64', '340', '616']);
  });

  it('escapes its labels', () => {
    expect(chart([[1, 1]], 'linear')).to.include('>a &lt; b<');
  });
});
