/**
 * Which objects of a cluster are Lithopod's, and the order in which they go.
 *
 * An object is Lithopod's where its kind and name are in the manifests or overlays of this package,
 * or where it has the label `app.kubernetes.io/name: lithopod` and a name of ours: one that another
 * release has.
 */
import { isObject } from '../core/values/json.ts';
import { readManifests } from './kustomize.ts';
import type { Manifest, ReadText } from './manifest.ts';

/** A kind of which Lithopod has objects, with their names in this release. */
export interface OwnKind {
  /** Empty for the core group. */
  readonly group: string;
  readonly kind: string;
  readonly names: ReadonlySet<string>;
}

/** By it the objects of other releases are found. */
export const ownLabel = { key: 'app.kubernetes.io/name', value: 'lithopod' } as const;

/** What `rotate` makes, and in other modes the operator or cert-manager. */
const tlsSecret = 'lithopod-tls';

/**
 * First what asks the webhook and what refuses, so that nobody is ever kept from working; what
 * would make a Secret again before the Secret; last what holds others.
 */
const order: readonly (readonly string[])[] = [
  ['MutatingWebhookConfiguration', 'ValidatingWebhookConfiguration'],
  ['ValidatingAdmissionPolicyBinding'],
  ['ValidatingAdmissionPolicy'],
  ['Certificate', 'Issuer'],
  ['Deployment'],
  ['RoleBinding', 'ClusterRoleBinding'],
  ['Role', 'ClusterRole'],
  [],
  ['CustomResourceDefinition'],
  ['Namespace'],
];
const anyOther = order.findIndex((kinds) => kinds.length === 0);

/** The place of a kind in the order; the smallest goes first. */
export function removalRank(kind: string): number {
  const rank = order.findIndex((kinds) => kinds.includes(kind));
  return rank === -1 ? anyOther : rank;
}

/** The kinds of all manifests and overlays. */
export function ownKinds(
  listFolder: (path: string) => readonly string[],
  read: ReadText,
): readonly OwnKind[] {
  const folders = ['manifests', ...listFolder('overlays').map((name) => `overlays/${name}`)];
  const paths = folders.flatMap((folder) =>
    listFolder(folder)
      .filter((name) => name.endsWith('.yaml') && name !== 'kustomization.yaml')
      .map((name) => `${folder}/${name}`),
  );
  const kinds = new Map<string, { group: string; kind: string; names: Set<string> }>();
  const add = (group: string, kind: string, name: string): void => {
    const key = `${group}/${kind}`;
    const known = kinds.get(key) ?? { group, kind, names: new Set<string>() };
    kinds.set(key, known);
    known.names.add(name);
  };
  add('', 'Secret', tlsSecret);
  for (const manifest of paths.flatMap((path) => readManifests(path, read))) {
    // What configures kustomize has no name.
    if (!isNamed(manifest)) continue;
    const { kind, metadata, spec } = manifest;
    add(groupOf(manifest), kind, metadata.name);
    if (kind === 'Certificate' && isObject(spec) && typeof spec['secretName'] === 'string') {
      add('', 'Secret', spec['secretName']);
    }
  }
  return [...kinds.values()];
}

function isNamed(manifest: Partial<Manifest>): manifest is Manifest {
  return manifest.metadata?.name !== undefined;
}

/** The API group of a kind; empty for the core group. */
export function groupOf({ apiVersion }: { readonly apiVersion: string }): string {
  return apiVersion.includes('/') ? (apiVersion.split('/')[0] ?? '') : '';
}

/** Whether an object that has our label is ours by its name. */
export function hasOwnName(name: string): boolean {
  return name === 'lithopod' || name.startsWith('lithopod-') || name.endsWith('.lithopod.dev');
}
