/**
 * An image from an archive: `docker save`, `podman save` (both of its formats), or an OCI layout as
 * a folder or a tar file. Nothing of it is run.
 */
import { lineage, parentOf } from '../../core/mounts/paths.ts';
import { isObject } from '../../core/values/json.ts';
import { success } from '../../core/values/result.ts';
import { volumesIn } from '../readers/image-config.ts';
import { emptyObservation } from '../readers/reading.ts';
import { archiveProblem, ArchiveError } from './archive-error.ts';
import { openArchive } from './archive-files.ts';
import { unpacked } from './compressed.ts';
import { findImage } from './image-manifest.ts';
import { directoryFacts, makeImageTree } from './image-tree.ts';
import { bytesOf, eachEntry, headerOf } from './tar.ts';
import { userOf } from './image-user.ts';
import type {
  DirectoryFacts,
  Observation,
  User,
  WrittenPath,
} from '../../core/learn/observation.ts';
import type { Result } from '../../core/values/result.ts';
import type { Origin } from '../readers/reading.ts';
import type { EachFile } from './archive-files.ts';
import type { FoundImage } from './image-manifest.ts';
import type { ImageTree } from './image-tree.ts';
import type { TarEntry, TarHeader } from './tar.ts';

/** What an image says of itself. */
export interface ImageContents {
  /** As the archive names it. */
  readonly names: readonly string[];
  readonly digest: string | undefined;
  /** USER, looked up in the image's own /etc/passwd; undefined where it is not there. */
  readonly user: User | undefined;
  /** VOLUME: absolute paths. */
  readonly volumes: readonly string[];
  /** HOME of its variables, or of the user. */
  readonly home: string | undefined;
  readonly workingDirectory: string | undefined;
  readonly tree: ImageTree;
  /** Links to a container's output: `/var/log/nginx/access.log`. */
  readonly outputLinks: readonly string[];
}

/** Manifests and configurations are a few kilobytes. */
const maxSmall = 4 * 1024 * 1024;
/** Of all of them. */
const maxSmallSum = 64 * 1024 * 1024;
/** /etc/passwd of an image has some kilobytes. */
const maxPasswd = 1024 * 1024;
const maxOutputLinks = 1000;

/**
 * Reads an archive. Refused: what cannot be read, an archive without an image, or with several of
 * which `origin.image` names none.
 */
export async function readImageArchive(origin: Origin): Promise<Result<ImageContents>> {
  try {
    const files = await openArchive(origin.file);
    const { image, realPaths } = await findParts(files, origin.image);
    return success(await contentsOf(image, files, realPaths));
  } catch (error) {
    return archiveProblem(error, origin.file);
  }
}

interface Parts {
  readonly image: FoundImage;
  /** `podman save` and old Docker list a layer by the name of a link to it. */
  readonly realPaths: (path: string) => string;
}

