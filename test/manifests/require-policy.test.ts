/** The expressions of the policy say of every path what the rules say. */
import { expect } from 'chai';
import fc from 'fast-check';

import {
  agentPathPatterns,
  nodePathPatterns,
  systemDirectoryPatterns,
} from '../../docs/require-policy.ts';
import { escapeCapabilities } from '../../src/core/pod/capabilities.ts';
import {
  agentPaths,
  judgeNodePath,
  nodeLinks,
  nodePaths,
} from '../../src/core/mounts/node-paths.ts';
import {
  isInSystemDirectory,
  systemDirectories,
} from '../../src/core/mounts/system-directories.ts';
import { text } from './read.ts';

function anyOf(patterns: readonly string[]): (path: string) => boolean {
  const expressions = patterns.map((pattern) => new RegExp(pattern));
  return (path) => expressions.some((expression) => expression.test(`${path}/`));
}
const isNodePath = anyOf(nodePathPatterns);
const isAgentPath = anyOf(agentPathPatterns);
const isSystemDirectory = anyOf(systemDirectoryPatterns);

const tablePaths = [
  ...nodePaths.flatMap(({ path }) => [path, path.replace('*', ''), path.replace('*', '.d')]),
  ...agentPaths,
  ...systemDirectories,
  ...nodeLinks.flat(),
];
const spelledByLinks = tablePaths.flatMap((path) =>
  nodeLinks
    .filter(([, target]) => path.startsWith(target))
    .map(([link, target]) => link + path.slice(target.length)),
);
const near = [...tablePaths, ...spelledByLinks].flatMap((path) => [
  path,
  `${path}/x`,
  `${path}x`,
  `${path}\n`,
  path.slice(0, -1),
  path.slice(0, path.lastIndexOf('/')),
]);
const segments = [...new Set(near.flatMap((path) => path.split('/'))), '.', '', '.x', '\n', 'ſ'];

describe('the expressions of the policy behind lithopod.dev/require', () => {
  function expectSame(path: string): void {
    const shown = JSON.stringify(path);
    expect(isNodePath(path) && !isAgentPath(path), shown).to.equal(judgeNodePath(path).guarded);
    expect(isSystemDirectory(path), shown).to.equal(isInSystemDirectory(path));
  }

  it('agree with the rules at, above, below and beside each entry of the tables', () => {
    for (const path of near) expectSame(path);
    expect(near.filter((path) => judgeNodePath(path).guarded).length).to.be.above(500);
    expect(near.filter((path) => !judgeNodePath(path).guarded).length).to.be.above(100);
  });

  it('agree with the rules on any path, however it is written', () => {
    const spelled = fc
      .tuple(
        fc.constantFrom(...near),
        fc.array(fc.constantFrom('/', '/./', '//', './', '/.//./'), { maxLength: 6 }),
        fc.constantFrom('', '/', '.', './', '/x', '/.'),
      )
      .map(([path, separators, prefix]) =>
        path
          .split('/')
          .reduce((so, segment, index) => so + (separators[index] ?? '/') + segment, prefix),
      );
    // `..` reaches no policy in a hostPath, and is refused in a termination path.
    const any = fc
      .array(fc.constantFrom(...segments), { maxLength: 6 })
      .map((list) => list.join('/'));
    const paths = fc.oneof(spelled, any).filter((path) => !path.split('/').includes('..'));
    fc.assert(fc.property(paths, expectSame), { numRuns: 20_000, seed: 61 });
  });

  it('stand in the manifest, with every capability of the table', () => {
    const policy = text('61-policy-require-immutable.yaml');
    const patterns = [...nodePathPatterns, ...agentPathPatterns, ...systemDirectoryPatterns];
    for (const pattern of patterns) expect(policy).to.include(`path.matches(r'${pattern}')`);
    for (const { name } of escapeCapabilities) expect(policy).to.include(`'${name}'`);
  });
});
