// The pods of the public manifests that lie beside a checkout of this project, as their controllers would make them.

import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';

import { parseAllDocuments } from 'yaml';

import { podTemplates, type TemplateLocation } from '../../../src/core/workload.ts';
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

/** Every pod of every manifest; nothing where the corpus is not there. */
export async function corpusPods(): Promise<readonly CorpusPod[] | undefined> {
  const names = await readdir(CORPUS).catch(() => undefined);
  if (names === undefined) return undefined;
  const files = names.filter((name) => /\.(ya?ml|json)$/.test(name)).sort();
  const pods = await Promise.all(files.map(podsOfFile));
  return pods.flat();
}

async function podsOfFile(name: string): Promise<readonly CorpusPod[]> {
  const text = await readFile(join(CORPUS, name), 'utf8');
  return objectsOf(text, name).flatMap((object, index) =>
    podTemplates(object).map((template) => ({
      source: `${name} [${index}]${template.pointer}`,
      pod: podOf(template),
    })),
  );
}

/** Three files have a key twice, which our reader refuses; an API server gets the last one from kubectl. */
function objectsOf(text: string, name: string): readonly unknown[] {
  const read = readManifests(text, name);
  if (read.ok) return read.value.documents.map(({ value }) => value);
  return parseAllDocuments(text, { version: '1.1', uniqueKeys: false }).map(
    (document) => document.toJS() as unknown,
  );
}

/** A controller takes labels, annotations and spec from the template; the name is another one each time. */
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

/** As the StatefulSet controller does: a claim takes the place of the template's volume of the same name. */
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
