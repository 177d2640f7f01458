/**
 * Hardening as a Component of kustomize: for each object that changes one patch, for bases that
 * nobody can edit.
 *
 * The patches are of JSON Patch for every kind. A strategic merge knows the kinds of Kubernetes
 * itself alone: of a custom resource it would replace the whole list of containers, and of the
 * others it would put mounts into an order of its own. What a patch by index cannot know, `test`
 * operations say: kustomize stops where a container is no longer at its place.
 */
import { documentPointer } from '../../core/pod/pod-templates.ts';
import { valueAtPointer } from '../../core/values/json-pointer.ts';
import { isObject } from '../../core/values/json.ts';
import { renderFlow, renderYaml } from '../../documents/index.ts';
import { AppError } from '../../error.ts';
import type { Operation } from '../../core/patch.ts';
import type { JsonObject } from '../../core/values/json.ts';
import type { HardenedObject } from '../input/hardened-object.ts';

/** An operation of JSON Patch that changes nothing and fails where the value is another one. */
export interface ContainerTest {
  readonly op: 'test';
  readonly path: string;
  readonly value: unknown;
}

/** One document, what hardening changes in it, and the tests of `containerTests`. */
export interface PatchedDocument {
  /** Where it begins, for messages: `base.yaml:12`. */
  readonly at: string;
  readonly value: unknown;
  readonly operations: readonly Operation[];
  readonly tests: readonly ContainerTest[];
}

/** What kustomize knows an object by. */
interface Target {
  readonly group?: string;
  readonly version: string;
  readonly kind: string;
  readonly name: string;
  readonly namespace?: string;
}

interface Patched {
  readonly target: Target;
  readonly operations: readonly (Operation | ContainerTest)[];
}

/** Collects documents, and gives the Component in the end. */
export interface Component {
  /** Throws `bad-input` for an object that changes and that kustomize could not tell by a name. */
  readonly add: (document: PatchedDocument) => void;
  readonly text: () => string;
}

/** Starts a Component. */
export function makeComponent(): Component {
  const patches: Patched[] = [];
  const seen = new Map<string, Map<string, string>>();
  const add = ({ at, value, operations, tests }: PatchedDocument): void => {
    for (const { pointer, object } of objectsOf(value)) {
      const isOwn = ({ path }: Operation | ContainerTest): boolean =>
        path.startsWith(`${pointer}/`);
      const own = operations.filter(isOwn);
      const target = targetOf(object);
      if (target === undefined) {
        if (own.length > 0) throw new AppError('bad-input', `${at}: ${withoutName(object)}`);
        continue;
      }
      const namesakes = seen.get(keyOf(target)) ?? new Map<string, string>();
      seen.set(keyOf(target), namesakes);
      const namespace = target.namespace ?? 'default';
      const first = namesakes.get(namespace);
      if (first !== undefined && own.length > 0) {
        throw new AppError('bad-input', `${at}: ${twice(target, first)}`);
      }
      namesakes.set(namespace, at);
      if (own.length === 0) continue;
      const all = [...tests.filter(isOwn), ...own];
      const inside = all.map((each) => ({ ...each, path: each.path.slice(pointer.length) }));
      patches.push({ target, operations: inside });
    }
  };
  const text = (): string => {
    if (patches.length === 0) return `${head}patches: []\n`;
    const entries = patches.map(({ target, operations }) => {
      // Without a namespace kustomize takes the objects of that name in all of them.
      const others = seen.get(keyOf(target))?.size ?? 0;
      const namespace = target.namespace ?? (others > 1 ? 'default' : undefined);
      return entryText({ ...target, ...(namespace !== undefined && { namespace }) }, operations);
    });
    return `${head}patches:\n${entries.join('')}`;
  };
  return { add, text };
}

/** Tests that the containers of a pod are where its patch expects them. */
export function containerTests({
  file,
  document,
  location,
  pod,
}: HardenedObject): readonly ContainerTest[] {
  const whole = file.documents[document]?.value;
  return (['initContainers', 'containers'] as const).flatMap((list) =>
    (pod.spec[list] ?? []).flatMap(({ name }, index): readonly ContainerTest[] => {
      const path = documentPointer(location, `/spec/${list}/${index}/name`);
      // Some kinds have no place for a name, and a pod of parts has it elsewhere.
      return valueAtPointer(whole, path) === name ? [{ op: 'test', path, value: name }] : [];
    }),
  );
}

const head = 'apiVersion: kustomize.config.k8s.io/v1alpha1\nkind: Component\n';

interface Found {
  readonly pointer: string;
  readonly object: JsonObject;
}

/** An object, or those of a list, which kustomize takes apart. */
function objectsOf(value: unknown, pointer = '', depth = 8): readonly Found[] {
  if (!isObject(value)) return [];
  const { kind, apiVersion, items } = value;
  if (typeof kind !== 'string' || !kind.endsWith('List') || !Array.isArray(items) || depth === 0) {
    return [{ pointer, object: value }];
  }
  const type =
    kind === 'List' || kind === 'ResourceList'
      ? {}
      : { apiVersion, kind: kind.slice(0, -'List'.length) };
  return items.flatMap((item: unknown, index) =>
    objectsOf(isObject(item) ? { ...type, ...item } : item, `${pointer}/items/${index}`, depth - 1),
  );
}

function targetOf({ apiVersion, kind, metadata }: JsonObject): Target | undefined {
  const { name, namespace } = isObject(metadata) ? metadata : {};
  if (typeof apiVersion !== 'string' || typeof kind !== 'string') return undefined;
  if (typeof name !== 'string' || name === '') return undefined;
  const slash = apiVersion.indexOf('/');
  return {
    ...(slash > 0 && { group: apiVersion.slice(0, slash) }),
    version: apiVersion.slice(slash + 1),
    kind,
    name,
    ...(typeof namespace === 'string' && namespace !== '' && { namespace }),
  };
}

function keyOf({ group = '', kind, name }: Target): string {
  return JSON.stringify([group, kind, name]);
}

function withoutName({ kind }: JsonObject): string {
  return `this ${typeof kind === 'string' ? kind : 'object'} has no metadata.name, and kustomize finds what it patches by name`;
}

function twice({ kind, name, namespace }: Target, first: string): string {
  const where = namespace === undefined ? '' : ` in namespace ${namespace}`;
  return `${kind}/${name}${where} is in ${first} already, and kustomize takes it once: name the files of one base`;
}

function entryText(target: Target, operations: Patched['operations']): string {
  const lines = operations.map((operation) =>
    operation.op === 'test' ? `- ${renderFlow(operation)}\n` : renderYaml([[operation]]),
  );
  const patch = indented(lines.join(''), 6);
  const quoted = Object.fromEntries(
    Object.entries(target).map(([field, text]) => [field, literal(text as string)]),
  );
  return `  - target: ${renderFlow(quoted)}\n    patch: |-\n${patch}`;
}

/** kustomize takes each field for a regular expression, between ^ and $. */
function literal(text: string): string {
  return text.replaceAll(/[\\^$.*+?()[\]{}|]/g, String.raw`\$&`);
}

function indented(text: string, by: number): string {
  return text.replaceAll(/^(?=.)/gm, ' '.repeat(by));
}
