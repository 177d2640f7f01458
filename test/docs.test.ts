/** The pages that are derived from the code are up to date: `npm run docs` writes them. */
import { expect } from 'chai';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { generatedFiles } from '../docs/pages.ts';
import { reasons } from '../src/core/reasons.ts';
import { ruleIds } from '../src/core/rules/rule.ts';
import { rules } from '../src/core/rules/index.ts';

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
});
