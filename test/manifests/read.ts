import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

import { expect } from 'chai';
import { parseAllDocuments } from 'yaml';

const FOLDER = join(import.meta.dirname, '../../manifests');
/** Namespaces that neither a webhook nor a require policy selects. */
export const NEVER = ['kube-system', 'kube-node-lease', 'kube-public', 'lithopod-system'];

export const LEVELS = ['immutable', 'restricted'];

export interface Selector {
  readonly matchExpressions: readonly {
    readonly key: string;
    readonly operator: string;
    readonly values?: readonly string[];
  }[];
}

export interface Rule {
  readonly apiGroups: readonly string[];
  readonly operations: readonly string[];
  readonly resources: readonly string[];
}

export interface Manifest {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: { readonly name: string; readonly namespace?: string };
  readonly [key: string]: unknown;
}

/** The manifests' own files, sorted: not the kustomization, nor the Secret that is made. */
export const files = readdirSync(FOLDER)
  .filter((file) => /^\d\d-.*\.yaml$/.test(file))
  .sort();

export function text(file: string): string {
  return readFileSync(join(FOLDER, file), 'utf8');
}

export const manifests = files.flatMap((file) =>
  parseAllDocuments(text(file)).map((document) => document.toJS() as Manifest),
);

/** The one manifest of that kind and name, for the caller to say what it looks like. */
export function find(kind: string, name = 'lithopod'): unknown {
  const found = manifests.filter(
    (manifest) => manifest.kind === kind && manifest.metadata.name === name,
  );
  expect(found, `${kind} ${name}`).to.have.length(1);
  return found[0];
}

/**
 * Checks that a selector says what is given, leaves out the namespaces that are never selected, and
 * no more.
 */
export function expectSelection(selector: Selector, ...own: Selector['matchExpressions']): void {
  expect(selector.matchExpressions).to.have.deep.members([
    ...own,
    { key: 'kubernetes.io/metadata.name', operator: 'NotIn', values: NEVER },
  ]);
}
