/**
 * Hardens a pod that an object of some kind holds. What the kind does not take is left out, with a
 * finding; the operations are those of the whole document.
 */
import { harden } from './harden.ts';
import { diff } from './patch.ts';
import { placeOf } from './pod/pod-templates.ts';
import { fit } from './templates/fit.ts';
import type { Catalogue } from './catalogue/match/catalogue.ts';
import type { PodExemptions } from './exemptions/pod-exemptions.ts';
import type { Policy, Subject } from './context/context.ts';
import type { Finding } from './findings/finding.ts';
import type { Hardening } from './harden.ts';
import type { Refusal } from './kinds/kind.ts';
import type { PartPlace } from './kinds/parts.ts';
import type { Operation } from './patch.ts';
import type { Pod } from './pod/pod.ts';
import type { TemplateLocation } from './pod/pod-templates.ts';

/** What the kind of a template says of it. */
export type Holder = Pick<TemplateLocation, 'pointer' | 'places' | 'refuses' | 'patches'>;

/**
 * Hardens the pod as `harden` does, as far as its kind takes it. `pod` is the pod at the location,
 * and so are the pointers of the patch and of the findings.
 */
export function hardenTemplate(
  holder: Holder,
  pod: Pod,
  catalogue: Catalogue,
  policy: Policy,
  subject: Subject,
  exemptions?: PodExemptions,
): Hardening {
  const hardening = harden(pod, catalogue, policy, subject, exemptions);
  const refusals = refusalsOf(holder);
  const patches = holder.patches ?? [];
  if (refusals.length === 0 && patches.length === 0) return hardening;
  const { pod: fitted, findings } =
    hardening.patch.length === 0
      ? { pod, findings: hardening.findings }
      : fit(pod, hardening.pod, hardening.findings, refusals);
  return {
    pod: fitted,
    patch: diff(pod, fitted),
    findings: [...findings, ...patches.map((pointer) => patchedLater(pointer))],
  };
}

function refusalsOf({ refuses = [], places = [] }: Holder): readonly Refusal[] {
  const missing = places
    .filter(({ object }) => object === undefined)
    .map(({ pod }) => ({
      field: pod.replace(/^\/(?:spec\/)?/, ''),
      why: 'its kind has no place for it',
    }));
  const named = new Set(refuses.map(({ field }) => field));
  return [...refuses, ...missing.filter(({ field }) => !named.has(field))];
}

function patchedLater(pointer: string): Finding {
  const field = pointer.split('/').at(-1) ?? '';
  return {
    rule: 'pod-security',
    code: 'pod-patched-later',
    container: undefined,
    at: '',
    args: { field },
  };
}

/** The operations of a template's patch as those of its document. */
export function documentOperations(
  holder: Holder,
  { pod, patch }: Hardening,
): readonly Operation[] {
  const { places } = holder;
  if (places === undefined) {
    return patch.map((operation) => ({ ...operation, path: holder.pointer + operation.path }));
  }
  const operations: Operation[] = [];
  const done = new Set<PartPlace>();
  for (const operation of patch) {
    const place = placeOf(places, operation.path);
    if (place?.object === undefined) continue;
    const isFirst = !done.has(place);
    done.add(place);
    if (place.whole === true) {
      const value = valueIn(pod, place.pod);
      if (isFirst) operations.push({ op: 'add', path: place.object, value });
      continue;
    }
    operations.push(moved(operation, place.object, place, isFirst));
  }
  return operations;
}

function valueIn(pod: Pod, pointer: string): unknown {
  return pointer
    .split('/')
    .slice(1)
    .reduce<unknown>((value, key) => (value as Record<string, unknown> | undefined)?.[key], pod);
}

function moved(
  operation: Operation,
  object: string,
  { pod, offset = 0, absent = false }: PartPlace,
  isFirst: boolean,
): Operation {
  const inside = operation.path.slice(pod.length);
  const tail = /^\/([0-9]+)/.exec(inside);
  if (offset === 0 || tail === null) {
    return { ...operation, path: object + inside };
  }
  const [lead, index = ''] = tail;
  const rest = inside.slice(lead.length);
  if (absent && isFirst && operation.op === 'add' && rest === '') {
    return { op: 'add', path: object, value: [operation.value] };
  }
  return { ...operation, path: `${object}/${Number(index) - offset}${rest}` };
}

/**
 * The operations of several templates of one document as one sequence. Two may share a list, as the
 * driver and the executors of a Spark application share their volumes: where both would make the
 * list, the second one adds to it.
 */
export function joinOperations(parts: readonly (readonly Operation[])[]): readonly Operation[] {
  if (parts.length < 2) return parts[0] ?? [];
  const lists = new Map<string, number>();
  return parts.flat().flatMap((operation): readonly Operation[] => {
    if (operation.op !== 'add' || !Array.isArray(operation.value)) return [operation];
    const values: readonly unknown[] = operation.value;
    const { path } = operation;
    const length = lists.get(path);
    lists.set(path, (length ?? 0) + values.length);
    if (length === undefined) return [operation];
    return values.map((value, index) => ({ op: 'add', path: `${path}/${length + index}`, value }));
  });
}
