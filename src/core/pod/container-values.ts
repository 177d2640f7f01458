/**
 * What a container says by its variables and by the words of its command and args, as far as its
 * text shows it: values that come from a ConfigMap, a Secret or the pod's own fields, and those
 * that the kubelet expands, are not known here.
 */
import type { Container } from './pod.ts';

/** A literal text; or null where the container sets the name to what cannot be read from it. */
export type Value = string | null;

/** Longer ones are no paths (PATH_MAX), and would be written out in names and findings. */
const maxValue = 16_384;

/**
 * The values of the named variables that the container sets itself. Of several of one name the last
 * holds.
 */
export function readVariables(
  { env }: Container,
  names: ReadonlySet<string>,
): ReadonlyMap<string, Value> {
  const values = new Map<string, Value>();
  for (const { name, value } of env ?? []) {
    if (names.has(name)) values.set(name, literal(value));
  }
  return values;
}

/**
 * The values of the named flags, given as `--flag VALUE` or `--flag=VALUE` in words of their own.
 * Of several the last holds. A script is one word, so what stands inside it is not read.
 */
export function readFlags(
  { command, args }: Container,
  names: ReadonlySet<string>,
): ReadonlyMap<string, Value> {
  const values = new Map<string, Value>();
  let awaiting: string | undefined;
  for (const words of [command ?? [], args ?? []]) {
    for (const word of words) {
      if (awaiting !== undefined) {
        values.set(awaiting, literal(word));
        awaiting = undefined;
      } else if (word.startsWith('-')) {
        const equals = word.indexOf('=');
        const name = equals < 0 ? word : word.slice(0, equals);
        if (!names.has(name)) continue;
        if (equals < 0) awaiting = name;
        else values.set(name, literal(word.slice(equals + 1)));
      }
    }
  }
  return values;
}

/**
 * Whether a ConfigMap or Secret that the container takes whole could hold a variable of this name.
 */
export function mayComeFromElsewhere({ envFrom }: Container, name: string): boolean {
  return envFrom?.some(({ prefix }) => !prefix || name.startsWith(prefix)) ?? false;
}

/**
 * The names that command, args or a variable's value refers to as `$(NAME)`, which the kubelet
 * expands.
 */
export function referencedNames({ command, args, env }: Container): ReadonlySet<string> {
  const names = new Set<string>();
  const read = (text: string): void => {
    for (const [, name] of text.matchAll(/\$\(([\w.-]{1,256})\)/g)) names.add(name ?? '');
  };
  for (const word of command ?? []) read(word);
  for (const word of args ?? []) read(word);
  for (const { value } of env ?? []) if (value != null) read(value);
  return names;
}

/**
 * The field by which the container sets a variable or flag, the last of several: `/env/0`,
 * `/args/1`; the list that may hold it where there is none.
 */
export function settingField(container: Container, name: string): string {
  const variable = container.env?.findLastIndex((each) => each.name === name) ?? -1;
  if (variable >= 0) return `/env/${variable}`;
  for (const list of ['args', 'command'] as const) {
    const index =
      container[list]?.findLastIndex((word) => word === name || word.startsWith(`${name}=`)) ?? -1;
    if (index >= 0) return `/${list}/${index}`;
  }
  return container.envFrom == null ? '/env' : '/envFrom';
}

function literal(value: string | null | undefined): Value {
  return value == null || value.length > maxValue || value.includes('$(') ? null : value;
}
