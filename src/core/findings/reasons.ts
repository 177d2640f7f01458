/**
 * Every reason that a finding can give: a closed vocabulary, because codes are metric labels and
 * anchors in docs/reasons.md, which is generated from this table.
 */
import { composeReasons } from './reasons/compose.ts';
import { escapeReasons } from './reasons/escapes.ts';
import { kindReasons } from './reasons/kinds.ts';
import { readOnlyRootReasons } from './reasons/read-only-root.ts';
import { restrictedReasons } from './reasons/restricted.ts';
import type { Reason } from './reason.ts';

export const reasons = {
  ...escapeReasons,
  ...readOnlyRootReasons,
  ...restrictedReasons,
  ...composeReasons,
  ...kindReasons,
} as const satisfies Readonly<Record<string, Reason<never>>>;

export type ReasonCode = keyof typeof reasons;

/** The plain data that the sentence of a code is made of. */
export type ArgsOf<C extends ReasonCode> = Parameters<(typeof reasons)[C]['says']>[0];

/** What the table says of a code. */
export function reasonOf(code: ReasonCode): Reason<never> {
  return reasons[code];
}
