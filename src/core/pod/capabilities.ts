/**
 * Capabilities with which a container changes its own root or its node: the one table of the rule
 * `no-escape` and of the policies behind the label `lithopod.dev/require`
 * (manifests/61-policy-require-immutable.yaml).
 */
import type { Container } from './pod.ts';

/** A capability that a hardened container must not have. */
export interface EscapeCapability {
  /** The kernel's name without CAP_. */
  readonly name: string;
  /** It counts only where the pod uses the host's process namespace. */
  readonly onlyWithHostPID: boolean;
  readonly why: string;
}

/** Every such capability, with what it makes possible. */
export const escapeCapabilities: readonly EscapeCapability[] = [
  {
    name: 'SYS_ADMIN',
    onlyWithHostPID: false,
    why: '`mount -o remount,rw /` makes the root writable again',
  },
  {
    name: 'DAC_READ_SEARCH',
    onlyWithHostPID: false,
    why: '`open_by_handle_at` opens any file of the node, the layers of images among them',
  },
  { name: 'SYS_MODULE', onlyWithHostPID: false, why: 'a kernel module may do anything' },
  {
    name: 'SYS_RAWIO',
    onlyWithHostPID: false,
    why: 'reaches the memory and the disks of the node beside the kernel',
  },
  { name: 'SYS_BOOT', onlyWithHostPID: false, why: '`kexec_load` starts another kernel' },
  {
    name: 'SYS_PTRACE',
    onlyWithHostPID: true,
    why: 'with the host’s processes in sight, one of them is made to do anything',
  },
];

/**
 * What Pod Security `baseline` lets a container add (pod-security-admission
 * policy/check_capabilities_baseline.go, v1.34).
 */
export const baselineCapabilities: ReadonlySet<string> = new Set([
  'AUDIT_WRITE',
  'CHOWN',
  'DAC_OVERRIDE',
  'FOWNER',
  'FSETID',
  'KILL',
  'MKNOD',
  'NET_BIND_SERVICE',
  'SETFCAP',
  'SETGID',
  'SETPCAP',
  'SETUID',
  'SYS_CHROOT',
]);

/**
 * The capability's name in upper case, without CAP_; undefined for a text with other characters
 * than ASCII letters and `_`. Such a text has no safe upper case: runtimes fold Unicode too, and
 * make SYS_ADMIN of `ſys_admin` and of `SYS_ADMıN`.
 */
export function capabilityName(text: string): string | undefined {
  if (!/^[A-Za-z_]+$/.test(text)) return undefined;
  const upper = text.toUpperCase();
  return upper.startsWith('CAP_') ? upper.slice('CAP_'.length) : upper;
}

/**
 * Where the container adds the first of the named capabilities, as a JSON pointer relative to the
 * container; the list itself where the name is not in it.
 */
export function addedField({ securityContext }: Container, [name = '']: readonly string[]): string {
  const index = securityContext?.capabilities?.add?.indexOf(name) ?? -1;
  const field = '/securityContext/capabilities/add';
  return index < 0 ? field : `${field}/${index}`;
}
