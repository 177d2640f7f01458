/**
 * Which layers an archive's image has: `manifest.json` of `docker save` and `podman save`, or
 * `index.json` of an OCI layout (image-spec image-layout.md), which Docker writes beside the other
 * since version 25.
 */
import { isObject, parseJson } from '../../core/values/json.ts';
import { normalisePath } from '../../core/mounts/paths.ts';
import { shownList } from '../../core/values/text.ts';
import { ArchiveError } from './archive-error.ts';
import type { JsonObject } from '../../core/values/json.ts';

/** What is known of an archive's small files, by their path. */
export type SmallFiles = (path: string) => string | undefined;

/** An image, and where its parts are. */
export interface FoundImage {
  readonly names: readonly string[];
  /** Of the manifest; undefined where the archive does not say. */
  readonly digest: string | undefined;
  readonly config: JsonObject;
  /** Paths of the layers, the lowest first. */
  readonly layers: readonly string[];
}

/** Images may have 127 layers; more are no image. */
const maxLayers = 1000;
const maxIndexes = 100;

/**
 * The archive's image: the one that is named, or the only one. Throws an ArchiveError where there
 * is none, several, or a part is missing.
 */
export function findImage(files: SmallFiles, wanted: string | undefined): FoundImage {
  const images = [...dockerImages(files)];
  if (images.length === 0) images.push(...ociImages(files));
  if (images.length === 0)
    throw new ArchiveError('has no manifest.json and no index.json of images');
  const named = images.filter(
    ({ names }) => wanted !== undefined && names.some((name) => isName(name, wanted)),
  );
  const [first, ...others] = named.length > 0 ? named : images;
  if (first === undefined || others.length > 0) {
    const all = images.flatMap(({ names, digest }) => names[0] ?? digest ?? []);
    throw new ArchiveError(`holds several images, name one with --image: ${shownList(all)}`);
  }
  return first;
}

/** `nginx:1.29` is `docker.io/library/nginx:1.29` too. */
function isName(name: string, wanted: string): boolean {
  return name === wanted || name.endsWith(`/${wanted}`);
}

function* dockerImages(files: SmallFiles): Generator<FoundImage> {
  const text = files('/manifest.json');
  if (text === undefined) return;
  const list = parseJson(text);
  if (!Array.isArray(list)) throw new ArchiveError('has a manifest.json that is no list');
  for (const item of list as readonly unknown[]) {
    const { Config: config, RepoTags: tags, Layers: layers } = isObject(item) ? item : {};
    if (typeof config !== 'string' || !isTexts(layers)) {
      throw new ArchiveError('has a manifest.json without Config and Layers');
    }
    yield {
      names: isTexts(tags) ? tags : [],
      digest: undefined,
      config: jsonAt(files, normalisePath(`/${config}`)),
      layers: boundedLayers(layers.map((layer) => normalisePath(`/${layer}`))),
    };
  }
}

function* ociImages(files: SmallFiles): Generator<FoundImage> {
  const left: [path: string, digest: string | undefined, names: readonly string[]][] = [
    ['/index.json', undefined, []],
  ];
  if (files('/index.json') === undefined) return;
  for (let read = 0; left.length > 0; read++) {
    if (read > maxIndexes) throw new ArchiveError(`has more than ${maxIndexes} manifests`);
    const [path, digest, names] = left.shift() ?? ['', undefined, []];
    const manifest = jsonAt(files, path);
    const { manifests, config, layers } = manifest;
    if (Array.isArray(manifests)) {
      for (const item of platformManifests(manifests)) {
        const next = blobOf(item);
        left.push([next, digestOf(item), [...names, ...namesOf(item)]]);
      }
    } else if (isObject(config) && Array.isArray(layers)) {
      const paths = boundedLayers(layers.map(blobOf));
      yield { names, digest, config: jsonAt(files, blobOf(config)), layers: paths };
    }
  }
}

/**
 * Without attestations, which say no platform; where there are several platforms, Linux on this
 * machine's processor or else on amd64.
 */
function platformManifests(list: readonly unknown[]): readonly unknown[] {
  const platformOf = (item: unknown): JsonObject | undefined => {
    const platform = isObject(item) ? item['platform'] : undefined;
    return isObject(platform) ? platform : undefined;
  };
  const images = list.filter((item) => platformOf(item)?.['architecture'] !== 'unknown');
  if (!images.every((item) => platformOf(item) !== undefined)) return images;
  for (const wanted of [process.arch === 'x64' ? 'amd64' : process.arch, 'amd64']) {
    const fitting = images.filter((item) => {
      const platform = platformOf(item);
      return platform?.['os'] === 'linux' && platform['architecture'] === wanted;
    });
    if (fitting.length > 0) return fitting;
  }
  return images;
}

function digestOf(item: unknown): string {
  const digest = isObject(item) ? item['digest'] : undefined;
  if (typeof digest === 'string' && /^sha(?:256|384|512):[0-9a-f]+$/.test(digest)) {
    return digest;
  }
  throw new ArchiveError('has a manifest that names a part without a digest');
}

function blobOf(item: unknown): string {
  return `/blobs/${digestOf(item).replace(':', '/')}`;
}

function namesOf(item: unknown): readonly string[] {
  const annotations = isObject(item) ? item['annotations'] : undefined;
  if (!isObject(annotations)) return [];
  const keys = ['io.containerd.image.name', 'org.opencontainers.image.ref.name'];
  return keys.flatMap((key) => {
    const name = annotations[key];
    return typeof name === 'string' ? [name] : [];
  });
}

function jsonAt(files: SmallFiles, path: string): JsonObject {
  const text = files(path);
  if (text === undefined) throw new ArchiveError(`has no ${path.slice(1)}, which it names`);
  const value = parseJson(text);
  if (isObject(value)) return value;
  throw new ArchiveError(`has a ${path.slice(1)} that is no JSON object`);
}

function isTexts(value: unknown): value is readonly string[] {
  return Array.isArray(value) && value.every((item) => typeof item === 'string');
}

function boundedLayers(layers: readonly string[]): readonly string[] {
  if (layers.length <= maxLayers) return layers;
  throw new ArchiveError(`has more than ${maxLayers} layers`);
}
