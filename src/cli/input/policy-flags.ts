/**
 * The flags that `harden`, `check`, `explain`, `diagnose` and `review` share: the policy, and
 * where profiles come from.
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

/** The flags that say where profiles come from. */
export interface CatalogueFlags {
  readonly profiles?: readonly string[];
  readonly mirror: readonly Mirror[];
}

/** The flags of a command that prints a part of the catalogue as text or JSON. */
export interface OutputFlags extends CatalogueFlags {
  readonly output: 'text' | 'json';
}

/** The flags of a command that hardens. */
export interface PolicyFlags extends CatalogueFlags, Policy {}

/** Adds the flags that say where profiles come from. */
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

/** Adds the flag that names files with further kinds. */
export function addKindsFlag(command: Command): Command {
  return command.addOption(
    new Option(
      '--kinds <file>',
      'a file that says where further kinds have their pods, see docs/kinds.md (repeatable)',
    ).argParser(repeatable),
  );
}

/** Adds the flags of the policy and those of the catalogue. */
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

/** The policy that the flags ask for. */
export function policyOf({ level, unprofiled, masking }: PolicyFlags): Policy {
  return { level, unprofiled, masking };
}

/** Loads the catalogue that the flags ask for. Refused with all problems of all profiles. */
export function catalogueOf({ profiles, mirror }: CatalogueFlags): Promise<Result<Catalogue>> {
  return loadCatalogue({ paths: profiles, mirrors: mirror });
}
