/**
 * The settings of `serve`. Each can be given as a flag or as `LITHOPOD_…` in the environment; the
 * flag wins. The settings are frozen once they are read.
 */
import { z } from 'zod';
import { secretNameOf } from '../certificates/secret-name.ts';
import { orderMirrors, parseMirror } from '../core/images/image-reference.ts';
import { failure, success } from '../core/values/result.ts';
import { logLevels } from '../telemetry/levels.ts';
import type { TlsSecretSettings } from '../certificates/cluster-tls.ts';
import { readSettingTexts, settingPlace } from '../config.ts';
import type { Environment, SettingTexts } from '../config.ts';
import type { Policy } from '../core/context/context.ts';
import type { Mirror } from '../core/images/image-reference.ts';
import type { Problem, Result } from '../core/values/result.ts';
import type { LogLevel } from '../telemetry/levels.ts';

export interface ServeSettings {
  /** Undefined: every address of the machine, of IPv4 and of IPv6. */
  readonly host: string | undefined;
  readonly port: number;
  readonly metricsPort: number;
  /** Absent: a certificate is made in memory. */
  readonly tls: { readonly certificateFile: string; readonly keyFile: string } | undefined;
  /** The certificate comes from a Secret of the cluster. Absent: from files, or made in memory. */
  readonly tlsSecret: TlsSecretSettings | undefined;
  /** The file to which the authority of a certificate made in memory is written, PEM. */
  readonly caOut: string | undefined;
  /** Absent: anybody may send reviews. */
  readonly clients:
    | {
        /** Authorities of the certificates that clients must have, PEM. */
        readonly authorityFile: string;
        /** Such a certificate must be for one of these. An empty list accepts any name. */
        readonly names: readonly string[];
      }
    | undefined;
  /**
   * Whether the cluster's ImageProfiles and Exemptions are followed. Undefined: where there is a
   * cluster.
   */
  readonly clusterProfiles: boolean | undefined;
  /** Which cluster, in place of that of the pod. */
  readonly kubeconfig: string | undefined;
  /** Files and directories. */
  readonly profiles: readonly string[];
  readonly mirrors: readonly Mirror[];
  readonly policy: Omit<Policy, 'level'>;
  readonly logLevel: LogLevel;
  /**
   * How long after SIGTERM connections are still accepted, in seconds. Not after SIGINT at a
   * terminal.
   */
  readonly drainSeconds: number;
}

/** The defaults of settings that have one. */
const defaults = {
  port: 8443,
  'metrics-port': 8080,
  'webhook-configuration': 'lithopod',
  unprofiled: 'default',
  masking: 'probes',
  'emptydir-mode': 'false',
  'log-level': 'info',
  'drain-seconds': 10,
} as const;

/** A setting as a flag of `serve`. */
export interface SettingFlag {
  /** As help shows it: `<file>`. Absent for a flag that is given or not. */
  readonly argument?: string;
  readonly help: string;
  /** A flag may be given several times; in the environment commas separate the values. */
  readonly isRepeatable?: boolean;
}

