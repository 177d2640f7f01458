/** What is made of the table of fields (src/core/pod/fields.ts) is up to date, and agrees. */
import { mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { V1ObjectMeta, V1Pod, V1PodSpec } from '@kubernetes/client-node';
import { expect } from 'chai';
import fc from 'fast-check';
import { kindOf, listOf, required, uniformPart } from '../../src/core/pod/field-kinds.ts';
import type { Kind, Part } from '../../src/core/pod/field-kinds.ts';
import { pod } from '../../src/core/pod/fields.ts';
import { isPod } from '../../src/core/pod/generated/pod-check.ts';
import { toUniformPod } from '../../src/core/pod/generated/pod-views.ts';
import type { Pod } from '../../src/core/pod/pod.ts';
import { podProblems, problemsOf } from '../../src/core/pod/read-pod.ts';
import { toApiPod } from '../../src/core/pod/uniform-pod.ts';
import { podSource } from '../../tools/pod-source.ts';
import { pods } from '../pods/arbitrary.ts';

const folder = join(import.meta.dirname, '../../src/core/pod/generated');

/** A value with every field that is listed, so that each can be spoilt. */
function fullValue(kind: Kind): unknown {
  if (kind === 'string') return 'a';
  if (kind === 'boolean') return true;
  if (kind === 'number') return 1;
  if (kind === 'any object') return { a: 1 };
  if (kind === 'map of strings') return { a: 'b' };
  if ('listOf' in kind) return [fullValue(kind.listOf)];
  return Object.fromEntries(
    Object.entries(kind.fields).map(([key, field]) => [key, fullValue(kindOf(field))]),
  );
}

const fullPod = fullValue(pod) as Pod;

type Key = string | number;

/** The place of every value in it, its own among them. */
function placesIn(value: unknown, place: readonly Key[] = []): readonly (readonly Key[])[] {
  if (typeof value !== 'object' || value === null) return [place];
  const keys: readonly Key[] = Array.isArray(value) ? [...value.keys()] : Object.keys(value);
  return [
    place,
    ...keys.flatMap((key) => placesIn((value as Record<Key, unknown>)[key], [...place, key])),
  ];
}

/** A copy with another value at the place; `undefined` is no value. */
function spoilt(value: unknown, [key, ...rest]: readonly Key[], spoiler: unknown): unknown {
  if (key === undefined) return spoiler;
  const copy = (
    Array.isArray(value) ? [...(value as unknown[])] : { ...(value as object) }
  ) as Record<Key, unknown>;
  copy[key] = spoilt(copy[key], rest, spoiler);
  return copy;
}

const spoilers: readonly unknown[] = [
  undefined,
  null,
  true,
  7,
  'x',
  [],
  {},
  [null],
  ['x'],
  [{}],
  { a: 7 },
];

describe('the check of a pod', () => {
  function agree(value: unknown): void {
    const problems = podProblems(value);
    expect(isPod(value), JSON.stringify(problems)).to.equal(problems.length === 0);
  }

  it('takes a pod with every field that is read', () => {
    expect(podProblems(fullPod)).to.deep.equal([]);
    expect(isPod(fullPod)).to.equal(true);
  });

  it('refuses what has problems, whatever is in whatever place', () => {
    let refused = 0;
    for (const place of placesIn(fullPod)) {
      for (const spoiler of spoilers) {
        const value = spoilt(fullPod, place, spoiler);
        agree(value);
        if (!isPod(value)) refused++;
      }
    }
    expect(refused).to.be.greaterThan(1_000);
  });

  it('refuses what has problems, of any pods and other values', () => {
    fc.assert(fc.property(pods, agree), { numRuns: 300 });
    fc.assert(fc.property(fc.jsonValue(), agree), { numRuns: 300 });
  });
});

describe('the view of a pod', () => {
  /** In every uniform part: all fields, in the order of the table. */
  function expectFields(kind: Kind, view: unknown): void {
    if (view == null || typeof kind === 'string') return;
    if ('listOf' in kind) {
      for (const element of view as readonly unknown[]) expectFields(kind.listOf, element);
    } else if (kind.isUniform) {
      expect(Object.keys(view), kind.name).to.deep.equal(Object.keys(kind.fields));
      for (const [key, field] of Object.entries(kind.fields)) {
        expectFields(kindOf(field), (view as Record<string, unknown>)[key]);
      }
    }
  }

  it('has the fields of the table, in its order', () => {
    expectFields(pod, toUniformPod(fullPod));
    fc.assert(
      fc.property(pods, (any) => {
        expectFields(pod, toUniformPod(any));
      }),
    );
  });

  it('has the values of the pod', () => {
    expect(JSON.parse(JSON.stringify(toUniformPod(fullPod)))).to.deep.equal(fullPod);
  });

  it('turns into the very pod again', () => {
    fc.assert(
      fc.property(pods, (any) => {
        const before = structuredClone(any);
        expect(toApiPod(toUniformPod(any)))
          .to.equal(any)
          .and.to.deep.equal(before);
      }),
    );
  });
});

describe('the generated files', () => {
  it('are what `npm run generate` writes', async () => {
    const files = await podSource(pod);
    expect(readdirSync(folder)).to.have.members([...files.keys()]);
    for (const [name, text] of files) {
      expect(readFileSync(join(folder, name), 'utf8'), 'run npm run generate').to.equal(text);
    }
  });

  it('have a field that was added to the table alone', async () => {
    const planted = uniformPart('Planted', { word: required('string'), words: listOf('string') });
    const more: Part = { ...pod, fields: { ...pod.fields, planted } };
    const files = await podSource(more);
    expect(files.get('pod-types.ts')).to.include('readonly planted?: Planted | Absent;');
    const check = await load<{ isPod(value: unknown): boolean }>(files.get('pod-check.ts')!);
    const views = await load<{ toUniformPod(raw: unknown): object }>(files.get('pod-views.ts')!);

    const good = { ...fullPod, planted: { other: 1, words: ['a'], word: 'b' } };
    expect(check.isPod(good)).to.equal(true);
    expect(problemsOf(more)(good)).to.deep.equal([]);
    const bad = { ...fullPod, planted: { words: ['a', 7] } };
    expect(check.isPod(bad)).to.equal(false);
    expect(problemsOf(more)(bad)).to.deep.equal([
      { path: '/planted/word', message: 'must be a string' },
      { path: '/planted/words/1', message: 'must be a string' },
    ]);
    const view = views.toUniformPod(good) as { readonly planted: object };
    expect(Object.keys(view)).to.deep.equal(['metadata', 'spec', 'planted']);
    expect(Object.entries(view.planted)).to.deep.equal([
      ['word', 'b'],
      ['words', ['a']],
    ]);
  });
});

/** A generated file as a module: from a folder of its own, and with the modules that it imports. */
async function load<T>(text: string): Promise<T> {
  const own = mkdtempSync(join(tmpdir(), 'lithopod-generated-'));
  try {
    const file = join(own, 'generated.mts');
    writeFileSync(file, text.replaceAll("'../", `'${pathToFileURL(join(folder, '..')).href}/`));
    return (await import(pathToFileURL(file).href)) as T;
  } finally {
    rmSync(own, { recursive: true });
  }
}

/** The names of an object type, without those that an index signature stands for. */
type Names<T> = keyof { [K in keyof T as string extends K ? never : K]: T[K] } & string;

/**
 * The paths in a type of ours that the API's type does not have, or has with another type, or may
 * leave out where ours does not.
 */
type Misfits<Ours, Api, Path extends string = ''> = Ours extends string | number | boolean
  ? [Api] extends [string extends Ours ? string : number extends Ours ? number : boolean]
    ? never
    : Path
  : Ours extends readonly (infer E)[]
    ? Api extends readonly (infer A)[]
      ? Misfits<E, A, `${Path}[]`>
      : Path
    : [Names<Ours>] extends [never]
      ? string extends keyof Api
        ? never
        : Path
      : { [K in Names<Ours>]: MisfitsOfField<Ours, Api, K, `${Path}/${K}`> }[Names<Ours>];

type MisfitsOfField<Ours, Api, K extends keyof Ours, Path extends string> = K extends keyof Api
  ? undefined extends Ours[K]
    ? Misfits<NonNullable<Ours[K]>, NonNullable<Api[K]>, Path>
    : Misfits<Ours[K], Api[K], Path>
  : Path;

type None<T extends never> = T;

/** `npm run check:types` compares the table with the API's own types: it compiles where all fit. */
export type ApiTypes = [
  // A Pod that was stored has a spec, though the API's type may leave it out.
  None<Misfits<Pod, V1Pod & { spec: V1PodSpec }>>,
  // @ts-expect-error A name that the API does not have.
  None<Misfits<{ readonly nam?: string }, V1ObjectMeta>>,
  // @ts-expect-error Another type.
  None<Misfits<{ readonly hostPID?: string }, V1PodSpec>>,
  // @ts-expect-error Another type in a list.
  None<Misfits<{ readonly finalizers?: readonly number[] }, V1ObjectMeta>>,
  // @ts-expect-error An object where the API has a map.
  None<Misfits<{ readonly annotations: { readonly a?: string } }, V1ObjectMeta>>,
  // @ts-expect-error A map where the API has an object.
  None<Misfits<{ readonly os?: Readonly<Record<string, string | null>> }, V1PodSpec>>,
  // @ts-expect-error Required, where the API has it not always.
  None<Misfits<{ readonly hostPID: boolean }, V1PodSpec>>,
];
