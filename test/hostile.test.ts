/**
 * Whatever is sent is answered, in proportion to its size: reviews that the schema gives, and
 * bodies that are changed at random. Fixed numbers of them; `npm run bench -- --hostile` and
 * `npm run fuzz` go on for longer.
 */
import { mkdtempSync, readFileSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { loadCatalogue } from '../src/profile-files/catalogue-files.ts';
import { answer, faultOf } from './fuzz/checks.ts';
import { mutateBytes, mutateValue } from './fuzz/mutate.ts';
import { shrink } from './fuzz/shrink.ts';
import { runCommand } from './e2e/control-plane/owned-process.ts';
import { hostileShapes } from './hostile/all-shapes.ts';
import { fillablePositions, pathOf } from './hostile/review-schema.ts';
import { askings, inForm, positions, sequence } from './hostile/shapes.ts';
import { bodyOf, podWith } from './admission/reviews.ts';
import type { CommandResult } from './e2e/control-plane/owned-process.ts';
import type { Catalogue } from '../src/core/catalogue/match/catalogue.ts';

const grown = 120;
const fuzzed = 400;
const timeoutMs = 600_000;

function run(script: string, ...args: readonly string[]): Promise<CommandResult> {
  const file = join(import.meta.dirname, script);
  return runCommand(process.execPath, ['--import=tsx', file, ...args], { timeoutMs });
}

describe('hostile reviews', function () {
  this.timeout(timeoutMs);
  let catalogue: Catalogue;

  before('load the catalogue', async () => {
    const loaded = await loadCatalogue();
    if (!loaded.ok) throw new Error(loaded.problems[0]?.message);
    catalogue = loaded.value;
  });

  it('fill every text, list and map of the schema', () => {
    const { read, unread } = positions(catalogue);
    expect(read.length + unread.length).to.equal(fillablePositions().length - 2);
    const paths = read.map(({ keys }) => pathOf(keys));
    expect(paths).to.include.members([
      'request.uid',
      'metadata.annotations',
      'spec.containers',
      'spec.containers[].image',
      'spec.containers[].volumeMounts[].mountPath',
      'spec.initContainers[].startupProbe.exec.command[]',
      'spec.ephemeralContainers[].name',
      'spec.volumes[].name',
      'spec.nodeSelector',
    ]);
  });

  it('are the same in every run, and about as large as is asked for', () => {
    const [first, second] = [0, 1].map(() =>
      hostileShapes(catalogue, 300).shapes.map(({ name, make }) => ({
        name,
        bytes: JSON.stringify(make(20_000)).length,
      })),
    );
    expect(first).to.deep.equal(second);
    const large = first!.filter(({ bytes }) => bytes > 10_000 && bytes < 100_000);
    expect(large.length).to.be.greaterThan(0.8 * first!.length);
  });

  it('are answered each', () => {
    for (const [index, shape] of hostileShapes(catalogue, 300).shapes.entries()) {
      const { form, route } = askings[index % askings.length]!;
      const body = Buffer.from(JSON.stringify(inForm(shape.make(3_000), form)));
      expect(faultOf(body, route, catalogue), shape.name).to.equal(undefined);
    }
  });

  it('cost in proportion to their size', async () => {
    const { code, stdout, stderr } = await run('hostile/growth.ts', `${grown}`);
    expect(code, stderr).to.equal(0);
    expect(JSON.parse(stdout)).to.deep.equal({ tried: grown, tooFast: [] });
  });
});

describe('fuzzed bodies', function () {
  this.timeout(timeoutMs);
  let folder: string;

  before('make a folder for what is found', () => {
    folder = mkdtempSync(join(tmpdir(), 'lithopod-fuzz-'));
  });

  after('remove it', () => {
    rmSync(folder, { recursive: true, force: true });
  });

  it('are answered, each as it should be', async () => {
    const { code, stdout, stderr } = await run(
      'fuzz/fuzz.ts',
      ...['--runs', `${fuzzed}`, '--out', folder],
    );
    const found = readdirSync(folder).map((name) => readFileSync(join(folder, name), 'utf8'));
    expect(code, `${stderr}\n${found.map((body) => body.slice(0, 2_000)).join('\n')}`).to.equal(0);
    const [, tried, kept] = /^fuzz: (\d+) bodies, (\d+) kept/.exec(stdout) ?? [];
    expect(Number(tried)).to.equal(fuzzed);
    // Were nothing new ever seen, it would be no better than chance.
    expect(Number(kept)).to.be.greaterThan(50);
  });

  it('are changed in the same way by the same numbers', () => {
    const body = bodyOf(podWith());
    const changed = (): readonly string[] => {
      const random = sequence(7);
      return Array.from({ length: 200 }, () =>
        random() < 0.5
          ? JSON.stringify(mutateValue(JSON.parse(body), JSON.parse(body), random))
          : mutateBytes(Buffer.from(body), Buffer.from(body), random).toString(),
      );
    };
    expect(changed()).to.deep.equal(changed());
    expect(new Set(changed()).size).to.be.greaterThan(100);
  });

  it('are made small where they show a fault', () => {
    const large = Buffer.from(JSON.stringify({ a: [1, { b: 2, c: 'x' }], d: { e: [] } }));
    const small = shrink(large, (body) => body.includes('"b":2'));
    expect(small.toString()).to.equal('{"a":[{"b":2}]}');
  });
});

describe('the checks of bodies', () => {
  it('tell a review that is answered from one that is not read', async () => {
    const loaded = await loadCatalogue();
    if (!loaded.ok) throw new Error(loaded.problems[0]?.message);
    const route = { mode: 'enforce', level: 'immutable', mistyped: false } as const;
    const read = Buffer.from(bodyOf(podWith()));
    expect(answer(read, route, loaded.value)).to.have.nested.property('response.patch');
    expect(answer(read.subarray(1), route, loaded.value)).to.equal(undefined);
    expect(faultOf(read, route, loaded.value)).to.equal(undefined);
  });

  it('tell of what throws', () => {
    const route = { mode: 'enforce', level: 'immutable', mistyped: false } as const;
    const broken = { match: 'no function' } as unknown as Catalogue;
    expect(faultOf(Buffer.from(bodyOf(podWith())), route, broken)).to.match(/^threw TypeError/);
  });
});
