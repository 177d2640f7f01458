/** The forms of `lithopod learn` that need no cluster: files, and a run on this machine. */
import { InvalidArgumentError, Option } from 'commander';
import { draftProfile } from '../../core/learn/draft.ts';
import { repositoryOf } from '../../core/images/image-reference.ts';
import { failure, success } from '../../core/values/result.ts';
import { shownList } from '../../core/values/text.ts';
import { readBounded } from '../input/bounded-file.ts';
import { readImage } from '../input/image-operand.ts';
import { repeatable } from '../input/repeatable.ts';
import { printDrafts } from '../report/draft.ts';
import { printProblems, printWarning } from '../terminal/problems.ts';
import type { Command } from 'commander';
import type { Observation } from '../../core/learn/observation.ts';
import type { Problem, Result } from '../../core/values/result.ts';
import type { ImageContents } from '../../learning/archives/image-archive.ts';
import type { Origin, Reading } from '../../learning/readers/reading.ts';
import type { Io } from '../terminal/io.ts';

/** The flags of these forms. */
export interface SourceFlags {
  readonly output: 'yaml' | 'json';
  readonly fromDiff?: readonly string[];
  readonly fromStrace?: readonly string[];
  readonly fromApparmorProfile?: readonly string[];
  readonly fromContainerProfile?: readonly string[];
  readonly fromCheckpoint?: readonly string[];
  readonly fromArchive?: string;
}

/** A trace of some minutes; a longer one is a trace of everything. */
const maxText = 256 * 1024 * 1024;
/** Objects of the API have at most 1.5 MiB; a list of many may be larger. */
const maxObjects = 32 * 1024 * 1024;

/** Adds the flags that name files. */
export function addSourceFlags(command: Command): Command {
  const files = [
    ['--from-diff <file>', 'what podman diff or docker diff printed: text or JSON (repeatable)'],
    ['--from-strace <file>', 'a trace: strace -f -y -e trace=%file,fchdir,bind (repeatable)'],
    [
      '--from-apparmor-profile <file>',
      'AppArmorProfiles of the Security Profiles Operator (repeatable)',
    ],
    [
      '--from-container-profile <file>',
      'Kubescape’s ContainerProfiles or ApplicationProfiles (repeatable)',
    ],
    [
      '--from-checkpoint <file>',
      'a checkpoint of the kubelet, CRI-O, containerd or podman (repeatable)',
    ],
  ] as const;
  for (const [flag, description] of files) {
    command.addOption(new Option(flag, description).argParser(repeatable));
  }
  return command.addOption(
    new Option(
      '--from-archive <path>',
      'the image itself: docker save, podman save, an OCI layout; also beside the others, for what only the image says',
    ).argParser((value: string, before: string | undefined) => {
      if (before !== undefined) throw new InvalidArgumentError('one image is enough.');
      return value;
    }),
  );
}

/** Whether the flags name files. */
export function namesFiles(flags: SourceFlags): boolean {
  return [
    flags.fromDiff,
    flags.fromStrace,
    flags.fromApparmorProfile,
    flags.fromContainerProfile,
    flags.fromCheckpoint,
    flags.fromArchive,
  ].some((files) => files !== undefined);
}

/**
 * Drafts a profile from the files. `image` is the image that they are about, where they do not say
 * so themselves, or are about several. Gives the exit code: 2 with every problem where a file
 * cannot be read, or the image is unknown.
 */
export async function learnFromFiles(
  image: string | undefined,
  flags: SourceFlags,
  io: Io,
): Promise<number> {
  const reference = image === undefined ? undefined : readImage(image);
  if (reference?.ok === false) return printProblems(reference.problems, io);
  const readings = await readAll(image, flags, io);
  if (!readings.ok) return printProblems(readings.problems, io);
  const { observations, contents } = readings.value;
  const { observationOfImage, withImage } =
    await import('../../learning/archives/image-archive.ts');
  const origin = originOf(flags.fromArchive ?? '', image);
  const known =
    contents === undefined ? observations : observations.map((one) => withImage(one, contents));
  const all =
    known.length === 0 && contents !== undefined ? [observationOfImage(contents, origin)] : known;
  if (contents !== undefined) printImage(contents, flags.fromArchive ?? '', io);
  return printDraft(ofOneImage(all, reference?.value.repository), flags, io);
}

