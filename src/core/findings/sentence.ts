/** Findings in words, made of their code and data for whoever prints them. */
import { reasons } from './reasons.ts';
import { obstacles } from './reasons/read-only-root.ts';
import type { Finding } from './finding.ts';
import type { Said } from './reason.ts';
import type { ArgsOf, ReasonCode } from './reasons.ts';

/** One sentence for people. Holds names and paths, never an environment value. */
export function sentenceOf(finding: Finding): string {
  const said = saidOf(finding);
  return typeof said === 'string' ? `${subjectOf(finding)} ${said}` : said.sentence;
}

/**
 * The sentence without the container that it begins with, for where that is printed above it. Of
 * the pod as a whole it is the whole sentence.
 */
export function predicateOf(finding: Finding): string {
  const said = saidOf(finding);
  return typeof said === 'string' && finding.container !== undefined ? said : sentenceOf(finding);
}

type Text<Args> = (args: Args) => string;

/** Of the codes that say why a path of a profile stays read-only. */
const pathObstacles: { readonly [C in ReasonCode]?: Text<ArgsOf<C>> } = {
  'read-only-mount': obstacles.mounted,
  'read-only-meant': obstacles.mounted,
  'device-at-path': () => obstacles.device,
  'seed-without-cp': () => obstacles.noCopy,
  'seed-unreadable': () => obstacles.unreadable,
  'moved-not-seeded': obstacles.unknownContents,
};

/** Why the path of a profile stays read-only, where the finding says so of just this path. */
export function obstacleAt(path: string, { code, args }: Finding): string | undefined {
  const obstacle = pathObstacles[code] as Text<Finding['args']> | undefined;
  return obstacle !== undefined && 'path' in args && args.path === path
    ? obstacle(args)
    : undefined;
}

function subjectOf({ container, said }: Finding): string {
  if (container === undefined) return 'the pod';
  return said === undefined ? `container "${container}"` : `service "${container}"`;
}

/** The table has for each code what takes its data: the types of findings see to that. */
function saidOf({ code, args, said }: Finding): Said {
  if (said !== undefined) return said;
  const says = reasons[code].says as (args: Finding['args']) => Said;
  return says(args);
}
