/** `lithopod serve`: the webhook as a process. */
import { isIPv6 } from 'node:net';
import { environment } from '../../config.ts';
import { formatProblem } from '../../core/result.ts';
import { profilesOption } from '../input/profiles-option.ts';
import type { Command } from 'commander';
import type { Service } from '../../admission/service.ts';
import type { ServeSettings, SettingTexts } from '../../admission/settings.ts';

/** As commander gives them: a flag without a value is true. */
type Options = Readonly<Record<string, string | readonly string[] | true>>;

/** What the command writes to. */
export interface ServeIo {
  readonly stdout: (text: string) => void;
  readonly stderr: (text: string) => void;
}

/**
 * Adds the command. `finish` receives its exit code, when the service has stopped or could not
 * start.
 */
export function registerServe(program: Command, io: ServeIo, finish: (code: number) => void): void {
  program
    .command('serve')
    .summary('run the admission webhook')
    .description(
      'Runs the admission webhook. With no flags it makes a certificate in memory, uses the built-in catalogue and prints how to try it.\n' +
        'Each flag can be given as LITHOPOD_… in the environment too (--log-level as LITHOPOD_LOG_LEVEL); the flag wins. Several values stand there with commas between them.',
    )
    .option('--host <address>', 'address to listen on (default: every one of the machine)')
    .option('--port <number>', 'port for reviews, HTTPS (default: 8443)')
    .option(
      '--metrics-port <number>',
      'port for /healthz, /readyz and /metrics, HTTP (default: 8080)',
    )
    .option('--tls-cert <file>', 'certificate, PEM; read again when it changes')
    .option('--tls-key <file>', 'its private key, PEM')
    .option('--ca-out <file>', 'where to write the CA of a certificate made in memory')
    .option(
      '--client-ca <file>',
      'answer reviews only to clients with a certificate of this authority, PEM; read again when it changes',
    )
    .option(
      '--client-name <name>',
      'that certificate must be for this name: its CN, or a DNS or URI name (repeatable: one of them)',
      repeated,
    )
    .addOption(
      profilesOption(
        'directory or file of ImageProfiles; read again when a file changes, or on SIGHUP',
      ),
    )
    .option(
      '--mirror <from=to>',
      'rewrite an image prefix before matching, such as registry.corp/hub/=docker.io/ (repeatable)',
      repeated,
    )
    .option(
      '--unprofiled <default|skip>',
      'images without a profile: harden with the default one, or leave as they are',
    )
    .option(
      '--masking <probes|always>',
      'mask the binaries that a probe removes, or all that the profile lists',
    )
    .option(
      '--emptydir-mode',
      'the cluster has emptyDir.mode (Kubernetes 1.37, a gate): use it where a profile names a mode',
    )
    .option('--log-level <level>', 'error, warn, info or debug (default: info)')
    .option('--drain-seconds <number>', 'how long to go on accepting after SIGTERM (default: 10)')
    .action(async (options: Options) => {
      finish(await serve(flagTexts(options), io));
    });
}

function repeated(value: string, before: readonly string[] | undefined): readonly string[] {
  return [...(before ?? []), value];
}

