/**
 * `lithopod learn IMAGE`: runs the image on this machine as it is, compares it with the image, and
 * runs it again on a read-only root with what was learnt, until it stays up or nothing new comes.
 */
import { join } from 'node:path';
import { draftProfile } from '../../core/learn/draft.ts';
import { failure, success } from '../../core/values/result.ts';
import { lastLine } from '../../core/values/text.ts';
import { readImageArchive, withImage } from '../../learning/archives/image-archive.ts';
import { localImage } from '../../learning/engine/engine-output.ts';
import { findEngine } from '../../learning/engine/engine.ts';
import { runContainer } from '../../learning/engine/local-run.ts';
import { observationOfDiff } from '../../learning/readers/diff.ts';
import { emptyObservation } from '../../learning/readers/reading.ts';
import { catalogueOf } from '../input/policy-flags.ts';
import { readImage } from '../input/image-operand.ts';
import { withFolder, withTextFile } from '../input/text-file.ts';
import { printProblems, printWarning } from '../terminal/problems.ts';
import { printDraft } from './learn-sources.ts';
import { podOf, trialRequest, tryImage } from './try-image.ts';
import type { Observation } from '../../core/learn/observation.ts';
import type { Result } from '../../core/values/result.ts';
import type { ImageContents } from '../../learning/archives/image-archive.ts';
import type { Engine } from '../../learning/engine/engine.ts';
import type { LocalRunFlags } from '../input/run-flags.ts';
import type { Io } from '../terminal/io.ts';
import type { SourceFlags } from './learn-sources.ts';
import type { Trial, TrialRequest } from './try-image.ts';

/** Each strict run shows at least one path more; images want a handful. */
const maxRounds = 8;
/** An image of some gigabytes. */
const saveMs = 20 * 60_000;

/** Gives the exit code: 2 where there is no engine or no image, 130 where it was interrupted. */
export async function learnByRunning(
  image: string,
  args: readonly string[],
  flags: SourceFlags & LocalRunFlags,
  signal: AbortSignal,
  io: Io,
): Promise<number> {
  const reference = readImage(image);
  if (!reference.ok) return printProblems(reference.problems, io);
  const engine = await findEngine(flags.engine);
  if (!engine.ok) return printProblems(engine.problems, io);
  const request = { ...trialRequest(flags, args, signal, io), looksForSilent: false };
  const first = await runAsItIs(image, engine.value, request, io);
  const isInterrupted = (): boolean => signal.aborted;
  if (isInterrupted()) return 130;
  if (!first.ok) return printProblems(first.problems, io);
  const { observation, contents } = first.value;
  let known = observation;
  for (let round = 1; round <= maxRounds; round++) {
    const trial = await tryDraft(image, known, engine.value, request);
    if (isInterrupted()) return 130;
    if (!trial.ok) return printProblems(trial.problems, io);
    const more = withRefused(known, trial.value, contents);
    const isOver = trial.value.works || more === undefined || round === maxRounds;
    if (!isOver) {
      known = more;
      continue;
    }
    if (!trial.value.works) {
      const why = lastLine(trial.value.run.log);
      printWarning({ file: image }, `does not work with this draft yet: ${why}`, io);
    }
    break;
  }
  return printDraft(success([known]), flags, io);
}

interface FirstRun {
  readonly observation: Observation;
  readonly contents: ImageContents;
}

/** The image on a writable root, and what it has itself. */
async function runAsItIs(
  image: string,
  engine: Engine,
  request: TrialRequest,
  io: Io,
): Promise<Result<FirstRun>> {
  const { signal, onStep, onStderr } = request;
  const local = await localImage(image, engine, signal, onStderr);
  if (!local.ok) return local;
  onStep(`${image}: as it is, for ${request.seconds} s at most`);
  const pod = podOf(image, request);
  const [container = { name: 'main', image }] = pod.spec.containers;
  const plan = { pod, container, folders: new Map(), volumes: [], writableRoot: true, plain: true };
  const run = await runContainer(plan, engine, request);
  if (run.exitCode !== undefined && run.exitCode !== 0) {
    const why = lastLine(run.log);
    printWarning({ file: image }, `ended with exit code ${run.exitCode}: ${why}`, io);
  }
  if (run.exercise !== undefined && run.exercise.code !== 0) {
    printWarning({ file: image }, 'the exercise failed', io);
  }
  if (run.diff === undefined) {
    return failure({ file: image, message: `${engine.name} does not say what is different` });
  }
  onStep(`${image}: what it has itself`);
  const contents = await savedImage(image, engine, signal);
  if (!contents.ok) return contents;
  const seen = new Date();
  const diff = observationOfDiff(run.diff, { file: image, seen: seen.toISOString(), image });
  const observation = {
    ...withImage(diff, contents.value),
    digest: local.value.digest ?? contents.value.digest,
    runtime: engine.version,
    started: new Date(seen.getTime() - run.seconds * 1000).toISOString(),
    seconds: run.seconds,
  };
  return success({ observation, contents: contents.value });
}

async function savedImage(
  image: string,
  engine: Engine,
  signal: AbortSignal,
): Promise<Result<ImageContents>> {
  return withFolder(async (folder) => {
    const file = join(folder, 'image.tar');
    const ended = await engine.run(['save', `--output=${file}`, image], {
      timeoutMs: saveMs,
      signal,
    });
    if (ended.code !== 0) {
      const why = lastLine(ended.stderr);
      return failure({ file: image, message: `cannot be saved: ${why}` });
    }
    const contents = await readImageArchive({ file, seen: '' });
    if (contents.ok) return contents;
    return failure(...contents.problems.map(({ message }) => ({ file: image, message })));
  });
}

/** A strict run under the draft of what is known. */
async function tryDraft(
  image: string,
  known: Observation,
  engine: Engine,
  request: TrialRequest,
): Promise<Result<Trial>> {
  const draft = draftProfile([known]);
  if (!draft.ok) return draft;
  const catalogue = await withTextFile(draft.value.profile, 'draft.yaml', (path) =>
    catalogueOf({ profiles: [path], mirror: [] }),
  );
  if (!catalogue.ok) return catalogue;
  const policy = { level: 'immutable', unprofiled: 'default', masking: 'probes' } as const;
  return tryImage(image, catalogue.value, policy, engine, request);
}

/** The observation with what the strict run was refused; undefined where that is nothing new. */
function withRefused(
  known: Observation,
  { diagnoses }: Trial,
  contents: ImageContents,
): Observation | undefined {
  const paths = new Set(known.directories.filter(({ touched }) => touched).map(({ path }) => path));
  const fresh = diagnoses.flatMap(({ addition }) =>
    addition?.field === 'writable' && !paths.has(addition.path) ? [addition.path] : [],
  );
  if (fresh.length === 0) return undefined;
  const touched = fresh.map((path) => {
    return { path, inImage: undefined, imageEntries: undefined, touched: true };
  });
  const bare = {
    ...emptyObservation('diff', { file: '', seen: known.seen }),
    directories: touched,
  };
  const others = known.directories.filter(({ path }) => !fresh.includes(path));
  return { ...known, directories: [...others, ...withImage(bare, contents).directories] };
}
