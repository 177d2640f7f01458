/**
 * The rules in the order in which they apply.
 *
 * - What sets security contexts comes first: seeding containers copy their target's.
 * - A termination message goes back to its place before a hostPath is asked what is mounted below.
 * - Mounts come before the removals in probes, some of which are possible then.
 * - What reads the finished pod comes last.
 *
 * | level      | scope                | what applies                                          |
 * | ---------- | -------------------- | ----------------------------------------------------- |
 * | immutable  | pod                  | the rules of level `immutable`                        |
 * | restricted | pod                  | all rules                                             |
 * | either     | ephemeral-containers | of these: all that need no volume, variable or sysctl |
 *
 * The mode decides only what is made of the outcome: see src/admission/warnings.ts.
 */
import { dropCapabilities } from './drop-capabilities.ts';
import { environment } from './environment.ts';
import { evictableVolumes } from './evictable-volumes.ts';
import { hardenedAnnotationRule } from './hardened-annotation.ts';
import { hostPaths } from './host-paths.ts';
import { maskedBinaries } from './masked-binaries.ts';
import { noEscape } from './no-escape.ts';
import { noPrivilegeEscalation } from './no-privilege-escalation.ts';
import { noPrivileged, setPrivilegedExplicitly } from './no-privileged.ts';
import { nonRoot } from './non-root.ts';
import { podSecurity } from './pod-security.ts';
import { readOnlyRoot } from './read-only-root.ts';
import { seccomp } from './seccomp.ts';
import { seededPaths } from './seeded-paths.ts';
import { terminationMessage } from './termination-message.ts';
import { unprivilegedPorts } from './unprivileged-ports.ts';
import { writablePaths } from './writable-paths.ts';
import type { Level } from '../findings/finding.ts';
import type { Scope } from '../context/context.ts';
import type { Rule, Step } from './rule.ts';

const steps: readonly Step[] = [
  noPrivileged,
  noEscape,
  terminationMessage,
  hostPaths,
  readOnlyRoot,
  // Seeding containers copy their target's security context, and other rules may yet be the first
  // to change the pod: so at both places.
  setPrivilegedExplicitly,
  noPrivilegeEscalation,
  dropCapabilities,
  unprivilegedPorts,
  seccomp,
  nonRoot,
  environment,
  writablePaths,
  seededPaths,
  maskedBinaries,
  evictableVolumes,
  podSecurity,
  setPrivilegedExplicitly,
  hardenedAnnotationRule,
];

/** The rules in the order in which they apply. */
export const rules: readonly Rule[] = steps.filter((step): step is Rule => 'title' in step);

/** What is done for a level and a scope. */
export const stepsOf: Readonly<Record<Level, Readonly<Record<Scope, readonly Step[]>>>> = {
  immutable: byScope(steps.filter(({ level }) => level === 'immutable')),
  restricted: byScope(steps),
};

function byScope(all: readonly Step[]): Readonly<Record<Scope, readonly Step[]>> {
  const of = (scope: Scope): readonly Step[] => all.filter(({ scopes }) => scopes.includes(scope));
  return { pod: of('pod'), 'ephemeral-containers': of('ephemeral-containers') };
}

/** The rules of a level: `restricted` is all of `immutable` and more. */
export const rulesOf: Readonly<Record<Level, readonly Rule[]>> = {
  immutable: rules.filter(({ level }) => level === 'immutable'),
  restricted: rules,
};

/** The rules that a level does not ask for. */
export const stricterRules: Readonly<Record<Level, readonly Rule[]>> = {
  immutable: rules.filter(({ level }) => level !== 'immutable'),
  restricted: [],
};
