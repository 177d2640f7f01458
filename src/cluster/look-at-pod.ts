/** Looks at a container of a pod: by an ephemeral container beside it, or by its own `find`. */
import { isObject } from '../core/values/json.ts';
import { failure, success } from '../core/values/result.ts';
import { firstIdentity, helperFor, targetOf } from '../core/learn/helper.ts';
import { lastReport, observationOf } from '../core/learn/look.ts';
import { listingScript, reportOfListing } from '../core/learn/listing.ts';
import { addEphemeralContainer, readWholeLog } from './ephemeral.ts';
import { execInPod } from './exec-in-pod.ts';
import { pause } from './pause.ts';
import { openPodReader } from './pod-reader.ts';
import type { HelperOptions, Identity, Target } from '../core/learn/helper.ts';
import type { LookReport } from '../core/learn/look.ts';
import type { Observation } from '../core/learn/observation.ts';
import type { Result } from '../core/values/result.ts';
import type { Connection } from './kubeconfig.ts';
import type { ClusterProblem } from './request.ts';

export interface LookOptions extends HelperOptions {
  /** By programs of the container's own image: nothing is added to the pod. */
  readonly exec?: boolean | undefined;
  /** How long the helper may take to start and to end. */
  readonly timeoutMs: number;
}

/** What was found, and by which ephemeral container: none where the container itself listed it. */
export interface PodLook {
  readonly observation: Observation;
  readonly report: LookReport;
  readonly helper?: string;
  /** The helper was there before: nothing was added to the pod. */
  readonly isEarlier: boolean;
}

/** An ephemeral container stays in its pod: no more than two of ours look at one container. */
const maxHelpers = 2;
const pollMs = 300;

/**
 * Adds the helper, waits for it and reads what it printed. A pod that has one already is asked for
 * its log, and gets no other where that has a report. Problems: what `targetOf` refuses, rights
 * that are missing, an image that cannot be pulled, a root that the kernel does not show.
 */
export async function lookAtPod(
  connection: Connection,
  namespace: string,
  name: string,
  options: LookOptions,
): Promise<Result<PodLook>> {
  const pod = await openPodReader(connection).readPod(namespace, name);
  if (!pod.ok) return pod;
  // What the image's own programs take is little.
  const isExec = options.exec === true;
  const target = targetOf(pod.value, isExec ? { ...options, force: true } : options);
  if (!target.ok) return target;
  if (isExec) return listByExec(connection, { ...target.value, namespace }, options);
  const looker = new Looker(connection, { ...target.value, namespace }, options);
  return looker.look();
}

async function listByExec(
  connection: Connection,
  { namespace, pod, container, started, sharesProcesses, looked }: Target,
  { timeoutMs }: LookOptions,
): Promise<Result<PodLook>> {
  if (started === undefined || Number.isNaN(Date.parse(started)))
    return failure({
      message: `the status of pod "${pod}" does not say when its container "${container}" began`,
    });
  const command = ['sh', '-c', listingScript];
  const ran = await execInPod(connection, { namespace, pod, container, command, timeoutMs });
  if (!ran.ok) return ran;
  const report = reportOfListing({ ...ran.value, started: new Date(started), seen: new Date() });
  if (!report.ok)
    return failure({
      message: `the container "${container}" of pod "${pod}" cannot be looked at: ${report.problems[0]?.message ?? ''}`,
    });
  // Process 1 is then another container's.
  const users = sharesProcesses ? [] : report.value.users;
  const whole = { ...report.value, users };
  return success({ observation: observationOf(whole, looked), report: whole, isEarlier: false });
}

class Looker {
  private readonly connection: Connection;
  private readonly options: LookOptions;
  private target: Target;

  constructor(connection: Connection, target: Target, options: LookOptions) {
    this.connection = connection;
    this.target = target;
    this.options = options;
  }

  async look(): Promise<Result<PodLook>> {
    const earlier = this.ownHelpers();
    const [last] = earlier.slice(-1);
    if (last !== undefined) {
      const report = await this.reportOf(last);
      if (report.ok && report.value.problem === undefined)
        return success(this.found(report.value, last, true));
      if (earlier.length >= maxHelpers) return report.ok ? this.denied(report.value) : report;
      const user = report.ok ? report.value.users[0] : undefined;
      if (user !== undefined) return this.lookAs(user);
    }
    return this.lookAs(firstIdentity(this.target));
  }

