/** News of the Secret and of the webhook configuration, for whoever reads them then. */
import { watchObject } from '../cluster/object-watch.ts';
import { secretTarget } from '../cluster/secret.ts';
import { configurationTarget } from '../cluster/webhook-configuration.ts';
import type { Connection } from '../cluster/kubeconfig.ts';
import type { SecretName } from '../cluster/secret.ts';

/** Calls when something may have changed. Gives back the function that ends it. */
export type Watch = (onChange: () => void) => () => void;

export function watchSecret(connection: Connection, secret: SecretName): Watch {
  return (onChange) => watchObject(connection, secretTarget(secret), onChange);
}

export function watchConfiguration(connection: Connection, name: string): Watch {
  return (onChange) => watchObject(connection, configurationTarget(name), onChange);
}
