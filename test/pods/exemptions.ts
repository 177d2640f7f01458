/** Exemptions as fast-check makes them, for the pods of `arbitrary.ts`. */
import fc from 'fast-check';
import { exemptibleRules, type Exemption } from '../../src/core/exemptions/exemption.ts';
import { exemptionsOf } from '../../src/core/exemptions/pod-exemptions.ts';
import { parsePattern } from '../../src/core/images/pattern.ts';
import type { PodExemptions } from '../../src/core/exemptions/pod-exemptions.ts';
import type { Pod } from '../../src/core/pod/pod.ts';
import { testCatalogue } from './profiles.ts';
import { names } from './vocabulary.ts';

function pattern(text: string): Exemption['images'][number] {
  const parsed = parsePattern(text);
  if (!parsed.ok) throw new Error(text);
  return { pattern: parsed.value };
}

/** One for any image of the vocabulary, or for some of it. */
const wantedImages = fc.constantFrom<Exemption['images']>(
  ['*/*', '*/*/*'].map(pattern),
  ['docker.io/library/seedy', 'docker.io/library/moving:1*'].map(pattern),
  [{ digest: `sha256:${'a'.repeat(64)}` }, pattern('docker.io/library/web')],
);

const exemption = fc.record<Exemption>({
  name: fc.constantFrom('one', 'two', 'three'),
  namespace: fc.constant('shop'),
  images: wantedImages,
  podSelector: fc.constantFrom(undefined, undefined, { matchLabels: { a: 'b' } }),
  containers: fc.oneof(
    { weight: 2, arbitrary: fc.constant(undefined) },
    { weight: 1, arbitrary: fc.subarray(names, { minLength: 1 }).map((some) => new Set(some)) },
  ),
  serviceAccountName: fc.constantFrom(undefined, undefined, 'default', 'other'),
  rules: fc.oneof(
    { weight: 1, arbitrary: fc.constant(exemptibleRules) },
    { weight: 2, arbitrary: fc.subarray([...exemptibleRules], { minLength: 1 }) },
  ),
  expires: fc.constant(Date.parse('2027-01-01T00:00:00Z')),
  until: fc.constant('2027-01-01T00:00:00Z'),
});

/** The Exemptions of the pod's namespace. */
export const exemptions = fc.uniqueArray(exemption, {
  minLength: 1,
  maxLength: 3,
  selector: ({ name }) => name,
});

export function podExemptions(pod: Pod, granted: readonly Exemption[]): PodExemptions | undefined {
  return exemptionsOf(pod, granted, testCatalogue);
}
