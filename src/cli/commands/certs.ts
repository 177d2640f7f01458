/**
 * `lithopod certs`: makes the webhook's certificate as a Secret, and the caBundle by which API
 * servers trust it.
 *
 * The Secret is all that an install needs: `overlays/bring-your-own` reads `tls/secret.yaml` as a
 * resource and copies its `ca.crt` into each webhook's caBundle. A Secret from elsewhere works too
 * if it has the same name and the same three keys.
 */
import { mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { isIP } from 'node:net';
import { dirname, join } from 'node:path';
import { InvalidArgumentError } from 'commander';
import { parseDocument, stringify } from 'yaml';
import { AppError } from '../../error.ts';
import { defaultDays } from '../../tls/lifetime.ts';
import { certificateExpiry, splitChain } from '../../tls/pair.ts';
import type { Command } from 'commander';
import type { Finish, Io } from '../terminal/io.ts';

/** The Secret's name: the Deployment mounts it and the kustomization looks for it. */
const secretName = 'lithopod-tls';

const defaultService = 'lithopod';
const defaultNamespace = 'lithopod-system';

/**
 * How many earlier authorities stay trusted beside the new one. More than one, in case somebody
 * runs the command twice.
 */
const keptAuthorities = 2;

/** About a hundred years: a larger number is a slip of the keyboard. */
const maxDays = 36_500;

const dnsLabelForm = /^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$/;

interface CertsFlags {
  readonly out?: string;
  readonly force?: boolean;
  readonly service: string;
  readonly namespace: string;
  readonly dns?: readonly string[];
  readonly days: number;
}

/** Adds the command `certs`. */
export function registerCerts(program: Command, io: Io, finish: Finish): void {
  program
    .command('certs')
    .summary('make the TLS Secret and the caBundle')
    .description(
      'Makes a certificate authority and the webhook’s certificate, as a Secret that `kubectl apply -k overlays/bring-your-own` reads. The caBundle is its `ca.crt`. The authority’s key is not kept.',
    )
    .option('--out <dir>', 'write DIR/secret.yaml (mode 0600) instead of printing the Secret')
    .option(
      '--force',
      'replace DIR/secret.yaml; the authorities in it stay trusted beside the new one',
    )
    .option('--service <name>', 'name of the webhook’s Service', dnsLabel, defaultService)
    .option('-n, --namespace <name>', 'its namespace', dnsLabel, defaultNamespace)
    .option('--dns <names...>', 'more DNS names or IP addresses', collectHosts)
    .option('--days <n>', 'how long the certificate and its authority live', dayCount, defaultDays)
    .action(async (flags: CertsFlags) => {
      finish(await certsCommand(flags, io));
    });
}

/** What `certs` makes certificates for. */
export interface CertsOptions {
  readonly now: Date;
  /** The Service through which the API server reaches the webhook. */
  readonly service: string;
  readonly namespace: string;
  /** DNS names and IP addresses besides those of the Service. */
  readonly hosts: readonly string[];
  readonly days: number;
  /** The authorities that API servers trust now, in PEM: see {@link certs}. */
  readonly previousCa?: string;
}

/** What `certs` has made. */
export interface Certs {
  /** A Secret of type kubernetes.io/tls with `tls.crt`, `tls.key` and `ca.crt`. */
  readonly secretYaml: string;
  /** For `clientConfig.caBundle`: base64 without line breaks, equal to the Secret's `ca.crt`. */
  readonly caBundle: string;
  readonly expiry: Date;
}

/**
 * Makes an authority and the webhook's certificate.
 *
 * The authorities of `previousCa` that have not expired stay in the bundle behind the new one. The
 * API server reads a new caBundle at once, a pod its new Secret about a minute later. In between
 * the webhook still serves the old certificate, so without the old authority in the bundle every
 * pod of an enforced namespace would be refused.
 */
export async function certs(options: CertsOptions): Promise<Certs> {
  const { now, service, namespace, days } = options;
  // Loaded here, not at the top: every other command would pay for it at its start.
  const { issueLeaf, makeAuthority, splitHosts } = await import('../../tls/authority.ts');
  const authority = await makeAuthority({ now, commonName: 'Lithopod', days });
  const inCluster = `${service}.${namespace}.svc`;
  const hosts = splitHosts([inCluster, `${inCluster}.cluster.local`, ...options.hosts]);
  const { certificate, key, ca } = await issueLeaf(authority, { now, ...hosts, days });
  const caBundle = base64([ca, ...stillValid(options.previousCa ?? '', now)].join(''));
  const data = { 'tls.crt': base64(certificate), 'tls.key': base64(key), 'ca.crt': caBundle };
  return {
    secretYaml: secretYaml(namespace, data, authority.expiry),
    caBundle,
    expiry: authority.expiry,
  };
}

async function certsCommand(flags: CertsFlags, io: Io): Promise<number> {
  const options = { ...flags, now: new Date(), hosts: flags.dns ?? [] };
  if (flags.out === undefined) io.stdout((await certs(options)).secretYaml);
  else await writeSecret(flags.out, flags.force === true, options, io);
  return 0;
}

async function writeSecret(
  folder: string,
  force: boolean,
  options: CertsOptions,
  io: Io,
): Promise<void> {
  const file = join(folder, 'secret.yaml');
  try {
    const before = await readIfThere(file);
    if (before !== undefined && !force) {
      throw new AppError('bad-usage', `${file} exists; --force replaces it`);
    }
    const previousCa = before === undefined ? '' : caOf(before);
    if (previousCa === undefined) {
      io.stderr(
        `${file} had no ca.crt: pods that still serve its certificate will be distrusted\n`,
      );
    }
    const { secretYaml, expiry } = await certs({ ...options, previousCa: previousCa ?? '' });
    await mkdir(folder, { recursive: true });
    await writePrivate(file, secretYaml, force);
    io.stderr(`wrote ${file}, valid until ${expiry.toISOString().slice(0, 10)}\n`);
    io.stderr(`next: kubectl apply -k ${dirname(folder)}\n`);
  } catch (error) {
    if (!isSystemError(error)) throw error;
    throw new AppError('cannot-write', `cannot write ${file}: ${error.message}`, error);
  }
}

/** Whether the file system refused. The user can do something about that; else it is a bug. */
function isSystemError(error: unknown): error is NodeJS.ErrnoException {
  return error instanceof Error && 'syscall' in error;
}

async function readIfThere(file: string): Promise<string | undefined> {
  try {
    return await readFile(file, 'utf8');
  } catch (error) {
    if (isSystemError(error) && error.code === 'ENOENT') return undefined;
    throw error;
  }
}

/** Writes the file so that nobody else can ever read the key, and never leaves half of it. */
async function writePrivate(file: string, text: string, force: boolean): Promise<void> {
  if (!force) {
    await writeFile(file, text, { mode: 0o600, flag: 'wx' });
    return;
  }
  const unfinished = `${file}.${process.pid}.tmp`;
  try {
    await writeFile(unfinished, text, { mode: 0o600, flag: 'wx' });
    await rename(unfinished, file);
  } finally {
    await rm(unfinished, { force: true });
  }
}

/** The authorities in a Secret's text, in PEM; undefined where the text has no `ca.crt`. */
function caOf(secret: string): string | undefined {
  const ca = parseDocument(secret).getIn(['data', 'ca.crt']);
  return typeof ca === 'string' ? Buffer.from(ca, 'base64').toString() : undefined;
}

function stillValid(pem: string, now: Date): string[] {
  return splitChain(pem)
    .filter((certificate) => isValid(certificate, now))
    .slice(0, keptAuthorities)
    .map((certificate) => `${certificate}\n`);
}

function isValid(certificate: string, now: Date): boolean {
  try {
    return certificateExpiry(certificate) > now;
  } catch {
    // This is no certificate, so nobody can have trusted it.
    return false;
  }
}

function secretYaml(namespace: string, data: Record<string, string>, expiry: Date): string {
  const secret = {
    apiVersion: 'v1',
    kind: 'Secret',
    metadata: {
      name: secretName,
      namespace,
      labels: { 'app.kubernetes.io/name': 'lithopod' },
    },
    type: 'kubernetes.io/tls',
    data,
  };
  return (
    `# Made by \`lithopod certs\`; expires ${expiry.toISOString()}. Holds a private key: not for version control.\n` +
    '# The caBundle of the webhook configuration is the value of ca.crt; overlays/bring-your-own copies it there.\n' +
    stringify(secret, { lineWidth: 0 })
  );
}

function base64(text: string): string {
  return Buffer.from(text).toString('base64');
}

function dnsLabel(value: string): string {
  if (dnsLabelForm.test(value)) return value;
  throw new InvalidArgumentError('It takes lower-case letters, digits and dashes, at most 63.');
}

function collectHosts(value: string, before: readonly string[] | undefined): readonly string[] {
  const isName = value.length <= 253 && value.split('.').every((label) => dnsLabelForm.test(label));
  if (!isName && isIP(value) === 0) {
    throw new InvalidArgumentError('It takes a DNS name in lower case or an IP address.');
  }
  return [...(before ?? []), value];
}

function dayCount(value: string): number {
  const days = Number(value);
  if (/^\d+$/.test(value) && days >= 1 && days <= maxDays) return days;
  throw new InvalidArgumentError(`It takes a whole number of days from 1 to ${maxDays}.`);
}
