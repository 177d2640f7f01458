/** `lithopod status`: whether an installation works, and what somebody should look at. */
import { Option } from 'commander';
import { setTimeout as delay } from 'node:timers/promises';
import { environment } from '../../config.ts';
import { defaultNamespace } from '../../installation/namespace-name.ts';
import { addConnectionFlags, seconds } from '../input/connection-flags.ts';
import { statusText } from '../report/status-text.ts';
import { printProblems } from '../terminal/problems.ts';
import type { Command } from 'commander';
import type { Check, CheckState } from '../../status/checks.ts';
import type { ConnectionFlags } from '../input/connection-flags.ts';
import type { Finish, Io } from '../terminal/io.ts';

interface StatusFlags extends ConnectionFlags {
  readonly namespace: string;
  readonly wait?: boolean;
  readonly timeout: number;
  readonly output: 'text' | 'json';
  readonly failOn: 'failed' | 'warning';
}

const defaultSeconds = 300;
const pollMs = 2_000;

/** Adds the command `status`. */
export function registerStatus(program: Command, io: Io, finish: Finish): void {
  const command = program
    .command('status')
    .summary('tell whether an installation works')
    .description(
      'Looks at the webhook configuration, certificate, replicas, profiles, exemptions, labelled namespaces, and at the pods of enforced namespaces that are still mutable. It reads, and changes nothing: a webhook configuration that somebody changed stays so.\n' +
        'Exit code 1: the webhook, its certificate or its replicas are not as they must be.',
    )
    .option('-n, --namespace <name>', 'where it is installed', defaultNamespace)
    .option('--wait', 'wait until the webhook, its certificate and its replicas are ready')
    .option('--timeout <seconds>', 'how long to wait', seconds, defaultSeconds)
    .addOption(
      new Option('-o, --output <format>', 'text or json').choices(['text', 'json']).default('text'),
    )
    .addOption(
      new Option('--fail-on <state>', 'exit code 1 at: failed or warning')
        .choices(['failed', 'warning'])
        .default('failed'),
    );
  addConnectionFlags(command).action((flags: StatusFlags) => status(flags, io).then(finish));
}

/** Gives the exit code: 0, 1 by `--fail-on`, 2 where the cluster cannot be reached. */
async function status(flags: StatusFlags, io: Io): Promise<number> {
  const [{ readConnection }, { readFacts }, { checksOf }, installing, { readPackageFile }] =
    await Promise.all([
      import('../../cluster/kubeconfig.ts'),
      import('../../status/read-facts.ts'),
      import('../../status/checks.ts'),
      import('../../installation/install.ts'),
      import('../../package/files.ts'),
    ]);
  const connection = readConnection(flags, environment);
  if (!connection.ok) return printProblems(connection.problems, io);
  const { namespace } = flags;
  const manifests = installing.installationManifests({ namespace }, readPackageFile);
  const configuration = manifests.find(({ kind }) => kind === 'MutatingWebhookConfiguration');
  const webhooks = (configuration?.['webhooks'] ?? []) as Parameters<
    typeof readFacts
  >[1]['webhooks'];
  const look = async (): Promise<readonly Check[]> =>
    checksOf(await readFacts(connection.value, { namespace, webhooks }), Date.now());

  let checks = await look();
  const end = Date.now() + flags.timeout * 1_000;
  while (flags.wait === true && isIn(checks, 'failed', 'unknown') && Date.now() < end) {
    await delay(Math.min(pollMs, Math.max(0, end - Date.now())));
    checks = await look();
  }
  if (checks.every(({ state }) => state === 'unknown')) {
    const messages = new Set(checks.map(({ summary }) => summary));
    return printProblems(
      [...messages].map((message) => ({ message })),
      io,
    );
  }
  io.stdout(
    flags.output === 'json' ? `${JSON.stringify({ checks }, null, 2)}\n` : statusText(checks, io),
  );
  const isBad =
    isIn(checks, 'failed') ||
    (flags.failOn === 'warning' && isIn(checks, 'warning', 'unknown')) ||
    (flags.wait === true &&
      isIn(
        checks.filter(({ name }) => isNeeded(name)),
        'unknown',
      ));
  return isBad ? 1 : 0;
}

function isIn(checks: readonly Check[], ...states: readonly CheckState[]): boolean {
  return checks.some(({ name, state }) =>
    state === 'unknown' ? states.includes('unknown') && isNeeded(name) : states.includes(state),
  );
}

/** Without these no pod is hardened. */
function isNeeded(name: string): boolean {
  return name === 'webhook' || name === 'certificate' || name === 'replicas';
}
