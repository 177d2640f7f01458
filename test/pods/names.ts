/** The names that Lithopod gives to what it injects, for tests that expect or forge them. */
import { InjectedNames } from '../../src/core/mounts/names.ts';

const names = new InjectedNames();

export function volumeName(container: string, path: string, salt = 0): string {
  return names.volume(container, path, salt);
}

export function seedName(container: string, path?: string, salt = 0): string {
  return names.seed(container, path, salt);
}
