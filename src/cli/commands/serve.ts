/** `lithopod serve`: runs the webhook until a signal ends it. */
import { isIPv6 } from 'node:net';
import { Option } from 'commander';
import { readServeSettings, settingFlags } from '../../admission/settings.ts';
import { environment } from '../../config.ts';
import { failure } from '../../core/values/result.ts';
import { endBySignal, firstSignal, settingTexts, type DaemonFlags } from '../input/daemon.ts';
import { repeatable } from '../input/repeatable.ts';
import { printProblems } from '../terminal/problems.ts';
import type { Command } from 'commander';
import type { Service } from '../../admission/service.ts';
import type { ServeSettings, SettingFlag } from '../../admission/settings.ts';
import type { Problem } from '../../core/values/result.ts';
import type { Finish, Io } from '../terminal/io.ts';

const portErrors: Readonly<Record<string, string>> = {
  EADDRINUSE: 'is in use: choose another with --port or --metrics-port',
  EACCES: 'needs more privileges: choose one from 1024 with --port or --metrics-port',
};
const unknownName = 'is not a name that can be looked up: choose another with --host';
const hostErrors: Readonly<Record<string, string>> = {
  EADDRNOTAVAIL: 'is not an address of this machine: choose another with --host',
  EAFNOSUPPORT: 'is of a kind that this machine does not have: choose another with --host',
  ENOTFOUND: unknownName,
  EAI_AGAIN: unknownName,
};

/** The body of the request in the greeting, with which a reader tries the webhook. */
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

/** Adds the command `serve`. */
export function registerServe(program: Command, io: Io, finish: Finish): void {
  const command = program
    .command('serve')
    .summary('run the admission webhook')
    .description(
      'Runs the admission webhook. With no flags it makes a certificate in memory, uses the built-in catalogue and prints how to try it.\n' +
        'Each flag can be given as LITHOPOD_… in the environment too (--log-level as LITHOPOD_LOG_LEVEL); the flag wins. Several values stand there with commas between them.\n' +
        'SIGTERM drains, then ends it. At a terminal Ctrl-C, or closing the terminal, ends it as soon as nothing is in flight; elsewhere SIGHUP reads profiles and certificates again.',
    );
  for (const [name, flag] of Object.entries<SettingFlag>(settingFlags)) {
    command.addOption(optionOf(name, flag));
  }
  command.action(async (flags: DaemonFlags) => {
    finish(await serveCommand(flags, io));
  });
}

function optionOf(name: string, { argument, help, isRepeatable = false }: SettingFlag): Option {
  const option = new Option(argument === undefined ? `--${name}` : `--${name} ${argument}`, help);
  return isRepeatable ? option.argParser(repeatable) : option;
}

/**
 * Runs until SIGTERM or SIGINT, on a terminal also until SIGHUP. Exit code 0, or 2 where it could
 * not start.
 */
async function serveCommand(flags: DaemonFlags, io: Io): Promise<number> {
  const settings = readServeSettings(settingTexts(flags), environment);
  if (!settings.ok) return printProblems(settings.problems, io);

  const [{ startService }, { makeLog }, { openSink }, { makeMetrics }] = await Promise.all([
    import('../../admission/service.ts'),
    import('../../telemetry/log.ts'),
    import('../../telemetry/sink.ts'),
    import('../../admission/metrics.ts'),
  ]);
  const sink = openSink(process.stderr.fd);
  // Even where a bug ends the process: the last lines of the log say why.
  process.on('exit', sink.flush);
  const log = makeLog({ level: settings.value.logLevel, sink });
  // Before the first request can come: a signal without a handler ends the process and with it the
  // running requests.
  let reload = (): Promise<void> => Promise.resolve();
  const atTerminal = io.stdinIsTerminal || process.stderr.isTTY;
  // A terminal sends SIGHUP when somebody closes it, and nobody could end the process after that.
  const stopSignal = firstSignal(
    atTerminal ? ['SIGTERM', 'SIGINT', 'SIGHUP'] : ['SIGTERM', 'SIGINT'],
    atTerminal,
  );
  if (!atTerminal) process.on('SIGHUP', () => void reload());
  const ended = new AbortController();
  void stopSignal.then(() => {
    ended.abort();
  });
  const started = await startService(settings.value, {
    log,
    metrics: makeMetrics(),
    ended: ended.signal,
  }).catch((error: unknown) => failure(listenProblem(error)));
  // The signal came while it waited for its certificate.
  if (!started.ok && ended.signal.aborted) return 0;
  if (!started.ok) return printProblems(started.problems, io);

  const service = started.value;
  reload = service.reload;
  if (service.ca !== undefined) io.stdout(greeting(service, settings.value));
  log.info('serving', {
    port: service.port,
    metricsPort: service.metricsPort,
    profiles: service.profiles,
  });
  const signal = await stopSignal;
  log.info('stopping', { signal });
  // Who ends it from a terminal is the only client, and knows.
  await service.stop(atTerminal && signal !== 'SIGTERM' ? 'now' : 'drain');
  if (signal === 'SIGHUP') {
    sink.flush();
    endBySignal(signal);
  }
  return 0;
}

interface ListenError extends NodeJS.ErrnoException {
  readonly port?: number;
  readonly address?: string;
  /** The name, where it could not be looked up. */
  readonly hostname?: string;
}

/**
 * The problem to print where the server cannot listen on an address, so that the operator changes
 * it. Throws any other error again: that is a bug of Lithopod.
 */
function listenProblem(error: unknown): Problem {
  const { code = '', port, address, hostname } = error as ListenError;
  const reason = portErrors[code] ?? hostErrors[code];
  if (reason === undefined) throw error;
  const place = code in portErrors ? `port ${port ?? ''}` : `address ${address ?? hostname ?? ''}`;
  return { message: `${place} ${reason}` };
}

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
