/**
 * The controller of a pod, and the object that has the template of the pod.
 *
 * A ReplicaSet, a ReplicationController and a Job keep the template of their pods. The template of
 * a DaemonSet or StatefulSet changes while its pods run: the one that a pod was made from is in a
 * ControllerRevision, which a label of the pod names (kubernetes v1.34
 * pkg/controller/daemon/update.go snapshot, pkg/controller/statefulset/stateful_set_utils.go
 * setPodRevision).
 */
import { z } from 'zod';

/** A controller, as `metadata.ownerReferences` names it. */
export interface Owner {
  readonly apiVersion: string;
  readonly kind: string;
  readonly name: string;
  readonly uid: string;
}

/** The object that has the template. */
export interface TemplateSource {
  readonly owner: Owner;
  /** `apis/apps/v1` */
  readonly api: string;
  /** `replicasets` */
  readonly plural: string;
  readonly name: string;
}

const reference = z.object({
  apiVersion: z.string(),
  kind: z.string(),
  name: z.string(),
  uid: z.string(),
  controller: z.boolean().nullish(),
});
const owned = z.object({
  metadata: z.object({
    uid: z.string().optional().catch(undefined),
    ownerReferences: z.array(reference).nullish().catch(undefined),
    labels: z.record(z.string(), z.unknown()).nullish().catch(undefined),
  }),
});
type Owned = z.output<typeof owned>;

function metadataOf(object: unknown): Partial<Owned['metadata']> {
  const read = owned.safeParse(object);
  return read.success ? read.data.metadata : {};
}

/** The controller of an object, if it has one. Accepts any value. */
export function controllerOf(object: unknown): Owner | undefined {
  const found = metadataOf(object).ownerReferences?.find(({ controller }) => controller === true);
  if (found === undefined) return undefined;
  const { apiVersion, kind, name, uid } = found;
  return { apiVersion, kind, name, uid };
}

const ownTemplate: Readonly<Record<string, Pick<TemplateSource, 'api' | 'plural'>>> = {
  'apps/v1 ReplicaSet': { api: 'apis/apps/v1', plural: 'replicasets' },
  'v1 ReplicationController': { api: 'api/v1', plural: 'replicationcontrollers' },
  'batch/v1 Job': { api: 'apis/batch/v1', plural: 'jobs' },
};
const revisionLabel = 'controller-revision-hash';

/**
 * Where the template of the pod is. Undefined for a controller of another kind, and for a pod
 * whose label names no revision.
 */
export function templateSourceOf(pod: unknown, owner: Owner): TemplateSource | undefined {
  const { apiVersion, kind, name } = owner;
  const what = `${apiVersion} ${kind}`;
  const own = Object.hasOwn(ownTemplate, what) ? ownTemplate[what] : undefined;
  if (own !== undefined) return { owner, ...own, name };
  const revision = metadataOf(pod).labels?.[revisionLabel];
  if (typeof revision !== 'string') return undefined;
  const revisions = { owner, api: 'apis/apps/v1', plural: 'controllerrevisions' };
  if (what === 'apps/v1 DaemonSet') return { ...revisions, name: `${name}-${revision}` };
  if (what === 'apps/v1 StatefulSet') return { ...revisions, name: revision };
  return undefined;
}

const templated = z.object({ spec: z.object({ template: z.unknown() }) });
const revised = z.object({ data: templated });

/**
 * The template in the object that was read from the source. Undefined where that is another object
 * of the same name, or has no template.
 */
export function templateIn(object: unknown, { owner, plural }: TemplateSource): unknown {
  if (plural !== 'controllerrevisions') {
    if (metadataOf(object).uid !== owner.uid) return undefined;
    const read = templated.safeParse(object);
    return read.success ? read.data.spec.template : undefined;
  }
  if (controllerOf(object)?.uid !== owner.uid) return undefined;
  const read = revised.safeParse(object);
  return read.success ? read.data.data.spec.template : undefined;
}
