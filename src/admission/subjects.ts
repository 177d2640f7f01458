/**
 * The pods and pod templates of a request.
 *
 * On `pods/ephemeralcontainers` only those containers of `request.object` count that
 * `request.oldObject` does not have. The API server lets a caller write anything beside them and
 * drops it only after admission (kubernetes v1.34 pkg/registry/core/pod/strategy.go,
 * dropNonEphemeralContainerUpdates). So the platform, annotations and volumes are taken from the
 * stored pod.
 *
 * A workload is read in every mode and changed in none, because its pods are reviewed later. Under
 * enforce it is read only to warn, so there a template that cannot be read is passed over.
 */
import { nameProblems, newNameProblems } from '../core/pod/object-names.ts';
import { podTemplates } from '../core/pod/pod-templates.ts';
import { readPod } from '../core/pod/read-pod.ts';
import type { Holder } from '../core/harden-template.ts';
import type { Subject } from '../core/context/context.ts';
import type { FieldProblem } from '../core/pod/object-names.ts';
import type { Pod } from '../core/pod/pod.ts';
import type { Problem } from '../core/values/result.ts';
import type { Request } from './request.ts';
import type { Mode } from './routes.ts';

/** One pod of a request. */
export interface HardeningSubject {
  readonly pod: Pod;
  /** A workload's template: it is neither patched nor refused, since its pods come later. */
  readonly isTemplate: boolean;
  /** Of a workload's template: what its kind takes. */
  readonly holder?: Holder;
  readonly subject: Subject;
  /**
   * Names that the API server refuses, with their place in the object. Such a pod is not hardened.
   */
  readonly nameFaults: readonly FieldProblem[];
}

/**
 * What is to be hardened: an empty list for a request that has nothing to harden, or one sentence
 * where the request cannot be read.
 */
export function subjectsOf(request: Request, mode: Mode): readonly HardeningSubject[] | string {
  const isPod = request.group === '' && request.resource === 'pods';
  if (isPod && request.subResource === '' && request.operation === 'CREATE')
    return podSubject(request);
  if (isPod && request.subResource === 'ephemeralcontainers') return ephemeralSubject(request);
  const isWorkload = !isPod && request.subResource === '';
  if (!isWorkload || !['CREATE', 'UPDATE'].includes(request.operation)) return [];
  const templates = templateSubjects(request);
  return typeof templates === 'string' && mode === 'enforce' ? [] : templates;
}

function podSubject({ object }: Request): readonly HardeningSubject[] | string {
  if (object == null) return missing('object');
  const pod = readPod(object);
  if (!pod.ok) return problemText('object', '', pod.problems);
  return [
    {
      pod: pod.value,
      isTemplate: false,
      subject: { scope: 'pod', claims: [], existing: [] },
      nameFaults: nameProblems(pod.value.spec),
    },
  ];
}

function ephemeralSubject(request: Request): readonly HardeningSubject[] | string {
  const { object, oldObject, operation } = request;
  if (operation !== 'UPDATE') return [];
  if (object == null) return missing('object');
  if (oldObject == null) return missing('oldObject');
  const stored = readPod(oldObject);
  if (!stored.ok) return problemText('oldObject', '', stored.problems);
  const pod = readPod(withEphemeralContainers(stored.value, object));
  if (!pod.ok) return problemText('object', '', pod.problems);
  const existing = (stored.value.spec.ephemeralContainers ?? []).map(({ name }) => name);
  return [
    {
      pod: pod.value,
      isTemplate: false,
      subject: { scope: 'ephemeral-containers', claims: [], existing },
      nameFaults: newNameProblems(pod.value.spec, new Set(existing)),
    },
  ];
}

/**
 * The stored pod with the ephemeral containers of the object, which may be of any shape. A patch of
 * these containers fits both objects.
 */
function withEphemeralContainers({ metadata, spec }: Pod, object: unknown): unknown {
  const given = (object as { readonly spec?: { readonly ephemeralContainers?: unknown } }).spec;
  return { metadata, spec: { ...spec, ephemeralContainers: given?.ephemeralContainers } };
}

function templateSubjects({ object }: Request): readonly HardeningSubject[] | string {
  if (object == null) return missing('object');
  const subjects: HardeningSubject[] = [];
  for (const holder of podTemplates(object)) {
    const { pod: template, pointer, claims } = holder;
    const pod = readPod(template);
    if (!pod.ok) return problemText('object', pointer, pod.problems);
    const subject: Subject = { scope: 'pod', claims, existing: [] };
    const place = pointer.slice(1).replaceAll('/', '.');
    const faults = nameProblems(pod.value.spec).map((fault) => ({
      ...fault,
      field: `${place}.${fault.field}`,
    }));
    subjects.push({ pod: pod.value, isTemplate: true, holder, subject, nameFaults: faults });
  }
  return subjects;
}

function missing(field: 'object' | 'oldObject'): string {
  return `request.${field} is missing`;
}

function problemText(
  field: 'object' | 'oldObject',
  pointer: string,
  [problem]: readonly Problem[],
): string {
  return `request.${field}${pointer}${problem?.path ?? ''} ${problem?.message ?? 'cannot be read'}`;
}
