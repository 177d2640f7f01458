import { cp, mkdir, mkdtemp, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';

import { certs, type Certs } from '../../src/cli/commands/certs.ts';
import {
  startControlPlane,
  type ControlPlane,
  type ControlPlaneOptions,
} from './control-plane/control-plane.ts';
import { ownFolder, removeFolder, type CommandResult } from './control-plane/owned-process.ts';

const REPOSITORY = join(import.meta.dirname, '../..');
const BRING_YOUR_OWN = 'overlays/bring-your-own';
/** Many times what it takes: on a busy machine a process alone takes ten seconds to start. */
const ACTIVE_MS = 120_000;

/** An object as kubectl takes it. */
export interface Manifest {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: { readonly name: string };
  readonly [key: string]: unknown;
}

/** A control plane, and a copy of the manifests to install on it. */
export interface Installation {
  readonly plane: ControlPlane;
  /**
   * The copy of overlays/bring-your-own: a folder for `kubectl apply -k`. It has no Secret before
   * {@link Installation.makeSecret}.
   */
  readonly folder: string;
  /** The copy of manifests/ itself, whose certificates make themselves. */
  readonly automatic: string;
  /** `hosts` are names and addresses of the webhook beside those of its Service. */
  readonly makeSecret: (hosts?: readonly string[]) => Promise<Certs>;
  /** Runs kubectl, with an object on its stdin. Any exit code is a result. */
  readonly kubectl: (args: readonly string[], input?: unknown) => Promise<CommandResult>;
  /** Gives a namespace these labels and no others, making it first when there is none. */
  readonly namespace: (
    name: string,
    labels: Readonly<Record<string, string>>,
  ) => Promise<CommandResult>;
  /** Creates an object as far as the API server's last check, but does not store it. */
  readonly rehearse: (object: Manifest, namespace: string, as?: string) => Promise<CommandResult>;
  readonly stop: () => Promise<void>;
}

/** Starts a control plane on which nothing is installed yet. */
export async function prepareInstallation(
  planeOptions: ControlPlaneOptions = {},
): Promise<Installation> {
  const plane = await startControlPlane(planeOptions);
  const copy = await mkdtemp(join(tmpdir(), 'lithopod-manifests-'));
  ownFolder(copy);
  await copyManifests(copy);
  const folder = join(copy, BRING_YOUR_OWN);

  const kubectl: Installation['kubectl'] = (args, input) =>
    plane.kubectl(args, input === undefined ? {} : { input: JSON.stringify(input) });

  return {
    plane,
    folder,
    automatic: join(copy, 'manifests'),
    kubectl,
    makeSecret: async (hosts = []) => {
      const options = { service: 'lithopod', namespace: 'lithopod-system', hosts, days: 1 };
      const made = await certs({ ...options, now: new Date() });
      await mkdir(join(folder, 'tls'));
      await writeFile(join(folder, 'tls/secret.yaml'), made.secretYaml);
      return made;
    },
    namespace: (name, labels) =>
      kubectl(['apply', '-f', '-'], {
        apiVersion: 'v1',
        kind: 'Namespace',
        metadata: { name, labels },
      }),
    rehearse: (object, namespace, as) => {
      const user = as === undefined ? [] : [`--as=${as}`, '--as-group=system:masters'];
      return kubectl(['-n', namespace, 'create', '--dry-run=server', '-f', '-', ...user], object);
    },
    stop: async () => {
      await plane.stop();
      removeFolder(copy);
    },
  };
}

/**
 * Copies what is installed, without a Secret that somebody made in this checkout. Answers the
 * folder of overlays/bring-your-own in it.
 */
export async function copyManifests(to: string): Promise<string> {
  const tls = join(REPOSITORY, BRING_YOUR_OWN, 'tls');
  for (const part of ['manifests', 'overlays']) {
    const from = join(REPOSITORY, part);
    await cp(from, join(to, part), { recursive: true, filter: (path) => path !== tls });
  }
  return join(to, BRING_YOUR_OWN);
}

/** The same, with everything installed. */
export async function startInstallation(): Promise<Installation> {
  const installation = await prepareInstallation();
  await installation.makeSecret();
  const { code, stderr } = await installation.kubectl(['apply', '-k', installation.folder]);
  if (code === 0) return installation;
  await installation.stop();
  throw new Error(`kubectl apply -k failed: ${stderr}`);
}

/**
 * Waits for what the API server learns a moment after it was stored: a policy, a webhook, a label.
 */
export async function until(what: string, condition: () => Promise<boolean>): Promise<void> {
  const deadline = Date.now() + ACTIVE_MS;
  while (!(await condition())) {
    if (Date.now() > deadline) throw new Error(`no ${what} after ${ACTIVE_MS} ms`);
    await delay(100);
  }
}

/**
 * Takes the binding of a policy away. Gives back how to bind it again; the API server learns of
 * both a moment later.
 */
export async function unbind(cluster: Installation, policy: string): Promise<() => Promise<void>> {
  const binding = ['validatingadmissionpolicybinding', policy];
  const saved = await cluster.kubectl(['get', ...binding, '-o', 'json']);
  await cluster.kubectl(['delete', ...binding]);
  const { apiVersion, kind, metadata, spec } = JSON.parse(saved.stdout) as Manifest;
  const { name } = metadata;
  return async () => {
    await cluster.kubectl(['apply', '-f', '-'], { apiVersion, kind, metadata: { name }, spec });
  };
}

/** A container with a read-only root, unless told otherwise. */
export function container(
  securityContext: object = { readOnlyRootFilesystem: true },
  name = 'main',
): object {
  return { name, image: 'nginx', securityContext };
}

/** A pod of one such container, unless `spec` brings others. */
export function pod(spec: object, metadata: object = {}): Manifest {
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name: 'pod', ...metadata },
    spec: { containers: [container()], ...spec },
  };
}
