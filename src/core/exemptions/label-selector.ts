/**
 * Label selectors: which labels match.
 *
 * Source: apimachinery v0.34 pkg/apis/meta/v1 types.go (LabelSelector), pkg/labels/selector.go
 * (Requirement.Matches): NotIn matches labels that do not have the key, too.
 */
export const selectorOperators = ['In', 'NotIn', 'Exists', 'DoesNotExist'] as const;

export interface LabelSelector {
  readonly matchLabels?: Readonly<Record<string, string>> | undefined;
  readonly matchExpressions?: readonly LabelRequirement[] | undefined;
}

export interface LabelRequirement {
  readonly key: string;
  readonly operator: (typeof selectorOperators)[number];
  readonly values?: readonly string[] | undefined;
}

export type Labels = Readonly<Record<string, string | null | undefined>>;

/** Whether the labels match all of the selector. An empty one matches any. */
export function selects(
  { matchLabels = {}, matchExpressions = [] }: LabelSelector,
  labels: Labels,
): boolean {
  return (
    Object.entries(matchLabels).every(([key, value]) => labelOf(labels, key) === value) &&
    matchExpressions.every((requirement) => meets(requirement, labels))
  );
}

function meets({ key, operator, values = [] }: LabelRequirement, labels: Labels): boolean {
  const value = labelOf(labels, key);
  switch (operator) {
    case 'Exists':
      return value !== undefined;
    case 'DoesNotExist':
      return value === undefined;
    case 'In':
      return value !== undefined && values.includes(value);
    case 'NotIn':
      return value === undefined || !values.includes(value);
  }
}

/** Not what objects inherit, such as `constructor`. */
function labelOf(labels: Labels, key: string): string | undefined {
  return Object.hasOwn(labels, key) ? (labels[key] ?? '') : undefined;
}
