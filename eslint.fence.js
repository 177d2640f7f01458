/**
 * Which folder of src may import which other, and which packages. A whitelist: what is not named
 * here is refused, in `import`, `import type`, `export … from` and `import()` alike.
 * docs/architecture.md says what each folder is for.
 *
 * A folder may always import itself. It names only folders that stand above it in this list, so
 * there is no circle between folders.
 *
 * `of`: folders of src. `packages`: of npm, and of Node by their first name (`node:fs` is
 * `node:fs/promises` too).
 */
const files = ['node:fs', 'node:path'];
const catalogue = ['core/catalogue/match', 'core/catalogue/parse', 'core/catalogue/profile'];
const hardening = ['core', 'core/context', 'core/findings', 'core/mounts', 'core/pod'];

export const folders = [
  { folder: 'core/values', of: [], packages: ['yaml'] },
  { folder: 'core/pod', of: ['core/values'], packages: [] },
  { folder: 'core/mounts', of: ['core/pod'], packages: ['@noble/hashes'] },
  { folder: 'core/images', of: ['core/values'], packages: ['semver'] },
  { folder: 'core/shell', of: ['core/mounts'], packages: [] },
  {
    folder: 'core/catalogue/profile',
    of: ['core/images', 'core/mounts', 'core/pod', 'core/shell'],
    packages: ['zod'],
  },
  {
    folder: 'core/catalogue/lints',
    of: ['core/catalogue/profile', 'core/images', 'core/mounts'],
    packages: [],
  },
  {
    folder: 'core/catalogue/parse',
    of: ['core/catalogue/lints', 'core/catalogue/profile', 'core/images', 'core/values'],
    packages: ['yaml', 'zod'],
  },
  {
    folder: 'core/catalogue/match',
    of: [
      'core/catalogue/lints',
      'core/catalogue/parse',
      'core/catalogue/profile',
      'core/images',
      'core/mounts',
      'core/values',
    ],
    packages: [],
  },
  {
    folder: 'core/findings',
    of: ['core/catalogue/match', 'core/catalogue/profile', 'core/pod', 'core/values'],
    packages: [],
  },
  {
    folder: 'core/context',
    of: [
      'core/catalogue/lints',
      'core/catalogue/match',
      'core/catalogue/profile',
      'core/findings',
      'core/mounts',
      'core/pod',
      'core/values',
    ],
    packages: [],
  },
  {
    folder: 'core/rules',
    of: ['core/context', 'core/findings', 'core/mounts', 'core/pod', 'core/shell', 'core/values'],
    packages: [],
  },
  {
    folder: 'core/diagnose',
    of: [
      'core/catalogue/lints',
      'core/catalogue/parse',
      'core/catalogue/profile',
      'core/context',
      'core/mounts',
      'core/pod',
    ],
    packages: ['yaml'],
  },
  {
    // harden.ts and patch.ts: what others call.
    folder: 'core',
    of: [
      'core/catalogue/match',
      'core/context',
      'core/findings',
      'core/mounts',
      'core/pod',
      'core/rules',
      'core/values',
    ],
    packages: ['fast-json-patch'],
  },
  {
    // error.ts, and config.ts, which alone reads the environment.
    folder: '',
    of: [],
    packages: [],
  },
  {
    folder: 'profile-files',
    of: ['', ...catalogue, 'core/images', 'core/values'],
    packages: [...files, 'node:crypto', 'node:timers', 'node:url'],
  },
  { folder: 'documents', of: ['core', 'core/values'], packages: ['node:util', 'yaml'] },
  { folder: 'telemetry', of: [], packages: ['node:stream', 'sonic-boom', 'winston'] },
  {
    folder: 'cluster',
    of: ['', 'core/catalogue/parse', 'core/values'],
    packages: [
      ...files,
      '@kubernetes/client-node',
      'node:http',
      'node:https',
      'node:os',
      'node:stream',
      'node:timers',
      'zod',
    ],
  },
  {
    folder: 'tls',
    of: ['', 'core/values', 'telemetry'],
    packages: [
      ...files,
      '@peculiar/x509',
      'node:crypto',
      'node:http',
      'node:https',
      'node:net',
      'node:tls',
      'reflect-metadata',
    ],
  },
  {
    folder: 'certificates',
    of: ['', 'cluster', 'core/values', 'telemetry', 'tls'],
    packages: ['node:crypto', 'zod'],
  },
  {
    folder: 'admission',
    of: [
      '',
      'certificates',
      'cluster',
      ...hardening,
      ...catalogue,
      'core/images',
      'core/values',
      'profile-files',
      'telemetry',
      'tls',
    ],
    packages: [
      'express',
      'node:buffer',
      'node:fs',
      'node:http',
      'node:https',
      'node:net',
      'node:perf_hooks',
      'node:timers',
      'node:tls',
      'prom-client',
      'zod',
    ],
  },
  {
    folder: 'cli/terminal',
    of: ['', 'core/values'],
    packages: [...files, 'diff', 'node:crypto', 'node:os', 'node:tty', 'picocolors'],
  },
  {
    folder: 'cli/input',
    of: [
      '',
      ...hardening,
      'admission',
      'cli/terminal',
      'core/catalogue/match',
      'core/images',
      'core/values',
      'documents',
      'profile-files',
    ],
    packages: [...files, 'commander'],
  },
  {
    folder: 'cli/report',
    of: [
      ...hardening,
      'cli/input',
      'cli/terminal',
      'cluster',
      'core/catalogue/match',
      'core/catalogue/profile',
      'core/diagnose',
      'core/images',
      'core/rules',
      'core/values',
      'documents',
    ],
    packages: ['node:fs', 'picocolors', 'zod'],
  },
  {
    folder: 'cli/commands/profiles',
    of: [
      '',
      ...hardening,
      ...catalogue,
      'cli/input',
      'cli/report',
      'cli/terminal',
      'cluster',
      'core/images',
      'core/values',
      'documents',
      'profile-files',
    ],
    packages: ['commander', 'node:fs', 'picocolors', 'yaml', 'zod'],
  },
  {
    folder: 'cli/commands',
    of: [
      '',
      ...hardening,
      'admission',
      'certificates',
      'cli/input',
      'cli/report',
      'cli/terminal',
      'cluster',
      'core/catalogue/match',
      'core/diagnose',
      'core/values',
      'documents',
      'telemetry',
      'tls',
    ],
    packages: [...files, 'commander', 'node:net', 'yaml'],
  },
  {
    folder: 'cli',
    of: ['', 'cli/commands', 'cli/commands/profiles', 'cli/terminal'],
    packages: ['commander', 'node:fs', 'picocolors'],
  },
];