/** Every setting of `serve` by the name of its flag, in the order of its help. */
export const settingFlags = {
  host: {
    argument: '<address>',
    help: 'address to listen on (default: every one of the machine)',
  },
  port: {
    argument: '<number>',
    help: `port for reviews, HTTPS (default: ${defaults.port})`,
  },
  'metrics-port': {
    argument: '<number>',
    help: `port for /healthz, /readyz and /metrics, HTTP (default: ${defaults['metrics-port']})`,
  },
  'tls-cert': {
    argument: '<file>',
    help: 'certificate, PEM; read again when it changes',
  },
  'tls-key': { argument: '<file>', help: 'its private key, PEM' },
  'tls-secret': {
    argument: '<namespace/name>',
    help: 'certificate and key from this Secret of the cluster, as `lithopod rotate` keeps it; watched',
  },
  'webhook-configuration': {
    argument: '<name>',
    help: `with --tls-secret: not ready before its caBundle trusts the certificate (default: ${defaults['webhook-configuration']})`,
  },
  'ca-out': {
    argument: '<file>',
    help: 'where to write the CA of a certificate made in memory',
  },
  'client-ca': {
    argument: '<file>',
    help: 'answer reviews only to clients with a certificate of this authority, PEM; read again when it changes',
  },
  'client-name': {
    argument: '<name>',
    help: 'that certificate must be for this name: its CN, or a DNS or URI name (repeatable: one of them)',
    isRepeatable: true,
  },
  profiles: {
    argument: '<path>',
    help: 'directory or file of ImageProfiles; read again when a file changes, or on SIGHUP where there is no terminal (repeatable)',
    isRepeatable: true,
  },
  'cluster-profiles': {
    argument: '[true|false]',
    help: "follow the cluster's ImageProfiles and Exemptions, and write in each how it fares (default: true where the pod has a service account's token, or with --kubeconfig)",
  },
  kubeconfig: {
    argument: '<file>',
    help: 'with --tls-secret or --cluster-profiles: the kubeconfig (default: as kubectl finds it, or the pod’s own)',
  },
  mirror: {
    argument: '<from=to>',
    help: 'rewrite an image prefix before matching, such as registry.corp/hub/=docker.io/ (repeatable)',
    isRepeatable: true,
  },
  unprofiled: {
    argument: '<default|skip>',
    help: 'images without a profile: harden with the default one, or leave as they are',
  },
  masking: {
    argument: '<probes|always>',
    help: 'mask the binaries that a probe removes, or all that the profile lists',
  },
  'emptydir-mode': {
    help: 'the cluster has emptyDir.mode (Kubernetes 1.37, a gate): use it where a profile names a mode',
  },
  'log-level': {
    argument: '<level>',
    help: `error, warn, info or debug (default: ${defaults['log-level']})`,
  },
  'drain-seconds': {
    argument: '<number>',
    help: `how long to go on accepting after SIGTERM, not after Ctrl-C at a terminal (default: ${defaults['drain-seconds']})`,
  },
} as const satisfies Readonly<Record<string, SettingFlag>>;

type SettingName = keyof typeof settingFlags;

/** Plain decimal digits: `Number` would read an empty text as 0 and `0x1F` as 31. */
function decimal(pattern: RegExp, max: number, message: string) {
  return z
    .string()
    .regex(pattern, message)
    .transform(Number)
    .refine((value) => value <= max, message);
}

const port = decimal(/^\d{1,5}$/, 65_535, 'must be a port number from 0 to 65535');
const seconds = decimal(/^\d{1,3}(\.\d+)?$/, 600, 'must be a number of seconds from 0 to 600');
const text = z.string().min(1, 'must not be empty');

const schema = z.object({
  host: text.optional(),
  port: port.default(defaults.port),
  'metrics-port': port.default(defaults['metrics-port']),
  'tls-cert': text.optional(),
  'tls-key': text.optional(),
  'tls-secret': text.optional(),
  'webhook-configuration': text.default(defaults['webhook-configuration']),
  'ca-out': text.optional(),
  'client-ca': text.optional(),
  'client-name': z.array(text).default([]),
  profiles: z.array(text).default([]),
  'cluster-profiles': z.enum(['true', 'false'], 'must be true or false').optional(),
  kubeconfig: text.optional(),
  mirror: z.array(z.string()).default([]),
  unprofiled: z.enum(['default', 'skip'], 'must be default or skip').default(defaults.unprofiled),
  masking: z.enum(['probes', 'always'], 'must be probes or always').default(defaults.masking),
  'emptydir-mode': z
    .enum(['true', 'false'], 'must be true or false')
    .default(defaults['emptydir-mode']),
  'log-level': z
    .enum(logLevels, `must be one of ${logLevels.join(', ')}`)
    .default(defaults['log-level']),
  'drain-seconds': seconds.default(defaults['drain-seconds']),
} satisfies Record<SettingName, z.ZodType>);

/** The name of every setting. */
export const settingNames = Object.keys(settingFlags) as readonly SettingName[];

/**
 * Reads every setting: a flag wins over the environment, and that over the default. Returns all
 * problems at once: a value of the wrong kind, one of `--tls-cert` and `--tls-key` without the
 * other, `--ca-out` or `--tls-secret` beside them, `--client-name` without `--client-ca`, a mirror
 * or a Secret's name that cannot be read.
 */
export function readServeSettings(
  flags: SettingTexts,
  environment: Environment,
): Result<ServeSettings> {
  const texts = readSettingTexts(settingNames, flags, environment, isRepeatable);
  const parsed = schema.safeParse(texts);
  const mirrors = readMirrors(texts['mirror'] ?? []);
  const problems: Problem[] = [
    ...(parsed.success ? [] : parsed.error.issues.map((issue) => problemOf(issue, flags))),
    ...(mirrors.ok ? [] : mirrors.problems),
    ...halfPair(texts),
    ...secretProblems(texts),
    ...needlessCaOut(texts),
    ...needlessNames(texts),
  ];
  if (!parsed.success || !mirrors.ok || problems.length > 0) return failure(...problems);
  return success(Object.freeze(settingsOf(parsed.data, mirrors.value)));
}

