/**
 * What laws are told with. `LAWS_RUNS` sets how many pods each law is tried on, and `LAWS_SEED`
 * which ones, for long runs by hand.
 */
import fc from 'fast-check';
import { containersOf } from '../../src/core/pod/containers.ts';
import { harden } from '../../src/core/harden.ts';
import { policies, pods, subjects } from './arbitrary.ts';
import { deepFreeze } from './frozen.ts';
import { testCatalogue } from './profiles.ts';
import type { Hardening } from '../../src/core/harden.ts';
import type { Policy, Subject } from '../../src/core/context/context.ts';
import type { Container, Pod } from '../../src/core/pod/pod.ts';

/** How many pods each law is tried on. */
export const numRuns = Number(process.env['LAWS_RUNS'] ?? 300);
const seed = process.env['LAWS_SEED'];

/** A pod, how it is hardened, and what came of it. */
export interface Case {
  readonly pod: Pod;
  readonly policy: Policy;
  readonly subject: Subject;
  readonly out: Hardening;
}

/** A test that the law holds of any pod, which is frozen. */
export function law(title: string, check: (given: Case) => void): void {
  it(title, function () {
    this.timeout(Math.max(20_000, numRuns * 20));
    fc.assert(
      fc.property(pods, policies, subjects, (pod, policy, subject) => {
        deepFreeze(pod);
        check({ pod, policy, subject, out: harden(pod, testCatalogue, policy, subject) });
      }),
      { numRuns, ...(seed !== undefined && { seed: Number(seed) }) },
    );
  });
}

/** Another pass, over the given pod. */
export function again(pod: Pod, { policy, subject }: Case): Hardening {
  return harden(deepFreeze(pod), testCatalogue, policy, subject);
}

/** Containers of the output that the input has, beside themselves as they were. */
export function pairs(
  given: Case,
): readonly { readonly before: Container; readonly after: Container }[] {
  const after = new Map(containersOf(given.out.pod).map((each) => [each.name, each]));
  return containersOf(given.pod).map((before) => ({ before, after: after.get(before.name)! }));
}

/** The container that an added container seeds a path for. */
export function seedTarget(pod: Pod, name: string): string | undefined {
  const seed = pod.spec.initContainers?.find((each) => each.name === name);
  const volume = seed?.volumeMounts?.find(({ mountPath }) => mountPath === '/mount')?.name;
  if (!volume?.startsWith('lithopod-')) return undefined;
  return containersOf(pod).find((each) =>
    each.volumeMounts?.some((mount) => mount.name === volume && mount.subPath),
  )?.name;
}

/** What a JSON pointer leads to. */
export function at(document: unknown, pointer: string): unknown {
  return pointer
    .split('/')
    .slice(1)
    .map((token) => token.replace(/~1/g, '/').replace(/~0/g, '~'))
    .reduce<unknown>(
      (value, token) => (value as Readonly<Record<string, unknown>> | undefined)?.[token],
      document,
    );
}
