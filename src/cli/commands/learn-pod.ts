/** `lithopod learn -n NAMESPACE POD`: from pods of a cluster. */
import { parseDocument } from 'yaml';
import { readConnection } from '../../cluster/kubeconfig.ts';
import { lookAtPod } from '../../cluster/look-at-pod.ts';
import { openPodReader } from '../../cluster/pod-reader.ts';
import { applyProfile } from '../../cluster/profile-objects.ts';
import { environment } from '../../config.ts';
import { repositoryOf } from '../../core/images/image-reference.ts';
import { draftProfile } from '../../core/learn/draft.ts';
import { mergeDraft } from '../../core/learn/merge-draft.ts';
import { groupBy } from '../../core/values/group-by.ts';
import { isObject } from '../../core/values/json.ts';
import { failure, success } from '../../core/values/result.ts';
import { readBounded } from '../input/bounded-file.ts';
import { printProblems } from '../terminal/problems.ts';
import { printDrafts } from '../report/draft.ts';
import type { Connection } from '../../cluster/kubeconfig.ts';
import type { PodLook } from '../../cluster/look-at-pod.ts';
import type { Draft } from '../../core/learn/draft.ts';
import type { Problem, Result } from '../../core/values/result.ts';
import type { Io } from '../terminal/io.ts';
import type { PodFlags } from './learn-pod-form.ts';

/**
 * Looks at the pods one after the other, and prints one draft for each image. Exit code 0; 2 where
 * the command line or a file is bad, or where a pod could not be looked at: the drafts of the
 * others are printed all the same.
 */
export async function learnPods(
  operands: readonly string[],
  flags: PodFlags,
  io: Io,
): Promise<number> {
  const usage = usageProblem(operands, flags);
  if (usage !== undefined) return printProblems([{ message: usage }], io);
  const base = await readBase(flags.merge, io);
  if (!base.ok) return printProblems(base.problems, io);
  const connection = readConnection(flags, environment);
  if (!connection.ok) return printProblems(connection.problems, io);
  const namespace = flags.namespace ?? connection.value.namespace;
  const names = await namesOf(connection.value, namespace, operands, flags);
  if (!names.ok) return printProblems(names.problems, io);
  const { looks, problems } = await lookAtAll(connection.value, namespace, names.value, flags, io);
  const drafts = draftsOf(looks, base.value);
  if (!drafts.ok) return printProblems([...problems, ...drafts.problems], io);
  if (drafts.value.length > 0) printDrafts(drafts.value, flags.output, io);
  if (flags.push === true) problems.push(...(await pushed(connection.value, drafts.value, io)));
  return problems.length > 0 ? printProblems(problems, io) : 0;
}

function usageProblem(operands: readonly string[], flags: PodFlags): string | undefined {
  const ways = [operands.length > 0, flags.selector !== undefined, flags.all === true];
  if (ways.filter(Boolean).length !== 1)
    return 'name pods, or give --selector or --all: one of them';
  const seconds = Number(flags.timeout);
  if (!(seconds > 0 && seconds <= 3600)) return '--timeout takes seconds, from 1 to 3600';
  const durations = [flags.watch, flags.every].filter((each) => each !== undefined);
  if (!durations.every((each) => /^(?:\d{1,6}(?:ms|s|m|h)){1,4}$/.test(each)))
    return '--watch and --every take durations such as 30s, 10m or 24h';
  if (flags.exec === true && durations.length > 0)
    return '--exec looks once: it goes without --watch and --every';
  return undefined;
}

/** More than an object of the cluster may have. */
const maxProfileBytes = 2 * 1024 * 1024;

async function readBase(file: string | undefined, io: Io): Promise<Result<string | undefined>> {
  return file === undefined ? success(undefined) : readBounded(file, io, maxProfileBytes);
}

async function namesOf(
  connection: Connection,
  namespace: string,
  operands: readonly string[],
  { selector, all }: PodFlags,
): Promise<Result<readonly string[]>> {
  if (selector === undefined && all !== true)
    return success([...new Set(operands.map((each) => each.replace(/^pods?\//, '')))]);
  const pods = await openPodReader(connection).listPods(namespace, selector);
  if (!pods.ok) return pods;
  const names = pods.value.items.flatMap((pod) => {
    const metadata = isObject(pod) ? pod['metadata'] : undefined;
    const name = isObject(metadata) ? metadata['name'] : undefined;
    return typeof name === 'string' ? [name] : [];
  });
  return names.length > 0
    ? success(names)
    : failure({ message: `no pod of the namespace "${namespace}" is selected` });
}

async function lookAtAll(
  connection: Connection,
  namespace: string,
  names: readonly string[],
  flags: PodFlags,
  io: Io,
): Promise<{ readonly looks: readonly PodLook[]; readonly problems: Problem[] }> {
  const looks: PodLook[] = [];
  const problems: Problem[] = [];
  const options = { ...flags, timeoutMs: Number(flags.timeout) * 1000 };
  for (const name of names) {
    const look = await lookAtPod(connection, namespace, name, options);
    if (!look.ok) {
      problems.push(...look.problems);
      continue;
    }
    looks.push(look.value);
    io.stderr(`${lookLine(name, look.value)}\n`);
  }
  return { looks, problems };
}

function lookLine(name: string, { report, helper, isEarlier }: PodLook): string {
  if (helper === undefined)
    return `pod/${name}: ${report.entries} files and directories listed by the container’s own find`;
  const mebibytes = (report.memory / 2 ** 20).toFixed(1);
  const when = isEarlier ? `, at ${report.seen}: its log was read again` : '';
  return `pod/${name}: ${report.entries} files and directories looked at by the ephemeral container ${helper}, with ${mebibytes} MiB of memory${when}`;
}

/** One for each repository, in the order of the pods. */
function draftsOf(looks: readonly PodLook[], base: string | undefined): Result<readonly Draft[]> {
  const groups = groupBy(looks, ({ observation: { image = '' } }) => repositoryOf(image) ?? image);
  if (base !== undefined && groups.size > 1)
    return failure({ message: `--merge takes one image, and the pods have ${groups.size}` });
  const drafts: Draft[] = [];
  const taken = new Set<string>();
  for (const group of groups.values()) {
    const observations = group.map(({ observation }) => observation);
    const draft = draftProfile(observations, { taken });
    if (!draft.ok) return draft;
    const merged = base === undefined ? draft : mergeDraft(base, draft.value);
    if (!merged.ok) return merged;
    taken.add(merged.value.spec.name);
    drafts.push(merged.value);
  }
  return success(drafts);
}

async function pushed(
  connection: Connection,
  drafts: readonly Draft[],
  io: Io,
): Promise<readonly Problem[]> {
  const problems: Problem[] = [];
  for (const { profile } of drafts) {
    const object = parseDocument(profile).toJS() as {
      readonly metadata: { readonly name: string };
    };
    const { name } = object.metadata;
    const applied = await applyProfile(connection, name, object, { dryRun: false, force: false });
    if (applied.ok) io.stderr(`imageprofile/${name} applied\n`);
    else problems.push(...applied.problems);
  }
  return problems;
}
