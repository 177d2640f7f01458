import { expect } from 'chai';
import { barText, makeProgress } from '../../src/cli/terminal/progress.ts';
import { cliWithProfiles, toolPod, withFolder } from './run.ts';
import type { Outcome, Surroundings } from './run.ts';

const clear = '\r\u001b[K';

async function hardenMany(
  files: Readonly<Record<string, string>>,
  surroundings: Surroundings,
  ...flags: string[]
): Promise<Outcome> {
  return withFolder(files, (folder) => cliWithProfiles(['harden', ...flags, folder], surroundings));
}

describe('progress', () => {
  const pods = Object.fromEntries(
    Array.from({ length: 30 }, (_, index) => [`${index}.yaml`, toolPod(`pod-${index}`)]),
  );

  it('shows how far a run is, within the terminal’s width', () => {
    expect(barText(0, 4, 'a.yaml', 80)).to.equal('[........................] 0/4 a.yaml');
    expect(barText(2, 4, 'a.yaml', 80)).to.equal('[############............] 2/4 a.yaml');
    expect(barText(2, 4, 'very/long/path.yaml', 40)).to.equal(
      '[############............] 2/4 …th.yaml',
    );
    expect(barText(2, 4, 'a\u001b[2J', 80)).not.to.include('\u001b');
    for (const columns of [1, 20, 31, 40]) {
      expect(barText(3, 9, 'some/path.yaml', columns).length).to.be.lessThan(columns);
    }
  });

  it('draws no oftener than a terminal can take', () => {
    let drawn = 0;
    const stderr = (): void => {
      drawn++;
    };
    const progress = makeProgress(100_000, { stderr, stderrColumns: 80 });
    for (let step = 0; step < 100_000; step++) progress.step('x');
    expect(drawn).to.be.greaterThan(0).and.lessThan(10_000);
  });

  it('is on stderr alone, where that is a terminal, and gone at the end', async () => {
    const plain = await hardenMany(pods, {});
    expect(plain.stderr).to.equal('');
    const shown = await hardenMany(pods, { stderrColumns: 80 });
    expect(shown.stdout).to.equal(plain.stdout);
    expect(shown.stderr.startsWith(`${clear}[........................] 0/30 `)).to.equal(true);
    expect(shown.stderr.endsWith(clear)).to.equal(true);
    expect((await hardenMany(pods, { stderrColumns: 80 }, '--no-progress')).stderr).to.equal('');
  });

  it('is not there for a few files', async () => {
    const files = { 'a.yaml': toolPod('a'), 'b.yaml': toolPod('b') };
    expect((await hardenMany(files, { stderrColumns: 80 })).stderr).to.equal('');
  });

  it('is gone before anything else is told', async () => {
    const { code, stderr } = await hardenMany({ ...pods, 'z.yaml': 'a: [' }, { stderrColumns: 80 });
    expect(code).to.equal(2);
    const told = stderr.slice(stderr.lastIndexOf(clear) + clear.length);
    expect(told).to.match(/^\S+z\.yaml:1:5: error: /);
  });
});
