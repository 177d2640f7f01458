// `lithopod explain` as somebody runs it who may read what it asks for and nothing else.

import { mkdtemp, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

import { runCommand, type CommandResult } from '../e2e/control-plane/owned-process.ts';
import type { Cluster, PodName } from './node/cluster.ts';

const REPOSITORY = join(import.meta.dirname, '../..');
const COMMAND_MS = 60_000;

/** Explains a pod, by the command line and its terminal output. */
export type Explain = (pod: PodName) => Promise<CommandResult>;

/**
 * Makes a service account that may do in these namespaces what explaining a pod takes, and nothing
 * more. `profiles` is a folder of profiles beside the built-in ones, `account` the name of the
 * account, of which there must be none.
 */
export async function makeExplainer(
  cluster: Cluster,
  namespaces: readonly string[],
  profiles: string,
  account = 'reader',
): Promise<Explain> {
  const kubeconfig = await readerKubeconfig(cluster, namespaces, account);
  return ({ namespace, name }) => {
    const args = ['explain', '-n', namespace, name, '--kubeconfig', kubeconfig];
    const main = join(REPOSITORY, 'src/cli/main.ts');
    return runCommand(process.execPath, ['--import=tsx', main, ...args, '--profiles', profiles], {
      timeoutMs: COMMAND_MS,
      cwd: REPOSITORY,
    });
  };
}

async function readerKubeconfig(
  cluster: Cluster,
  namespaces: readonly string[],
  reader: string,
): Promise<string> {
  const [home = ''] = namespaces;
  const account = `${home}:${reader}`;
  await cluster.kubectl(['-n', home, 'create', 'serviceaccount', reader]);
  for (const namespace of namespaces) {
    await cluster.kubectl(['create', '-f', '-'], role(namespace, reader));
    await cluster.kubectl([
      ...['-n', namespace, 'create', 'rolebinding', reader],
      ...[`--role=${reader}`, `--serviceaccount=${account}`],
    ]);
  }
  const token = (await cluster.kubectl(['-n', home, 'create', 'token', reader])).trim();
  const admin = JSON.parse(await readFile(cluster.kubeconfig, 'utf8')) as {
    readonly users: readonly { readonly name: string }[];
  };
  const users = admin.users.map(({ name }) => ({ name, user: { token } }));
  const file = join(await mkdtemp(join(cluster.premises.dir, 'reader-')), 'kubeconfig');
  await writeFile(file, JSON.stringify({ ...admin, users }), { mode: 0o600 });
  return file;
}

/** What explain's own messages ask for where it is missing. */
function role(namespace: string, name: string): Readonly<Record<string, unknown>> {
  return {
    apiVersion: 'rbac.authorization.k8s.io/v1',
    kind: 'Role',
    metadata: { namespace, name },
    rules: [
      { apiGroups: [''], resources: ['pods', 'pods/log'], verbs: ['get'] },
      { apiGroups: [''], resources: ['events'], verbs: ['list'] },
      { apiGroups: ['apps'], resources: ['replicasets', 'controllerrevisions'], verbs: ['get'] },
      { apiGroups: ['batch'], resources: ['jobs'], verbs: ['get'] },
    ],
  };
}

/** What the output points to: a cause, and a path where it has one, as `missing-mount /var/run`. */
export function causesIn(output: string): readonly string[] {
  const found = output.matchAll(
    /^ {6}((?:missing-mount|ownership|capability|environment|non-root-user)(?: \/\S*)?)$/gm,
  );
  return [...found].map(([, cause = '']) => cause);
}

/**
 * The profile that the output ends with, from its first line on, to be put into a file as it
 * stands.
 */
export function profileIn(output: string): string | undefined {
  const at = output.search(/^# The profile that mends this\./m);
  return at < 0 ? undefined : output.slice(at);
}
