/**
 * From `unknown` to `Pod`: checks the shape of every field that Lithopod reads, and of no other.
 *
 * The API server sends well-formed pods only; a manifest or a request from elsewhere may hold
 * anything. Absent and `null` are alike. Whether a pod makes sense is the API server's to say.
 */
import { isObject } from '../values/json.ts';
import { failure, success } from '../values/result.ts';
import type { Problem, Result } from '../values/result.ts';
import { isRequired, kindOf } from './field-kinds.ts';
import type { Kind, Part } from './field-kinds.ts';
import { pod } from './fields.ts';
import { isPod } from './generated/pod-check.ts';
import type { Pod } from './pod.ts';

/**
 * The value as a Pod, unchanged but for `containers: null`, which is how Go writes a list that
 * nobody gave: it comes out empty, so that the API server itself tells the author what is missing.
 * Refused with every misshapen field at once; a problem's `path` is a JSON pointer relative to the
 * value.
 */
export function readPod(value: unknown): Result<Pod> {
  const given = withContainers(value);
  if (isPod(given)) return bounded(given);
  const problems = podProblems(given);
  // Where the two differ, which a law excludes, the one that names places is right.
  return problems.length > 0 ? failure(...problems) : bounded(given as Pod);
}

/**
 * Of all lists together. A node runs far fewer, and what is added to each of this many is more than
 * the API server can store (etcd takes 1.5 MiB), so that the answer would be megabytes for nothing.
 */
export const maxContainers = 1_000;

function bounded(pod: Pod): Result<Pod> {
  const { containers, initContainers, ephemeralContainers } = pod.spec;
  const count =
    containers.length + (initContainers?.length ?? 0) + (ephemeralContainers?.length ?? 0);
  return count <= maxContainers
    ? success(pod)
    : failure({ path: '/spec', message: `must have at most ${maxContainers} containers in all` });
}

/**
 * Every misshapen field of the value, up to a number of them that is enough to act on; none for a
 * pod.
 */
export const podProblems = problemsOf(pod);

/** The same for any part. */
export function problemsOf(part: Part): (value: unknown) => readonly Problem[] {
  const check = checkOf(part);
  return (value) => {
    const problems: Problem[] = [];
    check(value, '', problems);
    return problems;
  };
}

function withContainers(value: unknown): unknown {
  if (!isObject(value)) return value;
  const { spec } = value;
  if (!isObject(spec) || spec['containers'] !== null) return value;
  return { ...value, spec: { ...spec, containers: [] } };
}

/** Enough problems to act on: a text of megabytes must not be answered by more megabytes. */
const maxProblems = 20;

function addProblem(expected: string, path: string, problems: Problem[]): void {
  if (problems.length < maxProblems) problems.push({ path, message: `must be ${expected}` });
}

type Check = (value: unknown, path: string, problems: Problem[]) => void;

/** Made of the table once: to read it with each value would take four times as long. */
function checkOf(kind: Kind): Check {
  if (kind === 'any object') return checkObject;
  if (kind === 'map of strings') return checkMapOfStrings;
  if (typeof kind === 'string') return checkOfScalar(kind);
  return 'listOf' in kind ? checkOfList(checkOf(kind.listOf)) : checkOfPart(kind);
}

function checkObject(value: unknown, path: string, problems: Problem[]): void {
  if (!isObject(value)) addProblem('an object', path, problems);
}

function checkMapOfStrings(value: unknown, path: string, problems: Problem[]): void {
  if (!isObject(value)) {
    addProblem('an object', path, problems);
    return;
  }
  for (const [key, entry] of Object.entries(value)) {
    // The API server reads a key without a value as an empty text.
    if (entry !== null && typeof entry !== 'string')
      addProblem('a string', `${path}/${tokenOf(key)}`, problems);
  }
}

/**
 * A key as part of a JSON pointer. A valid one has at most 317 characters; a message holds no more
 * of any other.
 */
function tokenOf(key: string): string {
  return key.slice(0, 320).replace(/~/g, '~0').replace(/\//g, '~1');
}

function checkOfScalar(type: string): Check {
  return (value, path, problems) => {
    if (typeof value !== type) addProblem(`a ${type}`, path, problems);
  };
}

function checkOfList(each: Check): Check {
  return (value, path, problems) => {
    if (!Array.isArray(value)) {
      addProblem('a list', path, problems);
      return;
    }
    let index = 0;
    for (const entry of value as readonly unknown[]) each(entry, `${path}/${index++}`, problems);
  };
}

function checkOfPart(part: Part): Check {
  const checks = Object.entries(part.fields).map(([key, field]) => ({
    key,
    isNeeded: isRequired(field),
    check: checkOf(kindOf(field)),
  }));
  // What must be there comes first: there may be more problems than are listed.
  checks.sort((a, b) => Number(b.isNeeded) - Number(a.isNeeded));
  return (value, path, problems) => {
    if (!isObject(value)) {
      addProblem('an object', path, problems);
      return;
    }
    for (const { key, isNeeded, check } of checks) {
      const field = value[key];
      if (isNeeded || field != null) check(field, `${path}/${key}`, problems);
    }
  };
}
