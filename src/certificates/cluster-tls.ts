/** The certificate of `serve --tls-secret`, and whether API servers trust it. */
import { environment } from '../config.ts';
import { readConnection } from '../cluster/kubeconfig.ts';
import { getSecret } from '../cluster/secret.ts';
import { getBundles } from '../cluster/webhook-configuration.ts';
import { success } from '../core/values/result.ts';
import { openTlsSecret } from './secret-store.ts';
import { watchTrust } from './trust.ts';
import { watchSecret } from './watches.ts';
import type { SecretName } from '../cluster/secret.ts';
import type { Result } from '../core/values/result.ts';
import type { Log } from '../telemetry/log.ts';
import type { TlsStore } from '../tls/store.ts';
import type { Trust } from './trust.ts';

/** Where `serve` finds its certificate in a cluster. */
export interface TlsSecretSettings {
  readonly secret: SecretName;
  /** API servers trust it by the caBundle of this MutatingWebhookConfiguration. */
  readonly configuration: string;
  /** Undefined: as kubectl finds it, or the pod's own service account. */
  readonly kubeconfig: string | undefined;
}

export interface ClusterTls {
  readonly store: TlsStore;
  /** Not ours to know. */
  readonly ca: undefined;
  readonly trust: Trust;
}

/**
 * Resolves when there is a certificate. Refused where no cluster is configured, and when `ended`
 * comes first.
 */
export async function openClusterTls(
  { secret, configuration, kubeconfig }: TlsSecretSettings,
  log: Log,
  ended: AbortSignal,
): Promise<Result<ClusterTls>> {
  const connection = readConnection({ kubeconfig }, environment);
  if (!connection.ok) return connection;
  const store = await openTlsSecret({
    name: `${secret.namespace}/${secret.name}`,
    read: () => getSecret(connection.value, secret),
    watch: watchSecret(connection.value, secret),
    log,
    ended,
  });
  if (!store.ok) return store;
  const trust = watchTrust({
    read: () => getBundles(connection.value, configuration),
    store: store.value,
    log,
  });
  return success({ store: store.value, ca: undefined, trust });
}
