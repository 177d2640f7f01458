/**
 * Reads values from a container's variables and from the words of its command and args. Values
 * from a ConfigMap, a Secret or the pod's own fields are not known here, and neither are those
 * that the kubelet expands.
 */
import type { Container } from './pod.ts';

/** A literal text; null where the container sets the name, but its text does not show the value. */
export type Value = string | null;

/** A longer value is no path (PATH_MAX), and it would be written into names and findings. */
const maxValue = 16_384;

/**
 * The values of the named variables that the container sets in `env`. If it sets one several
 * times, the last value counts, as for the kubelet.
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
 * The values of the named flags, given as the words `--flag VALUE` or the word `--flag=VALUE`. If
 * a flag is given several times, the last value counts. A script is one word, so flags inside it
 * are not read.
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
 * Whether a ConfigMap or Secret in the container's `envFrom` could hold a variable of this name.
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
 * The field by which the container sets a variable or flag, as a JSON pointer relative to the
 * container: `/env/0`, `/args/1`. The last of several; the list that may hold it where there is
 * none.
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
