/**
 * What one review costs, in process, against what it is about: containers, volumes, mounts, and
 * profiles of the catalogue. Everything but the network: parsing the request, hardening, writing
 * the answer.
 */
import { review } from '../../src/admission/answer-review.ts';
import { loadCatalogue } from '../../src/profile-files/catalogue-files.ts';
import { buildCatalogue } from '../../src/core/catalogue/match/catalogue.ts';
import { defaultPolicy } from '../../src/core/context/context.ts';
import { median } from './measure.ts';
import type { Route } from '../../src/admission/routes.ts';
import type { Catalogue, CatalogueEntry } from '../../src/core/catalogue/match/catalogue.ts';
import type { Growth, GrowthPoint } from './report.ts';

const route: Route = { mode: 'enforce', level: 'immutable', mistyped: false };

/**
 * The curves go through their points this often, so that a busy moment of the machine is not one
 * point's alone.
 */
const passes = 5;

/** Each point is the median of many reviews, taken for `seconds` in all and at least 25 times. */
export async function measureGrowth(seconds: number, progress: () => void): Promise<Growth> {
  const builtin = valueOf(await loadCatalogue());
  const curve = (
    counts: readonly number[],
    pod: (count: number) => object,
  ): readonly GrowthPoint[] => {
    const bodies = new Map(counts.map((count) => [count, bodyOf(pod(count))]));
    return timed(counts, seconds, progress, (count) => answer(bodies.get(count) ?? '', builtin));
  };
  return {
    containers: curve([1, 2, 5, 10, 20, 50, 100], podOfContainers),
    volumes: curve([1, 10, 100, 250, 500, 750, 1_000], podOfVolumes),
    mounts: curve([1, 10, 100, 250, 500, 750, 1_000], podOfMounts),
    catalogue: catalogueCurve(builtin, seconds, progress),
  };
}

function catalogueCurve(
  builtin: Catalogue,
  seconds: number,
  progress: () => void,
): readonly GrowthPoint[] {
  const cases = new Map(
    [20, 200, 2_000, 20_000].map((size) => [
      size,
      {
        catalogue: catalogueOf(size, builtin.profiles),
        // More images than are remembered, so that each is looked for among all patterns.
        bodies: list(4_096, (index) => bodyOf(podOfImage(index, size))),
      },
    ]),
  );
  let next = 0;
  return timed([...cases.keys()], seconds, progress, (count) => {
    const { catalogue, bodies } = cases.get(count)!;
    return answer(bodies[next++ % bodies.length] ?? '', catalogue);
  });
}

function answer(body: string, catalogue: Catalogue): string {
  const result = review(JSON.parse(body), route, catalogue, defaultPolicy);
  if (result.outcome !== 'patched') throw new Error(`a pod of the benchmark was ${result.outcome}`);
  return JSON.stringify(result.response);
}

function timed(
  counts: readonly number[],
  seconds: number,
  progress: () => void,
  work: (count: number) => unknown,
): readonly GrowthPoint[] {
  const times = new Map<number, number[]>(counts.map((count) => [count, []]));
  // Once through everything before anything counts: what is compiled late would be charged to what
  // comes first.
  for (const count of counts) for (let turn = 0; turn < 25; turn++) work(count);
  for (let pass = 0; pass < passes; pass++) {
    for (const [count, own] of times) {
      const end = performance.now() + (seconds * 1000) / passes;
      for (let turn = 0; turn < 5 || performance.now() < end; turn++) {
        const start = performance.now();
        work(count);
        own.push((performance.now() - start) * 1000);
      }
      progress();
    }
  }
  return [...times].map(([count, own]) => ({
    count,
    microseconds: Number(median(own).toFixed(1)),
  }));
}

function bodyOf(pod: object): string {
  return JSON.stringify({
    kind: 'AdmissionReview',
    apiVersion: 'admission.k8s.io/v1',
    request: {
      uid: '705ab4f5-6393-11e8-b7cc-42010a800002',
      resource: { group: '', version: 'v1', resource: 'pods' },
      operation: 'CREATE',
      object: pod,
    },
  });
}

function pod(containers: readonly object[], volumes: readonly object[] = []): object {
  return { metadata: { name: 'web', namespace: 'bench' }, spec: { containers, volumes } };
}

const images = ['nginx:1.29', 'redis:8', 'postgres:17', 'example.com/team/app:1'];

function list<T>(length: number, item: (index: number) => T): readonly T[] {
  return Array.from({ length }, (_, index) => item(index));
}

function podOfContainers(count: number): object {
  return pod(
    list(count, (index) => ({
      name: `c${index}`,
      image: images[index % images.length],
      env: [{ name: 'LOG_LEVEL', value: 'info' }],
      ports: [{ containerPort: 8080, protocol: 'TCP' }],
      resources: { requests: { cpu: '50m', memory: '64Mi' } },
      volumeMounts: [{ name: 'data', mountPath: '/data' }],
      terminationMessagePath: '/dev/termination-log',
      terminationMessagePolicy: 'File',
      imagePullPolicy: 'IfNotPresent',
    })),
    [{ name: 'data', emptyDir: {} }],
  );
}

function podOfVolumes(count: number): object {
  return pod(
    [{ name: 'web', image: 'nginx:1.29' }],
    list(count, (index) => ({ name: `v${index}`, configMap: { name: `c${index}` } })),
  );
}

function podOfMounts(count: number): object {
  const volumeMounts = list(count, (index) => ({ name: 'data', mountPath: `/data/${index}` }));
  return pod(
    [{ name: 'web', image: 'nginx:1.29', volumeMounts }],
    [{ name: 'data', emptyDir: {} }],
  );
}

function podOfImage(index: number, profiles: number): object {
  return pod([
    { name: 'web', image: `registry.example.com/team-${index % profiles}/app:${index}` },
  ]);
}

/** Of every ten profiles one is for a wildcard. */
function catalogueOf(size: number, known: readonly CatalogueEntry[]): Catalogue {
  const base = known.find(({ profile }) => profile.name === 'default');
  if (base === undefined) throw new Error('the built-in catalogue has no default profile');
  const entries = list(size - 1, (index): CatalogueEntry => ({
    source: 'directory',
    profile: {
      ...base.profile,
      name: `team-${index}`,
      images: [`registry.example.com/team-${index}/${index % 10 === 0 ? '**' : 'app'}`],
    },
  }));
  return valueOf(buildCatalogue([base, ...entries]));
}

function valueOf<T>(result: { readonly ok: true; readonly value: T } | { readonly ok: false }): T {
  if (!result.ok) throw new Error('a catalogue of the benchmark does not load');
  return result.value;
}
