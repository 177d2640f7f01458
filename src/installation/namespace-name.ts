/** Which names Lithopod's own namespace may have. */

/** Where Lithopod is unless another namespace is asked for. */
export const defaultNamespace = 'lithopod-system';

const dnsLabel = /^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$/;

/** Whether it is a name that a namespace can have: a DNS label. */
export function isNamespaceName(name: string): boolean {
  return dnsLabel.test(name);
}

/**
 * Whether Kubernetes makes and needs the namespace itself. It can be nobody's to label, to limit
 * and to delete.
 */
export function isReservedNamespace(name: string): boolean {
  return name === 'default' || name.startsWith('kube-');
}

/** Why Lithopod cannot be installed there, as the end of a sentence; undefined where it can. */
export function namespaceProblem(name: string): string | undefined {
  if (!isNamespaceName(name)) {
    return 'is no name of a namespace: lower-case letters, digits and dashes, at most 63, with a letter or digit at both ends';
  }
  if (name === 'default') {
    return 'cannot be Lithopod’s own: no pod of its namespace is hardened, and Kubernetes does not let it be deleted';
  }
  if (isReservedNamespace(name)) {
    return 'cannot be Lithopod’s own: names that begin with kube- are reserved for Kubernetes';
  }
  return undefined;
}
