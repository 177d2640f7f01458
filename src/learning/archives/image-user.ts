/** Who an image's USER is, by the image's own /etc/passwd and /etc/group. */
import type { User } from '../../core/learn/observation.ts';

/** A user, and the home that /etc/passwd gives it. */
export interface FoundUser {
  readonly user: User;
  readonly home: string | undefined;
}

/**
 * Reads `USER` as runtimes do: a name or a number, with a group after a colon; nothing is root.
 * Undefined where a name is not in the files, given by their path.
 */
export function userOf(text: string, files: ReadonlyMap<string, string>): FoundUser | undefined {
  const [name = '', group] = text.split(':');
  const wanted = name === '' ? '0' : name;
  const line = lineOf(files.get('/etc/passwd') ?? '', wanted);
  const uid = number(wanted) ?? number(line?.[2]);
  const gid =
    group === undefined || group === ''
      ? (number(line?.[3]) ?? 0)
      : (number(group) ?? number(lineOf(files.get('/etc/group') ?? '', group)?.[2]));
  if (uid === undefined || gid === undefined) return undefined;
  const home = line?.[5];
  return { user: { uid, gid }, home: home?.startsWith('/') === true ? home : undefined };
}

/** The fields of the line of a name or number. */
function lineOf(text: string, wanted: string): readonly string[] | undefined {
  const lines = text.split('\n').map((line) => line.split(':'));
  return lines.find(([name, , id]) => name === wanted || id === wanted);
}

function number(text: string | undefined): number | undefined {
  return text !== undefined && /^\d+$/.test(text) && text.length <= 10 ? Number(text) : undefined;
}
