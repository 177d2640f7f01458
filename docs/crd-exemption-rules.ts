/** What CEL says of an Exemption: what its schema cannot. */
import { imagePatterns } from './crd-rules.ts';

interface CelRule {
  readonly rule: string;
  /** Follows the path of the field. */
  readonly message: string;
}

const digest =
  "self.matches(r'^(?:sha256:[a-f0-9]{64}|sha384:[a-f0-9]{96}|sha512:[a-f0-9]{128})$')";

const image: readonly CelRule[] = [
  {
    rule: "!self.contains('**')",
    message: 'has **: an exemption is for images that its author knows, so it names each segment',
  },
  ...imagePatterns.map(({ pattern, wanted, message }) => ({
    rule: `${digest} || ${wanted ? '' : '!'}self.matches(r'${pattern}')`,
    message: `${message.replace(/: for all images .*/, '')}; or a digest alone, sha256: and 64 digits`,
  })),
];

const requirement: readonly CelRule[] = [
  {
    rule: "self.operator in ['In', 'NotIn'] ? has(self.values) && size(self.values) > 0 : !has(self.values) || size(self.values) == 0",
    message: 'has values with In and NotIn, and none with Exists and DoesNotExist',
  },
];

/** A day that does not exist is no timestamp, which the API server reports as such. */
const expires: readonly CelRule[] = [
  {
    rule: "timestamp(self.contains('T') ? self : self + 'T00:00:00Z') > timestamp('2000-01-01T00:00:00Z')",
    message: 'is no day of the calendar',
  },
];

/** The rules of the part of an object at a place such as `spec.images[]`. */
export function exemptionRulesAt(at: string): readonly CelRule[] {
  return rules[at] ?? [];
}

const rules: Readonly<Record<string, readonly CelRule[]>> = {
  'spec.images[]': image,
  'spec.podSelector.matchExpressions[]': requirement,
  'spec.expires': expires,
};
