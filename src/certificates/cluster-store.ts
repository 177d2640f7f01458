/** The Secret and the webhook configuration of a cluster, for a keeper. */
import { failure, success } from '../core/values/result.ts';
import { getSecret, putSecret } from '../cluster/secret.ts';
import { getBundles, publishBundle } from '../cluster/webhook-configuration.ts';
import type { Connection } from '../cluster/kubeconfig.ts';
import type { SecretName, StoredSecret } from '../cluster/secret.ts';
import type { PublishedBundles } from '../cluster/webhook-configuration.ts';
import type { CertificateStore, StoreProblem } from './keeper.ts';

const unread: StoreProblem = {
  kind: 'conflict',
  message: 'this version was not the last one read',
};

/** A write is for what was read last. */
export function openClusterStore(
  connection: Connection,
  secret: SecretName,
  configuration: string,
): CertificateStore {
  let lastSecret: StoredSecret | undefined;
  let lastBundles: PublishedBundles | undefined;
  return {
    async readSecret() {
      const read = await getSecret(connection, secret);
      if (!read.ok) return read;
      lastSecret = read.value;
      return success(read.value && { version: read.value.version, content: read.value.data });
    },
    async writeSecret(data, version) {
      if (version !== lastSecret?.version) return failure(unread);
      return putSecret(connection, secret, data, lastSecret);
    },
    async readBundles() {
      const read = await getBundles(connection, configuration);
      if (!read.ok) return read;
      lastBundles = read.value;
      if (read.value === undefined) return success(undefined);
      const { version, entries } = read.value;
      return success({ version, content: entries.map(({ bundle }) => bundle) });
    },
    async publish(bundle, version) {
      if (lastBundles?.version !== version) return failure(unread);
      return publishBundle(connection, configuration, bundle, lastBundles);
    },
  };
}
