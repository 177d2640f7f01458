/** Reads the annotation that hardening leaves on a pod. */
import { hardenedAnnotation } from './mounts/names.ts';
import { parseJson } from './values/json.ts';
import type { Pod } from './pod/pod.ts';

/** By the name of the container. Anybody may have written it, so no field is as expected. */
export type HardenedAnnotation = Readonly<
  Record<
    string,
    { readonly profile?: unknown; readonly rules?: unknown; readonly exempt?: unknown } | null
  >
>;

/**
 * The annotation, which is JSON by container name. Undefined where the pod has none; empty where
 * it is not such JSON, since anybody may have written it.
 */
export function readAnnotation({ metadata }: Pod): HardenedAnnotation | undefined {
  const text = metadata?.annotations?.[hardenedAnnotation];
  if (text == null) return undefined;
  const value = parseJson(text);
  return typeof value === 'object' && value !== null ? (value as HardenedAnnotation) : {};
}

/** The names of the Exemptions that spared the pod some rules, each once. */
export function exemptionsIn(annotation: HardenedAnnotation): readonly string[] {
  const names = Object.values(annotation).flatMap((container) => {
    const exempt = container?.exempt;
    return typeof exempt === 'object' && exempt !== null
      ? Object.values(exempt as Readonly<Record<string, unknown>>)
      : [];
  });
  return [...new Set(names.filter((name) => typeof name === 'string'))];
}
