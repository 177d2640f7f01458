/** Hardening of small pods, for tests that look at one rule. */
import { harden } from '../../src/core/harden.ts';
import { defaultPolicy, wholePod } from '../../src/core/context/context.ts';
import { testCatalogue } from '../pods/profiles.ts';
import { deepFreeze } from '../pods/frozen.ts';
import { recordOf } from '../pods/records.ts';
import type { FindingRecord } from '../pods/records.ts';
import type { Catalogue } from '../../src/core/catalogue/match/catalogue.ts';
import type { Policy, Subject } from '../../src/core/context/context.ts';
import type { Container, Pod, PodSpec } from '../../src/core/pod/pod.ts';
import type { RuleId } from '../../src/core/findings/finding.ts';

export interface Setting extends Partial<Policy> {
  readonly catalogue?: Catalogue;
  readonly subject?: Partial<Subject>;
}

export interface Hardened {
  readonly pod: Pod;
  /** The first container. */
  readonly container: Container;
  readonly findings: readonly FindingRecord[];
  /** The codes of what the named rule found, in order. */
  readonly codes: (rule: RuleId) => readonly string[];
}

/** What becomes of a pod. */
export function hardened(given: Pod, setting: Setting = {}): Hardened {
  const { catalogue = testCatalogue, subject, ...policy } = setting;
  const { pod, findings } = harden(
    deepFreeze(given),
    catalogue,
    { ...defaultPolicy, ...policy },
    { ...wholePod, ...subject },
  );
  return {
    pod,
    container: pod.spec.containers[0]!,
    findings: findings.map(recordOf),
    codes: (rule) => findings.filter((each) => each.rule === rule).map(({ code }) => code),
  };
}

/**
 * What becomes of a pod of one container, by the image that the test catalogue knows as `plain`:
 * nothing to write.
 */
export function hardenedContainer(
  fields: Omit<Partial<Container>, 'name'> & Readonly<Record<string, unknown>> = {},
  setting: Setting = {},
  spec: Partial<PodSpec> = {},
): Hardened {
  return hardened(
    { spec: { containers: [{ name: 'app', image: 'plain', ...fields }], ...spec } },
    setting,
  );
}
