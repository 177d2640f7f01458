/**
 * The cluster autoscaler may still move a pod that got emptyDirs from us.
 *
 * Fields:
 * - the annotation `cluster-autoscaler.kubernetes.io/safe-to-evict-local-volumes`: names with
 *   commas between them, without spaces
 *
 * Allowed: any value. Our disk volumes are added; what is there stays.
 *
 * Source: kubernetes/autoscaler cluster-autoscaler utils/drain.
 *
 * An emptyDir in memory is not local storage to the autoscaler.
 */
import { totalLimit, withAnnotation } from '../pod/annotations.ts';
import { containersOf } from '../pod/containers.ts';
import { evictableAnnotation, hardenedAnnotation, isInjectedName } from '../mounts/names.ts';
import { injectedVolumeName } from '../context/injected.ts';
import type { RuleContext } from '../context/context.ts';
import type { Pod } from '../pod/pod.ts';
import { annotationPointer } from '../values/json-pointer.ts';
import { podScope } from './rule.ts';
import type { Rule } from './rule.ts';

export const evictableVolumes: Rule = {
  id: 'evictable-volumes',
  level: 'immutable',
  title: 'Volumes that do not block scale-down',
  why: 'A disk emptyDir otherwise keeps the cluster autoscaler from removing the pod’s node.',
  scopes: podScope,
  apply(pod, context, report) {
    const before = pod.metadata?.annotations?.[evictableAnnotation] ?? '';
    // A longer value is not looked into: the API refuses the pod, whatever is in it.
    const names = before.length > totalLimit ? [] : before.split(',');
    const listed = new Set(names.map((name) => name.trim()));
    const missing = diskVolumes(pod, context).filter((name) => !listed.has(name));
    if (missing.length === 0) return pod;

    const value = [...(before === '' ? [] : [before]), ...missing].join(',');
    const after = withAnnotation(pod, evictableAnnotation, value, hardenedAnnotation);
    if (after !== undefined) {
      report.pod('volumes-evictable', annotationPointer(evictableAnnotation), {
        count: missing.length,
      });
      return after;
    }
    report.pod('annotations-full', '/metadata/annotations', {
      annotation: evictableAnnotation,
      blocksScaleDown: true,
    });
    return pod;
  },
};

/** The names of our emptyDirs on disk, each once, in the order of the containers. */
function diskVolumes(pod: Pod, context: RuleContext): readonly string[] {
  const volumes = context.volumesOf(pod);
  const names = new Set<string>();
  for (const container of containersOf(pod, ['initContainers', 'containers'])) {
    const mounted = new Set<string>();
    for (const { name } of container.volumeMounts ?? []) {
      if (isInjectedName(name)) mounted.add(name);
    }
    if (mounted.size === 0 || context.isSeed(container)) continue;
    for (const entry of context.profileOf(container).entries) {
      if (entry.medium !== 'Disk') continue;
      const name = injectedVolumeName(container, entry, volumes);
      if (mounted.has(name) && volumes.get(name) !== undefined) names.add(name);
    }
  }
  return [...names];
}
