/**
 * The catalogue with the ImageProfiles of the cluster, and its replacement when one of them or the
 * files of the operator change. The catalogue is made beside the one in use and then swapped in one
 * step: no review sees a half of a change, and none waits.
 */
import { setImmediate as othersTurn } from 'node:timers/promises';
import {
  mergeClusterProfiles,
  readClusterObject,
} from '../core/catalogue/match/cluster-profiles.ts';
import { profileApiVersion, profileKind } from '../core/catalogue/parse/schema.ts';
import { formatProblem } from '../core/values/result.ts';
import type { KubernetesObject } from '../cluster/informer.ts';
import type { Connection } from '../cluster/kubeconfig.ts';
import type { DesiredStatus } from '../cluster/object-status.ts';
import type { Catalogue } from '../core/catalogue/match/catalogue.ts';
import type { Verdict } from '../core/catalogue/match/cluster-profiles.ts';
import type { Mirror } from '../core/images/image-reference.ts';
import type { Log } from '../telemetry/log.ts';
import { followKind } from './follow-kind.ts';
import type { FollowedKind } from './follow-kind.ts';
import type { LiveCatalogue } from './live-catalogue.ts';
import type { Metrics } from './metrics.ts';

/** Where the API server has them. */
const profilesPath = `/apis/${profileApiVersion}/imageprofiles`;

export interface ClusterProfiles {
  readonly current: () => Catalogue;
  /** The first list has ended: the profiles are in use, or cannot be had and the log says why. */
  readonly listed: () => boolean;
  readonly close: () => void;
}

export interface ClusterProfilesOptions {
  readonly connection: Connection;
  /** The profiles from elsewhere. */
  readonly others: LiveCatalogue;
  readonly mirrors: readonly Mirror[];
  readonly log: Log;
  readonly metrics: Metrics;
}

/** Begins to follow the ImageProfiles of a cluster. */
export function followClusterProfiles(options: ClusterProfilesOptions): ClusterProfiles {
  return new Following(options);
}

class Following implements ClusterProfiles {
  readonly #options: ClusterProfilesOptions;
  readonly #kind: FollowedKind;
  readonly #endOthers: () => void;
  #catalogue: Catalogue;
  #verdicts: ReadonlyMap<string, Verdict> = new Map();
  /** Undefined before the first list has ended. */
  #latest: readonly KubernetesObject[] | undefined;
  /** By uid, each as its author wrote it last: a change of its status is none. */
  #written = new Map<string, KubernetesObject>();
  #isListed = false;
  #isStale = false;
  #isMerging = false;

  constructor(options: ClusterProfilesOptions) {
    this.#options = options;
    const { connection, others, log, metrics } = options;
    this.#catalogue = others.current();
    this.#kind = followKind({
      ...{ connection, log, metrics },
      ...{ path: profilesPath, kind: profileKind, noun: 'profiles' },
      onObjects: (objects) => {
        this.#latest = objects;
        if (this.#takeWritten(objects)) this.#isStale = true;
        this.#renew();
      },
      onProblem: ({ answered, isNew }) => {
        if (answered) this.#isListed = true;
        if (isNew) metrics.countProfileFailure('cluster');
      },
    });
    this.#endOthers = others.onChange(() => {
      this.#isStale = true;
      this.#renew();
    });
  }

  readonly current = (): Catalogue => this.#catalogue;
  readonly listed = (): boolean => this.#isListed;
  readonly close = (): void => {
    this.#kind.stop();
    this.#endOthers();
  };

  /** Gives whether some author wrote something. */
  #takeWritten(objects: readonly KubernetesObject[]): boolean {
    const before = this.#written;
    this.#written = new Map(
      objects.map((object) => {
        const { uid, generation } = object.metadata;
        const known = before.get(uid);
        return [uid, known?.metadata.generation === generation ? known : object];
      }),
    );
    const isSame = [...this.#written].every(([uid, object]) => before.get(uid) === object);
    return !isSame || before.size !== this.#written.size;
  }

  /** One at a time, and once more where something changed meanwhile. */
  #renew(): void {
    if (this.#isMerging) return;
    this.#isMerging = true;
    void this.#merge().finally(() => {
      this.#isMerging = false;
    });
  }

  async #merge(): Promise<void> {
    do {
      if (this.#isStale) await this.#swap();
      // A verdict is for the objects that it was worked out for.
      if (this.#isStale || this.#latest === undefined) continue;
      this.#kind.status.write(this.#latest, ({ metadata: { name } }) =>
        statusOf(this.#verdicts.get(name)),
      );
      this.#isListed = true;
    } while (this.#isStale);
  }

  async #swap(): Promise<void> {
    this.#isStale = false;
    const objects = [...this.#written.values()];
    for (const object of objects) if (readClusterObject(object)) await othersTurn();
    const { others, mirrors, log, metrics } = this.#options;
    const merged = mergeClusterProfiles(others.current().profiles, objects, { mirrors });
    if (!merged.ok) {
      metrics.countProfileFailure('cluster');
      log.error('profiles of the cluster not taken: the last good ones stay in use', {
        problems: merged.problems.map(formatProblem),
      });
      return;
    }
    this.#catalogue = merged.value.catalogue;
    this.#verdicts = merged.value.verdicts;
    const unready = [...this.#verdicts.values()].filter(({ ready }) => !ready).length;
    metrics.setProfileCounts(this.#catalogue);
    metrics.setUnready(profileKind, unready);
    log.info('profiles of the cluster taken', { profiles: objects.length - unready, unready });
  }
}

function statusOf(verdict: Verdict | undefined): DesiredStatus | undefined {
  if (verdict === undefined) return undefined;
  const { ready, reason, message } = verdict;
  return { conditions: [{ type: 'Ready', status: ready ? 'True' : 'False', reason, message }] };
}
