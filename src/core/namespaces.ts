/** Labels of namespaces, and the namespaces that no webhook selects (manifests/70-webhook.yaml). */

export const labelPrefix = 'lithopod.dev/';

/** What follows the prefix in a label that exists. */
export const labelModes = ['enforce', 'audit', 'warn', 'require'] as const;
export type LabelMode = (typeof labelModes)[number];

/** Kubernetes' own. Lithopod's own namespace, whose name is free, is not selected either. */
export const neverSelectedNamespaces: ReadonlySet<string> = new Set([
  'kube-system',
  'kube-node-lease',
  'kube-public',
]);

/** Lithopod's own, where nobody chose another. It is not selected either. */
export const defaultOwnNamespace = 'lithopod-system';

/**
 * Whether no webhook selects the namespace, whatever its labels ask for: it is one of Kubernetes'
 * own or, by its name or the label of its manifest, Lithopod's.
 */
export function isNeverSelected(name: string, labels: Readonly<Record<string, string>>): boolean {
  return (
    neverSelectedNamespaces.has(name) ||
    name === defaultOwnNamespace ||
    labels['app.kubernetes.io/name'] === 'lithopod'
  );
}
