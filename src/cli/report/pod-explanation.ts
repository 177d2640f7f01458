/**
 * What `explain` knows of a pod of a cluster: what was changed and taken away, whether it is
 * mutable, how it runs, and what its logs point to.
 */
import { podStatusOf } from '../../cluster/pod-status.ts';
import { diagnose } from '../../core/diagnose/diagnose.ts';
import { makeContext, wholePod } from '../../core/context/context.ts';
import { isMask } from '../../core/context/injected.ts';
import { hardenedAnnotation, isInjectedName } from '../../core/mounts/names.ts';
import { containerLists } from '../../core/pod/pod.ts';
import { success } from '../../core/values/result.ts';
import { readPod } from '../../core/pod/read-pod.ts';
import { imagesOf, suggestionFor } from './suggested-profile.ts';
import { mutabilityOf } from './mutability.ts';
import { makerOf } from './pod-maker.ts';
import type { PodEvent } from '../../cluster/events.ts';
import type { PodReader } from '../../cluster/pod-reader.ts';
import type { ContainerRun, PodStatus } from '../../cluster/pod-status.ts';
import type { Catalogue } from '../../core/catalogue/match/catalogue.ts';
import type { ProfileSource } from '../../core/catalogue/profile/profile.ts';
import type { Coverage } from '../../core/catalogue/match/tags-apart.ts';
import type { Policy, RuleContext } from '../../core/context/context.ts';
import type { CrashSite, Diagnosis } from '../../core/diagnose/diagnosis.ts';
import type {
  Container,
  ContainerList,
  Pod,
  PodSecurityContext,
  SecurityContext,
  Volume,
} from '../../core/pod/pod.ts';
import type { Problem, Result } from '../../core/values/result.ts';
import type { Suggestion } from './suggested-profile.ts';
import type { Mutability } from './mutability.ts';
import type { Maker } from './pod-maker.ts';

/**
 * What `explain -n NS POD -o json` prints of each pod. Fields may be added; none is taken away
 * while `version` is 1.
 */
export interface PodExplanation {
  readonly namespace: string;
  readonly name: string;
  readonly phase: string;
  readonly reason?: string;
  readonly message?: string;
  readonly node?: string;
  /** The pod carries Lithopod's annotation: it was changed. */
  readonly hardened: boolean;
  /** Where the pod is mutable: why, and what is weak in it. */
  readonly mutable?: Mutability;
  /** Its controller, and what that one's template asks for in vain. */
  readonly maker?: Maker;
  /** What the pod says for all of its containers, as it stands. */
  readonly securityContext: PodSecurityContext;
  readonly containers: readonly ExplainedRun[];
  /** Warnings, of the pod and of the containers that are told of. */
  readonly events: readonly PodEvent[];
  /** What could not be read, and why. */
  readonly unread: readonly string[];
}

export interface ExplainedRun {
  readonly name: string;
  readonly list: ContainerList;
  readonly image: string;
  /** Absent where the kubelet has told nothing yet. */
  readonly run?: ContainerRun;
  readonly profile: {
    readonly name: string;
    readonly source: ProfileSource;
    readonly pattern?: string;
    readonly coverage?: readonly Coverage[];
    /**
     * The name in the annotation, where that is another: the webhook has other profiles than this
     * command line.
     */
    readonly annotated?: string;
  };
  readonly changes: Changes;
  readonly diagnoses: readonly Diagnosis[];
  readonly mended?: Suggestion;
}

/** Of a container as it stands: what is Lithopod's, and what hardening is about. */
export interface Changes {
  readonly volumes: readonly InjectedVolume[];
  readonly masked: readonly string[];
  readonly securityContext: SecurityContext;
  /** That hold, by the annotation. */
  readonly rules: readonly string[];
  /** The container was added, to copy files of the image into a volume. */
  readonly seeding: boolean;
}

export interface InjectedVolume {
  readonly path: string;
  readonly volume: string;
  readonly medium: 'Disk' | 'Memory';
  readonly sizeLimit?: string;
  /** With a copy of what the image has there. */
  readonly seeded: boolean;
}

