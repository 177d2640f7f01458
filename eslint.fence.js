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
  { folder: 'core/kinds', of: ['core/values'], packages: [] },
  { folder: 'core/pod', of: ['core/kinds', 'core/values'], packages: [] },
  { folder: 'core/mounts', of: ['core/pod'], packages: ['node:crypto'] },
  { folder: 'core/images', of: ['core/values'], packages: ['semver'] },
  { folder: 'core/shell', of: ['core/mounts'], packages: [] },
  {
    folder: 'core/catalogue/profile',
    of: ['core/images', 'core/mounts', 'core/pod', 'core/shell'],
    // Every command that hardens loads it: no zod, which takes longer than the catalogue.
    packages: [],
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
    folder: 'core/exemptions',
    of: [
      'core/catalogue/match',
      'core/catalogue/parse',
      'core/findings',
      'core/images',
      'core/pod',
      'core/values',
    ],
    packages: ['zod'],
  },
  {
    folder: 'core/context',
    of: [
      'core/catalogue/lints',
      'core/catalogue/match',
      'core/catalogue/profile',
      'core/exemptions',
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
    folder: 'core/learn',
    of: [
      'core/catalogue/lints',
      'core/catalogue/parse',
      'core/catalogue/profile',
      'core/diagnose',
      'core/images',
      'core/mounts',
      'core/values',
    ],
    packages: ['yaml', 'zod'],
  },
  {
    folder: 'core/templates',
    of: ['core/findings', 'core/kinds', 'core/mounts', 'core/pod', 'core/values'],
    packages: [],
  },
  {
    // harden.ts and patch.ts: what others call.
    folder: 'core',
    of: [
      'core/kinds',
      'core/templates',
      'core/catalogue/match',
      'core/context',
      'core/exemptions',
      'core/findings',
      'core/mounts',
      'core/pod',
      'core/rules',
      'core/values',
    ],
    packages: ['fast-json-patch'],
  },
  {
    // error.ts, read-at-most.ts, and config.ts, which alone reads the environment.
    folder: '',
    of: [],
    packages: ['node:fs'],
  },
  {
    // Where the files are that are beside src and dist.
    folder: 'package',
    of: [],
    packages: [...files, 'node:url'],
  },
  {
    folder: 'profile-files',
    of: ['', ...catalogue, 'core/images', 'core/values', 'package'],
    packages: [...files, 'node:crypto', 'node:timers', 'node:url'],
  },
  { folder: 'documents', of: ['core', 'core/values'], packages: ['node:util', 'yaml'] },
  {
    folder: 'compose',
    of: [
      ...hardening,
      'core/catalogue/match',
      'core/catalogue/profile',
      'core/exemptions',
      'core/rules',
      'core/values',
      'documents',
    ],
    packages: ['node:util', 'yaml'],
  },
  {
    // What was observed of a container, out of a text.
    folder: 'learning/readers',
    of: ['core/learn', 'core/mounts', 'core/values', 'documents'],
    packages: [],
  },
  {
    // The same out of archives: images and checkpoints.
    folder: 'learning/archives',
    of: ['', 'core/learn', 'core/mounts', 'core/values', 'learning/readers'],
    packages: [...files, 'fzstd', 'node:stream', 'node:zlib', 'tar'],
  },
  {
    // podman and docker on this machine.
    folder: 'learning/engine',
    of: ['core/pod', 'core/values', 'learning/readers'],
    packages: [...files, 'node:child_process', 'node:crypto', 'node:os', 'node:timers'],
  },
  { folder: 'telemetry', of: [], packages: ['node:stream', 'sonic-boom', 'winston'] },
  {
    folder: 'cluster',
    of: ['', 'core/catalogue/parse', 'core/learn', 'core/values'],
    packages: [
      ...files,
      '@kubernetes/client-node',
      'node:http',
      'node:https',
      'node:os',
      'node:stream',
      'node:timers',
      'node:util',
      'zod',
    ],
  },
  {
    folder: 'installation',
    of: ['', 'cluster', 'core', 'core/images', 'core/values', 'package'],
    packages: ['node:path', 'node:timers', 'yaml'],
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
      'core/exemptions',
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
    // What `lithopod status` reports.
    folder: 'status',
    of: [
      'cluster',
      'core',
      'core/context',
      'core/findings',
      'core/mounts',
      'core/pod',
      'core/values',
      'profile-files',
      'tls',
    ],
    packages: ['node:util', 'zod'],
  },
  {
    // What `lithopod survey` says of images.
    folder: 'survey',
    of: [
      'cluster',
      'core',
      'core/catalogue/match',
      'core/catalogue/parse',
      'core/catalogue/profile',
      'core/context',
      'core/exemptions',
      'core/findings',
      'core/images',
      'core/pod',
      'core/values',
    ],
    packages: ['zod'],
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
      'compose',
      'core/catalogue/match',
      'core/catalogue/parse',
      'core/images',
      'core/kinds',
      'core/values',
      'documents',
      'profile-files',
    ],
    packages: [
      ...files,
      'commander',
      'ignore',
      'node:child_process',
      'node:os',
      'node:util',
      'zod',
    ],
  },
  {
    folder: 'cli/report',
    of: [
      '',
      'status',
      'survey',
      ...hardening,
      'cli/input',
      'cli/terminal',
      'cluster',
      'compose',
      'core/catalogue/lints',
      'core/catalogue/match',
      'core/catalogue/profile',
      'core/diagnose',
      'core/exemptions',
      'core/images',
      'core/learn',
      'core/rules',
      'core/values',
      'documents',
    ],
    packages: [...files, 'node:crypto', 'picocolors', 'zod'],
  },
  {
    folder: 'cli/report/formats',
    of: ['cli/report', 'cli/terminal', 'core/values'],
    packages: ['node:buffer', 'node:path', 'node:url'],
  },
  {
    folder: 'cli/commands/profiles',
    of: [
      '',
      ...hardening,
      ...catalogue,
      'cli/input',
      'cli/report',
      'cli/report/formats',
      'cli/terminal',
      'cluster',
      'core/images',
      'core/values',
      'documents',
      'package',
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
      'cli/report/formats',
      'cli/terminal',
      'cluster',
      'compose',
      'core/catalogue/match',
      'core/diagnose',
      'core/images',
      'core/learn',
      'core/values',
      'documents',
      'installation',
      'learning/archives',
      'learning/engine',
      'learning/readers',
      'package',
      'status',
      'survey',
      'telemetry',
      'tls',
    ],
    packages: [
      ...files,
      'commander',
      'node:child_process',
      'node:events',
      'node:net',
      'node:timers',
      'yaml',
    ],
  },
  {
    folder: 'cli',
    of: ['', 'cli/commands', 'cli/commands/profiles', 'cli/terminal', 'package'],
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
