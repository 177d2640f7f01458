// The CustomResourceDefinition: what it takes, and what it refuses of what the lints refuse.

import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import { parse, parseAllDocuments } from 'yaml';

import { parseProfiles } from '../../src/core/catalogue/parse/parse.ts';
import { startControlPlane, type ControlPlane } from './control-plane/control-plane.ts';
import { openApi, type Answer, type Api } from './scenarios/api.ts';

const root = join(import.meta.dirname, '../..');
const crd = join(root, 'manifests/05-crd-imageprofile.yaml');
const builtin = join(root, 'profiles');
const accepted = join(root, 'test/catalogue/accept');
const refused = join(root, 'test/catalogue/reject');
const path = '/apis/lithopod.dev/v1alpha1/imageprofiles';

/**
 * What of the documents in test/catalogue/reject the API server does not say, by their problems: it
 * says something else of the same document, or lets it pass, and the condition `Ready` says it.
 */
const notSaid: Readonly<Record<string, string>> = {
  'known-content.yaml spec.writable[0].path': 'content',
  'known-content.yaml spec.writable[1].path': 'content',
  'known-content.yaml spec.writable[2].path': 'content',
  'known-content.yaml spec.data[0].path': 'content',
  'known-content.yaml spec.when[0].writable[0].path': 'content',
  'moves.yaml spec.writable[0].movedBy': 'behind',
  'moves.yaml spec.volumes[1]': 'behind',
  'own-directory.yaml spec.data[0].path': 'behind',
  'own-directory.yaml spec.when[0].data[0].path': 'behind',
  'own-directory.yaml spec.ownDirectories[1].path': 'behind',
};

/** Why not. Each kind has to be among the tests below, or be of the catalogue. */
const reasons: Readonly<Record<string, string>> = {
  content: 'what images keep is known to the catalogue, whose table grows with each version',
  behind: 'rules are not run where the form of the object, which is refused, is wrong too',
};

/** Documents that never come to be an object of this kind: kubectl or the API server says so. */
const noObjects = new Set(['aliases.yaml 0', 'schema.yaml 0', 'schema.yaml 2']);

const evidence = [{ kind: 'source', ref: 'example/x Dockerfile', seen: '2026-11-29' }];

function profile(spec: object, name = 'one'): object {
  return {
    apiVersion: 'lithopod.dev/v1alpha1',
    kind: 'ImageProfile',
    metadata: { name },
    spec: { images: ['docker.io/library/one'], evidence, ...spec },
  };
}

const entry = (at: string, more: object = {}): object => ({ path: at, why: 'state', ...more });

