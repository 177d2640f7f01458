import eslint from '@eslint/js';
import stylistic from '@stylistic/eslint-plugin';
import boundaries from 'eslint-plugin-boundaries';
import redos from 'eslint-plugin-redos';
import tseslint from 'typescript-eslint';
import { settings, whitelist } from './eslint.fence.js';

// The core decides about pods and must be a function of its arguments alone: the same code runs in
// the webhook, on the command line and in a browser. Everything that would tie it to a process is
// banned.
const impureGlobals = [
  'process',
  'Date',
  'console',
  'setTimeout',
  'setInterval',
  'setImmediate',
  'queueMicrotask',
  'fetch',
  'Buffer',
  'performance',
  'crypto',
].map((name) => ({ name, message: 'src/core is pure: pass it in.' }));

/** What makes an expression that no lint can read. */
const unprovenExpressions = [
  {
    selector: ':not(TSTypeReference) > Identifier[name="RegExp"]',
    message: 'Write it as a literal: only literals are proven linear.',
  },
  {
    // Of a text these make an expression.
    selector:
      'CallExpression[callee.property.name=/^(?:match|matchAll|search)$/]:not([callee.object.name="catalogue"]) > :not(Literal[regex]).arguments:first-child',
    message: 'Give it a literal: only literals are proven linear.',
  },
];

// Two servers in one process must not share a budget, a queue or a counter. A collection that is
// empty when its module is loaded is there to be filled later, unless its type says that it is
// read-only. A WeakMap keeps what was worked out of an object that does not change.
const atModuleLevel = ':matches(Program, ExportNamedDeclaration) > VariableDeclaration';
const moduleState = [
  `${atModuleLevel}[kind="let"]`,
  `${atModuleLevel} > VariableDeclarator:not([id.typeAnnotation.typeAnnotation.typeName.name=/^Readonly/]) > NewExpression[callee.name=/^(?:Map|Set)$/][arguments.length=0]`,
  `${atModuleLevel} > VariableDeclarator:not([id.typeAnnotation.typeAnnotation.operator="readonly"]) > ArrayExpression[elements.length=0]`,
  'PropertyDefinition[static=true]',
].map((selector) => ({
  selector,
  message: 'No state at module level: make it for each server, and pass it in.',
}));

const copiesOfPodParts = [
  'ObjectExpression > SpreadElement',
  'CallExpression[callee.object.name="Object"][callee.property.name="assign"]',
].map((selector) => ({
  selector,
  message: 'Copy parts of a pod by the functions of src/core/pod/change.ts, which says why.',
}));

export default tseslint.config(
  { ignores: ['dist', 'node_modules', 'coverage', 'overlays/bring-your-own/tls'] },
  eslint.configs.recommended,
  ...tseslint.configs.strictTypeChecked,
  ...tseslint.configs.stylisticTypeChecked,
  {
    languageOptions: {
      parserOptions: {
        projectService: {
          allowDefaultProject: ['eslint.config.js', 'eslint.fence.js', 'tools/prepare.mjs'],
        },
        tsconfigRootDir: import.meta.dirname,
      },
    },
    linterOptions: { reportUnusedDisableDirectives: 'error' },
    rules: {
      '@typescript-eslint/restrict-template-expressions': ['error', { allowNumber: true }],
      '@typescript-eslint/switch-exhaustiveness-check': 'error',
      '@typescript-eslint/consistent-type-imports': 'error',
      '@typescript-eslint/no-unused-vars': [
        'error',
        { argsIgnorePattern: '^_', ignoreRestSiblings: true },
      ],
      eqeqeq: ['error', 'always', { null: 'ignore' }],
      'no-restricted-properties': [
        'error',
        {
          object: 'process',
          property: 'env',
          message: 'Only src/config.ts reads the environment.',
        },
      ],
    },
  },
  {
    files: ['src/core/**'],
    rules: {
      'no-restricted-globals': ['error', ...impureGlobals],
      'no-restricted-properties': [
        'error',
        { object: 'Math', property: 'random', message: 'src/core is deterministic.' },
      ],
    },
  },
  {
    files: ['src/**'],
    plugins: { boundaries },
    settings,
    rules: {
      'boundaries/no-unknown-files': 'error',
      'boundaries/dependencies': ['error', whitelist],
    },
  },
  {
    plugins: { '@stylistic': stylistic },
    rules: {
      // Only of comments: prettier breaks code, and texts for people stay in one piece.
      '@stylistic/max-len': ['error', { code: 1_000, comments: 100, ignoreUrls: true }],
    },
  },
  {
    // All that src reads is sent by somebody: a pod, a log, a manifest. So each expression is
    // proven linear by its automaton, as a search too. What no automaton can say (a look-around, a
    // back reference) is no proof either.
    files: ['src/**'],
    plugins: { redos },
    rules: {
      'redos/no-vulnerable': [
        'error',
        { checker: 'automaton', ignoreErrors: false, timeout: null },
      ],
      'no-restricted-syntax': ['error', ...unprovenExpressions],
    },
  },
  {
    files: ['src/{admission,core}/**'],
    rules: {
      'no-restricted-syntax': ['error', ...unprovenExpressions, ...moduleState],
    },
  },
  {
    // A day becomes a time by Date, as long as it is not the day on which this runs.
    files: ['src/core/exemptions/expiry.ts'],
    rules: {
      'no-restricted-globals': ['error', ...impureGlobals.filter(({ name }) => name !== 'Date')],
      'no-restricted-syntax': [
        'error',
        ...unprovenExpressions,
        ...moduleState,
        ...[
          'CallExpression[callee.name="Date"]',
          'NewExpression[callee.name="Date"][arguments.length=0]',
          'MemberExpression[object.name="Date"][property.name="now"]',
        ].map((selector) => ({ selector, message: 'src/core is pure: pass the time in.' })),
      ],
    },
  },
  {
    // On the path of a review each copy counts: V8 promotes some of them to old space.
    files: [
      'src/core/{rules,context,mounts}/**',
      'src/core/pod/{annotations,containers}.ts',
      'src/core/harden.ts',
    ],
    // Of a profile's paths, which are no part of a pod.
    ignores: ['src/core/context/entry.ts'],
    rules: {
      'no-restricted-syntax': [
        'error',
        ...unprovenExpressions,
        ...moduleState,
        ...copiesOfPodParts,
      ],
    },
  },
  { files: ['src/config.ts'], rules: { 'no-restricted-properties': 'off' } },
  {
    files: ['test/**'],
    rules: {
      // chai's assertions are getters: expect(x).to.be.true.
      '@typescript-eslint/no-unused-expressions': 'off',
      '@typescript-eslint/no-non-null-assertion': 'off',
      'no-restricted-properties': 'off',
    },
  },
  {
    files: ['eslint.config.js', 'eslint.fence.js', 'tools/prepare.mjs'],
    ...tseslint.configs.disableTypeChecked,
  },
);
