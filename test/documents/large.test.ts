/** Files that are read part by part: large lists, many documents, JSON texts after one another. */
import { expect } from 'chai';
import { applyPatch } from '../../src/core/patch.ts';
import type { Operation } from '../../src/core/patch.ts';
import { reading } from '../../src/documents/dialect.ts';
import { editManifests, lineOf, readManifests } from '../../src/documents/index.ts';
import { jsonTexts, listParts } from '../../src/documents/segments.ts';
import { Trees } from '../../src/documents/trees.ts';
import type { ManifestFile } from '../../src/documents/index.ts';

function read(text: string): ManifestFile {
  const file = readManifests(text, 'large.yaml');
  if (!file.ok) throw new Error(JSON.stringify(file.problems.slice(0, 3)));
  return file.value;
}

const pod = (index: number, margin: string): string =>
  [
    `apiVersion: v1`,
    `kind: Pod`,
    `# ${'a long comment '.repeat(60)}`,
    `metadata: { name: p${index} }`,
    `spec:`,
    `  containers:`,
    `    - name: a`,
    `      image: 'nginx'`,
    `      args:`,
    `        - |`,
    `          - no item`,
    `          text`,
  ]
    .map((line) => `${margin}${line}\n`)
    .join('');

function yamlList(count: number, indent = ''): string {
  const items = Array.from(
    { length: count },
    (_, index) => `${indent}- ${pod(index, `${indent}  `).trimStart()}${indent}# before the next\n`,
  );
  return `# a list\napiVersion: v1\nitems:\n${items.join('')}kind: List\nmetadata:\n  resourceVersion: ""\n`;
}

function jsonList(count: number): string {
  const items = Array.from({ length: count }, (_, index) => ({
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name: `p${index}`, labels: { text: 'a " ] } [ {' }, long: 'x'.repeat(800) },
    spec: { containers: [{ name: 'a', image: 'nginx' }] },
  }));
  const list = { apiVersion: 'v1', items, kind: 'List', metadata: { resourceVersion: '' } };
  return `${JSON.stringify(list, null, 4)}\n`;
}

/** More than is kept in memory. */
const many = 1_500;

function addedAt(pointers: readonly string[]): readonly Operation[] {
  return pointers.flatMap((pointer) => [
    { op: 'add', path: `${pointer}/spec/containers/0/workingDir`, value: '/x' },
    { op: 'add', path: `${pointer}/spec/volumes`, value: [{ name: 'v', emptyDir: {} }] },
  ]);
}

describe('documents: large files', function () {
  this.timeout(120_000);

  for (const [what, text] of [
    ['YAML', yamlList(many)],
    ['YAML with indented items', yamlList(many, '  ')],
    ['YAML with CRLF', yamlList(many).replaceAll('\n', '\r\n')],
    ['JSON', jsonList(many)],
  ] as const) {
    it(`reads a list item by item and edits it in place: ${what}`, () => {
      const before = reading.characters;
      const file = read(text);
      const [document] = file.documents;
      expect(document!.items).to.have.length(many);
      const last = `/items/${many - 1}`;
      const places = text.slice(0, text.indexOf(`p${many - 1}`)).split('\n').length;
      expect(lineOf(file, 0, `${last}/metadata/name`).line).to.equal(places);
      const operations = addedAt(['/items/0', '/items/17', last]);
      const edited = editManifests(file, new Map([[0, operations]]));
      if (!edited.ok) throw new Error(JSON.stringify(edited.problems));
      expect(edited.value.rewritten).to.deep.equal([]);
      expect(edited.value.text.match(/workingDir/g)).to.have.length(3);
      expect(edited.value.text.length - text.length).to.be.lessThan(1_500);
      const after = read(edited.value.text).documents[0]!.value;
      expect(after).to.deep.equal(applyPatch(document!.value, operations));
      // Once, and the three items again, before and after the edit; and once for this test.
      expect(reading.characters - before).to.be.lessThan(2.1 * text.length);
    });
  }

  it('says the same of a list whether it is read item by item or as a whole', () => {
    for (const text of [yamlList(3), yamlList(3, '    '), jsonList(3)]) {
      const parts = listParts(text, 0)!;
      const whole = read(text).documents[0]!.value as { readonly items: readonly unknown[] };
      const items = parts.items.map(({ start, end }) => {
        const margin = /^ */.exec(text.slice(start, end))![0];
        const own = text.slice(start, end).replaceAll(new RegExp(`^${margin}`, 'gm'), '');
        const { value } = read(own).documents[0]!;
        return Array.isArray(value) ? (value[0] as unknown) : value;
      });
      expect(items).to.deep.equal(whole.items);
    }
  });

  it('reads as a whole what is more than a list of plain items', () => {
    for (const text of [
      yamlList(many).replace("image: 'nginx'", 'image: &image nginx'),
      `${yamlList(many)}---\nkind: Service\n`,
      yamlList(many).replace('kind: List\n', 'kind: List\nitems: []\n'),
    ]) {
      const result = readManifests(text, 'x');
      if (result.ok) expect(result.value.documents[0]!.items).to.equal(undefined);
      else expect(result.problems[0]!.message).to.match(/is twice/);
    }
  });

  for (const [what, anchor] of [
    ['', ''],
    [', one of them with an anchor', '  anchored: &x { a: 1 }\n  alias: *x\n'],
  ] as const) {
    it(`reads each of many documents a fixed number of times${what}`, () => {
      const documents = Array.from({ length: many }, (_, index) => pod(index, ''));
      documents[5] = `${documents[5]!}${anchor}`;
      const text = documents.join('---\n');
      const edits = new Map(documents.map((_, index) => [index, addedAt([''])] as const));
      const before = reading.characters;
      const edited = editManifests(read(text), edits);
      expect(edited.ok && edited.value.rewritten).to.deep.equal([]);
      const added = edited.ok ? edited.value.text.length - text.length : 0;
      const reads = (reading.characters - before) / (text.length + added);
      expect(reads).to.be.lessThan(anchor === '' ? 3 : 7);
    });
  }

  it('keeps trees up to a limit, and reads the others again', () => {
    const text = 'a: 1\n---\nb: 2\n---\nc: 3\n';
    const parts = read(text).documents;
    const trees = new Trees(text, 10);
    const before = reading.characters;
    for (const part of [...parts, ...parts]) {
      expect(trees.of(part).syntax.range[0]).to.be.at.least(part.start);
    }
    // The first is kept.
    const rest = parts.slice(1).reduce((sum, { start, end }) => sum + end - start, 0);
    expect(reading.characters - before).to.equal(parts[0]!.end + 2 * rest);
  });

  it('finds JSON texts after one another, without a gap', () => {
    for (const [text, count] of [
      ['{}{}', 2],
      ['{"a": "}{"}\n{"b": [{}]}\n', 2],
      ['\uFEFF{}\r\n\r\n{}\r\n{}', 3],
      ['{}', undefined],
      ['{} x', undefined],
      ['{}{', undefined],
      ['[]\n[]', undefined],
      ['a: {}', undefined],
      ['', undefined],
    ] as const) {
      const parts = jsonTexts(text);
      expect(parts?.length, text).to.equal(count);
      if (parts === undefined) continue;
      expect(parts.map(({ start, end }) => text.slice(start, end)).join('')).to.equal(text);
      expect(read(text).documents).to.have.length(parts.length);
    }
  });
});
