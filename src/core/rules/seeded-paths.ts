/**
 * A path that the image must write to and where it keeps files gets a volume that holds a copy of
 * them.
 *
 * Fields:
 * - `spec.initContainers`, `spec.volumes`
 * - `volumeMounts` of containers and init containers
 *
 * Allowed: a writable mount of the author's at or above the path.
 *
 * Source: `contents: seeded` in the image's profile. Kubernetes has no copy-up for emptyDir
 * (kubernetes#13914, #28273).
 *
 * An init container of the same image copies the directory itself into the volume: `cp -af DIR
 * /mount/`, without a shell. GNU and busybox succeed on a second run over their own output. The
 * container mounts the copy by subPath, so that the directory keeps its mode and owner: an
 * emptyDir's own root is always 0777 and root's, and `cp -a DIR/.` cannot set its attributes for
 * another user.
 */
import {
  newContainer,
  withContainers,
  withMounts,
  withoutResources,
  withSpec,
} from '../pod/change.ts';
import { containersOf, mapMountable } from '../pod/containers.ts';
import { settingField } from '../pod/container-values.ts';
import { equalValues } from '../pod/equal.ts';
import { withMountsFirst } from '../mounts/volume-index.ts';
import type { VolumeIndex } from '../mounts/volume-index.ts';
import { seedMountPath } from '../mounts/names.ts';
import { seedCommand, seededMount } from '../context/injected.ts';
import { baseName, serviceAccountPath } from '../mounts/paths.ts';
import { toApiPod } from '../pod/uniform-pod.ts';
import { addVolume, losesData, reportData, placeEntry } from './writable-paths.ts';
import type { Entry } from '../context/entry.ts';
import type { RuleContext } from '../context/context.ts';
import type { Container, ContainerList, Pod, VolumeMount } from '../pod/pod.ts';
import type { Report } from '../findings/report.ts';
import { podScope } from './rule.ts';
import type { Rule } from './rule.ts';

export const seededPaths: Rule = {
  id: 'seeded-paths',
  level: 'immutable',
  title: 'Writable paths that keep the image’s files',
  why: 'An emptyDir hides what the image put at a path; a program that needs those files would not start.',
  scopes: podScope,
  apply(pod, context, report) {
    const treated = containersOf(pod, ['initContainers', 'containers']);
    if (!treated.some((container) => hasSeededEntry(container, context))) return pod;

    const work: Work = {
      pod,
      context,
      volumes: context.volumesOf(pod),
      names: new Set(containersOf(pod).map(({ name }) => name)),
      seeds: new Map(),
      report,
    };
    const mounted = mapMountable(pod, context, (container, list) =>
      seedContainerPaths(container, list, work),
    );
    return placeSeeds(work.volumes.applyTo(mounted), work);
  },
};

interface Work {
  readonly pod: Pod;
  readonly context: RuleContext;
  readonly volumes: VolumeIndex;
  /** Names of all containers, so that a new one meets none of them. */
  readonly names: Set<string>;
  /**
   * The seeding containers that the pod must have, by the name of the container that they are for.
   */
  readonly seeds: Map<string, Container[]>;
  readonly report: Report;
}

function hasSeededEntry(container: Container, context: RuleContext): boolean {
  return context.profileOf(container).entries.some(({ contents }) => contents === 'seeded');
}

function seedContainerPaths(container: Container, list: ContainerList, work: Work): Container {
  const entries = work.context
    .profileOf(container)
    .entries.filter(({ contents }) => contents === 'seeded');
  const mounts: VolumeMount[] = [];
  const several = entries.length > 1;
  for (const entry of entries) {
    const own = seededMount(container, entry, work.volumes);
    const mount = own ?? newMount(container, list, entry, work);
    if (mount === undefined) continue;
    if (own === undefined) mounts.push(mount);
    addSeed(container, entry, mount.name, several, work);
  }
  return withMountsFirst(container, mounts);
}

function newMount(
  container: Container,
  list: ContainerList,
  entry: Entry,
  work: Work,
): VolumeMount | undefined {
  const mountPath = placeEntry(container, entry, work.volumes, work.report);
  if (mountPath === undefined || !canSeed(container, entry, work)) return undefined;
  if (losesData(container, list, entry, work.volumes)) reportData(container, entry, work.report);
  const name = addVolume(container, entry, work.volumes);
  return { name, mountPath, subPath: baseName(entry.path) };
}

function canSeed(container: Container, entry: Entry, work: Work): boolean {
  const { path, moved } = entry;
  if (moved?.unknownContents === true) {
    const { by } = moved;
    work.report.container(container, 'moved-not-seeded', settingField(container, by), { path, by });
    return false;
  }
  const reason = obstacle(container, entry, work);
  if (reason === undefined) return true;
  work.report.container(container, reason, mountsField, { path });
  return false;
}

