/** All hostile reviews: those that were aimed by hand, and those that the schema gives. */
import { deployments, reviewOf } from '../admission/reviews.ts';
import { aimedPods } from './aimed-pods.ts';
import { pairs, positions, sequence, shuffle, singles } from './shapes.ts';
import type { Catalogue } from '../../src/core/catalogue/match/catalogue.ts';
import type { Review, Shape } from './shapes.ts';

export interface Shapes {
  readonly shapes: readonly Shape[];
  /** How many there are. */
  readonly of: number;
}

/**
 * So many of them, the same in every run: those that were aimed, and of the others as many of one
 * place as of two.
 */
export function hostileShapes(catalogue: Catalogue, count: number): Shapes {
  const places = positions(catalogue);
  const alone = [...singles(places)];
  shuffle(alone, sequence(1));
  const both = pairs(places);
  const rest = Math.max(0, count - aimed.length);
  const chosen = Math.min(alone.length, Math.ceil(rest / 2));
  return {
    shapes: [...aimed, ...alone.slice(0, chosen), ...both.slice(0, rest - chosen)],
    of: aimed.length + alone.length + both.length,
  };
}

const aimed: readonly Shape[] = [
  ...Object.entries(aimedPods).map(([name, make]) => ({
    name: `a pod of ${name}`,
    make: (bytes: number) => reviewOf(make(bytes)),
  })),
  { name: 'a list of pods', make: listOfPods },
  { name: 'a StatefulSet of claims beside volumes of ours', make: claims },
];

/** A List is no workload that an API server asks about, but whoever sends one is answered. */
function listOfPods(bytes: number): Review {
  const pod = { kind: 'Pod', apiVersion: 'v1', spec: { containers: [{ name: 'web' }] } };
  const items = Array.from({ length: bytes / 80 }, () => pod);
  return reviewOf({ kind: 'List', apiVersion: 'v1', items }, { resource: deployments });
}

function claims(bytes: number): Review {
  const names = Array.from({ length: bytes / 100 }, (_, index) => `n${index}`);
  const object = {
    kind: 'StatefulSet',
    apiVersion: 'apps/v1',
    spec: {
      template: { spec: { containers: [{ name: 'web', image: 'nginx' }], volumes: [] } },
      volumeClaimTemplates: names.map((name) => ({ metadata: { name } })),
    },
  };
  return reviewOf(object, { resource: deployments });
}
