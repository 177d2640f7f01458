/** What an Exemption is: the pods of one namespace to which some rules do not apply. */
import { ruleIds } from '../findings/finding.ts';
import type { RuleId } from '../findings/finding.ts';
import type { ImagePattern } from '../images/pattern.ts';
import type { LabelSelector } from './label-selector.ts';

/** What gives a container something, or explains what was done: nobody needs to be spared it. */
const never = ['writable-paths', 'seeded-paths', 'evictable-volumes', 'hardened-annotation'];

/** The rules that an Exemption may name: those that take something away. */
export const exemptibleRules: readonly RuleId[] = ruleIds.filter((rule) => !never.includes(rule));

/** An Exemption as it is applied. */
export interface Exemption {
  readonly name: string;
  readonly namespace: string;
  /** One of them must be for the container's image. */
  readonly images: readonly ExemptImages[];
  /** The pod's labels must match it. Undefined: whatever they are. */
  readonly podSelector: LabelSelector | undefined;
  /** The container must have one of these names. Undefined: any. */
  readonly containers: ReadonlySet<string> | undefined;
  /** The pod must run as this ServiceAccount. Undefined: as any. */
  readonly serviceAccountName: string | undefined;
  readonly rules: readonly RuleId[];
  /** From when on it counts no more, in milliseconds of Unix time. */
  readonly expires: number;
  /** The same as a text: RFC 3339, in UTC. */
  readonly until: string;
}

/** Images: by a pattern, or by the digest alone, whatever repository they come from. */
export type ExemptImages =
  | { readonly pattern: ImagePattern; readonly digest?: undefined }
  | { readonly digest: string; readonly pattern?: undefined };
