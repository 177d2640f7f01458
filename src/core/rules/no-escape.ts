/**
 * No container holds a capability with which it changes its own root or its node.
 *
 * Fields:
 * - `securityContext.capabilities.add` of every container
 * - `securityContext.capabilities.drop`, where `add` holds `ALL`
 *
 * Allowed:
 * - `add`: all but SYS_ADMIN, DAC_READ_SEARCH, SYS_MODULE, SYS_RAWIO, SYS_BOOT, and SYS_PTRACE
 *   where the pod sets `hostPID`; in any spelling that a runtime may understand. Names of other
 *   characters than `A-Z`, `a-z` and `_` go too, since runtimes fold Unicode letters into those.
 * - `add` with `ALL`: the same by name in `drop`, in capitals and without CAP_, as every runtime
 *   understands them
 *
 * Source: ../pod/capabilities.ts, a table with a reason for each. Why without CAP_: containerd puts
 * CAP_ before what it finds there, so that `CAP_SYS_ADMIN` has no effect (v2.1
 * internal/cri/opts/spec_linux_opts.go; cri-o and dockerd strip CAP_).
 *
 * These stay, and those of them that Pod Security `baseline` forbids are reported:
 * - The fourteen that a runtime gives by default. MKNOD makes no device that the device cgroup lets
 *   be opened; SYS_CHROOT, SETFCAP and DAC_OVERRIDE do not pass a read-only mount.
 * - NET_ADMIN and NET_RAW: meshes and VPNs need them.
 * - BPF and PERFMON: profilers need them, and `bpf_probe_write_user` takes SYS_ADMIN as well.
 * - CHECKPOINT_RESTORE, SYSLOG, SYS_TIME and MAC_ADMIN: none of them writes a file.
 * - SYS_PTRACE without `hostPID`, also with `shareProcessNamespace`: `kubectl debug` asks for it,
 *   and the processes in sight have roots as read-only as its own.
 */
import { withSecurityContext, withAdd, withDrop } from '../pod/change.ts';
import { mapTreated } from '../pod/containers.ts';
import {
  addedField,
  baselineCapabilities,
  capabilityName,
  escapeCapabilities,
} from '../pod/capabilities.ts';
import type { Capabilities, Container } from '../pod/pod.ts';
import type { Report } from '../findings/report.ts';
import { anyScope } from './rule.ts';
import type { Rule } from './rule.ts';

export const noEscape: Rule = {
  id: 'no-escape',
  level: 'immutable',
  title: 'No capability that reaches the root or the node',
  why: 'With SYS_ADMIN, `mount -o remount,rw /` succeeds on a read-only root; with DAC_READ_SEARCH its layers are opened by handle.',
  scopes: anyScope,
  apply(pod, context, report) {
    const names = pod.spec.hostPID === true ? namesWithHostPID : namesWithout;
    const tellsBaseline = context.policy.level === 'immutable';
    return mapTreated(pod, context, (container) => {
      const treated = treat(container, names, report);
      if (tellsBaseline) reportBeyondBaseline(treated, report);
      return treated;
    });
  },
};

const namesWithHostPID = escapeCapabilities.map(({ name }) => name);
const namesWithout = escapeCapabilities
  .filter(({ onlyWithHostPID }) => !onlyWithHostPID)
  .map(({ name }) => name);

function treat(container: Container, names: readonly string[], report: Report): Container {
  const before = container.securityContext?.capabilities;
  if (!before?.add || before.add.length === 0) return container;
  const narrowed = removeFromAdd(before, names, container, report);
  const after = dropByName(narrowed, names, container, report);
  return after === before ? container : withSecurityContext(container, { capabilities: after });
}

function removeFromAdd(
  capabilities: Capabilities,
  names: readonly string[],
  container: Container,
  report: Report,
): Capabilities {
  const add = capabilities.add ?? [];
  const kept: string[] = [];
  const gone: string[] = [];
  for (const text of add) {
    const name = capabilityName(text);
    (name === undefined || names.includes(name) ? gone : kept).push(text);
  }
  if (gone.length === 0) return capabilities;
  const field = addedField(report.original(container), gone);
  report.container(container, 'escape-capability-removed', field, { names: gone });
  return withAdd(capabilities, kept);
}

function dropByName(
  capabilities: Capabilities,
  names: readonly string[],
  container: Container,
  report: Report,
): Capabilities {
  const all = (capabilities.add ?? []).filter((text) => capabilityName(text) === 'ALL');
  if (all.length === 0) return capabilities;
  const drop = capabilities.drop ?? [];
  const dropped = new Set(drop);
  const missing = names.filter((name) => !dropped.has(name));
  if (missing.length === 0) return capabilities;
  const field = addedField(report.original(container), all);
  report.container(container, 'escape-capability-dropped', field, { names: missing });
  return withDrop(capabilities, [...drop, ...missing]);
}

/** At `restricted` a later rule takes them away. */
function reportBeyondBaseline(container: Container, report: Report): void {
  const beyond = container.securityContext?.capabilities?.add?.filter(
    (text) => !baselineCapabilities.has(capabilityName(text) ?? ''),
  );
  if (beyond === undefined || beyond.length === 0) return;
  const field = addedField(report.original(container), beyond);
  report.container(container, 'capability-beyond-baseline', field, { names: beyond });
}
