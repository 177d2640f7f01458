/** The cluster that `serve` follows, if it follows one. */
import { environment } from '../config.ts';
import { success } from '../core/values/result.ts';
import type { Connection } from '../cluster/kubeconfig.ts';
import type { Result } from '../core/values/result.ts';
import type { ClusterExemptions } from './cluster-exemptions.ts';
import type { ClusterProfiles, ClusterProfilesOptions } from './cluster-profiles.ts';
import type { ServeSettings } from './settings.ts';

/** The cluster that is asked for, or that this runs in; undefined where there is none. */
export async function openCluster({
  clusterProfiles,
  kubeconfig,
}: ServeSettings): Promise<Result<Connection | undefined>> {
  if (clusterProfiles === false) return success(undefined);
  const isAsked = clusterProfiles === true || kubeconfig !== undefined;
  if (!isAsked && environment['KUBERNETES_SERVICE_HOST'] === undefined) return success(undefined);
  // Loaded here: the client of the API takes longer to load than all else.
  const { podConnection, readConnection } = await import('../cluster/kubeconfig.ts');
  return isAsked
    ? readConnection({ kubeconfig }, environment)
    : success(podConnection(environment));
}

/** What is followed in a cluster. */
export interface FollowedCluster {
  readonly profiles: ClusterProfiles;
  readonly exemptions: ClusterExemptions;
}

/** Begins to follow the ImageProfiles and Exemptions of the cluster, if there is one. */
export async function followCluster(
  connection: Connection | undefined,
  options: Omit<ClusterProfilesOptions, 'connection'>,
): Promise<FollowedCluster | undefined> {
  if (connection === undefined) return undefined;
  // Loaded here: they need the parsers, which the built-in profiles do without.
  const [{ followClusterProfiles }, { followClusterExemptions }] = await Promise.all([
    import('./cluster-profiles.ts'),
    import('./cluster-exemptions.ts'),
  ]);
  const { log, metrics } = options;
  return {
    profiles: followClusterProfiles({ ...options, connection }),
    exemptions: followClusterExemptions({ connection, log, metrics }),
  };
}
