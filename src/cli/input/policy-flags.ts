/**
 * The flags that `harden`, `check`, `explain` and `review` share: the policy, and where profiles
 * come from.
 */
import { InvalidArgumentError, Option } from 'commander';
import type { Command } from 'commander';
import { loadCatalogue } from '../../profile-files/catalogue-files.ts';
import { parseMirror } from '../../core/images/image-reference.ts';
import { levels } from '../../core/findings/finding.ts';
import { repeatable } from './repeatable.ts';
import type { Catalogue } from '../../core/catalogue/match/catalogue.ts';
import type { Policy } from '../../core/context/context.ts';
import type { Mirror } from '../../core/images/image-reference.ts';
import type { Result } from '../../core/values/result.ts';

export interface CatalogueFlags {
  readonly profiles?: readonly string[];
  readonly mirror: readonly Mirror[];
}

/** Those of a command that prints text or JSON of the catalogue. */
export interface OutputFlags extends CatalogueFlags {
  readonly output: 'text' | 'json';
}

export interface PolicyFlags extends CatalogueFlags, Policy {}

export function addCatalogueFlags(command: Command): Command {
  return command
    .addOption(
      new Option(
        '--profiles <path>',
        'a directory or file of ImageProfiles, which win over the built-in ones (repeatable)',
      ).argParser(repeatable),
    )
    .addOption(
      new Option(
        '--mirror <from=to>',
        'rewrite an image prefix before matching, such as registry.corp/hub/=docker.io/ (repeatable)',
      )
        .argParser(collectMirrors)
        .default([], 'none'),
    );
}

export function addPolicyFlags(command: Command): Command {
  command.addOption(
    new Option('--level <level>', 'what to harden to').choices(levels).default('immutable'),
  );
  return addCatalogueFlags(command)
    .addOption(
      new Option('--unprofiled <how>', 'images without a profile: use the default one, or leave')
        .choices(['default', 'skip'])
        .default('default'),
    )
    .addOption(
      new Option('--masking <which>', 'mask binaries that probes remove, or all that profiles list')
        .choices(['probes', 'always'])
        .default('probes'),
    );
}

function collectMirrors(text: string, before: readonly Mirror[]): readonly Mirror[] {
  const mirror = parseMirror(text);
  if (mirror.ok) return [...before, mirror.value];
  throw new InvalidArgumentError(mirror.problems.map(({ message }) => message).join(' '));
}

export function policyOf({ level, unprofiled, masking }: PolicyFlags): Policy {
  return { level, unprofiled, masking };
}

export function catalogueOf({ profiles, mirror }: CatalogueFlags): Promise<Result<Catalogue>> {
  return loadCatalogue({ paths: profiles, mirrors: mirror });
}
