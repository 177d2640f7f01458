/**
 * Reviews that somebody made to cost the most, generated: every text, list and map of the schema is
 * made long or many, alone and in pairs. A webhook is asked before the API server validates, so any
 * field may hold anything that decodes.
 */
import { deploymentOf, deployments, reviewOf, type TestPod } from '../admission/reviews.ts';
import { modes } from '../../src/admission/routes.ts';
import { review } from '../../src/admission/answer-review.ts';
import { levels } from '../../src/core/findings/finding.ts';
import { defaultPolicy } from '../../src/core/context/context.ts';
import { fillsOf, loudSample, plainSample, type Fill } from './fills.ts';
import { fillablePositions, pathOf, schemaAt, type Position } from './review-schema.ts';
import type { Route } from '../../src/admission/routes.ts';
import type { Catalogue } from '../../src/core/catalogue/match/catalogue.ts';

type Json = Record<string, unknown>;
export type Review = Readonly<Json>;

export interface Shape {
  readonly name: string;
  /** A review of about so many bytes. */
  readonly make: (bytes: number) => Review;
}

/**
 * What stands around that which is filled: nothing much, or a pod with every field, about which
 * every rule speaks.
 */
const bases = { plain: plainReview, loud: loudReview } as const;
type Base = keyof typeof bases;

function plainReview(): Json {
  const container = { name: 'web', image: 'nginx:1.29' };
  return mutable(
    reviewOf({
      apiVersion: 'v1',
      kind: 'Pod',
      metadata: { name: 'web', namespace: 'sun' },
      spec: { containers: [container] },
    }),
  );
}

const object = ['request', 'object'];
const oldObject = ['request', 'oldObject'];

function loudReview(): Json {
  const pod = loudSample(schemaAt(object)) as { readonly spec: Json };
  const named = (list: string, name: string): void => {
    const [container] = pod.spec[list] as [Json];
    container['name'] = name;
  };
  named('initContainers', 'init');
  named('ephemeralContainers', 'debug');
  return mutable(reviewOf(pod));
}

/** Of its own, to be written to. */
function mutable(value: Review): Json {
  return JSON.parse(JSON.stringify(value)) as Json;
}

/** As what a review comes: also as one of a debug container, and as one of a workload. */
export type Form = 'pod' | 'debug container' | 'workload';

/** The review in that form. */
export function inForm(given: Review, form: Form): Review {
  if (form === 'pod') return given;
  const { request } = given as { readonly request: Json };
  if (form === 'debug container') {
    const old = request['oldObject'] ?? (plainReview()['request'] as Json)['object'];
    const changes = { operation: 'UPDATE', subResource: 'ephemeralcontainers', oldObject: old };
    return { ...given, request: { ...request, ...changes } };
  }
  const workload = deploymentOf(request['object'] as TestPod);
  return { ...given, request: { ...request, object: workload, resource: deployments } };
}

/** How a review comes. */
export interface Asking {
  readonly form: Form;
  readonly route: Route;
}

/** Every way in which a review can come. */
export const askings: readonly Asking[] = (['pod', 'workload', 'debug container'] as const).flatMap(
  (form) =>
    modes.flatMap((mode) =>
      levels.map((level) => ({ form, route: { mode, level, mistyped: false } })),
    ),
);

interface Placed {
  readonly position: Position;
  readonly fill: Fill;
}

/**
 * Puts the fill where it belongs, in the first element of each list on the way, which is made where
 * there is none. `every`: into every element of the innermost list instead, of which each gets its
 * share.
 */
function put(target: Json, { position, fill }: Placed, bytes: number, every: boolean): void {
  const parts = 2;
  const innermost = position.keys.lastIndexOf('[]');
  let places: unknown[] = [target];
  for (const [index, key] of position.keys.entries()) {
    const isLast = index === position.keys.length - 1;
    if (isLast) {
      for (const place of places) set(place, key, fill.make(bytes / places.length, parts));
      return;
    }
    const next = position.keys.slice(0, index + 1);
    const make = (): unknown => plainSample(schemaAt(next), key);
    places = places.flatMap((place) =>
      every && index === innermost ? all(place, make) : [step(place, key, make)],
    );
  }
}

function step(place: unknown, key: string, make: () => unknown): unknown {
  const name = key === '[]' ? 0 : key;
  const fields = place as Record<string | number, unknown>;
  const value = fields[name];
  if (typeof value === 'object' && value !== null) return value;
  return (fields[name] = make());
}

/** The elements of a list, up to a few hundred: each gets something of its own. */
function all(place: unknown, make: () => unknown): unknown[] {
  const list = place as unknown[];
  if (list.length === 0) list.push(make());
  return list.filter((each) => typeof each === 'object' && each !== null).slice(0, 300);
}

