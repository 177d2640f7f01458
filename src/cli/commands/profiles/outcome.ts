/**
 * What hardening gives to one container of a pod. Tests of profiles compare it with what they
 * expect, and `match` prints it.
 */
import { containersOf } from '../../../core/pod/containers.ts';
import { makeContext, wholePod } from '../../../core/context/context.ts';
import { harden } from '../../../core/harden.ts';
import { isEmptyDir } from '../../../core/context/injected.ts';
import { applyingVariants } from '../../../core/catalogue/profile/variant.ts';
import type { Catalogue, Match } from '../../../core/catalogue/match/catalogue.ts';
import type {
  ResolvedProfile,
  Variant,
  WritablePath,
} from '../../../core/catalogue/profile/profile.ts';
import type { Policy } from '../../../core/context/context.ts';
import type { Container, Pod, VolumeMount } from '../../../core/pod/pod.ts';
import type { Finding } from '../../../core/findings/finding.ts';

/** A volume that hardening mounts. */
export type MountOutcome = Pick<WritablePath, 'contents' | 'medium' | 'sizeLimit'>;

/** What one container has after hardening. */
export interface Outcome {
  readonly match: Match;
  readonly resolved: ResolvedProfile;
  readonly variants: readonly Variant[];
  /** The volumes that hardening mounts, by path. */
  readonly mounts: ReadonlyMap<string, MountOutcome>;
  /** The binaries that it masks. */
  readonly masked: readonly string[];
  /** The user of the hardened container, whether the pod or the profile names it. */
  readonly user: UserOutcome;
  /** The variables of the hardened container that have literal values. */
  readonly env: ReadonlyMap<string, string>;
  readonly lowPorts: boolean;
  /** The findings of the container and of the pod as a whole. */
  readonly findings: readonly Finding[];
}

/** A user and its groups; undefined where neither the container nor its pod names one. */
export interface UserOutcome {
  readonly uid: number | undefined;
  readonly gid: number | undefined;
  readonly fsGroup: number | undefined;
}

/** The user that a container runs as, by its own security context and that of its pod. */
export function userOf(
  { securityContext: own }: Container,
  { spec: { securityContext: shared } }: Pod,
): UserOutcome {
  return {
    uid: own?.runAsUser ?? shared?.runAsUser ?? undefined,
    gid: own?.runAsGroup ?? shared?.runAsGroup ?? undefined,
    fsGroup: shared?.fsGroup ?? undefined,
  };
}

/** Hardens the pod and gives the outcome for `container`, which must be one of the pod's. */
export function outcomeOf(
  pod: Pod,
  container: Container,
  catalogue: Catalogue,
  policy: Policy,
): Outcome {
  const { name } = container;
  const context = makeContext(pod, catalogue, policy, wholePod);
  const { match, profile, facts } = context.profileOf(container);
  const { pod: hardened, findings } = harden(pod, catalogue, policy);
  const after = containersOf(hardened).find((each) => each.name === name) ?? container;
  const mounts = addedMounts(container, after).map((mount) => ({
    mount,
    ...volumeOf(mount, pod, hardened),
  }));
  return {
    match,
    resolved: profile,
    variants: applyingVariants(match.compiled, container, facts),
    mounts: new Map(
      mounts.flatMap(({ mount, outcome }) =>
        outcome === undefined ? [] : [[mount.mountPath, outcome] as const],
      ),
    ),
    masked: mounts
      .filter(({ outcome }) => outcome === undefined)
      .map(({ mount }) => mount.mountPath),
    user: userOf(after, hardened),
    env: new Map(
      (after.env ?? []).flatMap(({ name: key, value }) =>
        value == null ? [] : [[key, value] as const],
      ),
    ),
    lowPorts: (hardened.spec.securityContext?.sysctls ?? []).some(
      (sysctl) => sysctl.name === 'net.ipv4.ip_unprivileged_port_start',
    ),
    findings: findings.filter(
      (finding) => finding.container === undefined || finding.container === name,
    ),
  };
}

function addedMounts(before: Container, after: Container): readonly VolumeMount[] {
  const ofContainer = new Set((before.volumeMounts ?? []).map(({ mountPath }) => mountPath));
  return (after.volumeMounts ?? []).filter(({ mountPath }) => !ofContainer.has(mountPath));
}

/** The volume of an added mount. Its outcome is undefined where the mount masks a binary. */
function volumeOf(
  { name }: VolumeMount,
  before: Pod,
  after: Pod,
): { readonly outcome: MountOutcome | undefined } {
  const volume = after.spec.volumes?.find((each) => each.name === name);
  if (volume === undefined || !isEmptyDir(volume)) return { outcome: undefined };
  const emptyDir = (volume['emptyDir'] ?? {}) as { medium?: string; sizeLimit?: string };
  const old = new Set((before.spec.initContainers ?? []).map((each) => each.name));
  const seeds = (after.spec.initContainers ?? []).filter((each) => !old.has(each.name));
  const seeded = seeds.some(({ volumeMounts }) =>
    volumeMounts?.some((mount) => mount.name === name),
  );
  return {
    outcome: {
      contents: seeded ? 'seeded' : 'empty',
      medium: emptyDir.medium === 'Memory' ? 'Memory' : 'Disk',
      ...(emptyDir.sizeLimit !== undefined && { sizeLimit: emptyDir.sizeLimit }),
    },
  };
}
