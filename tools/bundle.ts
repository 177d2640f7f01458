/**
 * A step of the build: src/cli/main.ts and all that it imports, packages too, as a few files in
 * dist/cli. A start reads and compiles these instead of hundreds (docs/adr/0010-one-bundle.md).
 *
 * The packages in the bundle are no longer found by their folders, so two files tell of them:
 * dist/third-party-notices.txt has their licences, and dist/lithopod.cdx.json, in the form of
 * CycloneDX 1.6, is what scanners of images and packages read.
 */
import { readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { build, type Metafile } from 'esbuild';

/** A package of which something is in the bundle. */
interface Bundled {
  readonly folder: string;
  readonly name: string;
  readonly version: string;
  /** SPDX, as its author states it. */
  readonly license: string;
}

const dist = 'dist';

rmSync(dist, { recursive: true, force: true });
const { metafile } = await build({
  entryPoints: ['src/cli/main.ts'],
  outdir: join(dist, 'cli'),
  bundle: true,
  splitting: true,
  format: 'esm',
  platform: 'node',
  target: 'node20',
  // Not made smaller: a stack trace of somebody's log is to be read.
  minify: false,
  legalComments: 'none',
  // What CommonJS packages call; a module of ECMAScript has none.
  banner: {
    js: "import{createRequire}from'node:module';const require=createRequire(import.meta.url);",
  },
  metafile: true,
  logLevel: 'warning',
});
const packages = packagesOf(metafile);
writeFileSync(join(dist, 'third-party-notices.txt'), packages.map(noticeOf).join('\n'));
writeFileSync(join(dist, 'lithopod.cdx.json'), `${JSON.stringify(billOf(packages), null, 2)}\n`);

function packagesOf({ inputs }: Metafile): readonly Bundled[] {
  const folders = Object.keys(inputs).flatMap(
    // The last one, of a package that another brings.
    (path) => /^.*node_modules\/(?:@[^/]+\/)?[^/]+/.exec(path)?.[0] ?? [],
  );
  return [...new Set(folders)]
    .map((folder) => {
      const text = readFileSync(join(folder, 'package.json'), 'utf8');
      const { name, version, license } = JSON.parse(text) as Record<string, string | undefined>;
      if (name === undefined || version === undefined || license === undefined) {
        throw new Error(`${folder}/package.json has no name, no version or no license`);
      }
      return { folder, name, version, license };
    })
    .sort((a, b) => (`${a.name}@${a.version}` < `${b.name}@${b.version}` ? -1 : 1));
}

function noticeOf({ folder, name, version, license }: Bundled): string {
  const texts = readdirSync(folder)
    .filter((file) => /^(licen[cs]e|notice|copying)(\.|-|$)/i.test(file))
    .map((file) => readFileSync(join(folder, file), 'utf8').trim());
  return [`${name} ${version} (${license})`, ...texts, ''].join('\n\n');
}

function billOf(bundled: readonly Bundled[]): object {
  const { name, version } = JSON.parse(readFileSync('package.json', 'utf8')) as Bundled;
  const component = (each: Pick<Bundled, 'name' | 'version'>, type: string): object => {
    const purl = `pkg:npm/${each.name.replace('@', '%40')}@${each.version}`;
    return { type, 'bom-ref': purl, name: each.name, version: each.version, purl };
  };
  return {
    bomFormat: 'CycloneDX',
    specVersion: '1.6',
    version: 1,
    metadata: { component: component({ name, version }, 'application') },
    components: bundled.map((each) => ({
      ...component(each, 'library'),
      licenses: [{ expression: each.license }],
    })),
  };
}