function isRepeatable(name: string): boolean {
  const flag: SettingFlag = settingFlags[name as SettingName];
  return flag.isRepeatable === true;
}

function settingsOf(data: z.infer<typeof schema>, mirrors: readonly Mirror[]): ServeSettings {
  const certificateFile = data['tls-cert'];
  const keyFile = data['tls-key'];
  const authorityFile = data['client-ca'];
  return {
    host: data.host,
    port: data.port,
    metricsPort: data['metrics-port'],
    tls: certificateFile && keyFile ? Object.freeze({ certificateFile, keyFile }) : undefined,
    tlsSecret: tlsSecretOf(data),
    caOut: data['ca-out'],
    clients:
      authorityFile === undefined
        ? undefined
        : Object.freeze({ authorityFile, names: Object.freeze([...data['client-name']]) }),
    profiles: Object.freeze([...data.profiles]),
    clusterProfiles:
      data['cluster-profiles'] === undefined ? undefined : data['cluster-profiles'] === 'true',
    kubeconfig: data.kubeconfig,
    mirrors: Object.freeze([...mirrors]),
    policy: Object.freeze({
      unprofiled: data.unprofiled,
      masking: data.masking,
      emptyDirMode: data['emptydir-mode'] === 'true',
    }),
    logLevel: data['log-level'],
    drainSeconds: data['drain-seconds'],
  };
}

function tlsSecretOf(data: z.infer<typeof schema>): ServeSettings['tlsSecret'] {
  const secret = secretNameOf(data['tls-secret'] ?? '');
  if (!secret.ok) return undefined;
  const { kubeconfig, 'webhook-configuration': configuration } = data;
  return Object.freeze({ secret: Object.freeze(secret.value), configuration, kubeconfig });
}

function problemOf({ path, message }: z.core.$ZodIssue, flags: SettingTexts): Problem {
  return { message: `${settingPlace(String(path[0]), flags)}: ${message}` };
}

function halfPair(texts: SettingTexts): readonly Problem[] {
  if ((texts['tls-cert'] === undefined) === (texts['tls-key'] === undefined)) return [];
  return [{ message: '--tls-cert and --tls-key go together' }];
}

function secretProblems(texts: SettingTexts): readonly Problem[] {
  const secret = texts['tls-secret'];
  if (secret === undefined) return [];
  const problems: Problem[] = [];
  const named = secretNameOf(String(secret));
  if (!named.ok) problems.push(...named.problems);
  if (['tls-cert', 'tls-key', 'ca-out'].some((name) => texts[name] !== undefined)) {
    problems.push({ message: '--tls-secret goes without --tls-cert, --tls-key and --ca-out' });
  }
  return problems;
}

/**
 * A certificate from files has an authority that we do not know, so it can never be written:
 * somebody would wait for a file that never comes.
 */
function needlessCaOut(texts: SettingTexts): readonly Problem[] {
  const fromFiles = texts['tls-cert'] !== undefined || texts['tls-key'] !== undefined;
  if (texts['ca-out'] === undefined || !fromFiles) return [];
  return [
    {
      message:
        '--ca-out writes the authority of a certificate made in memory: with --tls-cert and --tls-key there is none',
    },
  ];
}

/** A name proves nothing without an authority: anybody can make a certificate for any name. */
function needlessNames(texts: SettingTexts): readonly Problem[] {
  if (texts['client-name'] === undefined || texts['client-ca'] !== undefined) return [];
  return [{ message: '--client-name is looked for in certificates of --client-ca: give both' }];
}

/** Reads mirrors from `FROM=TO` texts, or returns all their problems. */
export function readMirrors(texts: string | readonly string[]): Result<readonly Mirror[]> {
  const read = [texts].flat().map((text) => parseMirror(text));
  const problems = read.flatMap((result) => (result.ok ? [] : result.problems));
  const mirrors = orderMirrors(read.flatMap((result) => (result.ok ? [result.value] : [])));
  if (!mirrors.ok) problems.push(...mirrors.problems);
  if (problems.length === 0) return mirrors;
  return failure(...problems.map(({ message }) => ({ message: `--mirror: ${message}` })));
}
