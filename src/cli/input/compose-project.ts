/** Reads and hardens Compose projects: for `compose`, and for Compose files among manifests. */
import { readFileSync, statSync } from 'node:fs';
import { basename, dirname, isAbsolute, join, resolve } from 'node:path';
import { hardenProject, layersOf, parseEnvFile, writeEdits } from '../../compose/index.ts';
import { environment } from '../../config.ts';
import { failure, success } from '../../core/values/result.ts';
import { escapeToken } from '../../core/values/json-pointer.ts';
import { wholePod } from '../../core/context/context.ts';
import { lineOf, readManifests } from '../../documents/index.ts';
import { AppError, fileReasonOf } from '../../error.ts';
import type { HardenedProject, Layer, Lookup, Project } from '../../compose/index.ts';
import type { Catalogue } from '../../core/catalogue/match/catalogue.ts';
import type { Policy } from '../../core/context/context.ts';
import type { Operation } from '../../core/patch.ts';
import type { Pod } from '../../core/pod/pod.ts';
import type { Problem, Result } from '../../core/values/result.ts';
import type { ManifestFile } from '../../documents/index.ts';
import type { HardenedObject } from './hardened-object.ts';
import type { Source } from './sources.ts';

/** What a user says of a project besides its files. */
export interface ComposeOptions {
  /** Undefined: the files say it. */
  readonly swarm: boolean | undefined;
  readonly images: ReadonlyMap<string, string>;
  /** Files of variables in the place of `.env`. */
  readonly envFiles: readonly string[] | undefined;
}

/** Nothing is said. */
export const defaultComposeOptions: ComposeOptions = {
  swarm: undefined,
  images: new Map(),
  envFiles: undefined,
};

/** A file of a project, with what its text reads as. */
export interface ReadSource {
  readonly source: Source;
  readonly read: Result<ManifestFile>;
}

/** Reads the text of a file once, for whoever looks into it before it is hardened. */
export function readCompose(source: Source): ReadSource {
  return { source, read: readManifests(source.text, source.name) };
}

/** A file of a project, hardened. */
export interface HardenedComposeFile {
  readonly source: Source;
  readonly file: ManifestFile;
  /** The services, by document: what `check` and `explain` print. */
  readonly objects: readonly HardenedObject[];
  readonly layers: readonly Layer[];
  /** By document. */
  readonly edits: ReadonlyMap<number, readonly Operation[]>;
}

/** A larger `.env` or `env_file` is left unread. */
const maxEnvironmentFile = 1024 * 1024;

/**
 * Hardens the files of one project, of which each is put over those before. Refused with all
 * problems of its files, each with its place.
 */
export function hardenCompose(
  sources: readonly ReadSource[],
  catalogue: Catalogue,
  policy: Policy,
  options: ComposeOptions = defaultComposeOptions,
): Result<readonly HardenedComposeFile[]> {
  const files: ManifestFile[] = [];
  const layers: Layer[] = [];
  const problems: Problem[] = [];
  for (const { read } of sources) {
    const found = read.ok ? readLayers(read.value, options.swarm) : read;
    if (!found.ok) problems.push(...found.problems);
    else {
      files.push(found.value.file);
      layers.push(...found.value.layers);
    }
  }
  if (problems.length > 0) return failure(...problems);
  const folder = folderOf(sources[0]?.source);
  const lookup = lookupIn(folder, options.envFiles);
  if (!lookup.ok) return lookup;
  const hardened = hardenProject(
    {
      layers,
      lookup: lookup.value,
      images: options.images,
      folder: resolve(folder),
      extended: extendedReader(folder, options.swarm),
      environmentFile: (path) => readEnvironmentFile(resolve(folder, path), lookup.value),
      placed: placeIn,
    },
    catalogue,
    policy,
  );
  if (!hardened.ok) return hardened;
  return success(
    sources.flatMap(({ source }, index) => {
      const file = files[index];
      return file === undefined ? [] : [hardenedFile(source, file, layers, hardened.value)];
    }),
  );
}

/** The text of a file with its hardened services. */
export function composeText({ file, source, layers, edits }: HardenedComposeFile): string {
  const edited = writeEdits(file, layers, edits);
  if (edited.ok) return edited.value;
  throw new AppError(
    'own-fault',
    `${source.name}: ${edited.problems[0]?.message ?? 'not editable'}`,
  );
}

interface ReadLayers {
  readonly file: ManifestFile;
  readonly layers: readonly Layer[];
}

function readLayers(file: ManifestFile, swarm: boolean | undefined): Result<ReadLayers> {
  const layers = layersOf(file, swarm, (document, pointer, message) => ({
    file: file.name,
    ...lineOf(file, document, pointer),
    message,
  }));
  return layers.ok ? success({ file, layers: layers.value }) : layers;
}

function placeIn({ file, document }: Layer, pointer: string, message: string): Problem {
  return { file: file.name, ...lineOf(file, document, pointer), message };
}