function set(place: unknown, key: string, value: unknown): void {
  (place as Record<string | number, unknown>)[key === '[]' ? 0 : key] = value;
}

function shapeOf(base: Base, placed: readonly Placed[], every = false): Shape {
  const what = placed.map(({ position, fill }) => `${pathOf(position.keys)}: ${fill.name}`);
  const around = base === 'loud' ? ', all else in use' : '';
  // What lies within another's list is put there after it.
  const inOrder = [...placed].sort((a, b) => a.position.keys.length - b.position.keys.length);
  return {
    name: `${what.join(every ? ', and in each ' : ', and ')}${around}`,
    make: (bytes) => {
      const made = bases[base]();
      for (const [index, one] of inOrder.entries()) {
        put(made, one, bytes / placed.length, every && index === inOrder.length - 1);
      }
      return made;
    },
  };
}

export interface Positions {
  /** What Lithopod looks at. */
  readonly read: readonly Position[];
  readonly unread: readonly Position[];
}

/** Which positions hardening reads is seen by having it done to a review that tells. */
export function positions(catalogue: Catalogue): Positions {
  const seen = new Set<string>();
  for (const base of Object.values(bases)) {
    for (const { form, route } of askings) {
      // As a workload the pod stands elsewhere.
      if (form === 'workload') continue;
      review(telling(inForm(base(), form), seen), route, catalogue, defaultPolicy);
    }
  }
  const places = fillablePositions().filter(
    ({ keys }) => keys.join() !== 'apiVersion' && keys.join() !== 'kind',
  );
  const isRead = ({ keys }: Position): boolean => seen.has(keys.join('\n'));
  return { read: places.filter(isRead), unread: places.filter((each) => !isRead(each)) };
}

/**
 * The value as proxies that note the keys of what is read by name. Whoever goes through all keys of
 * an object, to copy or compare it, looks at none.
 */
function telling(value: unknown, seen: Set<string>, keys: readonly string[] = []): unknown {
  if (typeof value !== 'object' || value === null) return value;
  let gone = false;
  return new Proxy(value, {
    get(target, key, receiver) {
      const field: unknown = Reflect.get(target, key, receiver);
      if (gone || typeof key === 'symbol' || typeof field === 'function') return field;
      const own = [...keys, Array.isArray(target) ? '[]' : key];
      seen.add(own.join('\n'));
      return telling(field, seen, own);
    },
    ownKeys(target) {
      gone = true;
      return Reflect.ownKeys(target);
    },
  });
}

/** Each position alone: what is read in every way, what is not in one or two. */
export function singles({ read, unread }: Positions): readonly Shape[] {
  const isOld = ({ keys }: Position): boolean => keys[1] === oldObject[1];
  return [
    ...read.flatMap((position) =>
      fillsOf(position).map((fill, index) =>
        shapeOf(index % 2 === 0 ? 'plain' : 'loud', [{ position, fill }]),
      ),
    ),
    ...unread
      .filter((position) => !isOld(position))
      .flatMap((position, index) => {
        const fills = fillsOf(position);
        const fill = fills[index % fills.length];
        return fill === undefined ? [] : [shapeOf('plain', [{ position, fill }])];
      }),
  ];
}

/**
 * Every two positions that are read, filled in one of the ways that the seed chooses: first, in
 * turn, such as belong to one element of a list or do not, in an order that the seed chooses too.
 */
export function pairs({ read }: Positions, seed = 1): readonly Shape[] {
  const random = sequence(seed);
  const pick = <T>(list: readonly T[]): T => list[Math.floor(random() * list.length)] as T;
  const near: Shape[] = [];
  const far: Shape[] = [];
  for (const [index, first] of read.entries()) {
    for (const second of read.slice(index + 1)) {
      const both = [first, second].map((position) => ({ position, fill: pick(fillsOf(position)) }));
      const made = shapeOf(random() < 0.5 ? 'plain' : 'loud', both, random() < 0.5);
      (listOf(first) === listOf(second) ? near : far).push(made);
    }
  }
  shuffle(near, random);
  shuffle(far, random);
  return near
    .flatMap((each, index) => {
      const other = far[index];
      return other === undefined ? [each] : [each, other];
    })
    .concat(far.slice(near.length));
}

/** The outermost list that the position lies in, or the object that it is a field of. */
function listOf({ keys }: Position): string {
  const end = keys.indexOf('[]');
  return keys.slice(0, end < 0 ? -1 : end).join('.');
}

/** Puts the list into another order. */
export function shuffle(list: unknown[], random: () => number): void {
  for (let last = list.length - 1; last > 0; last--) {
    const other = Math.floor(random() * (last + 1));
    [list[last], list[other]] = [list[other], list[last]];
  }
}

/** Numbers from 0 to 1, the same for the same seed (mulberry32). */
export function sequence(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}
