// Lithopod itself, as it runs in a cluster: with the certificate that `lithopod certs` made.

import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Writable } from 'node:stream';

import { parse } from 'yaml';

import { startService, type Service } from '../../../src/admission/service.ts';
import { readServeSettings } from '../../../src/admission/settings.ts';
import type { SettingTexts } from '../../../src/config.ts';
import { makeLog } from '../../../src/telemetry/log.ts';
import { makeMetrics } from '../../../src/admission/metrics.ts';

/** A line of the log about one review. */
export interface LogLine {
  readonly level: string;
  readonly message: string;
  readonly namespace?: string;
  readonly name?: string;
  readonly [field: string]: unknown;
}

export interface OurWebhook {
  /** Stays the same when the service is stopped and started again. */
  readonly port: number;
  /** Everything it has logged. */
  readonly log: readonly LogLine[];
  /** The exposition text of its metrics. */
  readonly metrics: () => Promise<string>;
  readonly stop: () => Promise<void>;
  readonly start: () => Promise<void>;
}

/**
 * Starts the service, on a free port unless told, with the certificate of a Secret's text, whose
 * files go into `dir`.
 */
export async function startOurWebhook(
  secretYaml: string,
  dir: string,
  flags: SettingTexts = {},
): Promise<OurWebhook> {
  const { data } = parse(secretYaml) as { data: Record<'tls.crt' | 'tls.key', string> };
  const write = async (name: 'tls.crt' | 'tls.key'): Promise<string> => {
    const file = join(dir, name);
    await writeFile(file, Buffer.from(data[name], 'base64'), { mode: 0o600 });
    return file;
  };
  const files = { 'tls-cert': await write('tls.crt'), 'tls-key': await write('tls.key') };

  const log: LogLine[] = [];
  const metrics = makeMetrics();
  const logger = makeLog({ level: 'debug', sink: linesInto(log) });
  const start = async (at: number): Promise<Service> => {
    const texts = { ...defaults, ...files, port: String(at), ...flags };
    const settings = unwrap(readServeSettings(texts, {}));
    return unwrap(await startService(settings, { log: logger, metrics }));
  };

  let running: Service | undefined = await start(0);
  const { port } = running;
  return {
    port,
    log,
    metrics: async () => (await metrics.render()).text,
    stop: async () => {
      await running?.stop();
      running = undefined;
    },
    start: async () => {
      running ??= await start(port);
    },
  };
}

const defaults: SettingTexts = { host: '127.0.0.1', 'metrics-port': '0', 'drain-seconds': '0' };

function unwrap<T>(
  result:
    | { readonly ok: true; readonly value: T }
    | { readonly ok: false; readonly problems: readonly unknown[] },
): T {
  if (result.ok) return result.value;
  throw new Error(`the webhook does not start: ${JSON.stringify(result.problems)}`);
}

function linesInto(log: LogLine[]): Writable {
  return new Writable({
    write(chunk, _encoding, done) {
      for (const line of String(chunk).split('\n')) {
        if (line !== '') log.push(JSON.parse(line) as LogLine);
      }
      done();
    },
  });
}
