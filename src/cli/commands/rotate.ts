/** `lithopod rotate`: keeps the webhook's certificates and its caBundle, and listens to nobody. */
import { environment } from '../../config.ts';
import { firstSignal, settingTexts } from '../input/daemon.ts';
import { printProblems } from '../terminal/problems.ts';
import type { Command } from 'commander';
import type { RotateSettings } from '../../certificates/rotate-settings.ts';
import type { SettingTexts } from '../../config.ts';
import type { Connection } from '../../cluster/kubeconfig.ts';
import type { Log } from '../../telemetry/log.ts';
import type { DaemonFlags } from '../input/daemon.ts';
import type { Finish, Io } from '../terminal/io.ts';

/** Adds the command. `finish` receives its exit code, when it was ended or could not start. */
export function registerRotate(program: Command, io: Io, finish: Finish): void {
  program
    .command('rotate')
    .summary('keep the webhook’s certificates in a cluster')
    .description(
      'Keeps an authority and a certificate in a Secret, renews each at two thirds of its life, and puts the authorities into the caBundle of the webhook configuration. `serve --tls-secret` serves the certificate. Runs until it is ended; several of them do no harm.\n' +
        'Each flag can be given as LITHOPOD_… in the environment too; the flag wins.',
    )
    .option('--tls-secret <namespace/name>', 'the Secret (default: lithopod-system/lithopod-tls)')
    .option(
      '--webhook-configuration <name>',
      'the MutatingWebhookConfiguration (default: lithopod)',
    )
    .option('--service <name>', 'the webhook’s Service, beside the Secret (default: lithopod)')
    .option('--dns <names...>', 'more DNS names or IP addresses for the certificate')
    .option('--ca-lifetime <duration>', 'how long an authority lives (default: 365d)')
    .option('--cert-lifetime <duration>', 'how long a certificate lives (default: 7d)')
    .option(
      '--publish-ahead <duration>',
      'how long a new authority is published before a certificate of it is served (default: 10m)',
    )
    .option('--context <name>', 'the context of the kubeconfig (default: the current one)')
    .option(
      '--kubeconfig <file>',
      'the kubeconfig (default: as kubectl finds it, or the pod’s own)',
    )
    .option('--log-level <level>', 'error, warn, info or debug (default: info)')
    .action(async (flags: DaemonFlags) => {
      finish(await rotate(settingTexts(flags), io));
    });
}

/** Runs until SIGTERM or SIGINT. Gives the exit code: 0, or 2 where it could not start. */
async function rotate(flags: SettingTexts, io: Io): Promise<number> {
  const [{ readRotateSettings }, { readConnection }] = await Promise.all([
    import('../../certificates/rotate-settings.ts'),
    import('../../cluster/kubeconfig.ts'),
  ]);
  const settings = readRotateSettings(flags, environment);
  if (!settings.ok) return printProblems(settings.problems, io);
  const connection = readConnection(settings.value, environment);
  if (!connection.ok) return printProblems(connection.problems, io);

  const [{ makeLog }, { openSink }] = await Promise.all([
    import('../../telemetry/log.ts'),
    import('../../telemetry/sink.ts'),
  ]);
  const sink = openSink(process.stderr.fd);
  process.on('exit', sink.flush);
  const log = makeLog({ level: settings.value.logLevel, sink });
  const ending = firstSignal(['SIGTERM', 'SIGINT']);
  const stop = await start(settings.value, connection.value, log);
  const signal = await ending;
  log.info('stopping', { signal });
  await stop();
  return 0;
}

async function start(
  { secret, configuration, service, hosts, lifetimes }: RotateSettings,
  connection: Connection,
  log: Log,
): Promise<() => Promise<void>> {
  const [{ makeKeeper }, { openClusterStore }, { startRotation }, watching] = await Promise.all([
    import('../../certificates/keeper.ts'),
    import('../../certificates/cluster-store.ts'),
    import('../../certificates/rotation.ts'),
    import('../../certificates/watches.ts'),
  ]);
  const host = `${service}.${secret.namespace}.svc`;
  const keeper = makeKeeper({
    store: openClusterStore(connection, secret, configuration),
    lifetimes,
    hosts: [host, `${host}.cluster.local`, ...hosts],
    log,
    now: Date.now,
    monotonicNow: () => performance.now(),
  });
  log.info('rotating', {
    secret: `${secret.namespace}/${secret.name}`,
    webhookConfiguration: configuration,
  });
  return startRotation(keeper, [
    watching.watchSecret(connection, secret),
    watching.watchConfiguration(connection, configuration),
  ]);
}
