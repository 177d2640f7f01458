/**
 * The files of an image: its layers put one over the other, with whiteouts (OCI image-spec
 * layer.md). Names, kinds, owners and modes; no contents but those of the files that are asked for.
 */
import { baseName, parentOf } from '../../core/mounts/paths.ts';
import { ArchiveError } from './archive-error.ts';
import { opaque, ownerOf, whiteout } from './layer.ts';
import type { DirectoryFacts, PathType } from '../../core/learn/observation.ts';
import type { TarHeader } from './tar.ts';

/** Three times what the largest images have. */
const maxNodes = 3_000_000;
/** As many as the kernel follows. */
const maxLinks = 40;

/** A file, a directory or a link of the image. */
export interface ImageNode {
  readonly type: PathType;
  readonly uid: number | undefined;
  readonly gid: number | undefined;
  readonly mode: number | undefined;
  /** Where a link points to, as written. */
  readonly link: string | undefined;
  readonly children: ReadonlyMap<string, ImageNode>;
}

interface TreeNode extends ImageNode {
  type: PathType;
  uid: number | undefined;
  gid: number | undefined;
  mode: number | undefined;
  link: string | undefined;
  /** The layer that wrote it last. */
  layer: number;
  /** The layer that hid what was below it before. */
  hidden: number;
  readonly children: Map<string, TreeNode>;
}

/** Puts layers together. */
export interface ImageTree {
  /** Must be called before the entries of each layer, from the lowest one on. */
  readonly nextLayer: () => void;
  /** Adds an entry of the layer. Throws an ArchiveError for more than three million files. */
  readonly add: (entry: TarHeader) => void;
  /** The node at a normalised path, links of directories above it followed. */
  readonly find: (path: string) => ImageNode | undefined;
  /** Calls `visit` for every path, a directory before what is in it. */
  readonly walk: (visit: (path: string, node: ImageNode) => void) => void;
}

/** An image without files. */
export function makeImageTree(): ImageTree {
  let layer = -1;
  let count = 0;
  const root = newNode(0);
  const make = (): TreeNode => {
    if (++count > maxNodes) throw new ArchiveError(`holds more than ${maxNodes} files`);
    return newNode(layer);
  };
  const directoryAt = (path: string): TreeNode => {
    let node = root;
    for (const name of path.split('/')) {
      if (name === '') continue;
      let child = node.children.get(name);
      if (child === undefined) node.children.set(name, (child = make()));
      node = child;
    }
    return node;
  };
  return {
    nextLayer() {
      layer++;
    },
    add(entry) {
      const parent = directoryAt(parentOf(entry.path));
      const name = baseName(entry.path);
      if (name === opaque) hideBelow(parent, layer);
      else if (name.startsWith(whiteout)) hide(parent, name.slice(whiteout.length), layer);
      else if (entry.path !== '/') put(parent, name, entry, make, layer);
      else describe(root, entry, layer);
    },
    find: (path) => find(root, path),
    walk(visit) {
      const left: [string, TreeNode][] = [['', root]];
      for (let next = left.pop(); next !== undefined; next = left.pop()) {
        const [path, node] = next;
        visit(path === '' ? '/' : path, node);
        for (const [name, child] of node.children) left.push([`${path}/${name}`, child]);
      }
    },
  };
}

function newNode(layer: number): TreeNode {
  return {
    type: 'directory',
    uid: undefined,
    gid: undefined,
    mode: undefined,
    link: undefined,
    layer,
    hidden: -1,
    children: new Map(),
  };
}

function put(
  parent: TreeNode,
  name: string,
  entry: TarHeader,
  make: () => TreeNode,
  layer: number,
): void {
  const before = parent.children.get(name);
  const node = before ?? make();
  describe(node, entry, layer);
  if (before === undefined) parent.children.set(name, node);
  // A file takes the place of a directory and all that is in it.
  if (node.type !== 'directory') node.children.clear();
}

function describe(node: TreeNode, entry: TarHeader, layer: number): void {
  node.type = entry.type === 'hard-link' ? 'file' : entry.type;
  node.uid = entry.uid;
  node.gid = entry.gid;
  node.mode = entry.mode;
  node.link = entry.type === 'link' ? entry.link : undefined;
  node.layer = layer;
}

/** A whiteout hides what lower layers have, never what its own layer brings. */
function hide(parent: TreeNode, name: string, layer: number): void {
  const node = parent.children.get(name);
  if (node === undefined) return;
  if (node.layer < layer) parent.children.delete(name);
  else hideBelow(node, layer);
}

function hideBelow(start: TreeNode, layer: number): void {
  const left = [start];
  for (let node = left.pop(); node !== undefined; node = left.pop()) {
    // Once for each layer: what it brings later is its own.
    if (node.hidden === layer) continue;
    node.hidden = layer;
    for (const [name, child] of node.children) {
      if (child.layer < layer) node.children.delete(name);
      else left.push(child);
    }
  }
}

function find(root: TreeNode, path: string): TreeNode | undefined {
  const left = path
    .split('/')
    .filter((name) => name !== '')
    .reverse();
  let links = 0;
  let above: TreeNode[] = [root];
  for (let name = left.pop(); name !== undefined; name = left.pop()) {
    if (name === '..') above = above.length > 1 ? above.slice(0, -1) : above;
    if (name === '..' || name === '.' || name === '') continue;
    const node: TreeNode | undefined = above.at(-1)?.children.get(name);
    if (node === undefined) return undefined;
    // The last one is what was asked for, be it a link.
    if (node.link === undefined || left.length === 0) {
      above.push(node);
      continue;
    }
    if (++links > maxLinks) return undefined;
    if (node.link.startsWith('/')) above = [root];
    left.push(...node.link.split('/').reverse());
  }
  return above.at(-1);
}

/** As many as anybody wants to know: to copy more at each start is slow. */
const maxCounted = 10_000;

function filesIn(directory: ImageNode): number {
  let count = 0;
  const left = [directory];
  for (let next = left.pop(); next !== undefined && count < maxCounted; next = left.pop()) {
    for (const child of next.children.values()) {
      if (child.type === 'directory') left.push(child);
      else count++;
    }
  }
  return count;
}

/** What the image says of a directory; undefined where it has something else there. */
export function directoryFacts(tree: ImageTree, path: string): DirectoryFacts | undefined {
  const node = tree.find(path);
  if (node === undefined) return { path, inImage: false, imageEntries: 0, imageFiles: 0 };
  if (node.type !== 'directory') return undefined;
  const imageEntries = node.children.size;
  return { path, inImage: true, imageEntries, imageFiles: filesIn(node), ...ownerOf(node) };
}