/** Prints the draft of what was observed, and its notes on stderr. Gives the exit code. */
export function printDraft(
  observations: Result<readonly Observation[]>,
  flags: Pick<SourceFlags, 'output'>,
  io: Io,
): number {
  if (!observations.ok) return printProblems(observations.problems, io);
  const draft = draftProfile(observations.value);
  if (!draft.ok) return printProblems(draft.problems, io);
  printDrafts([draft.value], flags.output, io);
  return 0;
}

interface Readings {
  readonly observations: readonly Observation[];
  readonly contents: ImageContents | undefined;
}

function originOf(file: string, image: string | undefined): Origin {
  return { file, seen: new Date().toISOString(), image };
}

async function readAll(
  image: string | undefined,
  flags: SourceFlags,
  io: Io,
): Promise<Result<Readings>> {
  const [{ readDiff }, { readStrace }, recordings, { readCheckpoint }, { readImageArchive }] =
    await Promise.all([
      import('../../learning/readers/diff.ts'),
      import('../../learning/readers/strace.ts'),
      import('../../learning/readers/recording.ts'),
      import('../../learning/archives/checkpoint.ts'),
      import('../../learning/archives/image-archive.ts'),
    ]);
  const observations: Observation[] = [];
  const problems: Problem[] = [];
  const take = (file: string, reading: Result<Reading>): void => {
    if (!reading.ok) problems.push(...reading.problems);
    else {
      observations.push(...reading.value.observations);
      for (const note of reading.value.notes) printWarning({ file }, note, io);
    }
  };
  const texts = [
    [flags.fromDiff, maxText, readDiff],
    [flags.fromStrace, maxText, readStrace],
    [flags.fromApparmorProfile, maxObjects, recordings.readAppArmorProfile],
    [flags.fromContainerProfile, maxObjects, recordings.readContainerProfile],
  ] as const;
  for (const [files = [], most, read] of texts) {
    for (const file of files) {
      const text = await readBounded(file, io, most);
      if (text.ok) take(file, read(text.value, originOf(file, image)));
      else problems.push(...text.problems);
    }
  }
  for (const file of flags.fromCheckpoint ?? []) {
    take(file, await readCheckpoint(originOf(file, image)));
  }
  const contents =
    flags.fromArchive === undefined
      ? undefined
      : await readImageArchive(originOf(flags.fromArchive, image));
  if (contents?.ok === false) problems.push(...contents.problems);
  if (problems.length > 0) return failure(...problems);
  return success({ observations, contents: contents?.ok === true ? contents.value : undefined });
}

/** What the image says that no profile has a field for. */
function printImage({ outputLinks, home }: ImageContents, file: string, io: Io): void {
  if (outputLinks.length > 0) {
    const links = shownList(outputLinks);
    printWarning(
      { file },
      `links to the container’s output, so nothing is mounted over them: ${links}`,
      io,
    );
  }
  if (home !== undefined) io.stderr(`note: the home directory of its user is ${home}\n`);
}

/** Of the named image's repository, or all where they are about one. Refused where of several. */
function ofOneImage(
  observations: readonly Observation[],
  wanted: string | undefined,
): Result<readonly Observation[]> {
  const nameOf = ({ image }: Observation): string | undefined =>
    image === undefined ? undefined : (repositoryOf(image) ?? image);
  const repositories = [...new Set(observations.map(nameOf))];
  const found = observations.filter((one) => nameOf(one) === wanted);
  if (wanted !== undefined && found.length > 0) return success(found);
  const names = repositories.filter((name) => name !== undefined);
  if (wanted !== undefined) {
    return failure({ message: `nothing is about ${wanted}, but about ${shownList(names)}` });
  }
  if (names.length > 1) {
    return failure({ message: `these are about several images, name one: ${shownList(names)}` });
  }
  if (names.length === 1) return success(observations);
  return failure({
    message:
      'the files do not say which image they are about: name it, as in lithopod learn nginx:1.29 --from-diff FILE',
  });
}
