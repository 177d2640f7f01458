/**
 * What a case says of the mounts of a container: judged by the output alone, with the paths
 * compared as runtimes do.
 */
import { canonicalPath, isAtOrBelow } from '../../src/core/mounts/paths.ts';
import type { FoundContainer, FoundPod } from './reader.ts';

type Mount = NonNullable<FoundContainer['volumeMounts']>[number];

const readOnlyKinds = ['configMap', 'secret', 'downwardAPI', 'projected', 'image'];

export function mountProblems(
  pod: FoundPod,
  container: FoundContainer,
  wanted: Readonly<Record<string, readonly string[]>>,
): readonly string[] {
  const problems: string[] = [];
  for (const [key, paths] of Object.entries(wanted)) {
    for (const path of paths) {
      const problem = judge(pod, container, key, path);
      if (problem !== undefined) problems.push(`${path} ${problem}`);
    }
  }
  return problems;
}

function judge(
  pod: FoundPod,
  container: FoundContainer,
  key: string,
  path: string,
): string | undefined {
  const mount = covering(container, path);
  const writable = mount !== undefined && isWritable(pod, mount);
  const emptyDir = mount && emptyDirOf(pod, mount);
  const filled = (sameImage: boolean): boolean =>
    mount !== undefined &&
    (pod.spec.initContainers ?? []).some(
      (init) =>
        init !== container &&
        (!sameImage || init.image === container.image) &&
        init.volumeMounts?.some(({ name }) => name === mount.name) === true,
    );
  switch (key) {
    case 'writable':
      return writable ? undefined : 'is not in a writable mount';
    case 'readOnly':
      return writable ? 'is in a writable mount' : undefined;
    case 'absent':
      return mount !== undefined && canonicalPath(mount.mountPath) === canonicalPath(path)
        ? 'has something mounted at it'
        : undefined;
    case 'seeded':
      return writable && emptyDir !== undefined && filled(true) ? undefined : 'is not filled';
    case 'sticky':
      return writable && (emptyDir === undefined || emptyDir.medium === 'Memory' || filled(false))
        ? undefined
        : 'has no sticky bit';
    case 'notEmptied':
      return emptyDir !== undefined && !filled(true) ? 'is hidden by an empty volume' : undefined;
    default:
      throw new Error(`an unknown expectation of mounts: ${key}`);
  }
}

/** The deepest mount at or above the path; of equals the last. */
function covering({ volumeMounts = [] }: FoundContainer, path: string): Mount | undefined {
  const depth = ({ mountPath }: Mount): number => canonicalPath(mountPath).length;
  return volumeMounts
    .filter(({ mountPath }) => isAtOrBelow(canonicalPath(path), canonicalPath(mountPath)))
    .reduce<Mount | undefined>(
      (best, each) => (best === undefined || depth(each) >= depth(best) ? each : best),
      undefined,
    );
}

function sourceOf({ spec, claims }: FoundPod, { name }: Mount): Readonly<Record<string, unknown>> {
  if (claims.includes(name)) return { persistentVolumeClaim: {} };
  return spec.volumes?.find((volume) => volume.name === name) ?? {};
}

function emptyDirOf(pod: FoundPod, mount: Mount): { readonly medium?: string } | undefined {
  const source = sourceOf(pod, mount);
  return 'emptyDir' in source ? (source['emptyDir'] ?? {}) : undefined;
}

function isWritable(pod: FoundPod, mount: Mount): boolean {
  const source = sourceOf(pod, mount);
  return (
    mount.readOnly !== true &&
    !readOnlyKinds.some((kind) => kind in source) &&
    !Object.values(source).some(
      (value) => (value as { readonly readOnly?: boolean } | null)?.readOnly === true,
    )
  );
}
