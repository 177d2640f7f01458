/** The pages that are derived from the code are up to date: `npm run docs` writes them. */
import { expect } from 'chai';
import { parse, stringify } from 'yaml';
import { existsSync, readFileSync, readdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { renderChart } from '../docs/chart.ts';
import { generatedFiles } from '../docs/pages.ts';
import { parseProfiles } from '../src/core/catalogue/parse/parse.ts';
import { loadCatalogue } from '../src/profile-files/catalogue-files.ts';
import { runTest } from '../src/cli/commands/profiles/run-tests.ts';
import {
  imageProfileTestJsonSchema,
  parseTests,
} from '../src/cli/commands/profiles/test-document.ts';
import { imageProfileJsonSchema } from '../src/core/catalogue/parse/schema.ts';
import { reasons } from '../src/core/findings/reasons.ts';
import { ruleIds } from '../src/core/findings/finding.ts';
import { rules } from '../src/core/rules/index.ts';
import { valueOf } from './admission/harness.ts';
import { tablesOf } from './bench/tables.ts';
import type { Report } from './bench/report.ts';

const root = join(import.meta.dirname, '..');

describe('generated pages', () => {
  let written: ReadonlyMap<string, string>;

  // All of them are formatted, which takes seconds.
  before(async function () {
    this.timeout(60_000);
    written = await generatedFiles();
  });

  it('are what `npm run docs` writes', () => {
    for (const [name, text] of written) {
      expect(readFileSync(join(root, name), 'utf8'), `${name}: run npm run docs`).to.equal(text);
    }
  });

  it('are all that there is in their folder', () => {
    const names = [...written.keys()];
    const pages = names.filter((name) => name.startsWith('docs/profiles/'));
    const found = readdirSync(join(root, 'docs/profiles')).map((name) => `docs/profiles/${name}`);
    expect(found.sort()).to.deep.equal(pages.sort());
  });

  it('link to files and headings that are there', () => {
    const pages = [...written.keys()].filter((name) => /\bprofile.*\.md$/.test(name));
    const byHand = ['docs/authoring.md', 'docs/certificates.md', 'docs/operating.md', 'README.md'];
    for (const page of [...pages, ...byHand]) {
      const text = readFileSync(join(root, page), 'utf8');
      for (const [, target = ''] of text.matchAll(/\]\(([^):]+)\)/g)) {
        const [path = '', anchor] = target.split('#');
        const file = path === '' ? page : join(dirname(page), path);
        expect(existsSync(join(root, file)), `${page}: ${target}`).to.equal(true);
        if (anchor === undefined) continue;
        const headings = [...readFileSync(join(root, file), 'utf8').matchAll(/^#+ (.+)$/gm)];
        const anchors = headings.map(([, heading = '']) =>
          heading
            .toLowerCase()
            .replace(/[^a-z0-9 -]/g, '')
            .replaceAll(' ', '-'),
        );
        expect(anchors, `${page}: ${target}`).to.include(anchor);
      }
    }
  });

  it('have a row for each field of a profile and of its tests', () => {
    const fieldsIn = (schema: object): readonly string[] =>
      Object.entries(schema).flatMap(([key, value]: [string, unknown]) => {
        if (typeof value !== 'object' || value === null) return [];
        return [...(key === 'properties' ? Object.keys(value) : []), ...fieldsIn(value)];
      });
    for (const [page, schema] of [
      ['docs/profile-reference.md', imageProfileJsonSchema()],
      ['docs/profile-test-reference.md', imageProfileTestJsonSchema()],
    ] as const) {
      const text = readFileSync(join(root, page), 'utf8');
      const fields = fieldsIn(schema);
      expect(fields).to.include('spec');
      for (const field of fields) expect(text, page).to.include(`\n| \`${field}\``);
    }
  });

  it('have an entry for each rule and each reason code', () => {
    const rulesPage = readFileSync(join(root, 'docs/rules.md'), 'utf8');
    for (const id of ruleIds) expect(rulesPage).to.include(`\n## ${id}\n`);
    expect(rules.map(({ id }) => id)).to.have.members([...ruleIds]);
    const reasonsPage = readFileSync(join(root, 'docs/reasons.md'), 'utf8');
    for (const code of Object.keys(reasons)) expect(reasonsPage).to.include(`<a id="${code}"></a>`);
  });

  it('show all that was measured, and every curve', () => {
    const page = readFileSync(join(root, 'docs/performance.md'), 'utf8');
    const text = readFileSync(join(root, 'docs/performance.json'), 'utf8');
    for (const name of Object.keys(tablesOf(JSON.parse(text) as Report))) {
      expect(page).to.include(`<!-- figures: ${name} -->`);
    }
    const curves = [...written.keys()].filter((name) => name.endsWith('.svg'));
    expect(curves).not.to.deep.equal([]);
    for (const name of curves) expect(page).to.include(`](${name.replace('docs/', '')})`);
  });
});

describe('the page for authors', () => {
  const page = readFileSync(join(root, 'docs/authoring.md'), 'utf8');
  const examples = [...page.matchAll(/^```yaml\n([^]*?)^```$/gm)].map(([, text = '']) => text);

  it('has an example of a test that passes', async () => {
    const whole = examples.filter((text) => text.startsWith('apiVersion:'));
    expect(whole).to.have.length(1);
    const tests = valueOf(parseTests({ name: 'authoring.md', text: whole.join('') }));
    const catalogue = valueOf(await loadCatalogue());
    const differences = tests.flatMap((test) => runTest(test, catalogue).differences);
    expect({ tests: tests.length, differences }).to.deep.equal({ tests: 1, differences: [] });
  });

  it('has parts of profiles that can be read', () => {
    const parts = examples.filter((text) => !text.startsWith('apiVersion:'));
    expect(parts).to.have.length(1);
    for (const part of parts) {
      const spec = { ...(parse(part) as object), images: ['docker.io/library/x'], evidence };
      const metadata = { name: 'example' };
      const text = { apiVersion: 'lithopod.dev/v1alpha1', kind: 'ImageProfile', metadata, spec };
      expect(valueOf(parseProfiles(stringify(text), 'authoring.md'))).to.have.length(1);
    }
  });
});

const evidence = [{ kind: 'source', ref: 'example/x Dockerfile', seen: '2026-11-29' }];

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
