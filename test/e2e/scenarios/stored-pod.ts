// Pods as the API server stores them, and whether they are hard: decided here anew, without the
// code under test.

export interface StoredPod {
  readonly kind: string;
  readonly metadata: {
    readonly name: string;
    readonly namespace: string;
    readonly uid: string;
    readonly annotations?: Readonly<Record<string, string>>;
    readonly labels?: Readonly<Record<string, string>>;
  };
  readonly spec: StoredSpec;
  readonly status: { readonly qosClass?: string };
}

export interface StoredSpec {
  readonly containers: readonly StoredContainer[];
  readonly initContainers?: readonly StoredContainer[];
  readonly ephemeralContainers?: readonly StoredContainer[];
  readonly volumes?: readonly StoredVolume[];
  readonly os?: { readonly name: string };
  readonly nodeSelector?: Readonly<Record<string, string>>;
  readonly affinity?: {
    readonly nodeAffinity?: {
      readonly requiredDuringSchedulingIgnoredDuringExecution?: {
        readonly nodeSelectorTerms: readonly {
          readonly matchExpressions?: readonly {
            readonly key: string;
            readonly operator: string;
            readonly values?: readonly string[];
          }[];
        }[];
      };
    };
  };
}

export interface StoredContainer {
  readonly name: string;
  readonly image: string;
  readonly command?: readonly string[];
  readonly env?: readonly { readonly name: string; readonly value?: string }[];
  readonly startupProbe?: unknown;
  readonly securityContext?: {
    readonly readOnlyRootFilesystem?: boolean;
    readonly privileged?: boolean;
    readonly allowPrivilegeEscalation?: boolean;
    readonly runAsNonRoot?: boolean;
    readonly runAsUser?: number;
    readonly capabilities?: { readonly add?: readonly string[]; readonly drop?: readonly string[] };
  };
  readonly volumeMounts?: readonly StoredMount[];
}

export interface StoredMount {
  readonly name: string;
  readonly mountPath: string;
  readonly subPath?: string;
  readonly readOnly?: boolean;
  readonly mountPropagation?: string;
}

export interface StoredVolume {
  readonly name: string;
  readonly emptyDir?: object;
  readonly downwardAPI?: object;
}

export function allContainers({ spec }: StoredPod): readonly StoredContainer[] {
  return [...(spec.initContainers ?? []), ...spec.containers, ...(spec.ephemeralContainers ?? [])];
}

/** What keeps a pod from being immutable, as `container: weakness`; nothing when it is. */
export function weaknesses(pod: StoredPod): readonly string[] {
  return allContainers(pod).flatMap((container) =>
    containerWeaknesses(container).map((weakness) => `${container.name}: ${weakness}`),
  );
}

function containerWeaknesses({ securityContext, volumeMounts = [] }: StoredContainer): string[] {
  const { add = [], drop = [] } = securityContext?.capabilities ?? {};
  const added = add.map((name) => name.toUpperCase().replace(/^CAP_/, ''));
  const dropped = drop.map((name) => name.toUpperCase());
  const all = added.includes('ALL') && !dropped.some((name) => ['ALL', 'SYS_ADMIN'].includes(name));
  return [
    ...(securityContext?.readOnlyRootFilesystem === true ? [] : ['writable root']),
    ...(securityContext?.privileged === true ? ['privileged'] : []),
    ...(added.includes('SYS_ADMIN') || all ? ['SYS_ADMIN'] : []),
    ...(volumeMounts.some(({ mountPropagation }) => mountPropagation === 'Bidirectional')
      ? ['Bidirectional mount']
      : []),
  ];
}

/** What `restricted` asks beyond that, of each container. */
export function restrictedWeaknesses(pod: StoredPod): readonly string[] {
  return allContainers(pod).flatMap(({ name, securityContext }) => {
    const { add = [], drop = [] } = securityContext?.capabilities ?? {};
    return [
      ...(securityContext?.allowPrivilegeEscalation === false ? [] : [`${name}: escalation`]),
      ...(drop.includes('ALL') ? [] : [`${name}: ALL not dropped`]),
      ...(add.some((capability) => capability !== 'NET_BIND_SERVICE')
        ? [`${name}: ${add.join()}`]
        : []),
    ];
  });
}

/** Whether no Linux node takes the pod. */
export function isWindows({ spec }: StoredPod): boolean {
  const terms =
    spec.affinity?.nodeAffinity?.requiredDuringSchedulingIgnoredDuringExecution
      ?.nodeSelectorTerms ?? [];
  const osLabel = /^(beta\.)?kubernetes\.io\/os$/;
  return (
    spec.os?.name === 'windows' ||
    Object.entries(spec.nodeSelector ?? {}).some(
      ([key, value]) => osLabel.test(key) && value === 'windows',
    ) ||
    (terms.length > 0 &&
      terms.every(({ matchExpressions = [] }) =>
        matchExpressions.some(
          ({ key, operator, values }) =>
            osLabel.test(key) && operator === 'In' && values?.join() === 'windows',
        ),
      ))
  );
}

/**
 * Paths at which a container has a volume that it may write to and that goes with the pod, sorted.
 */
export function emptyDirPaths(pod: StoredPod, container: StoredContainer): readonly string[] {
  const emptyDirs = new Set(
    (pod.spec.volumes ?? []).filter(({ emptyDir }) => emptyDir).map(({ name }) => name),
  );
  return (container.volumeMounts ?? [])
    .filter(({ name, readOnly }) => emptyDirs.has(name) && readOnly !== true)
    .map(({ mountPath }) => mountPath)
    .sort();
}

/** Paths over which a container has a file that cannot be executed, sorted. */
export function maskedPaths(container: StoredContainer): readonly string[] {
  return (container.volumeMounts ?? [])
    .filter(({ name }) => name === 'lithopod-masks')
    .map(({ mountPath }) => mountPath)
    .sort();
}

/** The spec without what the API server makes up at random: the name of the token's volume. */
export function comparable(pod: StoredPod): unknown {
  return JSON.parse(JSON.stringify(pod.spec).replace(/kube-api-access-\w{5}/g, 'kube-api-access'));
}

/** A pod that asks for just what this one was stored with, as somebody makes who copies it. */
export function copyOf(pod: StoredPod, name = pod.metadata.name): object {
  const { labels, annotations } = pod.metadata;
  const { ephemeralContainers: _, ...spec } = pod.spec;
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name, ...(labels && { labels }), ...(annotations && { annotations }) },
    spec,
  };
}

/**
 * The profile of each container as the pod itself tells; nothing for a pod that needed no change.
 */
export function profilesOf(pod: StoredPod): Readonly<Record<string, string | undefined>> {
  const told = pod.metadata.annotations?.['lithopod.dev/hardened'];
  const explained = JSON.parse(told ?? '{}') as Record<string, { profile?: string }>;
  return Object.fromEntries(
    Object.entries(explained).map(([name, { profile }]) => [name, profile]),
  );
}