describe('the CustomResourceDefinition of ImageProfile', () => {
  let plane: ControlPlane;
  let api: Api;

  before(async () => {
    plane = await startControlPlane();
    api = await openApi(plane);
    const applied = await plane.kubectl(['apply', '--server-side', '-f', crd]);
    expect(applied, applied.stderr).to.include({ code: 0, stderr: '' });
    const established = await plane.kubectl([
      ...['wait', '--for=condition=Established', '--timeout=30s'],
      ...['crd', 'imageprofiles.lithopod.dev'],
    ]);
    expect(established.code, established.stderr).to.equal(0);
  });
  after(async () => {
    api.close();
    await plane.stop();
  });

  /** As kubectl does: an unknown field is an error and not dropped. */
  const rehearse = (object: unknown): Promise<Answer> =>
    api.call('POST', `${path}?dryRun=All&fieldValidation=Strict`, object);

  const documents = (folder: string, file: string): unknown[] =>
    parseAllDocuments(readFileSync(join(folder, file), 'utf8')).flatMap((document) => {
      const value = document.toJS() as unknown;
      return value === null ? [] : [value];
    });
  const yamlFiles = (folder: string): string[] =>
    readdirSync(folder).filter((name) => name.endsWith('.yaml'));

  it('takes every built-in profile, and every one that the lints take', async () => {
    let count = 0;
    for (const folder of [builtin, accepted]) {
      for (const file of yamlFiles(folder)) {
        for (const object of documents(folder, file)) {
          const { status, body } = await rehearse(object);
          expect(status, `${file}: ${JSON.stringify(body)}`).to.equal(201);
          count++;
        }
      }
    }
    expect(count).to.be.greaterThan(100);
  });

  it('takes them from kubectl as they are written, and keeps them so', async () => {
    const file = join(builtin, 'nginx.yaml');
    const applied = await plane.kubectl(['apply', '--server-side', '-f', file]);
    expect(applied, applied.stderr).to.include({ code: 0, stderr: '' });
    const { body } = await api.call('GET', `${path}/nginx`);
    const written = parse(readFileSync(file, 'utf8')) as { spec: object };
    expect((body as { spec: object }).spec).to.deep.equal(written.spec);
    const listed = await plane.kubectl(['get', 'iprof']);
    expect(listed.stdout).to.match(/^NAME +READY +REASON +IMAGES +AGE\n/);
    expect(listed.stdout).to.include('["docker.io/library/nginx');
  });

  for (const file of yamlFiles(refused)) {
    it(`refuses what the lints refuse of ${file}`, async () => {
      const texts = readFileSync(join(refused, file), 'utf8').split(/^---$/m);
      for (const [index, text] of texts.entries()) {
        if (noObjects.has(`${file} ${index}`)) continue;
        const { status, body } = await rehearse(parse(text));
        expect(status, JSON.stringify(body)).to.equal(422);
        const said = fieldsOf(body);
        const result = parseProfiles(text, file);
        const problems = result.ok ? [] : result.problems.map((each) => each.path ?? '');
        expect(problems).not.to.deep.equal([]);
        for (const problem of new Set(problems)) {
          const isSaid = said.some((field) => isAbout(field, problem));
          const why = notSaid[`${file} ${problem}`];
          expect(isSaid, `${problem} of ${JSON.stringify(said)}`).to.equal(why === undefined);
          if (why !== undefined) expect(reasons).to.have.property(why);
        }
      }
    });
  }

  const variant = { match: { args: ['x'] } };
  const single: readonly (readonly [string, object, string])[] = [
    [
      'a variable of a variant that loads code',
      { when: [{ ...variant, environment: [{ name: 'ld_preload', value: '1', why: 'x' }] }] },
      'spec.when[0].environment[0].name',
    ],
    ['a move by nothing', { writable: [entry('/a', { movedBy: {} })] }, 'spec.writable[0].movedBy'],
    ['a volume with a slash at its end', { volumes: ['/a/'] }, 'spec.volumes[0]'],
    [
      'an entry at one of ownDirectories, through a link',
      { data: [entry('/var/run/x')], ownDirectories: [{ path: '/run/x', why: 'x' }] },
      'spec',
    ],
    [
      'an entry of a variant at one of ownDirectories',
      {
        when: [{ ...variant, data: [entry('/z')] }],
        ownDirectories: [{ path: '/z', why: 'x' }],
      },
      'spec',
    ],
    [
      'a form of ownDirectories',
      { ownDirectories: [{ path: '/y/', why: 'x' }] },
      'spec.ownDirectories[0].path',
    ],
    [
      'a size of nothing',
      { writable: [entry('/a', { sizeLimit: '0.0Gi' })] },
      'spec.writable[0].sizeLimit',
    ],
    ['an unknown field', { writabel: [] }, ''],
    [
      'a day that never is',
      { evidence: [{ ...evidence[0], seen: '2026-02-30' }] },
      'spec.evidence[0].seen',
    ],
    ['an image twice', { images: ['quay.io/a/b', 'quay.io/a/b'] }, 'spec.images[1]'],
    ['an entry twice', { writable: [entry('/a'), entry('/a')] }, 'spec.writable[1]'],
    [
      'a value that is not writable',
      { environment: [{ name: 'X_HOME', value: '/srv/x', why: 'x' }] },
      'spec.environment',
    ],
    ['a variant that changes nothing', { when: [variant] }, 'spec.when[0]'],
    [
      'a variant without a condition',
      { when: [{ match: {}, lowPorts: true }] },
      'spec.when[0].match',
    ],
  ];
  for (const [what, spec, field] of single) {
    it(`refuses ${what}`, async () => {
      const { status, body } = await rehearse(profile(spec));
      // What is no field is refused before any other check.
      expect(status, JSON.stringify(body)).to.equal(field === '' ? 400 : 422);
      if (field !== '') expect(fieldsOf(body)).to.include(field);
      const linted = parseProfiles(JSON.stringify(profile(spec)), 'one');
      expect(linted.ok, 'the lints refuse it too').to.equal(false);
    });
  }

  const onlyByCondition: readonly (readonly [string, string, object])[] = [
    ['known content', reasons['content'] ?? '', { data: [entry('/etc/ssl')] }],
    [
      'an entry of one variant below that of another',
      'too dear: each of 960 entries with each other one, and their tags',
      {
        when: [
          { match: { args: ['x'] }, data: [entry('/a')] },
          { match: { args: ['y'] }, data: [entry('/a/b')] },
        ],
      },
    ],
    [
      'a value that is not writable, where variants might make it so',
      'too dear: each variable with each of 1,088 entries',
      {
        environment: [{ name: 'X_HOME', value: '/srv/x', why: 'x' }],
        when: [{ ...variant, lowPorts: true }],
      },
    ],
    [
      'a variable that is a condition by a glob',
      'CEL has no globs, and an expression that is made of a text may cost anything',
      {
        environment: [{ name: 'X_MODE', value: '1', why: 'x' }],
        when: [{ match: { env: ['X_*'] }, lowPorts: true }],
      },
    ],
    [
      'a range that is none',
      'CEL has no semver ranges',
      { images: ['docker.io/library/one:>=1.2.3.4.5'] },
    ],
  ];
  for (const [what, why, spec] of onlyByCondition) {
    it(`takes ${what}, of which only the condition tells (${why})`, async () => {
      const { status, body } = await rehearse(profile(spec));
      expect(status, JSON.stringify(body)).to.equal(201);
      expect(parseProfiles(JSON.stringify(profile(spec)), 'one').ok).to.equal(false);
    });
  }

  it('lets two managers have entries of one list, by server-side apply', async () => {
    const apply = async (manager: string, object: object): Promise<void> => {
      const { code, stderr } = await plane.kubectl(
        ['apply', '--server-side', `--field-manager=${manager}`, '-f', '-'],
        { input: JSON.stringify(object) },
      );
      expect(code, stderr).to.equal(0);
    };
    const shared = { writable: [entry('/a'), entry('/b')] };
    await apply('one', profile(shared, 'shared'));
    await apply('two', profile({ writable: [entry('/c')] }, 'shared'));
    await apply('one', profile({ writable: [entry('/b')] }, 'shared'));
    const { body } = await api.call('GET', `${path}/shared`);
    const { spec } = body as { spec: { writable: { path: string }[] } };
    expect(spec.writable.map((each) => each.path)).to.have.members(['/b', '/c']);
  });
});

function fieldsOf(body: unknown): readonly string[] {
  const { details } = body as { details?: { causes?: readonly { field: string }[] } };
  return (details?.causes ?? []).map(({ field }) => field);
}

/** A rule about a list, or about the whole, stands for what is wrong with its parts. */
function isAbout(field: string, problem: string): boolean {
  // So it calls the object itself; what it says then of the spec is the spec's.
  if (field === '<nil>') return problem === 'spec.images';
  return problem === field || problem.startsWith(`${field}[`) || problem.startsWith(`${field}.`);
}
