/**
 * A container of a hardened pod as `podman run` and `docker run` take it, as strict as the kubelet:
 * no tmpfs that the engine adds to a read-only root, nothing copied into a volume, and no volume
 * for the image's VOLUMEs but those of the pod.
 */
import { isObject } from '../../core/values/json.ts';
import type { Container, Pod, Volume } from '../../core/pod/pod.ts';
import type { EngineName } from './engine.ts';

/** What the flags are made of. */
export interface RunPlan {
  readonly pod: Pod;
  readonly container: Container;
  /** The folder of this machine for each emptyDir on disk. */
  readonly folders: ReadonlyMap<string, string>;
  /** The image's VOLUMEs. */
  readonly volumes: readonly string[];
  /** Leave the root writable, to see what is written there. */
  readonly writableRoot: boolean;
  /** As the engine runs it by itself, with a volume for each VOLUME of the image. */
  readonly plain?: boolean;
}

/** What containerd gives a container and podman does not. */
const moreCapabilities = ['AUDIT_WRITE', 'MKNOD', 'NET_RAW'];

/** The flags for `run` or `create`, without the image and its arguments. */
export function runFlags(plan: RunPlan, engine: EngineName): readonly string[] {
  return [
    ...rootFlags(plan, engine),
    ...userFlags(plan),
    ...privilegeFlags(plan, engine),
    ...(plan.container.env ?? []).flatMap(({ name, value }) =>
      value == null ? [] : [`--env=${name}=${value}`],
    ),
    ...mountFlags(plan, engine),
  ];
}

/** The image and what follows it. */
export function commandOf({ image, command, args }: Container): {
  readonly flags: readonly string[];
  readonly words: readonly string[];
} {
  const [entrypoint, ...more] = command ?? [];
  return {
    flags: entrypoint === undefined ? [] : [`--entrypoint=${entrypoint}`],
    words: [image ?? '', ...more, ...(args ?? [])],
  };
}

function rootFlags({ container, writableRoot }: RunPlan, engine: EngineName): readonly string[] {
  const isReadOnly = container.securityContext?.readOnlyRootFilesystem === true && !writableRoot;
  if (!isReadOnly) return [];
  return engine === 'podman' ? ['--read-only', '--read-only-tmpfs=false'] : ['--read-only'];
}

function userFlags({ pod, container }: RunPlan): readonly string[] {
  const { runAsUser, runAsGroup, fsGroup } = {
    ...pod.spec.securityContext,
    ...container.securityContext,
  } as Readonly<Record<string, number | undefined>>;
  const group = runAsGroup === undefined ? '' : `:${runAsGroup}`;
  return [
    ...(runAsUser === undefined ? [] : [`--user=${runAsUser}${group}`]),
    ...(fsGroup === undefined ? [] : [`--group-add=${fsGroup}`]),
  ];
}

function privilegeFlags({ pod, container }: RunPlan, engine: EngineName): readonly string[] {
  const { capabilities, allowPrivilegeEscalation } = container.securityContext ?? {};
  const dropped = capabilities?.drop ?? [];
  const isAllDropped = dropped.some((name) => name.toUpperCase() === 'ALL');
  const added = [
    ...(engine === 'podman' && !isAllDropped ? moreCapabilities : []),
    ...(capabilities?.add ?? []),
  ];
  return [
    ...dropped.map((name) => `--cap-drop=${name}`),
    ...added.map((name) => `--cap-add=${name}`),
    ...(allowPrivilegeEscalation === false ? ['--security-opt=no-new-privileges'] : []),
    ...(pod.spec.securityContext?.sysctls ?? []).map(
      ({ name, value }) => `--sysctl=${name}=${value}`,
    ),
  ];
}

function mountFlags(plan: RunPlan, engine: EngineName): readonly string[] {
  const { pod, container, folders, volumes } = plan;
  const flags: string[] = [];
  const mounted = new Set<string>();
  for (const { name, mountPath, subPath, readOnly } of container.volumeMounts ?? []) {
    const volume = pod.spec.volumes?.find((one) => one.name === name);
    const folder = folders.get(name);
    if (volume === undefined || emptyDirOf(volume) === undefined) continue;
    mounted.add(mountPath);
    if (folder === undefined) {
      const copy = engine === 'podman' ? ',notmpcopyup' : '';
      flags.push(`--tmpfs=${mountPath}:rw,exec,mode=1777${copy}`);
    } else {
      const inner = subPath === undefined ? '' : `/${subPath}`;
      flags.push(`--volume=${folder}${inner}:${mountPath}${readOnly === true ? ':ro' : ''}`);
    }
  }
  if (plan.plain === true) return flags;
  if (engine === 'podman') flags.push('--image-volume=ignore');
  else if (!plan.writableRoot) {
    // Docker cannot leave them out. A runtime that keeps them off has the image's directory there.
    for (const path of volumes) if (!mounted.has(path)) flags.push(`--tmpfs=${path}:ro`);
  }
  return flags;
}

/** The emptyDir of a volume; undefined for one of another kind. */
export function emptyDirOf(volume: Volume): { readonly isMemory: boolean } | undefined {
  const source: unknown = (volume as Readonly<Record<string, unknown>>)['emptyDir'];
  return isObject(source) ? { isMemory: source['medium'] === 'Memory' } : undefined;
}
