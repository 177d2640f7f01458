/**
 * The settings of `rotate`: each is a flag, or `LITHOPOD_…` in the environment; a flag wins. All
 * problems are reported together.
 */
import { z } from 'zod';

import { readSettingTexts, settingPlace } from '../config.ts';
import { failure, success } from '../core/values/result.ts';
import { logLevels } from '../telemetry/levels.ts';
import { defaultLifetimes } from './lifecycle.ts';
import { secretNameOf } from './secret-name.ts';
import type { SettingTexts } from '../config.ts';
import type { SecretName } from '../cluster/secret.ts';
import type { Environment } from '../config.ts';
import type { Problem, Result } from '../core/values/result.ts';
import type { LogLevel } from '../telemetry/levels.ts';
import type { Lifetimes } from './lifecycle.ts';

export interface RotateSettings {
  readonly secret: SecretName;
  /** Name of the MutatingWebhookConfiguration. */
  readonly configuration: string;
  /** Name of the webhook's Service, in the Secret's namespace. */
  readonly service: string;
  /** DNS names and IP addresses beside those of the Service. */
  readonly hosts: readonly string[];
  readonly lifetimes: Lifetimes;
  readonly kubeconfig: string | undefined;
  readonly context: string | undefined;
  readonly logLevel: LogLevel;
}

const unitMs = { s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 } as const;
const maxMs = 36_500 * unitMs.d;
const durationMessage = 'must be a whole number with a unit: s, m, h or d, such as 168h';

const duration = z
  .string()
  .regex(/^[1-9]\d{0,9}[smhd]$/, durationMessage)
  .transform((text) => Number(text.slice(0, -1)) * unitMs[text.slice(-1) as keyof typeof unitMs])
  .refine((milliseconds) => milliseconds <= maxMs, 'must not be more than a hundred years');
const text = z.string().min(1, 'must not be empty');

const schema = z.object({
  'tls-secret': text.default('lithopod-system/lithopod-tls'),
  'webhook-configuration': text.default('lithopod'),
  service: text.default('lithopod'),
  dns: z.array(text).default([]),
  'ca-lifetime': duration.default(defaultLifetimes.authorityMs),
  'cert-lifetime': duration.default(defaultLifetimes.leafMs),
  'publish-ahead': duration.default(defaultLifetimes.publishAheadMs),
  kubeconfig: text.optional(),
  context: text.optional(),
  'log-level': z.enum(logLevels, `must be one of ${logLevels.join(', ')}`).default('info'),
});

/**
 * Flags over environment over defaults. Refused, with all problems at once: a value of the wrong
 * kind, and lifetimes of which one does not fit into the other.
 */
export function readRotateSettings(
  flags: SettingTexts,
  environment: Environment,
): Result<RotateSettings> {
  const names = Object.keys(schema.shape);
  const texts = readSettingTexts(names, flags, environment, (name) => name === 'dns');
  const parsed = schema.safeParse(texts);
  if (!parsed.success) {
    return failure(
      ...parsed.error.issues.map(({ path, message }) => ({
        message: `${settingPlace(String(path[0]), flags)}: ${message}`,
      })),
    );
  }
  const { data } = parsed;
  const secret = secretNameOf(data['tls-secret']);
  const lifetimes: Lifetimes = {
    authorityMs: data['ca-lifetime'],
    leafMs: data['cert-lifetime'],
    publishAheadMs: data['publish-ahead'],
  };
  const problems = [...(secret.ok ? [] : secret.problems), ...misfit(lifetimes)];
  if (!secret.ok || problems.length > 0) return failure(...problems);
  return success({
    secret: secret.value,
    configuration: data['webhook-configuration'],
    service: data.service,
    hosts: data.dns,
    lifetimes,
    kubeconfig: data.kubeconfig,
    context: data.context,
    logLevel: data['log-level'],
  });
}

/** An authority is renewed at two thirds of its life: in the last third its leaves must end. */
function misfit({ authorityMs, leafMs, publishAheadMs }: Lifetimes): readonly Problem[] {
  if (leafMs + publishAheadMs <= authorityMs / 3) return [];
  return [
    {
      message:
        '--cert-lifetime and --publish-ahead together must not be more than a third of --ca-lifetime',
    },
  ];
}
