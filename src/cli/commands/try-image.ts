/** Runs an image on this machine as a kubelet would run it hardened. */
import { diagnose } from '../../core/diagnose/diagnose.ts';
import { harden } from '../../core/harden.ts';
import { makeContext, wholePod } from '../../core/context/context.ts';
import { draftProfile } from '../../core/learn/draft.ts';
import { isAtOrBelow } from '../../core/mounts/paths.ts';
import { success } from '../../core/values/result.ts';
import { runContainer, withVolumes } from '../../learning/engine/local-run.ts';
import { localImage } from '../../learning/engine/engine-output.ts';
import { observationOfDiff } from '../../learning/readers/diff.ts';
import { stepsOn } from '../input/run-flags.ts';
import { imagesOf } from '../report/suggested-profile.ts';
import type { Catalogue, Match } from '../../core/catalogue/match/catalogue.ts';
import type { Policy } from '../../core/context/context.ts';
import type { Diagnosis } from '../../core/diagnose/diagnosis.ts';
import type { Container, Pod } from '../../core/pod/pod.ts';
import type { Result } from '../../core/values/result.ts';
import type { Engine } from '../../learning/engine/engine.ts';
import type { LocalRunFlags } from '../input/run-flags.ts';
import type { Io } from '../terminal/io.ts';
import type { RunOutcome, RunRequest } from '../../learning/engine/local-run.ts';

/** What is tried. */
export interface TrialRequest extends RunRequest {
  readonly env: readonly string[];
  readonly args: readonly string[];
  /** Run it once more with a writable root, to see what it writes without a word. */
  readonly looksForSilent: boolean;
  /** What is done now: one line. */
  readonly onStep: (text: string) => void;
  readonly onStderr: (text: string) => void;
}

/** What the flags ask for. */
export function trialRequest(
  flags: LocalRunFlags,
  args: readonly string[],
  signal: AbortSignal,
  io: Io,
): Omit<TrialRequest, 'looksForSilent'> {
  return {
    seconds: flags.for,
    publish: flags.publish ?? [],
    exercise: flags.exercise,
    env: flags.env ?? [],
    args,
    signal,
    ...stepsOn(io),
  };
}

/** What became of it. */
export interface Trial {
  readonly image: string;
  readonly match: Match;
  readonly run: RunOutcome;
  /** What the log of the strict run points to, but for what is benign. */
  readonly diagnoses: readonly Diagnosis[];
  /** Directories that it writes to where it can, and that the profile does not make writable. */
  readonly writes: readonly string[];
  readonly works: boolean;
}

/**
 * Runs the image strictly under its profile, then, where asked, with a writable root. Refused where
 * the image cannot be had, or a directory of it cannot be copied.
 */
export async function tryImage(
  image: string,
  catalogue: Catalogue,
  policy: Policy,
  engine: Engine,
  request: TrialRequest,
): Promise<Result<Trial>> {
  const { signal, onStep, onStderr } = request;
  const local = await localImage(image, engine, signal, onStderr);
  if (!local.ok) return local;
  const pod = podOf(image, request);
  const { pod: hardened } = harden(pod, catalogue, policy);
  const container = hardened.spec.containers[0] ?? { name: 'main', image };
  const { match, profile } = makeContext(hardened, catalogue, policy, wholePod).profileOf(
    container,
  );
  const { volumes } = local.value;
  const runIt = (writableRoot: boolean): Promise<Result<RunOutcome>> =>
    withVolumes(hardened, { volumes }, engine, signal, (folders) =>
      runContainer({ pod: hardened, container, folders, volumes, writableRoot }, engine, request),
    );
  onStep(`${image}: on a read-only root, for ${request.seconds} s at most`);
  // At the same time: each has its own volumes and ports.
  const [strict, open] = await Promise.all([
    runIt(false),
    request.looksForSilent ? runIt(true) : undefined,
  ]);
  if (!strict.ok) return strict;
  if (open?.ok === false) return open;
  const site = { pod: hardened, container, profile, images: imagesOf(match), level: policy.level };
  const diagnoses = diagnose(strict.value.log, site).filter(({ cause }) => cause !== 'benign');
  const writes = open === undefined ? [] : writesOf(open.value, image, container);
  const works = isGood(strict.value, diagnoses);
  return success({ image, match, run: strict.value, diagnoses, writes, works });
}

/** Ended well, or ran until its time was over; nothing was refused; the exercise succeeded. */
function isGood({ exitCode, exercise }: RunOutcome, diagnoses: readonly Diagnosis[]): boolean {
  if (exitCode !== undefined && exitCode !== 0) return false;
  if (exercise !== undefined && exercise.code !== 0) return false;
  return !diagnoses.some(({ cause }) => cause === 'missing-mount' || cause === 'ownership');
}

/** A pod of the image with the variables and arguments. */
export function podOf(image: string, { env, args }: Pick<TrialRequest, 'env' | 'args'>): Pod {
  const container: Container = {
    name: 'main',
    image,
    ...(env.length > 0 && { env: env.map(variable) }),
    ...(args.length > 0 && { args: [...args] }),
  };
  return { metadata: { name: 'main' }, spec: { containers: [container] } };
}

function variable(text: string): { readonly name: string; readonly value: string } {
  const at = text.indexOf('=');
  return { name: text.slice(0, at), value: text.slice(at + 1) };
}

/** The narrowest directories of what was written outside the container's mounts. */
function writesOf({ diff }: RunOutcome, image: string, container: Container): readonly string[] {
  if (diff === undefined) return [];
  const mounts = (container.volumeMounts ?? []).map(({ mountPath }) => mountPath);
  const outside = diff.filter(({ path }) => !mounts.some((mount) => isAtOrBelow(path, mount)));
  const origin = { file: 'diff', seen: '1970-01-01T00:00:00.000Z', image };
  const draft = draftProfile([observationOfDiff(outside, origin)]);
  if (!draft.ok) return [];
  const { spec, notes } = draft.value;
  const misplaced = notes.filter(({ code }) => code === 'no-place').flatMap(({ paths }) => paths);
  return [...spec.entries.map(({ path }) => path), ...misplaced].filter(
    (path) => !mounts.includes(path),
  );
}
