import { existsSync, readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { expect } from 'chai';
import { parse, parseDocument } from 'yaml';
import { hints, lints } from '../../src/core/catalogue/lints/index.ts';
import { outlineOf } from '../../src/core/catalogue/lints/read-outline.ts';
import { parseFile, parseProfiles } from '../../src/core/catalogue/parse/parse.ts';
import { imageProfileJsonSchema } from '../../src/core/catalogue/parse/schema.ts';
import { formatProblem } from '../../src/core/values/result.ts';

const folder = (name: string): URL => new URL(`${name}/`, import.meta.url);
const names = (name: string): string[] => readdirSync(folder(name)).sort();
const read = (name: string, file: string): string =>
  readFileSync(new URL(file, folder(name)), 'utf8');

/** The problems of a file, one a line. */
function problemsOf(text: string, file: string): string {
  const result = parseProfiles(text, file);
  return result.ok ? '' : result.problems.map((problem) => `${formatProblem(problem)}\n`).join('');
}

describe('accepted profiles', () => {
  for (const file of names('accept')) {
    it(file, () => {
      expect(problemsOf(read('accept', file), file)).to.equal('');
    });
  }

  it('get the defaults of what they leave out', () => {
    const result = parseProfiles(read('accept', 'default.yaml'), 'default.yaml');
    expect(result).to.deep.equal({
      ok: true,
      value: [
        {
          name: 'default',
          images: [],
          writable: [
            {
              path: '/tmp',
              why: 'scratch files',
              contents: 'empty',
              medium: 'Disk',
              readableBy: 'any',
            },
          ],
          data: [],
          ownDirectories: [],
          lowPorts: false,
          fileCapabilities: [],
          maskable: [],
          cp: 'cp',
          environment: [],
          volumes: [],
          when: [],
          evidence: [{ kind: 'source', ref: 'example/repo Dockerfile', seen: '2026-11-21' }],
        },
      ],
    });
  });

  it('keep all that they say', () => {
    const text = read('accept', 'full.yaml');
    const result = parseProfiles(text, 'full.yaml');
    const { spec } = parse(text) as { spec: Record<string, unknown> };
    expect(result.ok).to.equal(true);
    if (!result.ok) return;
    const [profile] = result.value;
    expect(profile).to.include({ name: 'full.example', cp: '/usr/local/bin/cp', lowPorts: true });
    for (const field of ['images', 'user', 'maskable', 'evidence'] as const) {
      expect(profile?.[field], field).to.deep.equal(spec[field]);
    }
    expect(profile?.writable[0]).to.deep.equal((spec['writable'] as unknown[])[0]);
    expect(profile?.writable[1]).to.have.property('contents', 'seeded');
    expect(profile?.writable[1]).not.to.have.property('sizeLimit');
    expect(profile?.when[0]).to.have.keys(
      'match',
      'writable',
      'data',
      'user',
      'lowPorts',
      'maskable',
    );
    expect(profile?.when[0]?.match).to.have.keys(
      'tags',
      'command',
      'args',
      'words',
      'env',
      'mounts',
    );
  });

  it('come in the order of their documents, and empty documents are passed over', () => {
    const result = parseProfiles(read('accept', 'many-documents.yaml'), 'many');
    expect(result.ok && result.value.map(({ name }) => name)).to.deep.equal(['one', 'two']);
    expect(parseProfiles('# nothing\n', 'empty')).to.deep.equal({ ok: true, value: [] });
  });
});

describe('refused profiles', () => {
  for (const file of names('reject').filter((name) => name.endsWith('.yaml'))) {
    it(file, () => {
      const problems = problemsOf(read('reject', file), file);
      const expected = new URL(file.replace(/\.yaml$/, '.txt'), folder('reject'));
      if (process.env['UPDATE_GOLDEN'] === '1') writeFileSync(expected, problems);
      expect(problems).not.to.equal('');
      expect(problems).to.equal(existsSync(expected) ? readFileSync(expected, 'utf8') : '');
    });
  }

  it('each have their expected problems, and no expectation is left over', () => {
    const stems = (ending: string): string[] =>
      names('reject')
        .filter((name) => name.endsWith(ending))
        .map((name) => name.slice(0, -ending.length));
    expect(stems('.txt')).to.deep.equal(stems('.yaml'));
  });

  // Not a file, since no formatter can read it.
  it('are told where YAML itself breaks off, in every document', () => {
    const head = 'apiVersion: lithopod.dev/v1alpha1\nkind: ImageProfile\n';
    const documents = [
      `${head}metadata: { name: one, name: two }\n`,
      'apiVersion: !custom lithopod.dev/v1alpha1\n',
      `${head}metadata: { name: x }\nspec: *nowhere\n`,
      `${head}metadata: { name: fine-but-wrong-spec }\nspec: [1]\n`,
      'why: this: that\n',
      'kind: "open\n',
    ];
    expect(problemsOf(documents.join('---\n'), 'x').split('\n')).to.deep.equal([
      'x:3:24: The key name is twice in one map.',
      'x:5:13: Unresolved tag: !custom.',
      'x:10:7: There is no anchor &nowhere before this alias.',
      'x:15:7: spec: must be a map, not a list.',
      'x:17:6: Nested mappings are not allowed in compact mappings.',
      'x:20:1: Missing closing "quote.',
      '',
    ]);
  });

  it('are told once of a document that is nested too deeply, and of all that is wrong beside it', () => {
    const lists = '['.repeat(10_000);
    for (const deep of [lists, `${lists}${']'.repeat(10_000)}`, `spec: ${lists}`]) {
      expect(problemsOf(`a: 1\na: 2\n---\n${deep}\n`, 'deep.yaml')).to.match(
        /^deep\.yaml:2:1: The key a is twice in one map\.\ndeep\.yaml:4:\d+: The document is nested too deeply\.\n$/,
      );
    }
    const steps = Array.from({ length: 5_000 }, (_, depth) => `${' '.repeat(depth)}a:`).join('\n');
    expect(problemsOf(steps, 'deep.yaml')).to.equal(
      'deep.yaml:201:201: The document is nested too deeply.\n',
    );
  });

  it('may be nested as deeply as any profile is', () => {
    const annotation = `${'['.repeat(150)}${']'.repeat(150)}`;
    expect(problemsOf(`metadata: ${annotation}`, 'x')).not.to.include('too deeply');
  });
});

describe('each lint', () => {
  for (const lint of lints) {
    it(`${lint.id} refuses something in the file of its name, at places that exist`, () => {
      const documents = read('reject', `${lint.id}.yaml`).split('\n---\n');
      const found = documents.flatMap((text) =>
        lint
          .check(outlineOf(parse(text)))
          .map(({ at }) => ({ at, document: parse(text) as unknown })),
      );
      expect(found).not.to.have.length(0);
      for (const { at, document } of found) {
        if (lint.id === 'image-patterns' && at.length === 2) continue;
        const value = at.reduce<unknown>((node, step) => (node as never)[step], document);
        expect(value, at.join('.')).to.be.a('string');
      }
    });

    it(`${lint.id} is silent on every accepted profile and on a document of no shape`, () => {
      for (const file of names('accept')) {
        for (const text of read('accept', file).split(/^---$/m)) {
          const document: unknown = parse(text);
          if (document !== null) expect(lint.check(outlineOf(document)), file).to.deep.equal([]);
        }
      }
      const shapeless = {
        metadata: 5,
        spec: { images: ['docker.io/a/b'], writable: [null, { path: 1 }], when: {} },
      };
      expect(lint.check(outlineOf(shapeless))).to.deep.equal([]);
    });
  }

  it('has a file of its own name', () => {
    const files = readdirSync(new URL('../../src/core/catalogue/lints/', import.meta.url));
    const others = ['index.ts', 'lint.ts', 'read-outline.ts'];
    expect([...lints, ...hints].map(({ id }) => `${id}.ts`).sort()).to.deep.equal(
      files.filter((name) => !others.includes(name)).sort(),
    );
  });
});

describe('mandatory fields', () => {
  type Schema = { readonly required?: readonly string[] } & Readonly<Record<string, unknown>>;

  /** Each mandatory field of the document, as a path. */
  function* mandatory(
    schema: Schema,
    value: unknown,
    at: readonly (string | number)[],
  ): Generator<readonly (string | number)[]> {
    const {
      properties,
      items,
      required = [],
    } = schema as Schema & {
      readonly properties?: Readonly<Record<string, Schema>>;
      readonly items?: Schema;
    };
    for (const name of required) yield [...at, name];
    for (const [name, child] of Object.entries(properties ?? {})) {
      const below = (value as Readonly<Record<string, unknown>>)[name];
      if (below != null) yield* mandatory(child, below, [...at, name]);
    }
    if (items === undefined) return;
    for (const [index, item] of (value as readonly unknown[]).entries())
      yield* mandatory(items, item, [...at, index]);
  }

  it('are each told to be missing, in the same words', () => {
    const text = read('accept', 'full.yaml');
    const paths = [...mandatory(imageProfileJsonSchema(), parse(text), [])];
    expect(paths.map((path) => path.join('.'))).to.include.members([
      'kind',
      'spec.user.gid',
      'spec.when.0.user.uid',
    ]);
    for (const path of paths) {
      const document = parseDocument(text);
      document.deleteIn(path);
      const field = path
        .map((step, index) =>
          typeof step === 'number' ? `[${step}]` : `${index === 0 ? '' : '.'}${step}`,
        )
        .join('');
      expect(problemsOf(document.toString(), 'x'), field)
        .to.match(/^x:\d+:\d+: /)
        .and.include(`: ${field}: is missing.\n`);
    }
  });
});

describe('hints', () => {
  const hintsOf = (...entries: readonly string[]): readonly string[] => {
    const lines = entries.map((entry) => `    - { why: test, path: ${entry} }\n`);
    const text = read('accept', 'minimal.yaml').replace(
      'spec:\n',
      `spec:\n  writable:\n${lines.join('')}`,
    );
    const parsed = parseFile(text, 'x');
    if (!parsed.ok) throw new Error(parsed.problems.map(formatProblem).join('\n'));
    return parsed.value.hints.map(formatProblem);
  };

  it('are told of directories that hold programs, and of what may be a file', () => {
    const told = hintsOf('/app', '/home', '/var/lib/store.db');
    expect(told.map((hint) => hint.replace(/(path: \S+).*/, '$1'))).to.deep.equal([
      'x:6:26: spec.writable[0].path: many',
      'x:7:26: spec.writable[1].path: many',
      'x:8:26: spec.writable[2].path: /var/lib/store.db',
    ]);
  });

  it('are not told of directories below, of names with dots, or of what is copied', () => {
    const paths = [
      '/app/cache',
      '/home/app/.cache',
      '/etc/x/conf.d',
      '/opt/1.0',
      '/x/site-packages',
    ];
    expect(hintsOf(...paths)).to.deep.equal([]);
    expect(hintsOf('/app, contents: seeded', '/x/store.db, contents: seeded')).to.deep.equal([]);
  });
});
