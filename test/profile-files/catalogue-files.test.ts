/** Profiles as they are read from disk, once and again. */
import { execFile } from 'node:child_process';
import { mkdtemp, rm, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { expect } from 'chai';
import {
  loadCatalogue,
  makeCatalogueReader,
  parseBuiltin,
} from '../../src/profile-files/catalogue-files.ts';
import { readCompiled } from '../../src/profile-files/compiled-profiles.ts';
import { valueOf } from '../admission/harness.ts';
import { buildCatalogue } from '../../src/core/catalogue/match/catalogue.ts';
import type { Catalogue } from '../../src/core/catalogue/match/catalogue.ts';
import type { Profile } from '../../src/core/catalogue/profile/profile.ts';

function profile(name: string, path = `/${name}`): string {
  return `apiVersion: lithopod.dev/v1alpha1
kind: ImageProfile
metadata: { name: ${name} }
spec:
  images: [registry.example/${name}]
  writable: [{ path: ${path}, why: test }]
  evidence: [{ kind: source, ref: test, seen: 2026-11-21 }]
`;
}

function named(catalogue: Catalogue, name: string): Profile {
  return catalogue.profiles.find((entry) => entry.profile.name === name)!.profile;
}

describe('profiles on disk', () => {
  let folder: string;
  const write = (file: string, text: string): Promise<void> => writeFile(join(folder, file), text);

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'lithopod-'));
  });
  afterEach(async () => {
    await rm(folder, { recursive: true });
  });

  it('are parsed again only where their content is another', async () => {
    await write('a.yaml', profile('a'));
    await write('b.yaml', profile('b'));
    const read = makeCatalogueReader({ paths: [folder] });
    const first = valueOf(await read());
    await write('a.yaml', profile('a'));
    await write('b.yaml', profile('b', '/changed'));
    await write('c.yaml', profile('c'));
    const second = valueOf(await read());
    expect(named(second, 'a'), 'written again').to.equal(named(first, 'a'));
    expect(named(second, 'nginx'), 'built in').to.equal(named(first, 'nginx'));
    expect(named(second, 'b').writable[0]?.path).to.equal('/changed');
    expect(named(second, 'c').writable[0]?.path).to.equal('/c');
    await rm(join(folder, 'a.yaml'));
    expect(valueOf(await read()).size).to.equal(second.size - 1);
  });

  it('are told again as long as they are wrong, and mended once they are not', async () => {
    await write('a.yaml', 'broken: [');
    const read = makeCatalogueReader({ paths: [folder] });
    const first = await read();
    expect(first.ok).to.equal(false);
    expect(await read()).to.deep.equal(first);
    await write('a.yaml', profile('a'));
    expect(named(valueOf(await read()), 'a').name).to.equal('a');
  });

  it('leave others their turn after each document', async () => {
    const documents = Array.from({ length: 100 }, (_, index) => profile(`p${index}`));
    await write('all.yaml', documents.join('---\n'));
    let turns = 0;
    let isRead = false;
    const turn = (): void => {
      turns++;
      if (!isRead) setImmediate(turn);
    };
    // Read before, so that no turn is counted but those of the directory.
    await loadCatalogue();
    const reading = loadCatalogue({ paths: [folder] });
    turn();
    valueOf(await reading);
    isRead = true;
    expect(turns).to.be.at.least(100);
  });

  it('are all read, however many files they are in', async () => {
    const names = Array.from({ length: 150 }, (_, index) => `p${index}`);
    await Promise.all(names.map((name) => write(`${name}.yaml`, profile(name))));
    const own = valueOf(await loadCatalogue({ paths: [folder] })).profiles.filter(
      ({ source }) => source === 'directory',
    );
    expect(own.map((entry) => entry.profile.name)).to.deep.equal([...names].sort());
    expect(own[0]?.file).to.equal(join(folder, 'p0.yaml'));
  });

  it('are refused where a file is larger than any catalogue', async () => {
    await write('large.yaml', '');
    await truncate(join(folder, 'large.yaml'), 64 * 1024 * 1024 + 1);
    const loaded = await loadCatalogue({ paths: [folder] });
    expect(loaded.ok ? [] : loaded.problems).to.deep.equal([
      {
        file: join(folder, 'large.yaml'),
        message: 'is larger than 64 MiB',
        source: 'directory',
      },
    ]);
  });

  it('have problems that name their source', async () => {
    const sourcesOf = async (directory: string): Promise<readonly string[]> => {
      const loaded = await loadCatalogue({ paths: [directory] });
      return loaded.ok ? [] : loaded.problems.map(({ source }) => source);
    };
    expect(await sourcesOf(join(folder, 'missing'))).to.deep.equal(['directory']);
    await write('a.yaml', profile('same'));
    await write('b.yaml', profile('same'));
    expect(await sourcesOf(folder)).to.deep.equal(['directory', 'directory']);
    await write('c.yaml', '');
    expect(await sourcesOf(folder), 'unread before untold apart').to.deep.equal(['directory']);
  });
});

describe('compiled profiles', () => {
  it('are the same as the files that they were made of', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'lithopod-'));
    try {
      const file = join(folder, 'compiled.json');
      expect(await readCompiled(file)).to.equal(undefined);
      const compile = fileURLToPath(
        new URL('../../src/profile-files/compile-profiles.ts', import.meta.url),
      );
      await promisify(execFile)(process.execPath, ['--import', 'tsx', compile, file]);
      const { entries, problems } = await parseBuiltin();
      expect(problems).to.deep.equal([]);
      expect(entries.length).to.be.greaterThan(100);
      const { profiles } = valueOf(buildCatalogue(entries));
      expect(await readCompiled(file)).to.deep.equal(
        profiles.map((entry) => ({ ...entry, built: true })),
      );
    } finally {
      await rm(folder, { recursive: true });
    }
  }).timeout(60_000);
});