export interface PodQuestion {
  readonly namespace: string;
  readonly name: string;
  /** Only this container. */
  readonly container?: string | undefined;
}

/**
 * Reads the pod, its events and its logs, what it was made from, and of a mutable one its
 * namespace. Refused: a pod that cannot be read, a container that it has not. What else cannot be
 * read is told in `unread`.
 */
export async function podExplanationOf(
  { namespace, name, container: only }: PodQuestion,
  reader: PodReader,
  catalogue: Catalogue,
  policy: Policy,
): Promise<Result<PodExplanation>> {
  const object = await reader.readPod(namespace, name);
  if (!object.ok) return object;
  const read = readPod(object.value);
  if (!read.ok) return read;
  const pod = read.value;
  const chosen = chooseContainers(pod, only);
  if (!chosen.ok) return chosen;

  const status = podStatusOf(object.value);
  const unread: string[] = [];
  const events = await warningsOf(reader, { namespace, name }, status, unread);
  const annotation = readAnnotation(pod);
  const about = { namespace, annotated: annotation !== undefined };
  const mutable = await mutabilityOf(pod, about, reader, catalogue, unread);
  const maker = await makerOf(object.value, pod, namespace, reader, catalogue, unread);
  const context = makeContext(pod, catalogue, policy, wholePod);
  const containers: ExplainedRun[] = [];
  for (const { container, list } of chosen.value) {
    const ofContainer = events.filter((event) => event.container === container.name);
    const log = await logOf(reader, { namespace, name }, container, status, unread);
    const texts = [
      ...messagesOf(status.runs.get(container.name)),
      ...ofContainer.map(({ message }) => message),
    ];
    const site = siteOf(container, pod, context);
    const { match } = context.profileOf(container);
    const diagnoses = diagnose([log, ...texts].join('\n'), site);
    const suggestion = await suggestionFor(
      diagnoses,
      match,
      catalogue,
      `crash log of ${container.image ?? ''}`,
    );
    containers.push({
      ...explainRun(container, list, pod, status, annotation, context),
      diagnoses,
      ...(suggestion && { mended: suggestion }),
    });
  }
  const { phase, reason, message, node } = status;
  const isReported = ({ container }: { readonly container?: string }): boolean =>
    container === undefined || containers.some((each) => each.name === container);
  return success({
    namespace,
    name,
    phase,
    ...(reason !== undefined && { reason }),
    ...(message !== undefined && { message }),
    ...(node !== undefined && { node }),
    hardened: annotation !== undefined,
    ...(mutable && { mutable: { ...mutable, weaknesses: mutable.weaknesses.filter(isReported) } }),
    ...(maker && {
      maker: { ...maker, ...(maker.taken && { taken: maker.taken.filter(isReported) }) },
    }),
    securityContext: pod.spec.securityContext ?? {},
    containers,
    events: events.filter(isReported),
    unread: [...new Set(unread)],
  });
}

interface Chosen {
  readonly container: Container;
  readonly list: ContainerList;
}

function chooseContainers(pod: Pod, only: string | undefined): Result<readonly Chosen[]> {
  const all = containerLists.flatMap((list) =>
    (pod.spec[list] ?? []).map((container) => ({ container, list })),
  );
  const chosen = only === undefined ? all : all.filter(({ container }) => container.name === only);
  if (chosen.length > 0 || only === undefined) return success(chosen);
  const names = all.map(({ container }) => container.name).join(', ');
  const problem: Problem = { message: `the pod has no container "${only}"; it has ${names}` };
  return { ok: false, problems: [problem] };
}

type PodName = Pick<PodQuestion, 'namespace' | 'name'>;

async function warningsOf(
  reader: PodReader,
  { namespace, name }: PodName,
  { uid }: PodStatus,
  unread: string[],
): Promise<readonly PodEvent[]> {
  const events = await reader.listEvents(namespace, name, uid);
  if (events.ok) return events.value.filter(({ type }) => type !== 'Normal');
  unread.push(...events.problems.map(({ message }) => message));
  return [];
}

