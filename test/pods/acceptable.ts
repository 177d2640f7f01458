/**
 * A generated pod as an API server accepts it: of what the rules that keep the root look at, all
 * that is valid.
 */
import type { Container, Pod, Volume, VolumeMount } from '../../src/core/pod/pod.ts';

/**
 * The pod without what is refused whatever the policies say, and without what none of those rules
 * reads.
 */
export function acceptable({ metadata, spec }: Pod): object {
  const volumes = (spec.volumes ?? []).map(withSource);
  const known = new Set(volumes.map(({ name }) => name));
  const contain = (list: readonly Container[] | null | undefined): readonly object[] =>
    (list ?? []).map((container) => reduced(container, known));
  return {
    metadata: { name: 'p', annotations: metadata?.annotations },
    spec: {
      hostPID: spec.hostPID ?? false,
      volumes,
      containers: contain(spec.containers),
      initContainers: contain(spec.initContainers),
    },
  };
}

/** A claim template would need more than these rules read. */
function withSource(volume: Volume): Volume {
  return volume['ephemeral'] === undefined ? volume : { name: volume.name, emptyDir: {} };
}

function reduced(container: Container, volumes: ReadonlySet<string>): object {
  const { name, image, command, terminationMessagePath, securityContext } = container;
  const { privileged, readOnlyRootFilesystem, capabilities } = securityContext ?? {};
  return {
    ...{ name, image: image ?? 'web', command, terminationMessagePath },
    securityContext: { privileged, readOnlyRootFilesystem, capabilities },
    volumeMounts: (container.volumeMounts ?? [])
      .filter((mount) => volumes.has(mount.name))
      .map((mount) => consistent(mount, privileged === true)),
  };
}

/** The API takes Bidirectional of privileged containers, and recursiveReadOnly where it can be. */
function consistent(mount: VolumeMount, privileged: boolean): object {
  const { mountPropagation, recursiveReadOnly, ...rest } = mount;
  const propagation = privileged || mountPropagation !== 'Bidirectional' ? mountPropagation : null;
  const recursive = mount.readOnly === true && (propagation ?? 'None') === 'None';
  return {
    ...rest,
    mountPropagation: propagation,
    recursiveReadOnly: recursive ? recursiveReadOnly : null,
  };
}
