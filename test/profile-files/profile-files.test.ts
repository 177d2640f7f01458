/**
 * Which files `--profiles` names: what an operator's directory may look like, with the links that
 * volumes are made of.
 */
import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, rename, rm, symlink, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { promisify } from 'node:util';
import { dirname, join, relative } from 'node:path';
import { expect } from 'chai';
import { listProfileFiles, profilesFingerprint } from '../../src/profile-files/profile-files.ts';

describe('the files that --profiles names', () => {
  let folder: string;
  const make = async (...files: readonly string[]): Promise<void> => {
    for (const file of files) {
      await mkdir(dirname(join(folder, file)), { recursive: true });
      await writeFile(join(folder, file), file);
    }
  };
  const listed = async (...paths: readonly string[]): Promise<readonly string[]> => {
    const { files, problems } = await listProfileFiles(paths.map((path) => join(folder, path)));
    expect(problems).to.deep.equal([]);
    return files.map((file) => relative(folder, file));
  };

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'lithopod-'));
  });
  afterEach(async () => {
    await rm(folder, { recursive: true });
  });

  it('are those of a directory and its sub-folders, by name, and no others', async () => {
    await make('b.yml', 'a.yaml', 'team/x.yaml', 'team/deep/y.yaml', 'notes.md', 'schema.json');
    await make('.git/z.yaml', 'team/.hidden.yaml', 'lost+found/z.yaml');
    expect(await listed('')).to.deep.equal(['a.yaml', 'b.yml', 'team/deep/y.yaml', 'team/x.yaml']);
  });

  it('are whatever is named, each once', async () => {
    await make('a/one.yaml', 'b/profile.txt');
    const paths = ['a', 'b/profile.txt', 'a/one.yaml', 'a'];
    expect(await listed(...paths)).to.deep.equal(['a/one.yaml', 'b/profile.txt']);
  });

  /** As the kubelet makes it (kubernetes pkg/volume/util/atomic_writer.go). */
  it('are read once from a ConfigMap volume, whose items may be in sub-folders', async () => {
    await make('..2026_11_29/nginx.yaml', '..2026_11_29/team/api.yaml');
    await symlink('..2026_11_29', join(folder, '..data'));
    await symlink('..data/nginx.yaml', join(folder, 'nginx.yaml'));
    await symlink('..data/team', join(folder, 'team'));
    const expected = ['nginx.yaml', 'team/api.yaml'];
    expect(await listed('')).to.deep.equal(expected);

    const before = await profilesFingerprint([folder]);
    await make('..2026_11_30/nginx.yaml', '..2026_11_30/team/api.yaml');
    await symlink('..2026_11_30', join(folder, '..new'));
    await rename(join(folder, '..new'), join(folder, '..data'));
    expect(await listed('')).to.deep.equal(expected);
    expect(await profilesFingerprint([folder])).to.not.equal(before);
  });

  it('are no pipe that lies in a directory, which would be waited for', async () => {
    await make('a.yaml');
    await promisify(execFile)('mkfifo', [join(folder, 'b.yaml'), join(folder, 'notes')]);
    const { files, problems } = await listProfileFiles([folder]);
    expect(files).to.deep.equal([join(folder, 'a.yaml')]);
    expect(problems).to.deep.equal([
      { file: join(folder, 'b.yaml'), message: 'cannot be read: it is no regular file' },
    ]);
    expect(await listed('b.yaml')).to.deep.equal(['b.yaml']);
  });

  it('end where links go round in a circle', async () => {
    await make('a.yaml');
    await symlink('.', join(folder, 'again'));
    await symlink('self', join(folder, 'self'));
    expect((await listProfileFiles([folder])).files).to.deep.equal([join(folder, 'a.yaml')]);
  });

  it('tell what cannot be read', async () => {
    await make('a.yaml');
    await symlink('nowhere', join(folder, 'gone.yaml'));
    await symlink('nowhere', join(folder, 'gone'));
    const missing = join(folder, 'missing');
    const { files, problems } = await listProfileFiles([folder, missing]);
    expect(files).to.deep.equal([join(folder, 'a.yaml')]);
    expect(problems.map(({ file }) => file)).to.deep.equal([join(folder, 'gone.yaml'), missing]);
    for (const { message } of problems) expect(message).to.match(/^cannot be read: /);
  });

  it('have another fingerprint when one of them is written', async () => {
    await make('team/a.yaml');
    const before = await profilesFingerprint([folder]);
    expect(await profilesFingerprint([folder])).to.equal(before);
    await utimes(join(folder, 'team/a.yaml'), 1, 1);
    expect(await profilesFingerprint([folder])).to.not.equal(before);
  });
});
