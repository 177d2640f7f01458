/**
 * Where in its manifest a finding is about: the field that is weak, or where the field would stand.
 */
import { containerLists } from '../../core/pod/pod.ts';
import { lineOf } from '../../documents/index.ts';
import type { Container, Pod } from '../../core/pod/pod.ts';
import type { ReasonCode } from '../../core/findings/reasons.ts';
import type { Finding, RuleId } from '../../core/findings/finding.ts';
import type { Position } from '../../documents/index.ts';
import type { HardenedObject } from '../input/hardening.ts';

/**
 * The line and column of the finding's field, or of the nearest part around it that is written
 * down.
 */
export function placeOfFinding(finding: Finding, object: HardenedObject): Position {
  return placeInPod(pointerOf(finding, object.pod), object);
}

/** `pointer` is relative to the pod or pod template. */
export function placeInPod(
  pointer: string,
  { file, document, location }: HardenedObject,
): Position {
  return lineOf(file, document, location.pointer + pointer);
}

/** The object's own first line: of a workload, not of its template. */
export function placeOfObject({ file, document, location }: HardenedObject): Position {
  const own = /^(?:\/items\/\d+)*/.exec(location.pointer)?.[0] ?? '';
  return lineOf(file, document, own);
}

/**
 * The pointer of the named container; that of the pod's spec for one that is not in the pod (yet).
 */
export function containerPointer(pod: Pod, name: string): string {
  for (const list of containerLists) {
    const index = (pod.spec[list] ?? []).findIndex((container) => container.name === name);
    if (index >= 0) return `/spec/${list}/${index}`;
  }
  return '/spec';
}

function pointerOf(finding: Finding, pod: Pod): string {
  if (finding.container === undefined) return podField(finding, pod);
  const base = containerPointer(pod, finding.container);
  const container = containerLists
    .flatMap((list) => pod.spec[list] ?? [])
    .find(({ name }) => name === finding.container);
  return container === undefined ? base : `${base}/${containerField(finding, container)}`;
}

/** The field of a container that each rule is about. */
const containerFields: Partial<Record<RuleId, string>> = {
  'no-privileged': 'securityContext/privileged',
  'no-escape': 'securityContext/capabilities/add',
  'host-paths': 'volumeMounts',
  'termination-message': 'terminationMessagePath',
  'read-only-root': 'securityContext/readOnlyRootFilesystem',
  'no-privilege-escalation': 'securityContext/allowPrivilegeEscalation',
  'drop-capabilities': 'securityContext/capabilities',
  seccomp: 'securityContext/seccompProfile',
  'non-root': 'securityContext/runAsUser',
  'writable-paths': 'volumeMounts',
  'seeded-paths': 'volumeMounts',
};

/** The field of a security context, of a container or of the pod, that a reason is about. */
const securityFields: Partial<Record<ReasonCode, string>> = {
  'proc-mount': 'securityContext/procMount',
  'selinux-options': 'securityContext/seLinuxOptions',
  'app-armor': 'securityContext/appArmorProfile',
  'host-process': 'securityContext/windowsOptions',
  'root-requested': 'securityContext/runAsUser',
  'non-root-overridden': 'securityContext/runAsNonRoot',
};

/** The reasons that are about one mount, which the sentence names. */
const mountCodes = new Set<ReasonCode>([
  'read-only-mount',
  'read-only-meant',
  'propagation-narrowed',
]);

function containerField({ rule, code, detail }: Finding, container: Container): string {
  if (mountCodes.has(code)) {
    const index = (container.volumeMounts ?? []).findIndex(({ name }) => mentions(detail, name));
    return index < 0 ? 'volumeMounts' : `volumeMounts/${index}`;
  }
  if (code === 'device-at-path') return 'volumeDevices';
  if (code === 'host-port') return 'ports';
  const securityField = securityFields[code];
  if (securityField !== undefined) return securityField;
  if (code === 'host-probe') {
    const probes = ['startupProbe', 'livenessProbe', 'readinessProbe'];
    return probes.find((probe) => detail.includes(probe)) ?? 'lifecycle';
  }
  if (rule === 'masked-binaries') {
    return container.startupProbe == null ? 'lifecycle/postStart' : 'startupProbe';
  }
  return containerFields[rule] ?? '';
}

function podField({ rule, code, detail }: Finding, { spec }: Pod): string {
  if (code === 'host-namespace') {
    const fields = ['hostNetwork', 'hostPID', 'hostIPC'];
    return `/spec/${fields.find((field) => detail.includes(field)) ?? ''}`;
  }
  if (code === 'volume-type') {
    const index = (spec.volumes ?? []).findIndex(({ name }) => mentions(detail, name));
    return `/spec/volumes/${index}`;
  }
  if (code === 'unsafe-sysctl' || rule === 'unprivileged-ports') {
    return '/spec/securityContext/sysctls';
  }
  if (code === 'windows-pod') return '/spec';
  const securityField = securityFields[code];
  if (securityField !== undefined) return `/spec/${securityField}`;
  if (rule === 'seccomp' || rule === 'non-root') return '/spec/securityContext';
  return '/metadata/annotations';
}

function mentions(detail: string, name: string): boolean {
  return detail.includes(`"${name}"`);
}
