/** `lithopod uninstall`: takes an installation out of a cluster. */
import { InvalidArgumentError } from 'commander';
import { environment } from '../../config.ts';
import { defaultNamespace, isNamespaceName } from '../../installation/namespace-name.ts';
import { addConnectionFlags, seconds } from '../input/connection-flags.ts';
import { printProblems, printWarning } from '../terminal/problems.ts';
import type { Command } from 'commander';
import type { FoundObject } from '../../cluster/objects.ts';
import type { Connection } from '../../cluster/kubeconfig.ts';
import type { FoundInstallation } from '../../installation/find-installation.ts';
import type { RemovalPlan } from '../../installation/uninstall.ts';
import type { ConnectionFlags } from '../input/connection-flags.ts';
import type { Finish, Io } from '../terminal/io.ts';

interface UninstallFlags extends ConnectionFlags {
  readonly namespace: string;
  readonly crds?: boolean;
  readonly labels?: boolean;
  readonly dryRun?: boolean;
  readonly yes?: boolean;
  readonly timeout: number;
}

const defaultSeconds = 60;
/** Of what is listed by name in one line. */
const shownNames = 5;

/** Adds the command `uninstall`. */
export function registerUninstall(program: Command, io: Io, finish: Finish): void {
  const command = program
    .command('uninstall')
    .summary('remove an installation from a cluster')
    .description(
      'Deletes what an installation is made of, the webhook first, so that no pod is ever kept from starting. The kinds ImageProfile and Exemption stay with all their objects, and so do the labels on namespaces. What is gone already is no error.\n' +
        'On a terminal it shows what it will delete and asks. Exit code 1: something is still there.',
    )
    .option('-n, --namespace <name>', 'where it is installed', namespaceName, defaultNamespace)
    .option('--crds', 'delete its kinds as well, and with them all objects of them')
    .option('--labels', 'take the lithopod.dev labels off all namespaces')
    .option('--dry-run', 'only say what would be deleted; the API server checks every right')
    .option('-y, --yes', 'do not ask')
    .option('--timeout <seconds>', 'how long to wait until all is gone', seconds, defaultSeconds);
  addConnectionFlags(command).action((flags: UninstallFlags) => uninstall(flags, io).then(finish));
}

/**
 * Gives the exit code: 0 where nothing is left, 1 where something is or the question was answered
 * by no, 2 where it could not be done.
 */
async function uninstall(flags: UninstallFlags, io: Io): Promise<number> {
  const [{ readConnection }, { findInstallation }, { ownKinds }, files, { planRemoval }] =
    await Promise.all([
      import('../../cluster/kubeconfig.ts'),
      import('../../installation/find-installation.ts'),
      import('../../installation/own-objects.ts'),
      import('../../package/files.ts'),
      import('../../installation/uninstall.ts'),
    ]);
  const connection = readConnection(flags, environment);
  if (!connection.ok) return printProblems(connection.problems, io);
  const kinds = ownKinds(files.listPackageFolder, files.readPackageFile);
  const found = await findInstallation(connection.value, kinds, flags.namespace);
  if (!found.ok) return printProblems(found.problems, io);

  const { crds = false, labels = false } = flags;
  const plan = planRemoval(found.value, { crds, labels });
  for (const line of scopeLines(found.value, flags)) io.stderr(`${line}\n`);
  if (plan.deletions.length === 0 && plan.labelled.length === 0) {
    io.stderr(`nothing to delete in the cluster of the context "${connection.value.context}"\n`);
    return keepsNamespace(found.value, flags, io) ? 1 : 0;
  }
  const mustAsk = io.stdinIsTerminal && flags.yes !== true && flags.dryRun !== true;
  if (mustAsk && !(await isConfirmed(plan, connection.value, io))) {
    io.stderr('nothing was deleted\n');
    return 1;
  }
  return carryOut(connection.value, plan, found.value, flags, io);
}

