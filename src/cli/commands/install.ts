/** `lithopod install`: prints the manifests, for kubectl to apply. */
import { InvalidArgumentError } from 'commander';
import { defaultNamespace } from '../../installation/namespace-name.ts';
import { printProblems, printWarning } from '../terminal/problems.ts';
import type { Command } from 'commander';
import type { InstallOptions } from '../../installation/install.ts';
import type { Finish, Io } from '../terminal/io.ts';

/** Adds the command `install`. */
export function registerInstall(program: Command, io: Io, finish: Finish): void {
  program
    .command('install')
    .summary('print the manifests of an installation')
    .description(
      'Prints everything that an installation in a cluster is made of, and changes nothing itself:\n\n' +
        '  lithopod install | kubectl apply -f -\n\n' +
        'Without flags it is what `kubectl apply -k manifests` applies.',
    )
    .option('-n, --namespace <name>', 'the namespace of its own', defaultNamespace)
    .option(
      '--port <number>',
      'the port of the webhook’s pods, such as 10250 where the control plane reaches no other (default: 8443)',
      wholeNumber,
    )
    .option('--replicas <number>', 'how many pods answer the API server (default: 2)', wholeNumber)
    .option(
      '--host-network',
      'on the network of the nodes, with ports 10260 and 10261, no two replicas on one',
    )
    .option('--cert-manager', 'with certificates by cert-manager instead of `lithopod rotate`')
    .option('--image <reference>', 'another image, such as one in a registry of your own')
    .action((flags: InstallOptions) => install(flags, io).then(finish));
}

/** Gives the exit code: 0, or 2 where flags are wrong; then nothing is printed on stdout. */
async function install(options: InstallOptions, io: Io): Promise<number> {
  const [installing, { readPackageFile }] = await Promise.all([
    import('../../installation/install.ts'),
    import('../../package/files.ts'),
  ]);
  const problems = installing.installProblems(options);
  if (problems.length > 0) return printProblems(problems, io);
  for (const warning of installing.installWarnings(options)) printWarning({}, warning, io);
  io.stdout(installing.printManifests(installing.installationManifests(options, readPackageFile)));
  return 0;
}

function wholeNumber(text: string): number {
  if (/^\d{1,9}$/.test(text)) return Number(text);
  throw new InvalidArgumentError('It takes a whole number.');
}
