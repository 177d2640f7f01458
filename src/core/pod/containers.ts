/** Reads and changes the containers of a pod. What does not change stays the same object. */
import { withContainers, withSpec } from './change.ts';
import { containerLists } from './pod.ts';
import type { Container, ContainerList, Pod, PodSecurityContext, PodSpec, Probe } from './pod.ts';

/**
 * The pod with `change` applied to each container of the named lists, in the order in which
 * containers start. The same pod when `change` returned every container as it was.
 */
export function mapContainers(
  pod: Pod,
  lists: readonly ContainerList[],
  change: (container: Container, list: ContainerList) => Container,
): Pod {
  let spec: PodSpec = pod.spec;
  for (const list of lists) {
    const before = pod.spec[list];
    if (!before) continue;
    const after = mapShared(before, (container) => change(container, list));
    if (after !== before) spec = withContainers(spec, list, after);
  }
  return spec === pod.spec ? pod : withSpec(pod, spec);
}

/**
 * Whether the container runs as user 0 by its own or its pod's security context; undefined where
 * neither says so.
 */
export function runsAsRoot(
  { securityContext: own }: Container,
  shared: PodSecurityContext | null | undefined,
): boolean | undefined {
  const uid = own?.runAsUser ?? shared?.runAsUser;
  if (uid != null) return uid === 0;
  return (own?.runAsNonRoot ?? shared?.runAsNonRoot) === true ? false : undefined;
}

/** Which containers of a pod a rule may change. */
export interface Treated {
  readonly lists: readonly ContainerList[];
  isTreated(container: Container): boolean;
}

/** `mapContainers` for the containers that may be changed; the others remain as they are. */
export function mapTreated(
  pod: Pod,
  treated: Treated,
  change: (container: Container) => Container,
): Pod {
  return mapContainers(pod, treated.lists, (container) =>
    treated.isTreated(container) ? change(container) : container,
  );
}

/** Which containers a rule may change, and which are there only to copy files. */
export interface Mountable extends Treated {
  /** Whether an earlier pass or an earlier rule added the init container. */
  isSeed(container: Container): boolean;
}

/**
 * `mapTreated` for the containers that can get volumes and variables: not for ephemeral ones, which
 * cannot, and not for those that Lithopod added to copy files, which need nothing else.
 */
export function mapMountable(
  pod: Pod,
  mountable: Mountable,
  change: (container: Container, list: ContainerList) => Container,
): Pod {
  return mapContainers(pod, ['initContainers', 'containers'], (container, list) =>
    mountable.isSeed(container) || !mountable.isTreated(container)
      ? container
      : change(container, list),
  );
}

/** All containers of the named lists, in the order in which they start. */
export function containersOf(
  pod: Pod,
  lists: readonly ContainerList[] = containerLists,
): readonly Container[] {
  const containers: Container[] = [];
  for (const list of lists) {
    const ofList = pod.spec[list];
    if (ofList) for (const container of ofList) containers.push(container);
  }
  return containers;
}

/**
 * Whether the container ends before the pod's main ones start: an init container that is no
 * sidecar.
 */
export function endsBeforeMain({ restartPolicy }: Container, list: ContainerList): boolean {
  return list === 'initContainers' && restartPolicy !== 'Always';
}

/** `Array.map`, but returns the given array when `change` returned every element as it was. */
export function mapShared<T>(before: readonly T[], change: (value: T) => T): readonly T[] {
  let after: T[] | undefined;
  let index = 0;
  for (const value of before) {
    const changed = change(value);
    if (changed !== value) after ??= before.slice(0, index);
    after?.push(changed);
    index++;
  }
  return after ?? before;
}

/** The name of a field with a probe or a lifecycle hook. */
export type ActionName =
  'startupProbe' | 'livenessProbe' | 'readinessProbe' | 'postStart' | 'preStop';

/** The field of the action, as a JSON pointer relative to the container. */
export function actionField(action: ActionName): string {
  return action === 'postStart' || action === 'preStop' ? `/lifecycle/${action}` : `/${action}`;
}

/** The probes and lifecycle hooks that the container has, each with its name. */
export function actionsOf(container: Container): readonly (readonly [ActionName, Probe])[] {
  const { startupProbe, livenessProbe, readinessProbe, lifecycle } = container;
  const actions: [ActionName, Probe][] = [];
  for (const [field, action] of [
    ['startupProbe', startupProbe],
    ['livenessProbe', livenessProbe],
    ['readinessProbe', readinessProbe],
    ['postStart', lifecycle?.postStart],
    ['preStop', lifecycle?.preStop],
  ] as const) {
    if (action != null) actions.push([field, action]);
  }
  return actions;
}