  private ownHelpers(): readonly string[] {
    const { helpers, container } = this.target;
    return helpers.filter(({ target }) => target === container).map(({ name }) => name);
  }

  private async lookAs(identity: Identity): Promise<Result<PodLook>> {
    const { namespace, pod } = this.target;
    const container = helperFor(this.target, identity, this.options) as { readonly name: string };
    const added = await addEphemeralContainer(this.connection, namespace, pod, container);
    if (!added.ok) {
      const isRefused = added.problems.some(({ kind }: ClusterProblem) => kind === 'refused');
      // Pod Security refuses root; the processes of other users then say who they are.
      return isRefused && identity === 'root' ? this.lookAs('own') : added;
    }
    const { name } = container;
    const helpers = [...this.target.helpers, { name, target: this.target.container }];
    this.target = { ...this.target, helpers };
    const ended = await this.wait(name);
    if (!ended.ok) return ended;
    const report = await this.reportOf(name);
    if (!report.ok) return report;
    if (report.value.problem === undefined) return success(this.found(report.value, name, false));
    const [user] = report.value.users;
    const isOther = user !== undefined && !isSame(user, identity);
    return isOther && this.ownHelpers().length < maxHelpers
      ? this.lookAs(user)
      : this.denied(report.value);
  }

  /** Until it has ended, or with `--watch` until it has printed its first report. */
  private async wait(name: string): Promise<Result<void>> {
    const { namespace, pod } = this.target;
    const reader = openPodReader(this.connection);
    const signal = AbortSignal.timeout(this.options.timeoutMs);
    while (!signal.aborted) {
      const read = await reader.readPod(namespace, pod);
      if (!read.ok) return read;
      const state = stateOf(read.value, name);
      if (isObject(state['terminated'])) return success(undefined);
      if (isObject(state['running']) && this.options.watch !== undefined) {
        const log = await this.reportOf(name);
        if (log.ok) return success(undefined);
      }
      const problem = waitingProblem(state['waiting']);
      if (problem !== undefined)
        return failure({ message: `the ephemeral container "${name}" cannot start: ${problem}` });
      await pause(pollMs, signal);
    }
    return failure({
      message: `the ephemeral container "${name}" did not end within ${this.options.timeoutMs / 1000} s: run the command again to read its log`,
    });
  }

  private async reportOf(name: string): Promise<Result<LookReport>> {
    const { namespace, pod } = this.target;
    const log = await readWholeLog(this.connection, namespace, pod, name);
    return log.ok ? lastReport(log.value) : log;
  }

  private found(report: LookReport, helper: string, isEarlier: boolean): PodLook {
    return { observation: observationOf(report, this.target.looked), report, helper, isEarlier };
  }

  private denied({ problem = '', users }: LookReport): Result<PodLook> {
    const { pod, container } = this.target;
    const ids = users.map(({ uid, gid }) => `${uid}:${gid}`).join(', ');
    return failure({
      message: `the container "${container}" of pod "${pod}" cannot be looked at: ${problem}. Its processes run as ${ids || 'nobody knows whom'}; the kernel shows nobody the root of one that changed its user without an exec, or has file capabilities. Use --exec where the image has sh, find and stat, or lithopod learn IMAGE.`,
    });
  }
}

function isSame(user: { readonly uid: number; readonly gid: number }, identity: Identity): boolean {
  return typeof identity === 'object' && identity.uid === user.uid && identity.gid === user.gid;
}

function stateOf(pod: unknown, name: string): Readonly<Record<string, unknown>> {
  const status = isObject(pod) ? pod['status'] : undefined;
  const list = isObject(status) ? status['ephemeralContainerStatuses'] : undefined;
  const found: unknown = Array.isArray(list)
    ? list.find((each: unknown) => isObject(each) && each['name'] === name)
    : undefined;
  const state = isObject(found) ? found['state'] : undefined;
  return isObject(state) ? state : {};
}

/** Reasons for which a container waits that go away by themselves. */
const passing: ReadonlySet<unknown> = new Set([undefined, 'ContainerCreating', 'PodInitializing']);

function waitingProblem(waiting: unknown): string | undefined {
  if (!isObject(waiting) || passing.has(waiting['reason'])) return undefined;
  const { reason, message } = waiting;
  const text = typeof message === 'string' ? `: ${message.slice(0, 300)}` : '';
  return `${String(reason)}${text}`;
}