async function findParts(files: EachFile, wanted: string | undefined): Promise<Parts> {
  const small = new Map<string, string>();
  const links = new Map<string, string>();
  let sum = 0;
  await files(async (entry) => {
    const { path, type, size, link } = entry;
    if (type === 'link' && link !== undefined) links.set(path, resolved(path, link));
    if (type === 'hard-link' && link !== undefined) links.set(path, resolved('/', link));
    const mayBeJson = /\.json$|^\/blobs\/|^\/[0-9a-f]{64}$/.test(path);
    if (type !== 'file' || size > maxSmall || !mayBeJson) return;
    const bytes = await bytesOf(entry, maxSmall);
    // A layer may be as small.
    if (!/^[\s\ufeff]*[{[]/.test(bytes.subarray(0, 64).toString())) return;
    sum += size;
    if (sum > maxSmallSum) throw new ArchiveError('has more than 64 MiB of JSON');
    small.set(path, bytes.toString());
  });
  const realPaths = (path: string): string => {
    let real = path;
    for (let i = 0; i < 8; i++) real = links.get(real) ?? real;
    return real;
  };
  return { image: findImage((path) => small.get(realPaths(path)), wanted), realPaths };
}

function resolved(path: string, link: string): string {
  return new URL(encodeURI(link), `file://${encodeURI(path)}`).pathname;
}

async function contentsOf(
  image: FoundImage,
  files: EachFile,
  realPaths: Parts['realPaths'],
): Promise<ImageContents> {
  const paths = image.layers.map(realPaths);
  const layers = new Map<string, Layer>();
  // Layers come in any order, and are put one over the other in theirs.
  await files(async (entry) => {
    if (entry.type !== 'file' || !paths.includes(entry.path)) return;
    layers.set(entry.path, await readLayer(entry));
  });
  const tree = makeImageTree();
  const passwd = new Map<string, string>();
  for (const path of paths) {
    const layer = layers.get(path);
    if (layer === undefined) {
      throw new ArchiveError(`has no ${path.slice(1)}, which it names as a layer`);
    }
    tree.nextLayer();
    for (const header of layer.headers) tree.add(header);
    for (const [name, text] of layer.passwd) passwd.set(name, text);
  }
  return describe(image, tree, passwd);
}

interface Layer {
  readonly headers: readonly TarHeader[];
  /** /etc/passwd and /etc/group, where the layer has them. */
  readonly passwd: ReadonlyMap<string, string>;
}

async function readLayer(archive: TarEntry): Promise<Layer> {
  const headers: TarHeader[] = [];
  const passwd = new Map<string, string>();
  await eachEntry(unpacked(archive.body), async (entry) => {
    headers.push(headerOf(entry));
    if (entry.type !== 'file' || !/^\/etc\/(?:passwd|group)$/.test(entry.path)) return;
    passwd.set(entry.path, (await bytesOf(entry, maxPasswd)).toString());
  });
  return { headers, passwd };
}

function describe(
  image: FoundImage,
  tree: ImageTree,
  passwd: ReadonlyMap<string, string>,
): ImageContents {
  const inner = image.config['config'];
  const config = isObject(inner) ? inner : {};
  const { User: user, WorkingDir: workingDirectory, Env: env } = config;
  const found = userOf(typeof user === 'string' ? user : '', passwd);
  const home = (Array.isArray(env) ? (env as readonly unknown[]) : [])
    .map(String)
    .find((line) => line.startsWith('HOME=/'));
  return {
    names: image.names,
    digest: image.digest,
    user: found?.user,
    volumes: volumesIn(config),
    home: home === undefined ? found?.home : home.slice('HOME='.length),
    workingDirectory: typeof workingDirectory === 'string' ? workingDirectory : undefined,
    tree,
    outputLinks: outputLinks(tree),
  };
}

const output = /^\/(?:dev\/(?:stdout|stderr)|proc\/(?:self|1)\/fd\/[12])$/;

function outputLinks(tree: ImageTree): readonly string[] {
  const found: string[] = [];
  tree.walk((path, { link }) => {
    if (link !== undefined && output.test(link) && found.length < maxOutputLinks) found.push(path);
  });
  // The devices themselves are links too.
  return found.filter((path) => !path.startsWith('/dev/')).sort();
}

/** More directories than these are owned by the program of no image. */
const maxOwned = 2000;

/**
 * What the image alone shows, as an observation: its user, its VOLUMEs, and the outermost
 * directories that its user owns or that everybody may write to.
 */
export function observationOfImage(contents: ImageContents, origin: Origin): Observation {
  const { user, volumes, digest, names, tree } = contents;
  const wanted = new Set(volumes);
  tree.walk((path, { type, uid, mode }) => {
    if (type !== 'directory' || wanted.size >= maxOwned) return;
    const isOwn = user !== undefined && user.uid !== 0 && uid === user.uid;
    const isOpen = mode !== undefined && (mode & 0o002) !== 0;
    if ((isOwn || isOpen) && !wanted.has(parentOf(path))) wanted.add(path);
  });
  return {
    ...emptyObservation('image', origin),
    image: origin.image ?? names[0],
    digest,
    users: user === undefined ? [] : [user],
    volumes,
    directories: [...wanted].flatMap((path) => directoryFacts(tree, path) ?? []),
  };
}

/**
 * The observation, with what only the image says: for each directory in which something was
 * written whether the image has it, what is in it, its owner and mode; whether a path was created
 * or changed where the observation does not say; the user, the VOLUMEs.
 */
export function withImage(observation: Observation, contents: ImageContents): Observation {
  const { tree, volumes, digest, names, user } = contents;
  const directories = new Map(observation.directories.map((facts) => [facts.path, facts]));
  const written: WrittenPath[] = [];
  const deleted = new Map<string, number>();
  for (const item of observation.written.map((one) => knownPath(one, tree))) {
    const { path, type, change } = item;
    const parent = parentOf(path);
    // A directory of the image itself was changed: names were made in it, and removed again.
    if (type === 'directory' && change === 'changed') {
      directories.set(path, {
        ...(directories.get(path) ?? unknownDirectory(path)),
        touched: true,
      });
    } else written.push(item);
    if (change === 'deleted') deleted.set(parent, (deleted.get(parent) ?? 0) + 1);
    for (const at of lineage(parent)) {
      if (!directories.has(at)) directories.set(at, unknownDirectory(at));
    }
  }
  return {
    ...observation,
    image: observation.image ?? names[0],
    digest: observation.digest ?? digest,
    users: observation.users.length > 0 || user === undefined ? observation.users : [user],
    volumes: [...new Set([...observation.volumes, ...volumes])],
    written,
    directories: [...directories.values()].map((facts) =>
      knownDirectory(facts, tree, deleted.get(facts.path) ?? 0),
    ),
  };
}

function knownPath(written: WrittenPath, tree: ImageTree): WrittenPath {
  const { path, type, change } = written;
  const node = tree.find(path);
  return {
    ...written,
    type: type === 'unknown' && node !== undefined ? node.type : type,
    change: change === 'unknown' ? (node === undefined ? 'created' : 'changed') : change,
  };
}

/** What was observed of the directory counts before what the image says. */
function knownDirectory(facts: DirectoryFacts, tree: ImageTree, deleted: number): DirectoryFacts {
  const known = directoryFacts(tree, facts.path) ?? facts;
  const entries = facts.imageEntries ?? known.imageEntries;
  const gone = facts.imageEntries === undefined ? deleted : 0;
  return {
    ...known,
    ...facts,
    inImage: facts.inImage ?? known.inImage,
    imageEntries: entries === undefined ? undefined : Math.max(0, entries - gone),
  };
}

function unknownDirectory(path: string): DirectoryFacts {
  return { path, inImage: undefined, imageEntries: undefined };
}
