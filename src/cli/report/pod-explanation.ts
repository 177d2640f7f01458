/**
 * What `explain` knows of a pod of a cluster: what was changed and removed, whether it is mutable,
 * how it runs, and what its logs point to. pod-explanation-text.ts prints it.
 */
import { podStatusOf } from '../../cluster/pod-status.ts';
import { diagnose } from '../../core/diagnose/diagnose.ts';
import { makeContext, wholePod } from '../../core/context/context.ts';
import { isMask } from '../../core/context/injected.ts';
import { isInjectedName } from '../../core/mounts/names.ts';
import { containerLists } from '../../core/pod/pod.ts';
import { success } from '../../core/values/result.ts';
import { readPod } from '../../core/pod/read-pod.ts';
import { imagesOf, suggestionFor } from './suggested-profile.ts';
import { readAnnotation } from '../../core/annotation.ts';
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
import type { HardenedAnnotation } from '../../core/annotation.ts';
import type { Suggestion } from './suggested-profile.ts';
import type { Mutability } from './mutability.ts';
import type { Maker } from './pod-maker.ts';

/**
 * What `explain -n NS POD -o json` prints of each pod. Fields may be added; none is removed while
 * `version` is 1.
 */
export interface PodExplanation {
  readonly namespace: string;
  readonly name: string;
  readonly phase: string;
  readonly reason?: string;
  readonly message?: string;
  readonly node?: string;
  /** The pod has Lithopod's annotation, so Lithopod changed it. */
  readonly hardened: boolean;
  /** Why the pod is mutable, and by which settings; absent where it is not. */
  readonly mutable?: Mutability;
  /** The pod's controller, and what its template asks for that the pod does not have. */
  readonly maker?: Maker;
  /** The security context of the pod for all its containers, as it is now. */
  readonly securityContext: PodSecurityContext;
  readonly containers: readonly ExplainedRun[];
  /** Warnings of the pod and of the reported containers. */
  readonly events: readonly PodEvent[];
  /** What could not be read, and why. */
  readonly unread: readonly string[];
}

/** A container of a pod of a cluster. */
export interface ExplainedRun {
  readonly name: string;
  readonly list: ContainerList;
  readonly image: string;
  /** Absent where the kubelet has reported nothing yet. */
  readonly run?: ContainerRun;
  readonly profile: {
    readonly name: string;
    readonly source: ProfileSource;
    readonly pattern?: string;
    readonly coverage?: readonly Coverage[];
    /**
     * The profile's name in the annotation, if it is another one: then the webhook has other
     * profiles than this command line.
     */
    readonly annotated?: string;
  };
  readonly changes: Changes;
  readonly diagnoses: readonly Diagnosis[];
  /** The suggested profile. The name is that of the output's version 1. */
  readonly mended?: Suggestion;
}

/** What Lithopod injected into a container, and its settings, as they are now. */
export interface Changes {
  readonly volumes: readonly InjectedVolume[];
  readonly masked: readonly string[];
  readonly securityContext: SecurityContext;
  /** The rules that the container keeps, by the annotation. */
  readonly rules: readonly string[];
  /** The container was added, to copy files of the image into a volume. */
  readonly seeding: boolean;
}

/** A volume that Lithopod injected. */
export interface InjectedVolume {
  readonly path: string;
  readonly volume: string;
  readonly medium: 'Disk' | 'Memory';
  readonly sizeLimit?: string;
  /** The volume has a copy of what the image has at the path. */
  readonly seeded: boolean;
}

/** Which pod to explain. */
export interface PodQuestion {
  readonly namespace: string;
  readonly name: string;
  /** Explain only this container. */
  readonly container?: string | undefined;
}

/**
 * Reads the pod, its events and logs, the template of its controller, and the namespace of a
 * mutable pod. Refused where the pod cannot be read or does not have the container. Anything else
 * that cannot be read is reported in `unread`.
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
  const mutable = await mutabilityOf(pod, { namespace, annotation }, reader, catalogue, unread);
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

/** The logs of the previous and the current run. A pod without a node has none to ask for. */
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

/** Messages of the kubelet, the runtime and the container itself that are not in the log. */
function messagesOf(run: ContainerRun | undefined): readonly string[] {
  return [run?.lastExit?.message, run?.message].filter((message) => message !== undefined);
}

function siteOf(container: Container, pod: Pod, context: RuleContext): CrashSite {
  const { match, profile } = context.profileOf(container);
  return { pod, container, profile, images: imagesOf(match), level: context.policy.level };
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