/** The run before and the current one. A container that never ran has no log to ask for. */
async function logOf(
  reader: PodReader,
  { namespace, name }: PodName,
  container: Container,
  { runs, node }: PodStatus,
  unread: string[],
): Promise<string> {
  const run = runs.get(container.name);
  if (run === undefined && node === undefined) return '';
  const logs: string[] = [];
  for (const previous of (run?.restarts ?? 0) > 0 ? [true, false] : [false]) {
    const log = await reader.readLog(namespace, name, container.name, previous);
    if (log.ok) logs.push(log.value);
    else unread.push(...log.problems.map(({ message }) => message));
  }
  return logs.join('\n');
}

/** What the kubelet, the runtime and the container itself say beside the log. */
function messagesOf(run: ContainerRun | undefined): readonly string[] {
  return [run?.lastExit?.message, run?.message].filter((message) => message !== undefined);
}

function siteOf(container: Container, pod: Pod, context: RuleContext): CrashSite {
  const { match, profile } = context.profileOf(container);
  return { pod, container, profile, images: imagesOf(match) };
}

type HardenedAnnotation = Readonly<
  Record<string, { readonly profile?: unknown; readonly rules?: unknown } | null>
>;

/** The annotation, which is JSON keyed by container; of another shape it tells nothing. */
function readAnnotation({ metadata }: Pod): HardenedAnnotation | undefined {
  const text = metadata?.annotations?.[hardenedAnnotation];
  if (text == null) return undefined;
  try {
    const value = JSON.parse(text) as unknown;
    return typeof value === 'object' && value !== null ? (value as HardenedAnnotation) : {};
  } catch {
    return {};
  }
}

function explainRun(
  container: Container,
  list: ContainerList,
  pod: Pod,
  status: PodStatus,
  annotation: HardenedAnnotation | undefined,
  context: RuleContext,
): Omit<ExplainedRun, 'diagnoses' | 'mended'> {
  const { name, image } = container;
  const { match } = context.profileOf(container);
  const run = status.runs.get(name);
  const entry =
    annotation !== undefined && Object.hasOwn(annotation, name) ? annotation[name] : undefined;
  const annotated = typeof entry?.profile === 'string' ? entry.profile : undefined;
  const rules = Array.isArray(entry?.rules)
    ? entry.rules.filter((rule) => typeof rule === 'string')
    : [];
  return {
    name,
    list,
    image: image ?? '',
    ...(run && { run }),
    profile: {
      name: match.profile.name,
      source: match.source,
      ...(match.pattern !== undefined && { pattern: match.pattern }),
      ...(match.coverage !== undefined && { coverage: match.coverage }),
      ...(annotated !== undefined && annotated !== match.profile.name && { annotated }),
    },
    changes: {
      volumes: injectedVolumes(container, pod),
      masked: (container.volumeMounts ?? []).filter(isMask).map(({ mountPath }) => mountPath),
      securityContext: container.securityContext ?? {},
      rules,
      seeding: context.isSeed(container),
    },
  };
}

function injectedVolumes({ volumeMounts }: Container, { spec }: Pod): readonly InjectedVolume[] {
  return (volumeMounts ?? [])
    .filter((mount) => isInjectedName(mount.name) && !isMask(mount))
    .map(({ name, mountPath, subPath }) => {
      const { medium, sizeLimit } = emptyDirOf(
        spec.volumes?.find((volume) => volume.name === name),
      );
      return {
        path: mountPath,
        volume: name,
        medium: medium === 'Memory' ? 'Memory' : 'Disk',
        ...(typeof sizeLimit === 'string' && { sizeLimit }),
        seeded: subPath != null && subPath !== '',
      };
    });
}

function emptyDirOf(volume: Volume | undefined): {
  readonly medium?: unknown;
  readonly sizeLimit?: unknown;
} {
  const source = volume?.['emptyDir'];
  return typeof source === 'object' && source !== null ? source : {};
}
