import { expect } from 'chai';
import { anyWordCondition } from '../../src/core/catalogue/profile/word-condition.ts';

const isPuma = anyWordCondition(['puma']);
const inScript = (script: string): boolean => isPuma({ name: 'c', args: [script] });

describe('a word of a command', () => {
  it('is met by itself, at the end of a path, and within a script', () => {
    for (const script of [
      'puma',
      '/usr/local/bin/puma',
      'bundle exec puma -C config/puma.rb',
      'set -e\nbin/puma\n',
      'cd /app;puma&& true',
      'echo pumas puma',
      '(puma)',
      'exec `which puma`',
      'x=$(puma --version)',
    ]) {
      expect(inScript(script), script).to.equal(true);
    }
  });

  it('is not met as a part of another, or as a directory', () => {
    for (const script of [
      'pumas',
      'config/puma.rb',
      'puma-dev',
      'xpuma',
      '/puma/x',
      'a,puma',
      '',
    ]) {
      expect(inScript(script), script).to.equal(false);
    }
  });

  it('is looked for in the first 64 Ki characters of a script', () => {
    const filler = 'pumas puma-x '.repeat(5_000);
    expect(inScript(`${filler} puma`)).to.equal(true);
    expect(inScript(`${filler.repeat(2)} puma`)).to.equal(false);
  });
});
