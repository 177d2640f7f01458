/**
 * The draft of an ImageProfile from what was observed of containers of one image. Pure: the caller
 * groups observations by image and gives the day.
 */
import { lintPath } from '../catalogue/lints/index.ts';
import { pathFormProblem } from '../catalogue/profile/text-forms.ts';
import { parseProfiles } from '../catalogue/parse/parse.ts';
import { maxId } from '../catalogue/parse/schema.ts';
import { maxEntries, maxOwnDirectories, maxPath } from '../catalogue/profile/bounds.ts';
import { repositoryOf } from '../images/image-reference.ts';
import { isAtOrBelow, parentOf } from '../mounts/paths.ts';
import { groupBy } from '../values/group-by.ts';
import { failure, success } from '../values/result.ts';
import { compareText } from '../values/text.ts';
import { isShared } from './contents.ts';
import { draftText } from './draft-text.ts';
import { merge } from './merge.ts';
import { notesOf } from './notes.ts';
import { placesOf } from './places.ts';
import { whyOf } from './why.ts';
import type { Evidence, ImageUser } from '../catalogue/profile/profile.ts';
import type { Result } from '../values/result.ts';
import type { DraftEntry, DraftSpec } from './draft-spec.ts';
import type { Knowledge } from './merge.ts';
import type { Note } from './notes.ts';
import type { Observation } from './observation.ts';
import type { Place } from './places.ts';

export interface DraftOptions {
  /** The patterns of the profile. Without them: the repositories of the observed images. */
  readonly images?: readonly string[];
  /** Names of other profiles, of which the draft has none. */
  readonly taken?: ReadonlySet<string>;
  /** In place of what the observations say of themselves. */
  readonly evidence?: readonly Evidence[];
}

export interface Draft {
  /** One ImageProfile in YAML, with comments. The lints of profiles have nothing against it. */
  readonly profile: string;
  readonly spec: DraftSpec;
  /** What the profile cannot say: what is unknown, refused, left out, or to be looked at. */
  readonly notes: readonly Note[];
}

/**
 * Makes the draft. Fails where there is no observation, where none of them names an image and the
 * options do not either, and where the image's name is no pattern of a profile.
 */
export function draftProfile(
  observations: readonly Observation[],
  options: DraftOptions = {},
): Result<Draft> {
  const images = options.images ?? repositoriesOf(observations);
  const [first] = images;
  if (observations.length === 0) return failure({ message: 'Nothing was observed.' });
  if (first === undefined)
    return failure({ message: 'What was observed does not say of which image it is.' });
  const knowledge = merge(observations);
  const { places, misplaced } = placesOf(knowledge, images);
  const volumes = dataOf(knowledge, images);
  // Where the program writes around a VOLUME, what is around has it too.
  const data = {
    own: volumes.own,
    entries: volumes.entries.filter(
      ({ path }) => !places.some((place) => place.path !== path && isAtOrBelow(path, place.path)),
    ),
  };
  const inside = places.filter(
    ({ path }) => !data.entries.some((entry) => isAtOrBelow(path, entry.path)),
  );
  const own = inside.map((place) => {
    const found = ownOf(place, knowledge, images);
    const isTaken = data.entries.some(({ path }) => isAtOrBelow(path, found?.entry.path ?? ''));
    return found === undefined || isTaken ? undefined : found;
  });
  const around = own.flatMap((each) => (each === undefined ? [] : [each.entry.path]));
  const narrow = inside.flatMap((place, index) =>
    own[index] === undefined && !around.some((path) => isAtOrBelow(place.path, path))
      ? [entryOf(place)]
      : [],
  );
  const made = own
    .flatMap((each) => (each === undefined ? [] : [each.entry]))
    .sort((a, b) => compareText(a.path, b.path));
  const single = made.filter(
    ({ path }, index) => made.findIndex((each) => isAtOrBelow(path, each.path)) === index,
  );
  const all = [...narrow, ...single].sort((a, b) => compareText(a.path, b.path));
  const entries = [...all, ...data.entries].slice(0, maxEntries);
  const spec: DraftSpec = {
    name: nameOf(first, options.taken),
    ...(entries.some(isEmptyTmp) && { extends: 'default' }),
    images,
    entries,
    ownDirectories: [
      ...data.own,
      ...own.flatMap((each) => (each === undefined ? [] : [each.directory])),
    ].slice(0, maxOwnDirectories),
    user: userOf(knowledge, data.entries.length > 0),
    volumes: knowledge.volumes.filter(isVolumePath).slice(0, maxEntries),
    evidence: options.evidence ?? evidenceOf(observations),
  };
  const notes = notesOf(knowledge, {
    misplaced,
    entries,
    omitted: all.length + data.entries.length - entries.length,
  });
  const profile = draftText(spec, knowledge);
  const parsed = parseProfiles(profile, '');
  return parsed.ok ? success({ profile, spec, notes }) : parsed;
}

/** Which Ruby refuses, since an emptyDir on disk has no sticky bit: `default` has a variant. */
function isEmptyTmp({ path, contents }: DraftEntry): boolean {
  return path === '/tmp' && contents === 'empty';
}

function repositoriesOf(observations: readonly Observation[]): readonly string[] {
  const repositories = observations.flatMap(({ image = '' }) => repositoryOf(image) ?? []);
  return [...new Set(repositories)].sort();
}

function entryOf(place: Place): DraftEntry {
  const { path, contents } = place;
  return { list: 'writable', path, contents, why: whyOf(place), seenIn: place.in.size };
}

function isVolumePath(path: string): boolean {
  return path !== '/' && path.length <= maxPath && pathFormProblem(path) === undefined;
}

interface Own {
  readonly entry: DraftEntry;
  readonly directory: DraftSpec['ownDirectories'][number];
}

