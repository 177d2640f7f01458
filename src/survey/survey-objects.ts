/** Surveys objects of files: pods, and beside them what else `kubectl get` was asked for. */
import { exemptionKind } from '../core/exemptions/schema.ts';
import { profileKind } from '../core/catalogue/parse/schema.ts';
import { groupBy } from '../core/values/group-by.ts';
import { isObject } from '../core/values/json.ts';
import { failure, success } from '../core/values/result.ts';
import { factsOf } from './facts.ts';
import { makePodIntake } from './pod-intake.ts';
import type { JsonObject } from '../core/values/json.ts';
import type { Result } from '../core/values/result.ts';
import type { SurveyOptions } from './facts.ts';
import type { Survey } from './survey.ts';

/**
 * `values`: documents, of which lists are taken apart. `namespace`: undefined for all. Refused
 * where there is no pod among them.
 */
export function surveyObjects(
  values: readonly unknown[],
  namespace: string | undefined,
  options: SurveyOptions,
): Result<Survey> {
  const byKind = groupBy(values.flatMap(objectsIn), ({ kind }) => kind);
  const of = (kind: string): readonly JsonObject[] =>
    (byKind.get(kind) ?? []).map(({ object }) => object);
  const pods = of('Pod');
  if (pods.length === 0) return failure({ message: `there is no pod to survey: ${howToGet}` });
  const facts = factsOf(
    {
      namespaces: of('Namespace'),
      profiles: of(profileKind),
      exemptions: of(exemptionKind),
    },
    options,
  );
  if (!facts.ok) return facts;
  const intake = makePodIntake(facts.value.facts);
  for (const pod of pods) {
    if (namespace === undefined || namespaceOf(pod) === namespace) intake.take(pod);
  }
  const unread = [
    ...(of('Namespace').length > 0 ? [] : [`the files hold no namespaces: ${howToGet}`]),
    ...facts.value.unready,
  ];
  return success(intake.survey({ ...(namespace !== undefined && { namespace }), unread }));
}

const howToGet = 'kubectl get pods,namespaces -A -o json';

interface KnownObject {
  readonly kind: string;
  readonly object: JsonObject;
}

/** The document, or what a list has in it: no list of the API holds another. */
function objectsIn(value: unknown): readonly KnownObject[] {
  if (!isObject(value)) return [];
  const kind = kindIn(value);
  const { items } = value;
  if (!Array.isArray(items)) return [{ kind, object: value }];
  // The items of a `PodList` and its like are without a kind.
  const ofItems = kind.endsWith('List') ? kind.slice(0, -'List'.length) : '';
  return items.flatMap((item: unknown) =>
    isObject(item) ? [{ kind: kindIn(item) || ofItems, object: item }] : [],
  );
}

function kindIn({ kind }: JsonObject): string {
  return typeof kind === 'string' ? kind : '';
}

function namespaceOf({ metadata }: JsonObject): string {
  const namespace = isObject(metadata) ? metadata['namespace'] : undefined;
  return typeof namespace === 'string' ? namespace : 'default';
}
