/** `--profiles`, the same for every command that looks profiles up. */
import { Option } from 'commander';

export function profilesOption(description: string): Option {
  return new Option('--profiles <path>', `${description} (repeatable)`).argParser(
    (path: string, before: readonly string[] | undefined) => [...(before ?? []), path],
  );
}
