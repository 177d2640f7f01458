/** Folders of src import what eslint.fence.js names, and nothing else. */
import { readFileSync, readdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { basename, dirname, join, relative } from 'node:path';
import { expect } from 'chai';
import { ESLint } from 'eslint';
import ts from 'typescript';

interface Folder {
  readonly folder: string;
  readonly of: readonly string[];
}

const root = fileURLToPath(new URL('..', import.meta.url));
const { folders } = (await import(new URL('../eslint.fence.js', import.meta.url).href)) as {
  readonly folders: readonly Folder[];
};

const sources = readdirSync(join(root, 'src'), { recursive: true, withFileTypes: true })
  .filter((entry) => entry.isFile() && entry.name.endsWith('.ts'))
  .map(({ parentPath, name }) => join(parentPath, name));

/** The files of ours that a file imports, in whatever way. */
function localImports(file: string): readonly string[] {
  const { importedFiles } = ts.preProcessFile(readFileSync(file, 'utf8'));
  return importedFiles
    .filter(({ fileName }) => fileName.startsWith('.'))
    .map(({ fileName }) => join(dirname(file), fileName));
}

describe('the fence around the folders of src', function () {
  this.timeout(60_000);

  it('names each folder, or one above it', () => {
    const names = folders.map(({ folder }) => folder);
    const found = new Set(sources.map((file) => dirname(relative(join(root, 'src'), file))));
    for (const name of names) expect([...found]).to.include(name === '' ? '.' : name);
    for (const folder of found) {
      expect(names.some((name) => `${folder}/`.startsWith(`${name}/`)) || folder === '.').to.equal(
        true,
        folder,
      );
    }
  });

  it('lets a folder import only folders that are listed before it', () => {
    const before = new Set<string>();
    for (const { folder, of } of folders) {
      expect([...before], folder).to.include.members([...of]);
      before.add(folder);
    }
  });

  it('leaves no two files that import each other, types too', () => {
    const left = new Map(sources.map((file) => [file, localImports(file)]));
    // What imports nothing that is left, or is imported by nothing that is left, is in no circle.
    for (let size = -1; size !== left.size;) {
      size = left.size;
      const imported = new Set([...left.values()].flat());
      for (const [file, targets] of left) {
        if (!imported.has(file) || !targets.some((each) => left.has(each))) left.delete(file);
      }
    }
    expect([...left.keys()].map((file) => relative(root, file))).to.deep.equal([]);
  });

  it('is explained in docs/architecture.md', () => {
    const page = readFileSync(join(root, 'docs/architecture.md'), 'utf8');
    for (const { folder } of folders) {
      if (folder.includes('/') || !['', 'core', 'cli'].includes(folder)) {
        expect(page).to.include(`| \`${folder}\` `);
      }
    }
  });

  it('is explained there with files that exist', () => {
    const page = readFileSync(join(root, 'docs/architecture.md'), 'utf8');
    const named = [...page.matchAll(/`(?:\w[\w-]*\/)*([\w-]+\.ts)`/g)].map(
      ([, name]) => name ?? '',
    );
    const known = new Set(sources.map((file) => basename(file)));
    expect(named.filter((name) => !known.has(name))).to.deep.equal([]);
    expect(named).to.have.lengthOf.above(20);
  });

  describe('refuses', () => {
    let eslint: ESLint;
    before(() => {
      eslint = new ESLint({
        cwd: root,
        ruleFilter: ({ ruleId }) => ruleId.startsWith('boundaries/'),
      });
    });

    /** The rules that the text breaks in place of the file's own. */
    const broken = async (file: string, text: string): Promise<readonly (string | null)[]> => {
      const [result] = await eslint.lintText(text, { filePath: join(root, file) });
      return (result?.messages ?? []).map(({ ruleId, message }) => ruleId ?? message);
    };

    for (const [what, file, text] of [
      ['a file of Node in core', 'src/core/harden.ts', "import 'node:fs';"],
      ['files read at run time in core', 'src/core/harden.ts', "await import('node:fs/promises');"],
      ['a package that is not named', 'src/core/harden.ts', "import 'express';"],
      ['a wing above', 'src/core/harden.ts', "import '../profile-files/catalogue-files.ts';"],
      [
        'its types',
        'src/core/harden.ts',
        "import type { Metrics } from '../admission/metrics.ts';",
      ],
      ['it at run time', 'src/core/harden.ts', "await import('../admission/metrics.ts');"],
      ['what it exports', 'src/core/harden.ts', "export * from '../admission/metrics.ts';"],
      ['a floor above', 'src/core/pod/containers.ts', "import '../rules/index.ts';"],
      ['a room of another wing', 'src/admission/server.ts', "import '../cli/terminal/io.ts';"],
      [
        'commands in what they print',
        'src/cli/report/findings.ts',
        "import '../commands/check.ts';",
      ],
    ] as const) {
      it(what, async () => {
        expect(await broken(file, text)).to.deep.equal(['boundaries/dependencies']);
      });
    }
  });
});
