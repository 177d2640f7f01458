import { expect } from 'chai';
import fc from 'fast-check';
import { applyPatch } from '../../src/core/patch.ts';
import type { Operation } from '../../src/core/patch.ts';
import { applyEdits } from '../../src/documents/edit.ts';
import { readManifests } from '../../src/documents/index.ts';
import type { ManifestFile } from '../../src/documents/index.ts';
import { randomOperation } from './random-operation.ts';
import { randomFrom, randomText, randomValue } from './random-text.ts';
import { missingLine, untouchedLines } from './untouched.ts';

const seeds = fc.integer({ min: 0, max: 0xffffffff });

function read(text: string): ManifestFile {
  const result = readManifests(text, 'random.yaml');
  if (!result.ok) throw new Error(`${JSON.stringify(result.problems)} in\n${text}`);
  return result.value;
}

describe('documents: laws on random texts', function () {
  // Thousands of parses; a busy machine needs its time.
  this.timeout(120_000);

  it('what is read is what was written, and nothing edited is nothing changed', () => {
    fc.assert(
      fc.property(seeds, (seed) => {
        const random = randomFrom(seed);
        const value = randomValue(random, 4);
        const file = read(randomText(random, value));
        expect(
          file.documents.map((document) => document.value),
          file.text,
        ).to.deep.equal([value]);
        expect(applyEdits(file, 0, [])).to.deep.equal({
          ok: true,
          value: { text: file.text, rewritten: false },
        });
      }),
      { numRuns: 300 },
    );
  });

  it('an edit gives the expected value in place and keeps every line that it does not touch', () => {
    fc.assert(
      fc.property(seeds, (seed) => {
        const random = randomFrom(seed);
        let file = read(randomText(random, randomValue(random, 4)));
        for (let count = 0; count < 4; count++) {
          const { value } = file.documents[0]!;
          const operation = randomOperation(random, value);
          const told = `${file.text}\n${JSON.stringify(operation)}`;
          const edited = applyEdits(file, 0, [operation]);
          if (!edited.ok) throw new Error(`${edited.problems[0]!.message} ${told}`);
          expect(edited.value.rewritten, told).to.equal(false);
          const missing = missingLine(untouchedLines(file, 0, [operation]), edited.value.text);
          expect(missing, `${told}\n${edited.value.text}`).to.equal(undefined);
          file = read(edited.value.text);
          expect(file.documents[0]!.value, told).to.deep.equal(applyPatch(value, [operation]));
        }
      }),
      { numRuns: 300 },
    );
  });

  it('an edit among anchors, aliases and merges changes its own place and no other', () => {
    let aliases = 0;
    let merges = 0;
    fc.assert(
      fc.property(seeds, (seed) => {
        const random = randomFrom(seed);
        const file = read(randomText(random, randomValue(random, 4), true));
        if (file.text.includes('*anchor')) aliases++;
        if (file.text.includes('<<:')) merges++;
        const operations: Operation[] = [];
        let value = file.documents[0]!.value;
        for (let count = 1 + random(3); count > 0; count--) {
          operations.push(randomOperation(random, value));
          value = applyPatch(value, structuredClone(operations.slice(-1)));
        }
        const told = `${file.text}\n${JSON.stringify(operations)}`;
        const edited = applyEdits(file, 0, operations);
        if (!edited.ok) throw new Error(`${edited.problems[0]!.message} ${told}`);
        expect(edited.value.rewritten, told).to.equal(false);
        expect(read(edited.value.text).documents[0]!.value, told).to.deep.equal(value);
      }),
      { numRuns: 300 },
    );
    expect(aliases).to.be.greaterThan(60);
    expect(merges).to.be.greaterThan(10);
  });

  it('edited JSON is JSON, in the layout that it had', () => {
    fc.assert(
      fc.property(seeds, (seed) => {
        const random = randomFrom(seed);
        const value = randomValue(random, 4);
        const indent = [undefined, 2, 4, '\t'][random(4)];
        const file = read(JSON.stringify(value, null, indent));
        const operation = randomOperation(random, value);
        const told = `${file.text}\n${JSON.stringify(operation)}`;
        const edited = applyEdits(file, 0, [operation]);
        if (!edited.ok) throw new Error(`${edited.problems[0]!.message} ${told}`);
        expect(edited.value.rewritten, told).to.equal(false);
        const expected = applyPatch(value, structuredClone([operation]));
        expect(edited.value.text, told).to.equal(JSON.stringify(expected, null, indent));
      }),
      { numRuns: 300 },
    );
  });

  it('many edits at once give what they give one after the other', () => {
    fc.assert(
      fc.property(seeds, (seed) => {
        const random = randomFrom(seed);
        const file = read(randomText(random, randomValue(random, 4)));
        const operations: Operation[] = [];
        let value = file.documents[0]!.value;
        for (let count = random(8); count > 0; count--) {
          operations.push(randomOperation(random, value));
          value = applyPatch(value, structuredClone(operations.slice(-1)));
        }
        const told = `${file.text}\n${JSON.stringify(operations)}`;
        const edited = applyEdits(file, 0, operations);
        if (!edited.ok) throw new Error(`${edited.problems[0]!.message} ${told}`);
        expect(edited.value.rewritten, told).to.equal(false);
        expect(read(edited.value.text).documents[0]!.value, told).to.deep.equal(value);
      }),
      { numRuns: 300 },
    );
  });

  it('what does not fit is a fault of the caller, and is told as such', () => {
    const file = read('# nothing\n---\na: 1\n--- # empty\n');
    expect(applyEdits(file, 7, [])).to.have.property('ok', false);
    expect(applyEdits(file, 1, [{ op: 'add', path: '', value: 1 }])).to.have.property('ok', false);
    expect(() => applyEdits(file, 0, [{ op: 'remove', path: '/b/c' }])).to.throw();
    const prototype = read('a: {}');
    expect(() =>
      applyEdits(prototype, 0, [{ op: 'add', path: '/__proto__/x', value: 1 }]),
    ).to.throw();
  });
});
