/** Rules, reasons, files and tests belong together: what has one of them has the others. */
import { readFileSync, readdirSync } from 'node:fs';
import { expect } from 'chai';
import { reasons } from '../src/core/findings/reasons.ts';
import { rules, stricterRules, rulesOf } from '../src/core/rules/index.ts';
import { levels, ruleIds } from '../src/core/findings/finding.ts';
import { goldenCases, goldenOf } from './golden/cases.ts';
import type { FindingRecord } from './pods/records.ts';

const sources = new URL('../src/core/', import.meta.url);
const tests = new URL('rules/', import.meta.url);

function namesIn(directory: URL, ending: string): readonly string[] {
  return readdirSync(directory)
    .filter((file) => file.endsWith(ending))
    .map((file) => file.slice(0, -ending.length))
    .sort();
}

const ids = rules.map(({ id }) => id);

describe('parity', () => {
  it('of rules and their ids: all, once, in one order', () => {
    expect(ids).to.deep.equal(ruleIds);
  });

  it('of rules and files', () => {
    const files = namesIn(new URL('rules/', sources), '.ts');
    expect(files.filter((file) => file !== 'index' && file !== 'rule')).to.deep.equal(
      [...ids].sort(),
    );
  });

  it('of rules and tests', () => {
    expect(namesIn(tests, '.test.ts')).to.deep.equal([...ids].sort());
  });

  it('of levels: each rule is asked for or beyond', () => {
    for (const level of levels) {
      expect([...rulesOf[level], ...stricterRules[level]]).to.have.members([...rules]);
    }
    expect(rulesOf.restricted).to.include.members([...rulesOf.immutable]);
  });

  it('of rules and what they say of themselves', () => {
    for (const { id, title, why } of rules) {
      expect(title, id).to.match(/^[A-Z].*[^.]$/);
      expect(why, id).to.match(/^\S.*\.$/);
    }
  });

  describe('of findings', () => {
    let golden: readonly FindingRecord[];
    before(async () => {
      golden = (await goldenCases()).flatMap((given) => goldenOf(given).findings);
    });

    it('each rule speaks in some golden case', () => {
      const reporters = new Set(golden.map(({ rule }) => rule));
      expect([...reporters]).to.have.members(['unsupported-pod', ...ids]);
    });

    it('each reason is given in a golden case or in the test of a rule or review, and no other', () => {
      const given = new Set<string>(golden.map(({ code }) => code));
      const codes = Object.keys(reasons);
      const files = namesIn(tests, '.test.ts').map((name) => new URL(`${name}.test.ts`, tests));
      // A review, the kinds that hold templates, and Compose files have reasons of their own.
      const others = [
        'admission/answer-review.test.ts',
        'compose/findings.test.ts',
        'core/harden-template.test.ts',
      ];
      for (const file of [...files, ...others.map((name) => new URL(name, import.meta.url))]) {
        const text = readFileSync(file, 'utf8');
        for (const code of codes) if (text.includes(`'${code}'`)) given.add(code);
      }
      expect([...given].sort()).to.deep.equal(codes.sort());
    });
  });

  it('of reasons and their form', () => {
    for (const [code, { summary }] of Object.entries(reasons)) {
      expect(code).to.match(/^[a-z]+(-[a-z]+)*$/);
      expect(summary, code).to.match(/^[A-Z].*\.$/);
    }
  });
});
