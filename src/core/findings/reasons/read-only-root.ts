/** Reasons of a read-only root: what the image must write to, and how it gets that. */
import { coverageText } from '../../catalogue/match/tags-apart.ts';
import { shown, shownList } from '../../values/text.ts';
import { changed, conflict, skipped } from '../reason.ts';
import type { Coverage } from '../../catalogue/match/tags-apart.ts';
import type { Undecided } from '../../catalogue/profile/profile.ts';

/** A path of the image's profile. */
interface ProfilePath {
  readonly path: string;
}

/** One that may be elsewhere than the profile has it. */
interface PlacedPath extends ProfilePath {
  /** The variable or flag that brought it to its place. */
  readonly movedBy: string | undefined;
}

/** One that a variable or flag may move. */
interface MovablePath extends ProfilePath {
  readonly by: string;
}

/** One at or above which something is mounted. */
interface MountedPath extends ProfilePath {
  readonly volume: string;
  readonly mountPath: string;
}

interface Unprofiled {
  readonly image: string;
  /** Normalised; absent where the image cannot be read. */
  readonly repository: string | undefined;
  readonly coverage: readonly Coverage[] | undefined;
  /** Its /tmp is on disk, without the sticky bit. */
  readonly plainTmp: boolean;
}

interface Variable {
  readonly variable: string;
}

/** What removes files: `startupProbe` or `postStart hook`. */
interface Action {
  readonly action: string;
}

function movedText(movedBy: string | undefined, end = ''): string {
  return movedBy === undefined ? '' : `, where ${movedBy} has it${end}`;
}

/** What keeps a path of the profile from being made writable. */
export const obstacles = {
  mounted: ({ volume, mountPath }: MountedPath) =>
    `mounts "${shown(volume)}" read-only at ${shown(mountPath)}`,
  device: 'a block device is attached',
  noCopy: 'its image has files and no program to copy them with',
  unreadable: 'its image has files that its user cannot read',
  unknownContents: ({ by }: MovablePath) =>
    `${by} has it, and no profile says that the image has that directory: it stays read-only`,
} as const;