/** Where a mount of ours would be written. */
const mountsField = '/volumeMounts';

function obstacle(
  container: Container,
  entry: Entry,
  { pod, context }: Work,
): 'seed-without-cp' | 'seed-unreadable' | undefined {
  if (context.profileOf(container).profile.cp === 'none') return 'seed-without-cp';
  const user = container.securityContext?.runAsUser ?? pod.spec.securityContext?.runAsUser ?? 0;
  return entry.readableBy === 'root' && user !== 0 ? 'seed-unreadable' : undefined;
}

function addSeed(
  target: Container,
  entry: Entry,
  volume: string,
  several: boolean,
  work: Work,
): void {
  const present = work.context.seedOf(volume);
  if (present === undefined) {
    work.report.container(target, 'path-seeded', mountsField, { path: entry.path });
  }
  const name = present?.name ?? freeSeedName(target, several ? entry.path : undefined, work);
  const seeds = work.seeds.get(target.name) ?? [];
  seeds.push(seedContainer(name, target, entry, volume, work.context));
  work.seeds.set(target.name, seeds);
}

function freeSeedName(
  target: Container,
  path: string | undefined,
  { names: taken, volumes }: { readonly names: Set<string>; readonly volumes: VolumeIndex },
): string {
  for (let salt = 0; ; salt++) {
    const name = volumes.names.seed(target.name, path, salt);
    if (taken.has(name)) continue;
    taken.add(name);
    return name;
  }
}

/**
 * What copies a seeded path. It has its target's resources, so that neither a quota refuses the pod
 * nor its QoS class changes, and its target's user and security context, so that the files belong
 * to who will write them.
 */
function seedContainer(
  name: string,
  target: Container,
  entry: Entry,
  volume: string,
  context: RuleContext,
): Container {
  const { image, resources, imagePullPolicy, securityContext } = target;
  return newContainer({
    name,
    image,
    command: seedCommand(context.profileOf(target).profile, entry.path),
    resources,
    volumeMounts: [{ name: volume, mountPath: seedMountPath }],
    imagePullPolicy,
    securityContext: toApiPod(securityContext),
  });
}

/**
 * The pod with every seeding container in it: before the init container that it is for, or before
 * all of them where it is for a main container. One that is there already stays where it is,
 * brought back to what it must be where somebody changed it.
 */
function placeSeeds(pod: Pod, work: Work): Pod {
  if (work.seeds.size === 0) return pod;
  const before = pod.spec.initContainers ?? [];
  const missing = new Map([...work.seeds.values()].flat().map((seed) => [seed.name, seed]));
  const kept = before.map((container) => {
    const expected = missing.get(container.name);
    if (expected === undefined) return container;
    missing.delete(container.name);
    return isGenerated(container, expected) ? container : restored(expected, work);
  });
  const forInit = new Set(before.map(({ name }) => name));
  const after: Container[] = [];
  for (const [target, seeds] of work.seeds) {
    if (!forInit.has(target))
      for (const seed of seeds) if (missing.has(seed.name)) after.push(seed);
  }
  for (const container of kept) {
    for (const seed of work.seeds.get(container.name) ?? []) {
      // Once, also where the author gave two containers one name.
      if (missing.delete(seed.name)) after.push(seed);
    }
    after.push(container);
  }
  const same = after.length === before.length && after.every((value, i) => value === before[i]);
  return same ? pod : withSpec(pod, withContainers(pod.spec, 'initContainers', after));
}

function restored(expected: Container, work: Work): Container {
  work.report.container(expected, 'path-seeded', '', { seed: expected.name });
  return expected;
}

/**
 * Whether a container is the generated one as the API server hands it back: with defaults filled
 * in, and with the service account's token mounted when the server runs its own plugins again after
 * a webhook changed the pod.
 */
function isGenerated(actual: Container, expected: Container): boolean {
  const {
    terminationMessagePath: _path,
    terminationMessagePolicy: _policy,
    ...rest
  } = toApiPod(actual) as Container & Readonly<Record<string, unknown>>;
  const mounts = actual.volumeMounts ?? [];
  const seen = withMounts(
    rest,
    mounts.filter(({ mountPath }) => mountPath !== serviceAccountPath),
  );
  return equalValues(withoutEmptyResources(seen), withoutEmptyResources(expected));
}

function withoutEmptyResources(container: Container): Container {
  const { resources } = container;
  return resources && Object.keys(resources).length === 0 ? withoutResources(container) : container;
}
