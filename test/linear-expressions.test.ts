/**
 * What the lint says of expressions: a text that somebody else makes long must not make one of them
 * slow.
 */
import { expect } from 'chai';
import { Linter } from 'eslint';
import tseslint from 'typescript-eslint';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = new URL('..', import.meta.url);

describe('the lint of expressions in src', function () {
  this.timeout(60_000);
  const linter = new Linter();
  let own: Linter.Config;

  before('find it in the configuration', async () => {
    const { default: configs } = (await import(new URL('eslint.config.js', root).href)) as {
      readonly default: readonly Linter.Config[];
    };
    const found = configs.filter(({ rules }) => rules?.['redos/no-vulnerable'] !== undefined);
    expect(found.map(({ files }) => files)).to.deep.equal([['src/**']]);
    own = found[0]!;
  });

  /** The rules that are broken by each line. */
  const broken = (code: string): readonly (string | null)[] => {
    const parser: Linter.Config = {
      files: ['**/*.ts'],
      languageOptions: { parser: tseslint.parser },
    };
    return linter.verify(code, [parser, own], 'src/core/x.ts').map(({ ruleId }) => ruleId);
  };

  for (const slow of [
    String.raw`/^\s*(?:true|:)?\s*$/`,
    String.raw`/-+$/`,
    String.raw`/\s+$/`,
    String.raw`/(?:a|b|ab)*c/`,
    String.raw`/^(?:a+)+$/`,
    String.raw`/a.*b/`,
    String.raw`/"(?:[^"\\]|\\.)*"/`,
    String.raw`/\d+\.?\d*x/`,
    // Not proven: a lookahead reads on from each place, a lookbehind back from each.
    String.raw`/a(?=[^b]*b)/`,
    String.raw`/(?<=a+)b/`,
    String.raw`/^(a*)b\1$/`,
  ]) {
    it(`refuses ${slow}`, () => {
      expect(broken(`${slow}.test(text);`)).to.deep.equal(['redos/no-vulnerable']);
    });
  }

  for (const linear of [
    String.raw`/^[a-z0-9](?:[a-z0-9-]*[a-z0-9])?$/`,
    String.raw`/[^a-z0-9]+/g`,
    String.raw`/^[ \t]*(?:#[^\n]*)?\r?\n/`,
    String.raw`/cannot modify .{0,300}\(read-only\)/`,
  ]) {
    it(`takes ${linear}`, () => {
      expect(broken(`${linear}.test(text);`)).to.deep.equal([]);
    });
  }

  for (const unseen of [
    'new RegExp(pattern);',
    'RegExp("a");',
    'new globalThis.RegExp(pattern);',
    'const Made = RegExp;',
    'text.search(pattern);',
    'text.match(`${pattern}$`);',
    'text.matchAll(found);',
  ]) {
    it(`refuses what it cannot read: ${unseen}`, () => {
      expect(broken(unseen)).to.deep.equal(['no-restricted-syntax']);
    });
  }

  it('takes the type of an expression', () => {
    expect(broken('export function first(words: readonly RegExp[]): RegExp;')).to.deep.equal([]);
  });

  it('is switched off nowhere', async () => {
    const folder = fileURLToPath(new URL('src', root));
    const files = await readdir(folder, { recursive: true });
    const sources = files.filter((file) => file.endsWith('.ts'));
    expect(sources.length).to.be.greaterThan(100);
    for (const file of sources) {
      const text = await readFile(join(folder, file), 'utf8');
      const comments = text.split('\n').filter((line) => line.includes('eslint-disable'));
      for (const comment of comments) {
        expect(comment, file).to.match(/eslint-disable(?:-next)?-line [a-z@]/);
        expect(comment, file).not.to.match(/redos|no-restricted-syntax/);
      }
    }
  });
});