export const readOnlyRootReasons = {
  'root-made-read-only': changed(
    'The root filesystem became read-only.',
    () => 'runs with readOnlyRootFilesystem: true',
  ),
  'writable-root-overridden': changed(
    'The pod asked for a writable root filesystem and gets a read-only one.',
    () => 'asked for readOnlyRootFilesystem: false and runs with true',
    { warn: true },
  ),
  'unprofiled-skipped': skipped(
    'No profile matches the image and the policy leaves such containers as they are.',
    (_: Pick<Unprofiled, 'repository'>) => 'keeps a writable root: no profile matches its image',
    { warn: true, unresolved: true },
  ),
  'no-profile': skipped(
    'No profile is for the image: what it must write to is not known, and it gets the paths of the profile `default`.',
    ({ image, coverage, plainTmp }: Unprofiled) => {
      const near = coverage === undefined ? '' : ` (${coverageText(coverage)})`;
      // Ruby refuses a /tmp without it (ruby/ruby lib/tmpdir.rb).
      const ruby = plainTmp
        ? '; a Ruby program would refuse its /tmp, which has no sticky bit'
        : '';
      return `has the image "${shown(image)}", for which there is no profile${near}: what it must write to is not known${ruby}`;
    },
  ),
  'read-only-root-fails': conflict(
    'The image cannot run with a read-only root, which it got all the same: give it a namespace of its own, or an exemption.',
    // `why` is of the profile's author: a sentence, which its full stop may end.
    ({ why }: { readonly why: string }) =>
      `has an image that cannot run with a read-only root (${why.replace(/\.$/, '')}): run it in a namespace without the label`,
    { warn: true },
  ),
  'variable-set': changed(
    'A variable that the image needs on a read-only root was set.',
    ({ variable }: Variable) => `gets the variable ${variable}`,
  ),
  'variable-kept': skipped(
    'The container sets a variable that the image needs on a read-only root to another value, which stays.',
    ({ variable }: Variable) =>
      `sets ${variable} itself, to another value than a read-only root needs`,
    { warn: true, unresolved: true },
  ),
  'variable-not-set': conflict(
    'A variable that the image needs on a read-only root was not set: it could change what the container says.',
    ({ variable, obstacle }: Variable & { readonly obstacle: 'elsewhere' | 'referenced' }) =>
      `needs the variable ${variable} on a read-only root, which ${
        obstacle === 'elsewhere' ? 'a ConfigMap or Secret of it may set' : 'its own text refers to'
      }: it is not set`,
    { warn: true, unresolved: true },
  ),
  'path-moved-unknown': conflict(
    'The pod moves a path that the image must write to, and does not show where to.',
    ({ path, by, why }: MovablePath & { readonly why: string }) =>
      `moves what it writes at ${path}: ${by} ${why}`,
    { warn: true, unresolved: true },
  ),
  'path-maybe-moved': skipped(
    'A ConfigMap or Secret of the container could move a path that the image must write to.',
    ({ path, by }: MovablePath) =>
      `writes at ${path}, unless a ConfigMap or Secret of it sets ${by}`,
  ),
  'moved-not-seeded': conflict(
    'The pod moves a path that must keep the image’s files to a directory which the image may not have.',
    (args: MovablePath) => `must write to ${args.path}, where ${obstacles.unknownContents(args)}`,
    { warn: true, unresolved: true },
  ),
  'mode-not-set': skipped(
    'A path must have a mode that an emptyDir on disk cannot be given on this cluster.',
    ({ path, mode }: ProfilePath & { readonly mode: string }) =>
      `needs the mode ${mode} at ${path}, which an emptyDir on disk has only on clusters with emptyDir.mode`,
  ),
  'tag-unknown': skipped(
    'The image is named by its digest alone, and its tag would decide between variants: it gets what holds for all.',
    ({
      image,
      profile,
      undecided,
    }: {
      readonly image: string;
      readonly profile: string;
      readonly undecided: Undecided;
    }) =>
      `has the image "${shown(image)}" without a tag, which decides between variants of ${profile}: ${consequences(undecided)}. Write the tag before the digest`,
  ),
  'path-mounted': changed(
    'A path that the image must write to got an emptyDir.',
    ({ path, movedBy }: PlacedPath) => `gets an emptyDir at ${path}${movedText(movedBy)}`,
  ),
  'path-in-memory': changed(
    'A path that the image must write to got an emptyDir in memory, which counts against the container’s memory limit.',
    ({ path, movedBy, why }: PlacedPath & { readonly why: string }) =>
      `gets an emptyDir in memory at ${path}${movedText(movedBy)}, which counts against its memory limit: ${why}`,
    { warn: true },
  ),
  'data-not-persistent': changed(
    'The image keeps data here that should outlive the pod, and the pod mounts none: it got an emptyDir.',
    ({ path, movedBy }: PlacedPath) =>
      `keeps its data at ${path}${movedText(movedBy, ',')} in an emptyDir, which ends with the pod: mount a volume there`,
    { warn: true },
  ),
  'read-only-meant': skipped(
    'At a path that the image must write to the pod mounts a volume that is never writable, or its data read-only.',
    (args: MountedPath) => `must write to ${args.path}, and ${obstacles.mounted(args)}`,
    { unresolved: true },
  ),
  'read-only-mount': conflict(
    'The pod mounts something read-only at or above a path that the image must write to.',
    (args: MountedPath) => `must write to ${args.path}, and ${obstacles.mounted(args)}`,
    { warn: true, unresolved: true },
  ),
  'mount-not-owned': conflict(
    'The pod mounts a volume at a directory of which the program changes the mode. As a user other than root it may not, and does not start while the volume is empty.',
    ({
      path,
      volume,
      variable,
    }: ProfilePath & { readonly volume: string; readonly variable: string | undefined }) => {
      const way =
        variable === undefined ? 'Mount it above' : `Set ${variable} to a directory below it`;
      return `changes the mode of ${shown(path)}, where it mounts "${shown(volume)}": as a user other than root it may not, and does not start while that is empty. ${way}`;
    },
    { warn: true },
  ),
  'device-at-path': conflict(
    'A block device is attached at a path that the image must write to.',
    ({ path }: ProfilePath) => `must write to ${path}, where ${obstacles.device}`,
    { warn: true, unresolved: true },
  ),
  'path-seeded': changed(
    'A path that the image must write to got a volume with a copy of its own files.',
    (args: ProfilePath | { readonly seed: string }) =>
      'seed' in args
        ? {
            sentence: `init container "${args.seed}", which copies the image's files, is like its target again`,
          }
        : `gets a volume at ${args.path} with a copy of the image's files`,
  ),
  'seed-without-cp': conflict(
    'The image has files at a path it must write to, and no program to copy them with.',
    ({ path }: ProfilePath) =>
      `must write to ${path}, where ${obstacles.noCopy}: the path stays read-only`,
    { warn: true, unresolved: true },
  ),
  'seed-unreadable': conflict(
    'The image has files at a path it must write to, and the container’s user cannot read all of them.',
    ({ path }: ProfilePath) =>
      `must write to ${path}, where ${obstacles.unreadable}: the path stays read-only`,
    { warn: true, unresolved: true },
  ),
  'binary-masked': changed(
    'A binary was covered by a file that cannot be executed.',
    ({ path }: ProfilePath) => `cannot execute ${shown(path)}: it is masked`,
  ),
  'removal-taken-out': changed(
    'A probe or hook removed files from the root filesystem, which is read-only now: the container runs without that command.',
    ({ action }: Action) =>
      `removed files of its image in its ${action}, which a read-only root does not allow: it runs without that command`,
  ),
  'binary-not-maskable': conflict(
    'A probe or hook removed a file that no profile lists as maskable: it stays.',
    ({ path }: ProfilePath) =>
      `keeps ${shown(path)}: no profile says that its image starts without it`,
    { warn: true },
  ),
  'binary-in-use': conflict(
    'A binary was to be masked, and the container’s own commands use it: it stays.',
    ({ path }: ProfilePath) => `keeps ${shown(path)}: its own commands use it`,
    { warn: true },
  ),
  'removal-not-understood': conflict(
    'A probe or hook removes files that cannot be told from its text: on a read-only root it may fail.',
    ({ action }: Action) =>
      `removes files in its ${action} that cannot be told from its text: on a read-only root it may fail`,
    { warn: true, unresolved: true },
  ),
  'volumes-evictable': changed(
    'The cluster autoscaler may move the pod although it has emptyDirs now.',
    ({ count }: { readonly count: number }) => ({
      sentence: `the cluster autoscaler may evict the pod with ${count} emptyDir${count === 1 ? '' : 's'} of Lithopod`,
    }),
  ),
  'annotation-written': changed(
    'The annotation that explains the pod was written.',
    ({ annotation }: { readonly annotation: string }) => ({
      sentence: `the annotation ${annotation} tells which profiles and rules apply`,
    }),
  ),
  'annotation-removed': changed(
    'An annotation that explains the pod untruly is removed: the pod is left alone, or the true one has no room.',
    ({ annotation }: { readonly annotation: string }) => ({
      sentence: `the annotation ${annotation} came with a value that is not true of the pod, and is removed`,
    }),
    { warn: true },
  ),
  'annotations-full': conflict(
    'The pod’s annotations have reached the size that the API accepts.',
    ({
      annotation,
      blocksScaleDown,
    }: {
      readonly annotation: string;
      readonly blocksScaleDown: boolean;
    }) => ({
      sentence: `the pod's annotations leave no room for ${annotation}${blocksScaleDown ? ': its emptyDirs block scale-down' : ''}`,
    }),
    { warn: true, unresolved: true },
  ),
};

function consequences({ user, readOnly, data }: Undecided): string {
  const open = [
    ...(user ? ['no user is set'] : []),
    ...(readOnly.length > 0 ? [`${shownList(readOnly)} may have to be writable, and is not`] : []),
    ...(data.length > 0 ? [`${shownList(data)} may be where it keeps data`] : []),
  ];
  return open.length > 0 ? open.join('; ') : 'it gets the paths of all of them';
}