/** Commander gives `metricsPort` for `--metrics-port`. */
function flagTexts(options: Options): SettingTexts {
  return Object.fromEntries(
    Object.entries(options).map(([name, value]) => [
      name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`),
      value === true ? 'true' : value,
    ]),
  );
}

/** Runs until SIGTERM or SIGINT. Gives the exit code: 0, or 2 where it could not start. */
async function serve(flags: SettingTexts, io: ServeIo): Promise<number> {
  const { readServeSettings } = await import('../../admission/settings.ts');
  const settings = readServeSettings(flags, environment);
  if (!settings.ok) return printSettingProblems(settings.problems.map(formatProblem), io);

  const [{ startService }, { makeLog }, { openSink }, { makeMetrics }] = await Promise.all([
    import('../../admission/service.ts'),
    import('../../telemetry/log.ts'),
    import('../../telemetry/sink.ts'),
    import('../../admission/metrics.ts'),
  ]);
  const sink = openSink(process.stderr.fd);
  // However the process ends, by a bug or a second signal too, its last lines are what somebody
  // will look for.
  process.on('exit', sink.flush);
  const log = makeLog({ level: settings.value.logLevel, sink });
  // Heard from before the first request can come: a signal without a handler would end the process,
  // requests and all.
  const ending = firstSignal(['SIGTERM', 'SIGINT']);
  let reload = (): Promise<void> => Promise.resolve();
  process.on('SIGHUP', () => void reload());
  const started = await startService(settings.value, { log, metrics: makeMetrics() }).catch(
    (error: unknown) => addressProblem(error),
  );
  if (!started.ok) return printSettingProblems(started.problems.map(formatProblem), io);

  const service = started.value;
  reload = service.reload;
  if (settings.value.tls === undefined) io.stdout(greeting(service, settings.value));
  log.info('serving', {
    port: service.port,
    metricsPort: service.metricsPort,
    profiles: service.profiles,
  });
  const signal = await ending;
  log.info('stopping', { signal });
  await service.stop();
  return 0;
}

function printSettingProblems(problems: readonly string[], { stderr }: ServeIo): number {
  for (const problem of problems) stderr(`lithopod: ${problem}\n`);
  return 2;
}

/**
 * An address that cannot be had is the operator's to mend; anything else is our own fault and goes
 * on up.
 */
function addressProblem(error: unknown): {
  readonly ok: false;
  readonly problems: readonly { message: string }[];
} {
  const { code = '', port, address, hostname } = error as ListenError;
  const reason = portReasons[code] ?? hostReasons[code];
  if (reason === undefined) throw error;
  const place = code in portReasons ? `port ${port ?? ''}` : `address ${address ?? hostname ?? ''}`;
  return { ok: false, problems: [{ message: `${place} ${reason}` }] };
}

interface ListenError extends NodeJS.ErrnoException {
  readonly port?: number;
  readonly address?: string;
  /** Where a name could not be looked up. */
  readonly hostname?: string;
}

const portReasons: Readonly<Record<string, string>> = {
  EADDRINUSE: 'is in use: choose another with --port or --metrics-port',
  EACCES: 'needs more privileges: choose one from 1024 with --port or --metrics-port',
};
const unknownName = 'is not a name that can be looked up: choose another with --host';
const hostReasons: Readonly<Record<string, string>> = {
  EADDRNOTAVAIL: 'is not an address of this machine: choose another with --host',
  EAFNOSUPPORT: 'is of a kind that this machine does not have: choose another with --host',
  ENOTFOUND: unknownName,
  EAI_AGAIN: unknownName,
};

/**
 * A second signal of an impatient operator, of either kind, ends the process at once, as it does
 * without a handler.
 */
function firstSignal(signals: readonly NodeJS.Signals[]): Promise<NodeJS.Signals> {
  return new Promise((resolve) => {
    const heard = (signal: NodeJS.Signals): void => {
      for (const each of signals) process.off(each, heard);
      resolve(signal);
    };
    for (const each of signals) process.on(each, heard);
  });
}

const sampleReview = {
  apiVersion: 'admission.k8s.io/v1',
  kind: 'AdmissionReview',
  request: {
    uid: '1',
    operation: 'CREATE',
    resource: { group: '', version: 'v1', resource: 'pods' },
    object: { spec: { containers: [{ name: 'web', image: 'nginx' }] } },
  },
};

function greeting({ port, metricsPort, profiles }: Service, { host }: ServeSettings): string {
  const everywhere = host === undefined || host === '0.0.0.0' || host === '::';
  const name = everywhere ? 'localhost' : hostInUrl(host);
  return `Lithopod serves on https://${name}:${port} with a certificate made in memory and ${profiles} image profiles.
Health and metrics: http://${name}:${metricsPort}/metrics

Try it, in another terminal:

  curl -sk https://${name}:${port}/mutate -H 'Content-Type: application/json' -d '${JSON.stringify(sampleReview)}' \\
    | node -pe 'Buffer.from(JSON.parse(fs.readFileSync(0)).response.patch, "base64").toString()'

`;
}

function hostInUrl(host: string): string {
  return isIPv6(host) ? `[${host}]` : host;
}
