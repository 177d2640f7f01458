/**
 * `cases/<name>/`: `input.yaml` or `input.json`, `operations.json` (JSON Patch operations by
 * document index) and the output. `UPDATE_GOLDEN=1` rewrites the outputs.
 */
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { expect } from 'chai';
import { applyPatch } from '../../src/core/patch.ts';
import type { Operation } from '../../src/core/patch.ts';
import { applyEdits } from '../../src/documents/edit.ts';
import { editManifests, readManifests } from '../../src/documents/index.ts';
import type { ManifestFile } from '../../src/documents/index.ts';

const folder = new URL('cases/', import.meta.url);

/** Cases that must be written anew, because no edit in place is known for their layout. */
const rewrittenCases: ReadonlySet<string> = new Set(['rewritten']);

interface Case {
  readonly file: ManifestFile;
  readonly edits: ReadonlyMap<number, readonly Operation[]>;
  readonly output: URL;
}

function readCase(name: string): Case {
  const url = (file: string): URL => new URL(`${name}/${file}`, folder);
  const extension = existsSync(url('input.json')) ? 'json' : 'yaml';
  expect(readdirSync(url('.')).toSorted(), name).to.deep.equal(
    [`input.${extension}`, 'operations.json', `output.${extension}`].toSorted(),
  );
  const read = readManifests(readFileSync(url(`input.${extension}`), 'utf8'), name);
  if (!read.ok) throw new Error(JSON.stringify(read.problems));
  const operations = JSON.parse(readFileSync(url('operations.json'), 'utf8')) as Record<
    string,
    readonly Operation[]
  >;
  const edits = new Map(Object.entries(operations).map(([index, list]) => [Number(index), list]));
  return { file: read.value, edits, output: url(`output.${extension}`) };
}

describe('documents: cases', () => {
  for (const name of readdirSync(folder).filter((entry) => !entry.startsWith('.'))) {
    it(name, () => {
      const { file, edits, output } = readCase(name);
      if (process.env['UPDATE_GOLDEN'] && !existsSync(output)) writeFileSync(output, '');
      const edited = editManifests(file, edits);
      if (!edited.ok) throw new Error(JSON.stringify(edited.problems));
      if (process.env['UPDATE_GOLDEN']) writeFileSync(output, edited.value.text);
      expect(edited.value.text).to.equal(readFileSync(output, 'utf8'));
      const again = readManifests(edited.value.text, name);
      expect(again.ok && again.value.documents.map(({ value }) => value)).to.deep.equal(
        file.documents.map(({ value }, index) => applyPatch(value, edits.get(index) ?? [])),
      );
      for (const [index, operations] of edits) {
        const result = applyEdits(file, index, operations);
        expect(result.ok && result.value.rewritten, name).to.equal(rewrittenCases.has(name));
      }
    });
  }
});
