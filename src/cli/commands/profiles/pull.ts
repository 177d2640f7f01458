/** `lithopod profiles pull`. */
import { stringify } from 'yaml';
import { readConnection } from '../../../cluster/kubeconfig.ts';
import { listProfiles } from '../../../cluster/profile-objects.ts';
import { environment } from '../../../config.ts';
import { printProblems } from '../../terminal/problems.ts';
import type { Io } from '../../terminal/io.ts';
import type { ClusterChoiceFlags } from './push.ts';

interface StoredProfile {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: {
    readonly name: string;
    readonly labels?: Readonly<Record<string, string>>;
    readonly annotations?: Readonly<Record<string, string>>;
  };
  readonly spec: object;
}

/**
 * Prints the cluster's profiles, or those of these names, as text that `push` takes. Gives 2 where
 * they cannot be read, or one of the names is none.
 */
export async function pullProfiles(
  names: readonly string[],
  flags: ClusterChoiceFlags,
  io: Io,
): Promise<number> {
  const connection = readConnection(flags, environment);
  if (!connection.ok) return printProblems(connection.problems, io);
  const listed = await listProfiles(connection.value);
  if (!listed.ok) return printProblems(listed.problems, io);
  const stored = listed.value as readonly StoredProfile[];
  const missing = names.filter((name) => !stored.some(({ metadata }) => metadata.name === name));
  if (missing.length > 0) {
    const problems = missing.map((name) => ({
      message: `the cluster has no imageprofile/${name}`,
    }));
    return printProblems(problems, io);
  }
  const asked = stored.filter(
    ({ metadata }) => names.length === 0 || names.includes(metadata.name),
  );
  io.stdout(asked.map((each) => stringify(asWritten(each), { lineWidth: 0 })).join('---\n'));
  return 0;
}

/** kubectl's memory of what it applied last. */
const lastApplied = 'kubectl.kubernetes.io/last-applied-configuration';

/** Without what the API server, the webhook and kubectl keep in the object. */
function asWritten({ apiVersion, kind, metadata, spec }: StoredProfile): object {
  const { name, labels, annotations: all = {} } = metadata;
  const { [lastApplied]: _last, ...annotations } = all;
  return {
    apiVersion,
    kind,
    metadata: {
      name,
      ...(labels !== undefined && { labels }),
      ...(Object.keys(annotations).length > 0 && { annotations }),
    },
    spec,
  };
}
