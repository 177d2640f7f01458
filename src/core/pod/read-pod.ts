/**
 * From `unknown` to `Pod`: checks the shape of every field that Lithopod reads, and of no other.
 *
 * The API server sends well-formed pods only; a manifest or a request from elsewhere may hold
 * anything. `null` means absent. Whether a pod is valid is for the API server to decide.
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
 * The value as a Pod. It is not changed, with one exception: `containers: null`, which Go writes
 * for a missing list, becomes an empty list, so that the API server reports what is missing.
 *
 * Refused with all malformed fields at once, and where the pod has more than `maxContainers`. The
 * `path` of a problem is a JSON pointer relative to the value.
 */
export function readPod(value: unknown): Result<Pod> {
  const given = withContainers(value);
  if (isPod(given)) return bounded(given);
  const problems = podProblems(given);
  // A law tests that both checks agree. If they ever do not, the one that names places decides.
  return problems.length > 0 ? failure(...problems) : bounded(given as Pod);
}

/**
 * The most containers of a pod in all lists together. A node runs far fewer. With more, what is
 * added to each would be too large for the API server to store (etcd takes 1.5 MiB), so an
 * answer of megabytes would be useless.
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

/** The malformed fields of the value, at most `maxProblems` of them; none for a pod. */
export const podProblems = problemsOf(pod);

/** Makes the same function for any part. */
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

/** The most problems that are reported: the answer to a text of megabytes must not be as large. */
const maxProblems = 20;

function addProblem(expected: string, path: string, problems: Problem[]): void {
  if (problems.length < maxProblems) problems.push({ path, message: `must be ${expected}` });
}

type Check = (value: unknown, path: string, problems: Problem[]) => void;

/** Makes the check of a kind once. Reading the table for each value takes four times as long. */
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

/** A key as part of a JSON pointer, cut to 320 characters: a valid key has at most 317. */
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
  // Required fields come first: there may be more problems than are reported.
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