async function carryOut(
  connection: Connection,
  plan: RemovalPlan,
  found: FoundInstallation,
  flags: UninstallFlags,
  io: Io,
): Promise<number> {
  const { remove } = await import('../../installation/uninstall.ts');
  const dryRun = flags.dryRun === true;
  const left = await remove(connection, plan, {
    dryRun,
    timeoutMs: flags.timeout * 1_000,
    onRemoved: (object, what) => {
      io.stdout(`${fullName(object)} ${what}${dryRun ? ' (dry run)' : ''}\n`);
    },
  });
  if (!left.ok) return printProblems(left.problems, io);
  const keeps = keepsNamespace(found, flags, io);
  if (left.value.length === 0) return keeps ? 1 : 0;
  printProblems(
    left.value.map((each) => ({ message: stillThere(each, flags) })),
    io,
  );
  return 1;
}

/** How much goes, or stays, of what other people made. */
function scopeLines(
  { definitions, labelled }: FoundInstallation,
  { crds = false, labels = false }: UninstallFlags,
): readonly string[] {
  const ofKinds = definitions.map(({ definition, what, count }) =>
    crds
      ? `${fullName(definition)} is deleted with ${count} ${what} in it`
      : `${fullName(definition)} stays with ${count} ${what} in it (--crds deletes both)`,
  );
  if (labelled.length === 0) return ofKinds;
  const names = nameSome(labelled.map(({ namespace }) => namespace.name));
  const count = `${labelled.length} ${labelled.length === 1 ? 'namespace' : 'namespaces'}`;
  const ofLabels = labels
    ? `lithopod.dev labels are taken off ${count}: ${names}`
    : `lithopod.dev labels stay on ${count}, without effect (--labels takes them off): ${names}`;
  return [...ofKinds, ofLabels];
}

/** Says why the namespace stays, where it does. */
function keepsNamespace(
  { strangers, namespace }: FoundInstallation,
  { namespace: name }: UninstallFlags,
  io: Io,
): boolean {
  if (namespace === undefined || strangers.length === 0) return false;
  const names = nameSome(strangers.map(fullName));
  printWarning(
    {},
    `namespace/${name} stays: it holds what is not Lithopod’s (${names}); if nobody needs that: kubectl delete namespace ${name}`,
    io,
  );
  return true;
}

function stillThere({ resource, name, finalizers }: FoundObject, flags: UninstallFlags): string {
  const what = `${resource.name}/${name} is still there after ${flags.timeout} seconds`;
  if (resource.kind === 'Namespace') {
    return `${what}: Kubernetes empties it first; kubectl get namespace ${name} -o yaml says in status.conditions what it waits for`;
  }
  return finalizers.length === 0
    ? `${what}; run the command again`
    : `${what}: it waits for its finalizers ${finalizers.join(', ')}`;
}

async function isConfirmed(plan: RemovalPlan, { context }: Connection, io: Io): Promise<boolean> {
  for (const each of plan.deletions) io.stderr(`  ${fullName(each)}\n`);
  io.stderr(`Delete this in the cluster of the context "${context}"? [y/N] `);
  return /^y(es)?$/i.test(await firstLine(io));
}

/** An answer is short: more is none. */
const maxAnswer = 100;

async function firstLine({ stdin }: Io): Promise<string> {
  let text = '';
  for await (const chunk of stdin) {
    text += String(chunk);
    if (text.includes('\n') || text.length > maxAnswer) break;
  }
  return (text.split('\n')[0] ?? '').trim();
}

function fullName({ resource, name }: FoundObject): string {
  return `${resource.name}/${name}`;
}

function nameSome(names: readonly string[]): string {
  const more = names.length - shownNames;
  const shown = names.slice(0, shownNames).join(', ');
  return more > 0 ? `${shown} and ${more} more` : shown;
}

function namespaceName(text: string): string {
  if (isNamespaceName(text)) return text;
  throw new InvalidArgumentError('It takes lower-case letters, digits and dashes, at most 63.');
}
