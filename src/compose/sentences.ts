/**
 * What findings say of a Compose file, where the table of reasons names fields of a pod. A code
 * that is not here is said as of a pod.
 */
import { shown, shownList } from '../core/values/text.ts';
import type { ArgsOf, ReasonCode } from '../core/findings/reasons.ts';

type Sentences = { readonly [C in ReasonCode]?: (args: ArgsOf<C>) => string };

interface Shown {
  readonly path: string;
  readonly mountPath: string;
}

function binds(mounts: readonly Shown[]): string {
  return shownList(mounts, ({ path, mountPath }) => `${shown(path)} at ${shown(mountPath)}`);
}

const namespaces: Readonly<Record<string, string>> = {
  hostNetwork: 'network_mode: host',
  hostPID: 'pid: host',
  hostIPC: 'ipc: host',
};

const sentences: Sentences = {
  'propagation-narrowed': ({ volume }) =>
    `binds ${shown(volume)} with the propagation rslave: with rshared its mounts reach the host`,
  'host-path-read-only': ({ mounts }) => `binds ${binds(mounts)} of the host and gets it read-only`,
  'host-path-kept': ({ mounts }) =>
    `can write to the host's ${binds(mounts)}: another mount below it keeps it from being read-only`,
  'host-path-submounts': ({ mounts }) =>
    `can write to what is mounted below the host's ${binds(mounts)}: its propagation allows no recursive read-only mount`,
  'host-socket': ({ mounts }) =>
    `reaches sockets or devices of the host: ${binds(mounts)}, which no read-only mount stops`,
  'host-path-writable': ({ mounts }) => `can write to the host's ${binds(mounts)}`,
  'root-made-read-only': () => 'runs with read_only: true',
  'writable-root-overridden': () => 'asked for read_only: false and runs with true',
  'read-only-root-fails': ({ why }) =>
    `cannot run with a read-only root, which it gets all the same: ${why}`,
  'escalation-disabled': () => 'runs with no-new-privileges',
  'escalation-overridden': () => 'asked for no-new-privileges:false and runs with true',
  'capabilities-dropped': () => 'runs with cap_drop: [ALL]',
  'seccomp-overridden': () => 'asked to run without seccomp and runs with Docker’s default profile',
  'user-unknown': () => 'may run as root: neither user nor its profile names a numeric user',
  'root-requested': () => 'asks for user: root',
  'host-namespace': ({ field }) => `uses ${namespaces[field] ?? field}`,
  'proc-mount': () => 'asks for security_opt: systempaths=unconfined',
  'variable-not-set': ({ variable, obstacle }) =>
    `needs the variable ${variable} on a read-only root, which ${
      obstacle === 'elsewhere' ? 'a file of env_file may set' : 'its own text refers to'
    }: it is not set`,
  'path-moved-unknown': ({ path, by, why }) =>
    `moves what it writes at ${path}: ${by} ${why.replace('the pod does', 'the file does')}`,
  'path-maybe-moved': ({ path, by }) => `writes at ${path}, unless a file of env_file sets ${by}`,
};

/** What a finding says, if not what it says of a pod. */
export function composeSentence<C extends ReasonCode>(
  code: C,
  args: ArgsOf<C>,
): string | undefined {
  const says = sentences[code] as ((args: ArgsOf<C>) => string) | undefined;
  return says?.(args);
}
