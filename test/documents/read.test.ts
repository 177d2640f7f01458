import { expect } from 'chai';
import { formatProblem } from '../../src/core/values/result.ts';
import { lineOf, readManifests, renderJson, renderYaml } from '../../src/documents/index.ts';
import type { ManifestFile } from '../../src/documents/index.ts';

function read(text: string): ManifestFile {
  const result = readManifests(text, 'f.yaml');
  if (!result.ok) throw new Error(result.problems.map(formatProblem).join('\n'));
  return result.value;
}

function valuesOf(text: string): readonly unknown[] {
  return read(text).documents.map(({ value }) => value);
}

function problemsOf(text: string): readonly string[] {
  const result = readManifests(text, 'f.yaml');
  return result.ok ? [] : result.problems.map(formatProblem);
}

describe('readManifests', () => {
  it('reads scalars as kubectl does', () => {
    const text = `
      booleans: [y, Yes, on, TRUE, n, No, off, false]
      strings: [yeS, 22:22, 1:30:00, 2001-01-01, e2, ., 1.2.3, 0x, "0644", 'no', <, =, .e3]
      integers: [0644, 0o17, 0x1F, 0b11, 1_000, -7, +7, 0, 08]
      floats: [1.5, .5, 1e3, -1.5E-3, 1., .inf, -.INF]
      nulls: [~, null, Null, NULL, ]
      modes: {mode: 0755, empty:}
    `;
    expect(valuesOf(text)).to.deep.equal([
      {
        booleans: [true, true, true, true, false, false, false, false],
        strings: [
          ...['yeS', '22:22', '1:30:00', '2001-01-01', 'e2', '.', '1.2.3', '0x', '0644'],
          ...['no', '<', '=', '.e3'],
        ],
        integers: [420, 15, 31, 3, 1000, -7, 7, 0, 8],
        floats: [1.5, 0.5, 1000, -0.0015, 1, Infinity, -Infinity],
        nulls: [null, null, null, null],
        modes: { mode: 493, empty: null },
      },
    ]);
  });

  it('merges, and takes keys by their JSON spelling', () => {
    expect(valuesOf('a: &a {k: 1, l: 2}\nb: {<<: *a, l: 3}\nyes: 1\n7: x\n~: z\n')).to.deep.equal([
      { a: { k: 1, l: 2 }, b: { k: 1, l: 3 }, true: 1, 7: 'x', '': 'z' },
    ]);
  });

  it('keeps every document and every character between them', () => {
    for (const [text, count] of [
      ['', 0],
      ['# only a comment\n', 0],
      ['---\n', 1],
      ['a: 1', 1],
      ['\uFEFFa: 1\r\n---\r\nb: 2\r\n', 2],
      ['---\n---\n# empty\n---\na: 1\n...\n# between\n---\nb: 2\n...\n', 4],
      ['%YAML 1.1\n---\na: 1\n--- # b\nb: 2', 2],
      ['--- {a: 1}\n--- [b]\n', 2],
    ] as const) {
      const file = read(text);
      expect(file.documents, JSON.stringify(text)).to.have.length(count);
      if (count === 0) continue;
      expect(file.documents.map(({ start, end }) => text.slice(start, end)).join('')).to.equal(
        text,
      );
    }
    expect(valuesOf('---\n---\n# c\n---\na: 1\n')).to.deep.equal([null, null, { a: 1 }]);
  });

  it('tells JSON from YAML', () => {
    expect(read('{"a": 1}\n').format).to.equal('json');
    expect(read('\uFEFF\n {"a": "\\ud83d\\ude00\\/"}').format).to.equal('json');
    expect(valuesOf('{"a": "\\ud83d\\ude00\\/"}')).to.deep.equal([{ a: '😀/' }]);
    expect(read('{a: 1}').format).to.equal('yaml');
    expect(read('a: {"b": 1}').format).to.equal('yaml');
  });

  it('tells the first line of a document that is no YAML, and none of what follows from it', () => {
    expect(
      problemsOf('a: 1\na: 2\nb:\n\tc: 1\n\td: 2\n---\ne:\n  - f\n g: 1\nh: i: j\n'),
    ).to.deep.equal([
      'f.yaml:2:1: The key a is twice in one map.',
      'f.yaml:4:1: Tabs are not allowed as indentation.',
      'f.yaml:9:1: All mapping items must start at the same column.',
    ]);
  });

  it('tells all that is wrong, with line and column', () => {
    expect(problemsOf('a: 1\nb: ]\n---\nc: 1\nc: 2\n---\nd: [1\ne: 2\n')).to.deep.equal([
      'f.yaml:2:4: Unexpected flow-seq-end token in YAML stream: "]".',
      'f.yaml:5:1: The key c is twice in one map.',
      'f.yaml:8:1: Flow sequence in block collection must be sufficiently indented and end with a ].',
    ]);
    expect(problemsOf('a: *x\nb: &x 1\nc: *x\nd: {[1]: 2}\n')).to.deep.equal([
      'f.yaml:1:4: There is no anchor &x before this alias.',
      'f.yaml:4:5: A key must be a scalar, not a map or a list.',
    ]);
    expect(problemsOf('\uFEFF{"a": 1, "a": 2}')).to.deep.equal([
      'f.yaml:1:10: The key "a" is twice in one map.',
    ]);
    expect(problemsOf('a: {<<: 1}')).to.have.length(1);
    expect(problemsOf('a: &x\n  b: *x\nc: &y [{<<: *y}]\n')).to.deep.equal([
      'f.yaml:2:6: This alias is inside what its anchor &x names.',
      'f.yaml:3:13: This alias is inside what its anchor &y names.',
    ]);
    expect(
      problemsOf('a: 1\n? a\n: 2\nb: {c: 1, "c": &x 2, <<: {}, <<: {}}\nd: !t {0x1: 1, 1: 2}\n'),
    ).to.deep.equal([
      'f.yaml:2:3: The key a is twice in one map.',
      'f.yaml:4:11: The key "c" is twice in one map.',
      'f.yaml:5:16: The key 1 is twice in one map.',
    ]);
  });

  it('takes aliases that are used often, and aliases inside of what others name', () => {
    const uses = Array.from(
      { length: 60 },
      (_, i) => `  s${i}: {<<: *all, need: {<<: *need, x${i}: 1}}`,
    );
    const text = `need: &need {a: {b: c}, d: {b: c}}\nall: &all {need: {<<: *need, e: 1}, log: [x]}\nuse:\n${uses.join('\n')}\n`;
    expect(problemsOf(text)).to.deep.equal([]);
  });

  it('finds a key that is twice without comparing it with each other', () => {
    const many = Array.from({ length: 100_000 }, (_, i) => `k${i}: 1`);
    expect(problemsOf([...many, 'k5: 2'].join('\n'))).to.deep.equal([
      'f.yaml:100001:1: The key k5 is twice in one map.',
    ]);
  });

  it('hints at Helm where a template was given', () => {
    const [first, ...others] = problemsOf('a: {{ .Values.a }}\nb: {{ .Values.b }}\n');
    expect(first).to.match(/^f\.yaml:1:5: .*Helm template.*helm template/);
    expect(others.join()).not.to.contain('Helm');
    expect(problemsOf('{{- if .Values.x }}\na: 1\n{{- end }}\n')[0]).to.contain('Helm');
    expect(problemsOf('a: [')[0]).not.to.contain('Helm');
    expect(problemsOf('a: "{{ template in a string }}"')).to.deep.equal([]);
  });

  it('refuses alias bombs and bottomless nesting', () => {
    const rows = ['a0: &a0 [x, x]'];
    for (let row = 1; row < 12; row++) {
      rows.push(
        `a${row}: &a${row} [${Array(9)
          .fill(`*a${row - 1}`)
          .join(', ')}]`,
      );
    }
    expect(problemsOf(rows.join('\n'))).to.deep.equal([
      'f.yaml:6:25: Up to here, aliases repeat more than 100000 nodes.',
    ]);
    const anchors = Array.from({ length: 2501 }, (_, i) => `a${i}: &a${i} 1\nb${i}: *a${i}`);
    expect(problemsOf(anchors.slice(0, 2500).join('\n'))).to.deep.equal([]);
    expect(problemsOf(anchors.join('\n'))).to.deep.equal([
      'f.yaml:5001:15: There are more than 5000 anchors and aliases.',
    ]);
    const deep = ['f.yaml: The document is nested too deeply.'];
    expect(problemsOf('['.repeat(20_000))).to.deep.equal(deep);
    expect(problemsOf('- '.repeat(2000))).to.deep.equal(deep);
    expect(problemsOf('{"a":'.repeat(2000))).to.deep.equal(deep);
    expect(problemsOf('? '.repeat(2000))).to.deep.equal(deep);
    expect(problemsOf(`${'['.repeat(150)}${']'.repeat(150)}`)).to.deep.equal([]);
  });
});

