// The API server's audit log: where webhooks' audit annotations arrive.

import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

/** One request, as audit.k8s.io/v1 records it at level Metadata; the fields that tests look at. */
export interface AuditEvent {
  readonly verb: string;
  readonly objectRef?: {
    readonly resource?: string;
    readonly namespace?: string;
    readonly name?: string;
    readonly subresource?: string;
  };
  /** A webhook's own are called `<webhook's name>/<key>`. */
  readonly annotations?: Readonly<Record<string, string>>;
}

/**
 * Everything that can bring a pod, once a request, without its content: a pod's env may hold
 * secrets.
 */
const policy = {
  apiVersion: 'audit.k8s.io/v1',
  kind: 'Policy',
  omitStages: ['RequestReceived'],
  rules: [
    {
      level: 'Metadata',
      verbs: ['create', 'update', 'patch'],
      resources: [
        { group: '', resources: ['pods', 'pods/ephemeralcontainers'] },
        { group: 'apps' },
        { group: 'batch' },
      ],
    },
    { level: 'None' },
  ],
};

/** Writes the policy that {@link auditFlags} names. */
export async function writeAuditPolicy(dir: string): Promise<void> {
  await writeFile(policyFile(dir), JSON.stringify(policy));
}

/**
 * The log is written before the request is answered, so that who waited for the answer finds the
 * event.
 */
export function auditFlags(dir: string): string[] {
  return [
    `--audit-policy-file=${policyFile(dir)}`,
    `--audit-log-path=${logFile(dir)}`,
    '--audit-log-mode=blocking-strict',
  ];
}

/** All events so far. A server without an audit log has none. */
export async function readAuditLog(dir: string): Promise<readonly AuditEvent[]> {
  const text = await readFile(logFile(dir), 'utf8').catch(() => '');
  return text
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as AuditEvent);
}

function policyFile(dir: string): string {
  return join(dir, 'audit-policy.yaml');
}

function logFile(dir: string): string {
  return join(dir, 'audit.log');
}
