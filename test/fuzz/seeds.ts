/** Bodies to begin with. */
import fc from 'fast-check';
import { bodyOf, deploymentOf, deployments, podWith } from '../admission/reviews.ts';
import { hostileShapes } from '../hostile/all-shapes.ts';
import { askings, inForm } from '../hostile/shapes.ts';
import { pods } from '../pods/arbitrary.ts';
import type { Catalogue } from '../../src/core/catalogue/match/catalogue.ts';

const generated = 100;
const hostile = 100;
const hostileBytes = 400;

/** Small ones of every kind, the same in every run. */
export function seeds(catalogue: Catalogue): readonly Buffer[] {
  const debug = podWith({ ephemeralContainers: [{ name: 'debug', image: 'busybox' }] });
  const onSubresource = { subResource: 'ephemeralcontainers', operation: 'UPDATE' };
  return [
    bodyOf(podWith()),
    bodyOf(deploymentOf(podWith()), { resource: deployments }),
    bodyOf(debug, { ...onSubresource, oldObject: podWith() }),
    bodyOf(podWith({}, { name: 'web', managedFields: [{ fieldsV1: { 'f:a]"\\': {} } }] })),
    '[{"managedFields":[{"a":"]"}]}]',
    ...fc.sample(pods, { numRuns: generated, seed: 1 }).map((pod) => bodyOf(pod)),
    ...hostileShapes(catalogue, hostile).shapes.map(({ make }, index) =>
      JSON.stringify(inForm(make(hostileBytes), askings[index % askings.length]?.form ?? 'pod')),
    ),
  ].map((text) => Buffer.from(text));
}
