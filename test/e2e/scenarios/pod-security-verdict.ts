// What the API server's own Pod Security says of a pod, and which of our findings names each of its
// faults.

import { seedName } from '../../pods/names.ts';
import { sentenceOf } from '../../../src/core/findings/sentence.ts';
import type { Finding } from '../../../src/core/findings/finding.ts';
import type { ReasonCode } from '../../../src/core/findings/reasons.ts';
import { reasonOf, type Answer } from './api.ts';

/** One check that a pod does not pass: its reason, and what stands behind it in parentheses. */
export interface Fault {
  readonly check: string;
  readonly detail: string;
}

/** The faults that are mended in every pod, whatever its images are. */
export const mended: ReadonlySet<string> = new Set([
  'privileged',
  'allowPrivilegeEscalation != false',
  'unrestricted capabilities',
  'seccompProfile',
]);

/**
 * The codes of which one must be found, by the reason of the check; one that is not here must never
 * remain.
 */
const codesByCheck: Readonly<Record<string, readonly ReasonCode[]>> = {
  'host namespaces': ['host-namespace'],
  hostPort: ['host-port'],
  'restricted volume types': ['volume-type'],
  procMount: ['proc-mount'],
  'forbidden sysctls': ['unsafe-sysctl'],
  seLinuxOptions: ['selinux-options'],
  'forbidden AppArmor profile': ['app-armor'],
  'probe or lifecycle host': ['host-probe'],
  hostProcess: ['host-process'],
  'runAsNonRoot != true': ['user-unknown', 'root-requested'],
  'runAsUser=0': ['root-requested'],
};

/**
 * What each finding claims: the check that the pod does not pass. Other findings are about running,
 * not admission.
 */
const checkByCode: Partial<Record<ReasonCode, string>> = {
  'host-namespace': 'host namespaces',
  'host-port': 'hostPort',
  'volume-type': 'restricted volume types',
  'proc-mount': 'procMount',
  'unsafe-sysctl': 'forbidden sysctls',
  'selinux-options': 'seLinuxOptions',
  'app-armor': 'forbidden AppArmor profile',
  'host-probe': 'probe or lifecycle host',
  'host-process': 'hostProcess',
  'user-unknown': 'runAsNonRoot != true',
  'root-requested': 'runAsUser=0',
};

/**
 * The faults of a creation in a namespace that enforces `restricted`: none where it was admitted;
 * throws otherwise.
 */
export function faultsOf({ status, body }: Answer): readonly Fault[] {
  if (status === 201) return [];
  const message = reasonOf(body);
  const listed = /violates PodSecurity "restricted:latest": (.*)$/s.exec(message)?.[1];
  if (status !== 403 || listed === undefined) throw new Error(`${status} ${message}`);
  return splitOutside(listed).map((part) => {
    const [, check = part, detail = ''] = /^(.*?) \((.*)\)$/s.exec(part) ?? [];
    // AppArmor's reason has a plural where there are several values.
    return { check: check.replace(/profiles$/, 'profile'), detail };
  });
}

/** The parts between commas that stand neither in quotes nor in parentheses. */
function splitOutside(text: string): readonly string[] {
  const parts: string[] = [];
  let part = '';
  let depth = 0;
  for (const [token] of text.matchAll(/"(?:[^"\\]|\\.)*"|, |./gs)) {
    if (token === '(') depth++;
    if (token === ')') depth--;
    if (token === ', ' && depth === 0) {
      parts.push(part);
      part = '';
    } else part += token;
  }
  return [...parts, part];
}

/**
 * Where the faults and the findings of a pod do not say the same, as sentences; nothing where they
 * do.
 */
export function disagreements(
  faults: readonly Fault[],
  findings: readonly Finding[],
): readonly string[] {
  return [
    ...faults.flatMap((fault) => unnamed(fault, findings)),
    ...findings.flatMap((finding) => unfounded(finding, faults)),
  ];
}

function unnamed({ check, detail }: Fault, findings: readonly Finding[]): readonly string[] {
  const naming = findings.filter(({ code }) => codesByCheck[check]?.includes(code));
  if (naming.length === 0) return [`no finding names "${check}" (${detail})`];
  return quotedAfter(/(?:containers?|volumes?) /g, detail)
    .filter(
      (name) =>
        !naming.some(
          (finding) =>
            (finding.container !== undefined && isOf(name, finding.container)) ||
            (finding.container === undefined && saysOf(finding, check, name)),
        ),
    )
    .map((name) => `no finding names "${check}" of "${name}"`);
}

/** Whether it is the container, or one that fills its volumes, which has its user. */
function isOf(name: string, container: string): boolean {
  return name === container || name.startsWith(seedName(container));
}

/** A finding about the whole pod says nothing of one volume unless it names it. */
function saysOf(finding: Finding, check: string, name: string): boolean {
  return check !== 'restricted volume types' || sentenceOf(finding).includes(`"${name}"`);
}

function unfounded(finding: Finding, faults: readonly Fault[]): string[] {
  const { code, container } = finding;
  const check = checkByCode[code];
  if (check === undefined) return [];
  const fault = faults.find((each) => each.check === check);
  if (fault === undefined) return [`${code} is not seen by Pod Security: ${sentenceOf(finding)}`];
  // Where the pod itself is at fault, or a container says so, Pod Security does not go on to those
  // that say nothing.
  const all = /\bpod\b/.test(fault.detail) || check === 'runAsNonRoot != true';
  return container === undefined || all || fault.detail.includes(`"${container}"`)
    ? []
    : [`${code} of "${container}" is not seen by Pod Security: ${fault.detail}`];
}

/** The quoted names of the lists that follow a word. */
function quotedAfter(word: RegExp, text: string): readonly string[] {
  return [...text.matchAll(new RegExp(`${word.source}("[^"]*"(?:, "[^"]*")*)`, 'g'))].flatMap(
    ([, list = '']) => [...list.matchAll(/"([^"]*)"/g)].map(([, name = '']) => name),
  );
}
