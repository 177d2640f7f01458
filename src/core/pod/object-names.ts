/**
 * Names that the API server would refuse. It validates a pod after mutation, so a name of any
 * length reaches a webhook, and what is done with a name costs as much as the name is long.
 *
 * Judged are the names of containers and volumes alone, in the API's own words (kubernetes v1.34
 * validation.go:431, ValidateDNS1123Label; :3626 and :489 for names that stand twice; apimachinery
 * v0.34 util/validation/validation.go).
 */
import { shown } from '../values/text.ts';
import type { Container, PodSpec, Volume } from './pod.ts';

/** A fault in one field of an object, as the `causes` of a Status name it. */
export interface FieldProblem {
  /** For example `spec.containers[0].name`. */
  readonly field: string;
  readonly reason: 'FieldValueRequired' | 'FieldValueInvalid' | 'FieldValueDuplicate';
  readonly message: string;
}

const maxLength = 63;
/** Enough to act on: a request may hold as many bad names as fit into its size. */
const maxProblems = 8;

const notALabel =
  "a lowercase RFC 1123 label must consist of lower case alphanumeric characters or '-', and must start and end with " +
  "an alphanumeric character (e.g. 'my-name',  or '123-abc', regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?')";

type Named = Container | Volume;

/**
 * What is wrong with the names of a pod's volumes and containers, at most eight faults; nothing for
 * almost every pod.
 */
export function nameProblems(spec: PodSpec): readonly FieldProblem[] {
  const problems: FieldProblem[] = [];
  checkNames(spec.volumes, 'volumes', new Set(), problems);
  // One container may not have the name of another, whichever list it is in.
  const taken = new Set<string>();
  checkNames(spec.containers, 'containers', taken, problems);
  checkNames(spec.initContainers, 'initContainers', taken, problems);
  checkNames(spec.ephemeralContainers, 'ephemeralContainers', taken, problems);
  return problems;
}

/** The same of the ephemeral containers that the pod, which is stored, has not yet. */
export function newNameProblems(
  spec: PodSpec,
  existing: ReadonlySet<string>,
): readonly FieldProblem[] {
  const problems: FieldProblem[] = [];
  const taken = new Set<string>();
  for (const list of [spec.containers, spec.initContainers]) {
    for (const { name } of list ?? []) taken.add(name);
  }
  checkNames(spec.ephemeralContainers, 'ephemeralContainers', taken, problems, existing);
  return problems;
}

function checkNames(
  named: readonly Named[] | null | undefined,
  list: string,
  taken: Set<string>,
  problems: FieldProblem[],
  existing?: ReadonlySet<string>,
): void {
  if (!named) return;
  let index = -1;
  for (const { name } of named) {
    index++;
    if (existing?.has(name) === true) continue;
    const describe = isLabel(name) ? (taken.has(name) ? duplicate : undefined) : invalid;
    if (describe === undefined) taken.add(name);
    else problems.push(...describe(`spec.${list}[${index}].name`, name));
    if (problems.length >= maxProblems) return;
  }
}

function duplicate(field: string, name: string): readonly FieldProblem[] {
  const message = `Duplicate value: ${JSON.stringify(name)}`;
  return [{ field, reason: 'FieldValueDuplicate', message }];
}

function invalid(field: string, name: string): readonly FieldProblem[] {
  if (name === '') return [{ field, reason: 'FieldValueRequired', message: 'Required value' }];
  const value = JSON.stringify(shown(name));
  const complaints = [
    ...(name.length > maxLength ? [`must be no more than ${maxLength} bytes`] : []),
    ...(consistsOfLabelCharacters(name.slice(0, maxLength + 1)) ? [] : [notALabel]),
  ];
  return complaints.map((complaint) => ({
    field,
    reason: 'FieldValueInvalid',
    message: `Invalid value: ${value}: ${complaint}`,
  }));
}

/** Whether the text is a DNS-1123 label (RFC 1123). No more of it is read than a label may have. */
export function isLabel(text: string): boolean {
  return text.length <= maxLength && consistsOfLabelCharacters(text);
}

function consistsOfLabelCharacters(text: string): boolean {
  return /^[a-z0-9-]+$/.test(text) && !text.startsWith('-') && !text.endsWith('-');
}
