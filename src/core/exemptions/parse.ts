/** From an object of the cluster to an Exemption. */
import { issueText } from '../catalogue/parse/issue-text.ts';
import { digestProblem } from '../images/image-reference.ts';
import { parsePattern } from '../images/pattern.ts';
import { failure, success } from '../values/result.ts';
import type { Result } from '../values/result.ts';
import type { ExemptImages, Exemption } from './exemption.ts';
import { expiryOf, formatTime } from './expiry.ts';
import { exemptionDocument } from './schema.ts';

/**
 * Reads an object as the API server gives it. Refused with all problems at once, each with the path
 * of its field: what the schema refuses, which the API server has let through only where its
 * CustomResourceDefinition is another.
 */
export function parseExemption(object: unknown): Result<Exemption> {
  const { apiVersion, kind, metadata, spec } = (object ?? {}) as Record<string, unknown>;
  const parsed = exemptionDocument.safeParse(
    { apiVersion, kind, metadata, spec },
    { error: issueText },
  );
  if (!parsed.success) {
    return failure(
      ...parsed.error.issues.map(({ path, message }) => ({ path: path.join('.'), message })),
    );
  }
  const { name, namespace } = parsed.data.metadata;
  const { images, podSelector, containers, serviceAccountName, rules, expires } = parsed.data.spec;
  return success({
    name,
    namespace,
    images: images.flatMap(imagesOf),
    podSelector,
    containers: containers === undefined ? undefined : new Set(containers),
    serviceAccountName,
    rules,
    expires: expiryOf(expires),
    until: formatTime(expiryOf(expires)),
  });
}

function imagesOf(text: string): readonly ExemptImages[] {
  if (digestProblem(text) === undefined) return [{ digest: text }];
  const pattern = parsePattern(text);
  return pattern.ok ? [{ pattern: pattern.value }] : [];
}