function folderOf(source: Source | undefined): string {
  return source?.path === undefined ? '.' : dirname(source.path);
}

/** Variables of the shell win over those of `.env`, or of the files in its place. */
function lookupIn(folder: string, envFiles: readonly string[] | undefined): Result<Lookup> {
  const shell: Lookup = (name) => environment[name];
  const values = new Map<string, string>();
  const problems: Problem[] = [];
  for (const path of envFiles ?? [join(folder, '.env')]) {
    const read = readEnvironmentFile(path, shell);
    if (read === undefined && envFiles !== undefined) {
      problems.push({ file: path, message: 'cannot be read as a file of variables' });
    }
    for (const [name, value] of read ?? []) values.set(name, value);
  }
  if (problems.length > 0) return failure(...problems);
  return success((name) => shell(name) ?? values.get(name));
}

/** Undefined where there is no such file, or it is none of variables. */
function readEnvironmentFile(
  path: string,
  lookup: Lookup,
): ReadonlyMap<string, string> | undefined {
  try {
    const found = statSync(path);
    if (!found.isFile() || found.size > maxEnvironmentFile) return undefined;
    return parseEnvFile(readFileSync(path, 'utf8'), lookup);
  } catch {
    return undefined;
  }
}

/** Reads files that services extend, each once. Their paths are relative to who names them. */
function extendedReader(folder: string, swarm: boolean | undefined): Project['extended'] {
  const known = new Map<string, Result<readonly Layer[]>>();
  const folders = new Map<ManifestFile, string>();
  return (path, from) => {
    const base = folders.get(from.file) ?? folder;
    const full = isAbsolute(path) ? path : join(base, path);
    if (statSync(full, { throwIfNoEntry: false }) === undefined) return undefined;
    let layers = known.get(full);
    if (layers === undefined) {
      const read = readExtended(full, swarm);
      if (read.ok) folders.set(read.value.file, dirname(full));
      layers = read.ok ? success(read.value.layers) : read;
      known.set(full, layers);
    }
    return layers;
  };
}

function readExtended(path: string, swarm: boolean | undefined): Result<ReadLayers> {
  try {
    const read = readManifests(readFileSync(path, 'utf8'), path);
    const layers = read.ok ? readLayers(read.value, swarm) : read;
    if (layers.ok) return layers;
    const [{ message, line = 1 } = { message: '' }] = layers.problems;
    return failure({ message: `${path}:${line}: ${message}` });
  } catch (error) {
    return failure({ message: `${path} cannot be read: ${fileReasonOf(error)}.` });
  }
}

function hardenedFile(
  source: Source,
  file: ManifestFile,
  layers: readonly Layer[],
  project: HardenedProject,
): HardenedComposeFile {
  const own = layers.filter((layer) => layer.file === file);
  const edits = own.map((layer) => [layer.document, project.edits.get(layer) ?? []] as const);
  return {
    source,
    file,
    layers: own,
    objects: own.map((layer) => objectOf(layer, project)),
    edits: new Map(edits),
  };
}

/** All services of a document as one object, whose containers they are. */
function objectOf(layer: Layer, { services, findings, edits }: HardenedProject): HardenedObject {
  const own = services.flatMap((service) =>
    service.layer === layer && service.hardened !== undefined ? [service.hardened] : [],
  );
  const given = layer.value['name'];
  // As docker compose calls a project: by its folder.
  const name = typeof given === 'string' ? given : basename(resolve(dirname(layer.file.name)));
  const pod = joined(own.map(({ before }) => before));
  return {
    file: layer.file,
    document: layer.document,
    location: {
      pointer: '',
      kind: 'Compose',
      name,
      claims: [],
      pod,
    },
    pod,
    services: new Map(
      own.map(({ service }) => [
        service.name,
        `${layer.form.services}/${escapeToken(service.name)}`,
      ]),
    ),
    subject: wholePod,
    operations: edits.get(layer) ?? [],
    hardening: {
      pod: joined(own.map(({ after }) => after)),
      patch: edits.get(layer) ?? [],
      findings: findings.flatMap((each) => (each.layer === layer ? [each.finding] : [])),
    },
  };
}

/** The pods of services as one, in which each volume's name has that of its service before it. */
function joined(pods: readonly Pod[]): Pod {
  const isShared = (name: string): boolean => name.startsWith('lithopod-');
  const containers = pods.flatMap(({ spec }) =>
    spec.containers.map((container) => ({
      ...container,
      volumeMounts: (container.volumeMounts ?? []).map((mount) => ({
        ...mount,
        name: isShared(mount.name) ? mount.name : `${container.name}/${mount.name}`,
      })),
    })),
  );
  const volumes = pods.flatMap(({ spec }) => {
    const [first] = spec.containers;
    return (spec.volumes ?? []).map((volume) => ({
      ...volume,
      name: isShared(volume.name) ? volume.name : `${first?.name ?? ''}/${volume.name}`,
    }));
  });
  return { spec: { containers, volumes } };
}