/** The name of a folder for the lint, which takes no empty one. */
const typeOf = (folder) => (folder === '' ? 'src' : folder);

/** A package and what it exports below its name. */
const sourcesOf = (packages) => packages.flatMap((name) => [name, `${name}/**`]);

/**
 * The settings of eslint-plugin-boundaries. Of two folders that hold a file the first one counts,
 * so the deeper ones come first.
 */
export const settings = {
  'boundaries/elements': [...folders]
    .sort((a, b) => b.folder.length - a.folder.length)
    .map(({ folder }) => ({
      type: typeOf(folder),
      pattern: folder === '' ? 'src' : `src/${folder}`,
      partialMatch: false,
    })),
  'boundaries/dependency-nodes': ['import', 'dynamic-import', 'export'],
  'boundaries/include': ['src/**/*.ts'],
  'import/resolver': { node: { extensions: ['.ts'] } },
};

/** The options of its rule `dependencies`. */
export const whitelist = {
  default: 'disallow',
  checkAllOrigins: true,
  checkUnknownLocals: true,
  policies: folders.flatMap(({ folder, of, packages }) => {
    const from = { element: { type: typeOf(folder) } };
    return [
      { from, allow: { to: { element: { types: { anyOf: of.map(typeOf) } } } } },
      {
        from,
        allow: { to: { module: { origin: ['external', 'core'], source: sourcesOf(packages) } } },
      },
    ];
  }),
};
