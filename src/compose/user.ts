/** Users of containers. */

/** The user that a service names. */
export interface User {
  readonly uid: number | undefined;
  readonly gid: number | undefined;
}

/** `101`, `101:101`, `postgres`; the parts that are names have no number, but for `root`. */
export function readUser(text: string): User {
  const [user = '', group] = text.split(':');
  return { uid: idOf(user), gid: group === undefined ? undefined : idOf(group) };
}

function idOf(text: string): number | undefined {
  if (text === 'root') return 0;
  return /^\d{1,10}$/.test(text) ? Number(text) : undefined;
}
