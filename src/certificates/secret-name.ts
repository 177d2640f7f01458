/** The name of a Secret as people give it: `NAMESPACE/NAME`. */
import { failure, success } from '../core/values/result.ts';
import type { SecretName } from '../cluster/secret.ts';
import type { Result } from '../core/values/result.ts';

const dnsLabel = /^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$/;
const dnsSubdomain = /^[a-z0-9]([-.a-z0-9]{0,251}[a-z0-9])?$/;

export function secretNameOf(text: string): Result<SecretName> {
  const [namespace = '', name = '', ...others] = text.split('/');
  if (others.length === 0 && dnsLabel.test(namespace) && dnsSubdomain.test(name)) {
    return success({ namespace, name });
  }
  return failure({ message: '--tls-secret takes NAMESPACE/NAME of a Secret' });
}
