/** What the CustomResourceDefinition's rules say of single texts, beside what the lints say. */
import { readFileSync } from 'node:fs';
import { expect } from 'chai';
import fc from 'fast-check';
import { parse } from 'yaml';
import { imagePatterns, pathPattern, tagPattern } from '../../docs/crd-rules.ts';
import { parsePattern } from '../../src/core/images/pattern.ts';
import { parseTagPattern } from '../../src/core/images/tag-pattern.ts';
import { pathFormProblem } from '../../src/core/catalogue/profile/text-forms.ts';

const file = new URL('../../manifests/05-crd-imageprofile.yaml', import.meta.url);

describe('the rules of the CustomResourceDefinition', () => {
  it('take the paths that the lint takes, and no others', () => {
    const part = fc.constantFrom('a', 'b-1', '.', '..', '...', '.a', '..a', ':', '\t', 'é', '');
    const path = fc.array(part, { maxLength: 4 }).map((parts) => parts.join('/'));
    const form = new RegExp(pathPattern, 'u');
    fc.assert(
      fc.property(fc.oneof(path, fc.string({ maxLength: 8 })), (text) => {
        expect(form.test(text)).to.equal(pathFormProblem(text) === undefined);
      }),
      { numRuns: 5000 },
    );
  });

  it('take every tag pattern that the parser takes', () => {
    const part = fc.constantFrom(
      '1',
      '27',
      '.',
      '-',
      ' ',
      '||',
      '>=',
      '<',
      '^',
      '~',
      '*',
      'v',
      'a',
    );
    const tags = fc.array(part, { minLength: 1, maxLength: 8 }).map((parts) => parts.join(''));
    fc.assert(
      fc.property(tags, (text) => {
        if (parseTagPattern(text).ok) expect(text).to.match(new RegExp(`^(?:${tagPattern})$`));
      }),
      { numRuns: 5000 },
    );
  });

  it('take every image pattern that the parser takes', () => {
    const registry = fc.constantFrom('docker.io', 'localhost', 'a.b:5000', '[::1]:5000', '*', '**');
    const part = fc.constantFrom('a', 'b__c', 'd-e', '*', '**', 'x*', '*y', 'z.1', '');
    const end = fc.constantFrom('', ':1', ':*-a', ':>=1 <2', `@sha256:${'a'.repeat(64)}`);
    const images = fc
      .tuple(registry, fc.array(part, { maxLength: 3 }), end)
      .map(([host, path, tail]) => `${[host, ...path].join('/')}${tail}`);
    let taken = 0;
    fc.assert(
      fc.property(images, (text) => {
        if (!parsePattern(text).ok) return;
        taken++;
        for (const { wanted, pattern } of imagePatterns) {
          expect(new RegExp(pattern).test(text), `${text}: ${pattern}`).to.equal(wanted);
        }
      }),
      { numRuns: 5000 },
    );
    expect(taken).to.be.greaterThan(100);
  });

  it('leave out the defaults, which would seem to be stated by who extends a profile', () => {
    const text = readFileSync(file, 'utf8');
    expect(JSON.stringify(parse(text))).not.to.include('"default":');
  });
});
