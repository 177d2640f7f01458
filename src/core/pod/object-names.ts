/**
 * Finds names that the API server would refuse. It validates a pod only after mutation, so names
 * of any length reach a webhook, and the work with a name grows with its length.
 *
 * Only the names of containers and volumes are checked, with the messages of the API server
 * (kubernetes v1.34 validation.go:431, ValidateDNS1123Label; :3626 and :489 for names that are
 * used twice; apimachinery v0.34 util/validation/validation.go).
 */
import { shown } from '../values/text.ts';
import type { Container, PodSpec, Volume } from './pod.ts';

/** What is wrong with one field of an object, in the form of the `causes` of a Status. */
export interface FieldProblem {
  /** For example `spec.containers[0].name`. */
  readonly field: string;
  readonly reason: 'FieldValueRequired' | 'FieldValueInvalid' | 'FieldValueDuplicate';
  readonly message: string;
}

const maxLength = 63;
/** The most problems that are reported: a request may hold as many bad names as fit into it. */
const maxProblems = 8;

const notALabel =
  "a lowercase RFC 1123 label must consist of lower case alphanumeric characters or '-', and must start and end with " +
  "an alphanumeric character (e.g. 'my-name',  or '123-abc', regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?')";

type Named = Container | Volume;

/**
 * What is wrong with the names of a pod's volumes and containers: at most eight problems, and none
 * for almost every pod.
 */
export function nameProblems(spec: PodSpec): readonly FieldProblem[] {
  const problems: FieldProblem[] = [];
  checkNames(spec.volumes, 'volumes', new Set(), problems);
  // No two containers may have the same name, even in different lists.
  const taken = new Set<string>();
  checkNames(spec.containers, 'containers', taken, problems);
  checkNames(spec.initContainers, 'initContainers', taken, problems);
  checkNames(spec.ephemeralContainers, 'ephemeralContainers', taken, problems);
  return problems;
}

/**
 * What is wrong with the names of new ephemeral containers: those whose names are not in
 * `existing`, the names of the ephemeral containers of the stored pod.
 */
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

/** Whether the text is a DNS-1123 label (RFC 1123). A text longer than a label is not read. */
export function isLabel(text: string): boolean {
  return text.length <= maxLength && consistsOfLabelCharacters(text);
}

function consistsOfLabelCharacters(text: string): boolean {
  return /^[a-z0-9-]+$/.test(text) && !text.startsWith('-') && !text.endsWith('-');
}