const ownWhy = 'the program gave it a mode, which only its owner may';

/**
 * The directory above one that the program filled and made its own by its mode: no volume's root
 * can be that one. Undefined where it is none, or where the one above has files of the image or is
 * refused.
 */
function ownOf(
  place: Place,
  { directories, volumes }: Knowledge,
  images: readonly string[],
): Own | undefined {
  const facts = directories.get(place.path);
  if (facts === undefined || place.contents === 'seeded' || volumes.includes(place.path))
    return undefined;
  const above = parentOf(place.path);
  const isOwn = facts.imageEntries === 0 && (facts.uid ?? 0) !== 0 && isKeptFromOthers(facts.mode);
  const isEmpty = (directories.get(above)?.imageFiles ?? 0) === 0;
  if (!isOwn || !isEmpty || isShared(above) || !isFree(above, 'empty', images)) return undefined;
  const { seenIn } = entryOf(place);
  const why = whyOf({ ...place, path: above });
  return {
    entry: { list: 'writable', path: above, contents: 'empty', why, seenIn },
    directory: { path: place.path, why: ownWhy },
  };
}

interface Data {
  readonly entries: readonly DraftEntry[];
  readonly own: DraftSpec['ownDirectories'];
}

/**
 * Entries for the image's VOLUMEs. A directory that the program made its own by its mode cannot be
 * the root of a volume, which belongs to root: the one above it is mounted.
 */
function dataOf(knowledge: Knowledge, images: readonly string[]): Data {
  const entries: DraftEntry[] = [];
  const own: { path: string; why: string }[] = [];
  for (const volume of knowledge.volumes) {
    if (entries.some(({ path }) => isAtOrBelow(volume, path))) continue;
    const facts = knowledge.directories.get(volume);
    const contents = (facts?.imageEntries ?? 0) > 0 ? 'seeded' : 'empty';
    const isOwn = contents === 'empty' && isKeptFromOthers(facts?.mode) && (facts?.uid ?? 0) !== 0;
    const above = parentOf(volume);
    const isAlone = entries.every((entry) => !isAtOrBelow(entry.path, above));
    const path = isOwn && isAlone && isFree(above, 'empty', images) ? above : volume;
    if (!isFree(path, contents, images)) continue;
    if (path !== volume) own.push({ path: volume, why: ownWhy });
    const why = 'the image declares this VOLUME: what is written here should outlive the pod';
    const seenIn = knowledge.observations.length;
    entries.push({ list: 'data', path, contents, why, seenIn });
  }
  return { entries, own };
}

/** 0700 and 0750, which nothing has by itself. */
function isKeptFromOthers(mode: number | undefined): boolean {
  return mode !== undefined && (mode & 0o7027) === 0;
}

function isFree(
  path: string,
  contents: DraftEntry['contents'],
  images: readonly string[],
): boolean {
  return isVolumePath(path) && lintPath({ path, contents }, images) === undefined;
}

/** The first process's, where it is not root: others may be helpers of an entrypoint. */
function userOf({ users }: Knowledge, hasData: boolean): ImageUser | undefined {
  const [first] = users;
  if (first === undefined || first.uid === 0 || Math.max(first.uid, first.gid) > maxId)
    return undefined;
  return { uid: first.uid, gid: first.gid, ...(hasData && { fsGroup: first.gid }) };
}

/** As long as the name of any object may be, with room for a number behind it. */
const maxName = 240;

function nameOf(pattern: string, taken: ReadonlySet<string> = new Set()): string {
  const [repository = ''] = pattern.split('@', 1);
  const name =
    repository
      .toLowerCase()
      .replace(/^docker\.io\/(?:library\/)?/, '')
      .split(/[^a-z0-9]/)
      .filter((word) => word !== '')
      .join('-')
      .slice(-maxName)
      .replace(/^-/, '') || 'learnt';
  let free = name;
  for (let number = 2; taken.has(free); number++) free = `${name}-${number}`;
  return free;
}

const meansText: Readonly<Record<Observation['means'], string>> = {
  look: 'looked at',
  diff: 'compared with its image',
  trace: 'traced',
  recording: 'recorded',
  checkpoint: 'checkpointed',
  image: 'not run: its image was read',
};

/** One statement for each image and means: how many containers, how long, of which runtime. */
function evidenceOf(observations: readonly Observation[]): readonly Evidence[] {
  const groups = groupBy(observations, ({ image = 'an image', digest, means, runtime }) =>
    JSON.stringify([image, digest, means, runtime]),
  );
  return [...groups.values()].slice(0, maxEntries).map((group) => {
    const [{ image = 'an image', digest, means, runtime }] = group as [Observation];
    const count = group.length === 1 ? '1 container' : `${group.length} containers`;
    const parts = [
      digest === undefined || image.includes('@') ? image : `${image}@${digest}`,
      `${count} ${meansText[means]}${lengthText(group)}`,
      ...(runtime === undefined ? [] : [runtime]),
    ];
    const days = group.map(({ seen }) => seen.slice(0, 10)).sort();
    return { kind: 'observed', ref: parts.join(', ').slice(0, 1024), seen: days.at(-1) ?? '' };
  });
}

/** How long the containers had run: the longest. */
function lengthText(group: readonly Observation[]): string {
  const known = group.flatMap(({ seconds }) => (seconds === undefined ? [] : [seconds]));
  return known.length === 0 ? '' : ` after ${durationText(Math.max(...known))}`;
}

function durationText(seconds: number): string {
  if (seconds < 120) return `${Math.round(seconds)} s`;
  const minutes = Math.round(seconds / 60);
  if (minutes < 120) return `${minutes} min`;
  const hours = Math.round(minutes / 60);
  return hours < 48 ? `${hours} h` : `${Math.round(hours / 24)} d`;
}
