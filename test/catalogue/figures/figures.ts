/**
 * How far the built-in catalogue reaches: over public manifests, and over the official images of
 * Docker Hub.
 */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { defaultPolicy } from '../../../src/core/context/context.ts';
import { harden } from '../../../src/core/harden.ts';
import { canonicalPath, isAtOrBelow } from '../../../src/core/mounts/paths.ts';
import { VolumeIndex, isWritableAt } from '../../../src/core/mounts/volume-index.ts';
import { podTemplates } from '../../../src/core/pod/pod-templates.ts';
import { readPod } from '../../../src/core/pod/read-pod.ts';
import { readManifests } from '../../../src/documents/index.ts';
import type { Catalogue } from '../../../src/core/catalogue/match/catalogue.ts';
import type { Container, Pod, Volume } from '../../../src/core/pod/pod.ts';

const manifests = fileURLToPath(new URL('../../../../shared/corpus/manifests/', import.meta.url));
const officialNames = new URL('official-images.txt', import.meta.url);

export const corpusExists = existsSync(manifests);

/** The figures of docs/coverage.md. */
export interface CoverageFigures {
  readonly readOnly: ReadOnlyFigures;
  readonly references: Share;
  readonly images: Share;
  readonly official: Share & { readonly missing: readonly string[] };
}

/** Some of all. */
export interface Share {
  readonly all: number;
  readonly some: number;
}

/** Containers that run on a read-only root already, and what they get without their emptyDirs. */
export interface ReadOnlyFigures {
  readonly containers: number;
  /** Each directory of theirs is writable after hardening. */
  readonly covered: number;
  /** Hardening gives them just the directories that they had. */
  readonly exact: number;
  /** Hardening gives them a directory that they had not. */
  readonly superfluous: number;
}

/** Of the official images of Docker Hub, those for which the catalogue has a profile. */
export function officialFigures(catalogue: Catalogue): CoverageFigures['official'] {
  const names = readFileSync(officialNames, 'utf8').trim().split('\n');
  const missing = names.filter((name) => !hasProfile(catalogue, name));
  return { all: names.length, some: names.length - missing.length, missing };
}

/** The figures over the public manifests, which must be there. */
export function corpusFigures(
  catalogue: Catalogue,
): Pick<CoverageFigures, 'readOnly' | 'references' | 'images'> {
  const pods = corpusPods();
  const references = pods.flatMap(({ spec }) =>
    containersOf(spec).flatMap(({ image }) => (image == null ? [] : [image])),
  );
  return {
    readOnly: readOnlyFigures(pods, catalogue),
    references: shareOf(references, catalogue),
    images: shareOf([...new Set(references)], catalogue),
  };
}

function corpusPods(): readonly Pod[] {
  return readdirSync(manifests)
    .filter((name) => name.endsWith('.yaml'))
    .sort()
    .flatMap((name) => {
      const read = readManifests(readFileSync(manifests + name, 'utf8'), name);
      return read.ok ? read.value.documents.map(({ value }) => value) : [];
    })
    .flatMap((value) => podTemplates(value))
    .flatMap((location) => {
      const pod = readPod(location.pod);
      return pod.ok ? [pod.value] : [];
    });
}

function containersOf({ containers, initContainers }: Pod['spec']): readonly Container[] {
  return [...(initContainers ?? []), ...containers];
}

function hasProfile(catalogue: Catalogue, image: string): boolean {
  return catalogue.match(image).matched !== 'default';
}

function shareOf(images: readonly string[], catalogue: Catalogue): Share {
  return {
    all: images.length,
    some: images.filter((image) => hasProfile(catalogue, image)).length,
  };
}

/** Containers of one image with the same mounts count once: charts repeat themselves. */
function readOnlyFigures(pods: readonly Pod[], catalogue: Catalogue): ReadOnlyFigures {
  const seen = new Set<string>();
  const figures = { containers: 0, covered: 0, exact: 0, superfluous: 0 };
  for (const pod of pods) {
    const shared = exchangedVolumes(pod);
    for (const container of containersOf(pod.spec)) {
      if (container.securityContext?.readOnlyRootFilesystem !== true) continue;
      const had = ownEmptyDirs(container, pod, shared);
      const key = JSON.stringify([repositoryOf(container.image ?? ''), [...had].sort()]);
      if (seen.has(key)) continue;
      seen.add(key);
      const { gets, isWritable } = pathsGiven(pod, container, had, catalogue);
      figures.containers += 1;
      if (had.every(isWritable)) figures.covered += 1;
      const superfluous = gets.some((path) => !had.some((each) => isAtOrBelow(each, path)));
      if (superfluous) figures.superfluous += 1;
      if (had.length === gets.length && had.every((path) => gets.includes(path)))
        figures.exact += 1;
    }
  }
  return figures;
}

function repositoryOf(image: string): string {
  return image.replace(/@.*$/, '').replace(/:[^/]*$/, '');
}

/** Volumes by which containers hand things to each other are no business of a profile. */
function exchangedVolumes({ spec }: Pod): ReadonlySet<string> {
  const mounted = containersOf(spec).flatMap(({ volumeMounts }) => [
    ...new Set((volumeMounts ?? []).map(({ name }) => name)),
  ]);
  return new Set(mounted.filter((name, index) => mounted.indexOf(name) !== index));
}

function isEmptyDir(name: string, volumes: readonly Volume[]): boolean {
  return volumes.some((volume) => volume.name === name && volume['emptyDir'] != null);
}

function ownEmptyDirs(
  { volumeMounts }: Container,
  { spec }: Pod,
  shared: ReadonlySet<string>,
): readonly string[] {
  return (volumeMounts ?? [])
    .filter(({ name, readOnly }) => readOnly !== true && !shared.has(name))
    .filter(({ name }) => isEmptyDir(name, spec.volumes ?? []))
    .map(({ mountPath }) => canonicalPath(mountPath));
}

/** What a container has after hardening, once its own emptyDirs are taken away. */
interface Given {
  /** The directories that hardening adds. */
  readonly gets: readonly string[];
  readonly isWritable: (path: string) => boolean;
}

function pathsGiven(
  pod: Pod,
  container: Container,
  had: readonly string[],
  catalogue: Catalogue,
): Given {
  const bare: Container = {
    ...container,
    securityContext: { ...container.securityContext, readOnlyRootFilesystem: null },
    volumeMounts: (container.volumeMounts ?? []).filter(
      ({ mountPath }) => !had.includes(canonicalPath(mountPath)),
    ),
  };
  const kept = (bare.volumeMounts ?? []).map(({ mountPath }) => canonicalPath(mountPath));
  const alone: Pod = { ...pod, spec: { ...pod.spec, initContainers: [], containers: [bare] } };
  const hardened = harden(alone, catalogue, defaultPolicy).pod;
  const [after = bare] = hardened.spec.containers;
  const volumes = new VolumeIndex(hardened, []);
  return {
    gets: (after.volumeMounts ?? [])
      .map(({ mountPath }) => canonicalPath(mountPath))
      .filter((path) => !kept.includes(path)),
    isWritable: (path) => isWritableAt(after, path, volumes),
  };
}
