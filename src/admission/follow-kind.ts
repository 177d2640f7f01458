/** Objects of one kind that the service follows in the cluster, and whose status it writes. */
import { startInformer } from '../cluster/informer.ts';
import type { InformerProblem, KubernetesObject } from '../cluster/informer.ts';
import type { Connection } from '../cluster/kubeconfig.ts';
import { openStatusWriter } from '../cluster/object-status.ts';
import type { StatusWriter } from '../cluster/object-status.ts';
import type { Log } from '../telemetry/log.ts';
import type { Metrics } from './metrics.ts';

export interface KindOptions {
  readonly connection: Connection;
  /** `/apis/GROUP/VERSION/RESOURCE`. */
  readonly path: string;
  readonly kind: string;
  /** The objects in a sentence: `profiles`. */
  readonly noun: string;
  readonly log: Log;
  readonly metrics: Metrics;
  /** All objects, at the end of a list and after changes. */
  readonly onObjects: (objects: readonly KubernetesObject[]) => void;
  /**
   * The objects cannot be had. `answered`: the API server says so, so there is nothing to wait for;
   * who installs the kind, or grants the right, later is noticed.
   */
  readonly onProblem: (problem: { readonly answered: boolean; readonly isNew: boolean }) => void;
}

export interface FollowedKind {
  readonly status: StatusWriter;
  readonly stop: () => void;
}

/** Begins to follow a kind. Each problem is logged once, and its end. */
export function followKind(options: KindOptions): FollowedKind {
  const { connection, path, kind, noun, log, metrics, onObjects, onProblem } = options;
  let last: string | undefined;
  let lastOfStatus: string | undefined;
  metrics.setWatch(kind, false);
  const status = openStatusWriter(connection, {
    path,
    kind,
    onProblem: (problem) => {
      if (problem === lastOfStatus) return;
      lastOfStatus = problem;
      if (problem !== undefined) log.error(`conditions of ${noun} cannot be written`, { problem });
    },
  });
  const report = (problem: InformerProblem | undefined): void => {
    metrics.setWatch(kind, problem === undefined);
    if (problem === undefined) {
      if (last !== undefined) log.info(`${noun} of the cluster can be read again`);
      last = undefined;
      return;
    }
    const isNew = problem.message !== last;
    last = problem.message;
    if (isNew) {
      log.error(`${noun} of the cluster cannot be read: what is known of them stays in use`, {
        problem: problem.message,
      });
    }
    onProblem({ answered: problem.answered, isNew });
  };
  const informer = startInformer(connection, { path, onObjects, onProblem: report });
  return {
    status,
    stop: () => {
      informer.stop();
      status.stop();
    },
  };
}