describe('lineOf', () => {
  const file = read(
    `# head
kind: List
items:
  - kind: Pod
    spec: &spec
      containers:
        -
          name: a
        - {name: b, "a/b": 1}
  - spec: *spec
---
{}
`,
  );

  for (const [pointer, line, column] of [
    ['', 2, 1],
    ['/items', 3, 1],
    ['/items/0', 4, 5],
    ['/items/0/spec/containers/0', 8, 11],
    ['/items/0/spec/containers/1/name', 9, 12],
    ['/items/0/spec/containers/1/a~1b', 9, 21],
    ['/items/0/spec/containers/1/securityContext/privileged', 9, 11],
    ['/items/0/spec/volumes/-', 5, 5],
    ['/items/1/spec/containers/0', 10, 5],
    ['/items/7', 3, 1],
  ] as const) {
    it(`finds ${pointer === '' ? 'the document' : pointer}`, () => {
      expect(lineOf(file, 0, pointer)).to.deep.equal({ line, column });
    });
  }

  it('counts through all documents, and is at home in empty and missing ones', () => {
    expect(lineOf(file, 1, '/spec')).to.deep.equal({ line: 12, column: 1 });
    expect(lineOf(file, 9, '/spec')).to.deep.equal({ line: 1, column: 1 });
    expect(lineOf(read('a: 1\n---\n# nothing\n'), 1, '/spec').line).to.be.within(2, 3);
  });
});

describe('renderJson and renderYaml', () => {
  const pod = { kind: 'Pod', spec: { containers: [{ name: 'yes', args: ['0644', 'a\nb\n'] }] } };

  it('print as kubectl does', () => {
    expect(renderJson([{ kind: 'Pod', list: [1] }])).to.equal(
      '{\n    "kind": "Pod",\n    "list": [\n        1\n    ]\n}\n',
    );
    expect(JSON.parse(renderJson([pod, null]))).to.deep.equal({
      apiVersion: 'v1',
      kind: 'List',
      items: [pod, null],
    });
    expect(renderYaml([pod, { kind: 'B' }])).to.equal(`kind: Pod
spec:
  containers:
  - name: "yes"
    args:
    - "0644"
    - |
      a
      b
---
kind: B
`);
  });

  it('print what reads the same', () => {
    const shared = { n: 'off' };
    const objects = [
      pod,
      { a: shared, b: shared },
      { lead: [' x\ny', ''], long: 'word '.repeat(60) },
    ];
    expect(valuesOf(renderYaml(objects))).to.deep.equal(objects);
    expect(valuesOf(renderJson(objects))[0]).to.have.deep.property('items', objects);
  });
});
