import { readFile, readdir, writeFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { expect } from 'chai';
import { cli, cliWithProfiles, testProfiles } from './run.ts';
import type { Surroundings } from './run.ts';

const folder = new URL('golden/', import.meta.url);
const manifests = fileURLToPath(new URL('manifests', import.meta.url));

interface Case {
  readonly argv: readonly string[];
  /** Piped in, from test/cli/manifests. */
  readonly stdin?: string;
  readonly columns?: number;
  readonly colour?: boolean;
  /** With the built-in catalogue alone. */
  readonly plain?: boolean;
}

const cases: Readonly<Record<string, Case>> = {
  check: { argv: ['check', 'shop.yaml'] },
  'check-restricted-80': {
    argv: ['check', '--level', 'restricted'],
    stdin: 'shop.yaml',
    columns: 80,
  },
  'check-colour': { argv: ['check'], stdin: 'shop.yaml', columns: 80, colour: true },
  'check-json': { argv: ['check', '-o', 'json', 'shop.yaml'] },
  'check-junit': { argv: ['check', '-o', 'junit', 'shop.yaml'] },
  'check-github': { argv: ['check', '-o', 'github', 'shop.yaml'] },
  'check-markdown': { argv: ['check', '-o', 'markdown', 'shop.yaml'] },
  explain: { argv: ['explain', 'shop.yaml'] },
  'explain-80': { argv: ['explain', '--level', 'restricted'], stdin: 'shop.yaml', columns: 80 },
  'explain-json': { argv: ['explain', '-o', 'json', 'shop.yaml'] },
  harden: { argv: ['harden', 'shop.yaml'] },
  'harden-restricted': { argv: ['harden', '--level', 'restricted', 'shop.yaml'] },
  'harden-diff': { argv: ['harden', '--diff', 'shop.yaml'] },
  'harden-diff-colour': { argv: ['harden', '--diff'], stdin: 'shop.yaml', colour: true },
  'harden-json': { argv: ['harden', '-o', 'json', 'shop.yaml'] },
  'harden-patch': { argv: ['harden', '-o', 'patch', 'shop.yaml'] },
  help: { argv: ['--help'], plain: true },
  'help-harden': { argv: ['help', 'harden'], plain: true },
  'help-check': { argv: ['check', '--help'], plain: true },
  'help-explain': { argv: ['explain', '--help'], plain: true },
  'help-diagnose': { argv: ['diagnose', '--help'], plain: true },
  'help-learn': { argv: ['learn', '--help'], plain: true },
  'help-observe': { argv: ['observe', '--help'], plain: true },
  'help-profiles': { argv: ['profiles', '--help'], plain: true },
  'help-serve': { argv: ['serve', '--help'], plain: true },
  'help-install': { argv: ['install', '--help'], plain: true },
  'help-survey': { argv: ['survey', '--help'], plain: true },
  'help-uninstall': { argv: ['uninstall', '--help'], plain: true },
  'help-certs': { argv: ['certs', '--help'], plain: true },
  'help-review': { argv: ['review', '--help'], plain: true },
  'help-profiles-init': { argv: ['profiles', 'init', '--help'], plain: true },
  'profiles-init': { argv: ['profiles', 'init', 'registry.test:5000/shop/api:2.1'], plain: true },
  'help-profiles-test': { argv: ['profiles', 'test', '--help'], plain: true },
  'profiles-test': {
    argv: ['profiles', 'test', '--profiles', testProfiles, 'web.test.yaml'],
    plain: true,
  },
  'profiles-test-json': {
    argv: ['profiles', 'test', '-o', 'json', '--profiles', testProfiles, 'web.test.yaml'],
    plain: true,
  },
  'help-profiles-match': { argv: ['profiles', 'match', '--help'], plain: true },
  'profiles-match-file': {
    argv: ['profiles', 'match', '--profiles', testProfiles, '-f', 'shop.yaml'],
    plain: true,
  },
  'profiles-match': {
    argv: [
      'profiles',
      'match',
      '--profiles',
      testProfiles,
      'registry.test/web:1.25-alpine',
      'registry.test/store',
      'registry.test/unknown@sha256:' + '0'.repeat(64),
    ],
    columns: 80,
    plain: true,
  },
};

describe('the output of the command line', () => {
  for (const [name, golden] of Object.entries(cases)) {
    it(`${name} is as golden/${name}.txt has it`, async () => {
      const actual = await outputOf(golden);
      const file = new URL(`${name}.txt`, folder);
      if (process.env['UPDATE_GOLDEN'] === '1') await writeFile(file, actual);
      expect(actual).to.equal(await readFile(file, 'utf8'));
    });
  }

  it('has no golden file without a case', async () => {
    const files = (await readdir(folder)).map((file) => file.replace(/\.txt$/, ''));
    expect(files.sort()).to.deep.equal(Object.keys(cases).sort());
  });
});

async function outputOf({ argv, stdin, columns, colour, plain }: Case): Promise<string> {
  const surroundings: Surroundings = {
    ...(stdin !== undefined && { stdin: await readFile(`${manifests}/${stdin}`) }),
    ...(columns !== undefined && { columns }),
    ...(colour !== undefined && { colour }),
  };
  const words = argv.map((word) =>
    /^(?:shop|web\.test)\.yaml$/.test(word) ? `${manifests}/${word}` : word,
  );
  const { code, stdout, stderr } = await (plain ? cli : cliWithProfiles)(words, surroundings);
  const text = `exit ${code}\n--- stderr\n${stderr}--- stdout\n${stdout}`;
  // Where the repository lies on disk, and the day.
  return text
    .replace(/(seen: )\d{4}-\d\d-\d\d/, '$1TODAY')
    .replaceAll(`${manifests}/`, '')
    .replaceAll(manifests.slice(1) + '/', '');
}
