/**
 * The settings of `serve`: each is a flag, or `LITHOPOD_…` in the environment; a flag wins. All
 * problems are reported together, and what comes out is frozen.
 */
import { z } from 'zod';
import { orderMirrors, parseMirror } from '../core/images/image-reference.ts';
import { failure, success } from '../core/result.ts';
import { logLevels } from '../telemetry/levels.ts';
import type { Environment } from '../config.ts';
import type { Policy } from '../core/context/context.ts';
import type { Mirror } from '../core/images/image-reference.ts';
import type { Problem, Result } from '../core/result.ts';
import type { LogLevel } from '../telemetry/levels.ts';

export interface ServeSettings {
  /** Undefined: every address of the machine, of IPv4 and of IPv6. */
  readonly host: string | undefined;
  readonly port: number;
  readonly metricsPort: number;
  /** Both or neither: with neither, a certificate is made in memory. */
  readonly tls: { readonly certificateFile: string; readonly keyFile: string } | undefined;
  /** Where the authority of the certificate made in memory is written, PEM. */
  readonly caOut: string | undefined;
  /** Absent: anybody may send reviews. */
  readonly clients:
    | {
        /** Authorities of the certificates that clients must have, PEM. */
        readonly authorityFile: string;
        /** Of which such a certificate must have one; any where there is none. */
        readonly names: readonly string[];
      }
    | undefined;
  /** Files and directories. */
  readonly profiles: readonly string[];
  readonly mirrors: readonly Mirror[];
  readonly policy: Omit<Policy, 'level'>;
  readonly logLevel: LogLevel;
  /** How long after SIGTERM connections are still accepted, in seconds. */
  readonly drainSeconds: number;
}

/** The settings as text, by the name of their flag without its dashes. */
export type SettingTexts = Readonly<Record<string, string | readonly string[] | undefined>>;

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
  port: port.default(8443),
  'metrics-port': port.default(8080),
  'tls-cert': text.optional(),
  'tls-key': text.optional(),
  'ca-out': text.optional(),
  'client-ca': text.optional(),
  'client-name': z.array(text).default([]),
  profiles: z.array(text).default([]),
  mirror: z.array(z.string()).default([]),
  unprofiled: z.enum(['default', 'skip'], 'must be default or skip').default('default'),
  masking: z.enum(['probes', 'always'], 'must be probes or always').default('probes'),
  'emptydir-mode': z.enum(['true', 'false'], 'must be true or false').default('false'),
  'log-level': z.enum(logLevels, `must be one of ${logLevels.join(', ')}`).default('info'),
  'drain-seconds': seconds.default(10),
});

/** Every setting of `serve`, by the name of its flag. */
export const settingNames = Object.keys(schema.shape);

/**
 * Flags over environment over defaults. Refused, with all problems at once: a value of the wrong
 * kind, one of `--tls-cert` and `--tls-key` without the other, `--ca-out` beside them,
 * `--client-name` without `--client-ca`, an unreadable mirror.
 */
export function readServeSettings(
  flags: SettingTexts,
  environment: Environment,
): Result<ServeSettings> {
  const texts = Object.fromEntries(
    settingNames.map((name) => [name, flags[name] ?? fromEnvironment(name, environment)]),
  );
  const parsed = schema.safeParse(texts);
  const mirrors = readMirrors(texts['mirror'] ?? []);
  const problems: Problem[] = [
    ...(parsed.success ? [] : parsed.error.issues.map((issue) => problemOf(issue, flags))),
    ...(mirrors.ok ? [] : mirrors.problems),
    ...halfPair(texts),
    ...needlessCaOut(texts),
    ...needlessNames(texts),
  ];
  if (!parsed.success || !mirrors.ok || problems.length > 0) return failure(...problems);
  return success(Object.freeze(settingsOf(parsed.data, mirrors.value)));
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
    caOut: data['ca-out'],
    clients:
      authorityFile === undefined
        ? undefined
        : Object.freeze({ authorityFile, names: Object.freeze([...data['client-name']]) }),
    profiles: Object.freeze([...data.profiles]),
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

/** The name of a setting in the environment. */
export function environmentName(setting: string): string {
  return `LITHOPOD_${setting.toUpperCase().replaceAll('-', '_')}`;
}

/** Given as flags several times, in the environment with commas. */
const lists: ReadonlySet<string> = new Set(['profiles', 'mirror', 'client-name']);

function fromEnvironment(
  name: string,
  environment: NodeJS.ProcessEnv,
): string | string[] | undefined {
  const text = environment[environmentName(name)];
  if (text === undefined || text === '') return undefined;
  return lists.has(name) ? text.split(',').filter((part) => part !== '') : text;
}

/** Names a setting as it was given: who set a variable in a manifest never wrote the flag. */
function problemOf({ path, message }: z.core.$ZodIssue, flags: SettingTexts): Problem {
  const name = String(path[0]);
  const place = flags[name] === undefined ? environmentName(name) : `--${name}`;
  return { message: `${place}: ${message}` };
}

function halfPair(texts: SettingTexts): readonly Problem[] {
  if ((texts['tls-cert'] === undefined) === (texts['tls-key'] === undefined)) return [];
  return [{ message: '--tls-cert and --tls-key go together' }];
}

/**
 * Of a certificate from files the authority is not ours to know: silence would leave its reader
 * waiting for a file.
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

/** Without an authority anybody can make a certificate for any name. */
function needlessNames(texts: SettingTexts): readonly Problem[] {
  if (texts['client-name'] === undefined || texts['client-ca'] !== undefined) return [];
  return [{ message: '--client-name is looked for in certificates of --client-ca: give both' }];
}

/** Mirrors from `FROM=TO` texts, all problems at once. */
export function readMirrors(texts: string | readonly string[]): Result<readonly Mirror[]> {
  const read = [texts].flat().map((text) => parseMirror(text));
  const problems = read.flatMap((result) => (result.ok ? [] : result.problems));
  const mirrors = orderMirrors(read.flatMap((result) => (result.ok ? [result.value] : [])));
  if (!mirrors.ok) problems.push(...mirrors.problems);
  if (problems.length === 0) return mirrors;
  return failure(...problems.map(({ message }) => ({ message: `--mirror: ${message}` })));
}
