/** `lithopod profiles`: shows the catalogue, matches images, and checks profiles. */
import { Option } from 'commander';
import { levels } from '../../../core/findings/finding.ts';
import { addCatalogueFlags } from '../../input/policy-flags.ts';
import { repeatable } from '../../input/repeatable.ts';
import { allOperands } from '../../input/file-flags.ts';
import { lintOutputs, lintProfiles } from './lint.ts';
import { listProfiles } from './list.ts';
import { matchImages } from './match.ts';
import { showProfile } from './show.ts';
import type { Command } from 'commander';
import type { Finish, Io } from '../../terminal/io.ts';
import type { FileFlags } from '../../input/file-flags.ts';
import type { LintFlags } from './lint.ts';
import type { CatalogueFlags, OutputFlags } from '../../input/policy-flags.ts';
import type { MatchFlags } from './match.ts';
import type { ClusterChoiceFlags, PushFlags } from './push.ts';

/** Adds the command `profiles` with its subcommands. */
export function registerProfiles(program: Command, io: Io, finish: Finish): void {
  const profiles = program
    .command('profiles')
    .summary('look at, try and write image profiles')
    .description('The catalogue of image profiles, and what it takes to write one.');

  addCatalogueFlags(
    profiles.command('list').summary('list all profiles').description('Lists all profiles.'),
  )
    .addOption(outputOption())
    .action(async (flags: OutputFlags) => {
      finish(await listProfiles(flags, io));
    });

  addCatalogueFlags(
    profiles
      .command('show')
      .summary('print a profile as it was written')
      .description('Prints a profile as it was written.')
      .argument('<name>', 'its metadata.name'),
  ).action(async (name: string, flags: CatalogueFlags) => {
    finish(await showProfile(name, flags, io));
  });

  addCatalogueFlags(
    profiles
      .command('match')
      .summary('tell which profile an image has')
      .description(
        'Tells which profile an image has, by which pattern, what it then may write to, and as which user. What a container sets decides which variants of the profile apply: tell it word by word, or give the manifest. The exit code is 0 also where the profile is the default one.',
      )
      .argument('[image...]', 'image references, as in a pod'),
  )
    .option(
      '-f, --filename <file>',
      'containers of a manifest, a directory, or - (repeatable)',
      repeatable,
    )
    .option('--command <word>', "a word of the container's command (repeatable)", repeatable)
    .option('--args <word>', 'a word of its args (repeatable)', repeatable)
    .option('--env <name=value>', 'a variable, or its name alone (repeatable)', repeatable)
    .option('--mount <path>', 'where the pod mounts something of its own (repeatable)', repeatable)
    .addOption(new Option('--level <level>', 'without user and ports at immutable').choices(levels))
    .addOption(outputOption())
    .action(async (images: readonly string[], flags: MatchFlags) => {
      finish(await matchImages(images, flags, io));
    });

  profiles
    .command('lint')
    .summary('check ImageProfile files')
    .description(
      'Checks ImageProfile files: each problem on a line, with file, line and column. Exits with 1 where there is one; a hint, which may be wrong, is no problem.',
    )
    .argument('[file...]', 'files, directories, or - for stdin (the default when piped)')
    .addOption(new Option('-f, --filename <file>', 'the same as an argument').argParser(repeatable))
    .addOption(
      new Option('-o, --output <format>', 'how to tell it').choices(lintOutputs).default('text'),
    )
    .option('-q, --quiet', 'print nothing on stdout: the exit code tells')
    .action(async (operands: readonly string[], flags: LintFlags & FileFlags) => {
      finish(await lintProfiles(allOperands(operands, flags), flags, io));
    });

  registerTest(profiles, io, finish);
  registerInit(profiles, io, finish);
  registerPush(profiles, io, finish);
  registerPull(profiles, io, finish);
}

function registerTest(profiles: Command, io: Io, finish: Finish): void {
  addCatalogueFlags(
    profiles
      .command('test')
      .summary('run the tests of profiles')
      .description(
        'Runs tests of profiles: documents of the kind ImageProfileTest, in files of their own (nginx.test.yaml beside nginx.yaml) or beside the profile in its file. Each says what hardening must make of a pod. Prints what differs, and which variants no test reaches. Exits with 1 where a test fails.',
      )
      .argument('[file...]', 'files, directories, or - for stdin (the default when piped)'),
  )
    .addOption(outputOption())
    .action(async (operands: readonly string[], flags: OutputFlags) => {
      const { testProfiles } = await import('./test.ts');
      finish(await testProfiles(operands, flags, io));
    });
}

function registerInit(profiles: Command, io: Io, finish: Finish): void {
  addCatalogueFlags(
    profiles
      .command('init')
      .summary('draft a profile for an image')
      .description(
        'Prints a draft of a profile for an image, with a test, to be filled in: lithopod profiles init registry.corp/shop/api > shop-api.yaml',
      )
      .argument('<image>', 'image reference, as in a pod'),
  ).action(async (image: string, flags: CatalogueFlags) => {
    const { initProfile } = await import('./init.ts');
    finish(await initProfile(image, flags, io));
  });
}

function registerPush(profiles: Command, io: Io, finish: Finish): void {
  addClusterChoice(
    profiles
      .command('push')
      .summary('apply profiles to a cluster')
      .description(
        'Applies ImageProfiles to a cluster by server-side apply, once all of them pass the lint; tests beside them are passed over. Exits with 1 where the cluster refuses one.',
      )
      .argument('[file...]', 'files, directories, or - for stdin (the default when piped)'),
  )
    .option('--dry-run', 'let the cluster check them and store nothing')
    .option('--force-conflicts', 'take over fields that another manager has set')
    .action(async (operands: readonly string[], flags: PushFlags) => {
      const { pushProfiles } = await import('./push.ts');
      finish(await pushProfiles(operands, flags, io));
    });
}

function registerPull(profiles: Command, io: Io, finish: Finish): void {
  addClusterChoice(
    profiles
      .command('pull')
      .summary('print the profiles of a cluster')
      .description(
        'Prints the ImageProfiles of a cluster without what the cluster adds to them: lithopod profiles pull > my-profiles.yaml',
      )
      .argument('[name...]', 'their metadata.name (default: all)'),
  ).action(async (names: readonly string[], flags: ClusterChoiceFlags) => {
    const { pullProfiles } = await import('./pull.ts');
    finish(await pullProfiles(names, flags, io));
  });
}

function addClusterChoice(command: Command): Command {
  return command
    .option('--kubeconfig <file>', 'which cluster, in place of KUBECONFIG or ~/.kube/config')
    .option('--context <name>', 'which context of it');
}

function outputOption(): Option {
  return new Option('-o, --output <format>', 'how to tell it')
    .choices(['text', 'json'])
    .default('text');
}
