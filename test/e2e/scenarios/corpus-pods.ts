// The pods of the public manifests that lie beside a checkout of this project, as their controllers
// would make them.

import { existsSync } from 'node:fs';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';

import { podTemplates, type TemplateLocation } from '../../../src/core/pod/pod-templates.ts';
import { readManifests } from '../../../src/documents/index.ts';

const CORPUS = join(import.meta.dirname, '../../../../shared/corpus/manifests');

/** A pod, and where it comes from: file and pointer. */
export interface CorpusPod {
  readonly source: string;
  readonly pod: CorpusManifest;
}

interface CorpusManifest {
  readonly apiVersion: 'v1';
  readonly kind: 'Pod';
  readonly metadata: object;
  readonly spec: CorpusSpec;
}

interface CorpusSpec {
  readonly volumes?: readonly { readonly name: string }[];
  readonly serviceAccountName?: string;
  readonly serviceAccount?: string;
  readonly priorityClassName?: string;
  readonly runtimeClassName?: string;
}

/** Reads the objects of a manifest file, given by its path, as kubectl does. */
export type ReadByKubectl = (path: string) => Promise<readonly unknown[]>;

export const corpusExists = existsSync(CORPUS);

/** Every pod of every manifest. */
export async function corpusPods(readByKubectl: ReadByKubectl): Promise<readonly CorpusPod[]> {
  const names = await readdir(CORPUS);
  const files = names.filter((name) => /\.(ya?ml|json)$/.test(name)).sort();
  const pods: CorpusPod[] = [];
  for (const name of files) {
    for (const [index, object] of (await objectsOf(name, readByKubectl)).entries()) {
      for (const template of podTemplates(object)) {
        pods.push({ source: `${name} [${index}]${template.pointer}`, pod: podOf(template) });
      }
    }
  }
  return pods;
}

/**
 * Our reader is faster; it refuses a few files that kubectl takes, such as those with a key that
 * stands twice.
 */
async function objectsOf(name: string, readByKubectl: ReadByKubectl): Promise<readonly unknown[]> {
  const path = join(CORPUS, name);
  const read = readManifests(await readFile(path, 'utf8'), name);
  return read.ok ? read.value.documents.map(({ value }) => value) : readByKubectl(path);
}

/**
 * A controller takes labels, annotations and spec from the template; the name is another one each
 * time.
 */
function podOf({ pod, claims }: TemplateLocation): CorpusManifest {
  const { metadata, spec = {} } = pod as {
    metadata?: { labels?: object; annotations?: object };
    spec?: CorpusSpec;
  };
  const { labels, annotations } = metadata ?? {};
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: {
      name: 'pod',
      ...(labels && { labels }),
      ...(annotations && { annotations }),
    },
    spec: claims.length === 0 ? spec : withClaims(spec, claims),
  };
}

/**
 * As the StatefulSet controller does: a claim takes the place of the template's volume of the same
 * name.
 */
function withClaims(spec: CorpusSpec, claims: readonly string[]): CorpusSpec {
  const volumes = [
    ...claims.map((name) => ({ name, persistentVolumeClaim: { claimName: `${name}-pod-0` } })),
    ...(spec.volumes ?? []).filter(({ name }) => !claims.includes(name)),
  ];
  return { ...spec, volumes };
}

/** What pods name and the API server looks up at their creation. */
export interface Referents {
  readonly serviceAccounts: readonly string[];
  readonly priorityClasses: readonly string[];
  readonly runtimeClasses: readonly string[];
}

export function referentsOf(pods: readonly CorpusPod[]): Referents {
  const named = (name: (spec: CorpusSpec) => string | undefined): readonly string[] => [
    ...new Set(pods.map(({ pod }) => name(pod.spec) ?? '').filter((found) => found !== '')),
  ];
  return {
    serviceAccounts: named((spec) => spec.serviceAccountName ?? spec.serviceAccount).filter(
      (name) => name !== 'default',
    ),
    priorityClasses: named((spec) => spec.priorityClassName).filter(
      (name) => !name.startsWith('system-'),
    ),
    runtimeClasses: named((spec) => spec.runtimeClassName),
  };
}
