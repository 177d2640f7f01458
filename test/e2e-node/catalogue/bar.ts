// How well `learn` does on the catalogue's images: each is learnt blind from its bare pod, after
// its own protocol was used, and its twin has only what the draft gives it. Asked for by a
// variable, since it takes as long again as the scenarios: LITHOPOD_LEARN_BAR=FILE npm run
// e2e:node. FILE gets a JSON record of each image.

import { appendFile } from 'node:fs/promises';

import { canonicalPath } from '../../../src/core/mounts/paths.ts';
import { hardenedTwin, learnt } from '../learning.ts';
import type { Cluster, Manifest, PodName } from '../node/cluster.ts';
import type { PodPlan } from '../pods.ts';

/** What came of one image. */
export interface BarRecord {
  readonly name: string;
  readonly image: string;
  /**
   * `works`: with the draft alone, at the first try. `fails`: not so. `not looked at`: `learn` says
   * that it cannot.
   */
  readonly outcome: 'works' | 'fails' | 'not looked at';
  /** What learn or the twin said, where it does not work. */
  readonly why?: string;
  /** How long `learn` took, in seconds. */
  readonly seconds: number;
  /** Mounted by both, by the built-in profile alone, and by the draft alone. */
  readonly both: readonly string[];
  readonly profileOnly: readonly string[];
  readonly draftOnly: readonly string[];
}

/** Where the records go, where they are asked for. */
export const barFile = process.env['LITHOPOD_LEARN_BAR'];

/** A draft, and how long `learn` took for it in seconds; or why there is none. */
export type Draft =
  { readonly ok: true; readonly text: string; readonly seconds: number } | NoDraft;

interface NoDraft {
  readonly ok: false;
  readonly why: string;
  readonly seconds: number;
}

export async function draftOf(cluster: Cluster, pod: PodName): Promise<Draft> {
  const started = performance.now();
  const { code, stdout, stderr } = await learnt(cluster, pod, '-c', 'main');
  const seconds = Math.round((performance.now() - started) / 100) / 10;
  return code === 0 ? { ok: true, text: stdout, seconds } : { ok: false, why: stderr, seconds };
}

/**
 * Writes the record of a case; `plan` is its twin's, and `works` rejects where the twin does not do
 * what it is for.
 */
export async function record(
  cluster: Cluster,
  name: string,
  plan: PodPlan,
  draft: Draft,
  works: (twin: Manifest) => Promise<void>,
): Promise<BarRecord> {
  const about = { name, image: plan.image, seconds: draft.seconds };
  const built = mountsOf(await hardenedTwin(cluster, plan), plan);
  let result: BarRecord;
  if (!draft.ok) {
    const none = { both: [], profileOnly: built, draftOnly: [] };
    result = { ...about, outcome: 'not looked at', why: firstLine(draft.why), ...none };
  } else {
    const twin = await hardenedTwin(cluster, plan, draft.text);
    const drafted = mountsOf(twin, plan);
    const paths = {
      both: built.filter((path) => drafted.includes(path)),
      profileOnly: built.filter((path) => !drafted.includes(path)),
      draftOnly: drafted.filter((path) => !built.includes(path)),
    };
    result = await works(twin).then(
      () => ({ ...about, outcome: 'works' as const, ...paths }),
      (error: unknown) => {
        const why = error instanceof Error ? error.message : String(error);
        return { ...about, outcome: 'fails' as const, why: why.slice(0, 2_000), ...paths };
      },
    );
  }
  await appendFile(barFile!, `${JSON.stringify(result)}\n`);
  return result;
}

/** What hardening mounts in the main container, beside what the plan does; /var/run as /run. */
function mountsOf(pod: Manifest, { container = {} }: PodPlan): readonly string[] {
  const { containers } = pod['spec'] as { readonly containers: readonly Container[] };
  const own = ((container['volumeMounts'] ?? []) as readonly Mount[]).map(
    (mount) => mount.mountPath,
  );
  const mounts = containers.find(({ name }) => name === 'main')?.volumeMounts ?? [];
  return mounts
    .map(({ mountPath }) => mountPath)
    .filter((path) => !own.includes(path))
    .map(canonicalPath)
    .toSorted();
}

interface Container {
  readonly name: string;
  readonly volumeMounts?: readonly Mount[];
}

interface Mount {
  readonly mountPath: string;
}

function firstLine(text: string): string {
  return text.trim().split('\n')[0] ?? '';
}
