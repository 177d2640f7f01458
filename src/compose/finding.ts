/** Findings about a service, with their place and the names of a Compose file's fields. */
import type { Finding, FindingOf } from '../core/findings/finding.ts';
import type { Said } from '../core/findings/reason.ts';
import { reasons } from '../core/findings/reasons.ts';
import type { ArgsOf, ReasonCode } from '../core/findings/reasons.ts';
import type { Origin } from './origin.ts';
import type { Service } from './service.ts';
import type { Layer } from './layer.ts';

/** A finding, and the document that its place is in. */
export interface ComposeFinding {
  readonly layer: Layer;
  /** Its `at` is a pointer into the document. */
  readonly finding: Finding;
}

/** A finding of a code, at a field of the service. `field` is `''` for the service itself. */
export function findingAt<C extends ReasonCode>(
  service: Service,
  rule: Finding['rule'],
  code: C,
  field: string,
  args: ArgsOf<C>,
  said?: Said,
): ComposeFinding | undefined {
  const [, name = '', rest = ''] = /^\/?([^/]*)(.*)$/s.exec(field) ?? [];
  const known = service.fields.get(name);
  const origin = known ?? service.fields.get('');
  if (origin === undefined) return undefined;
  const at = known === undefined ? origin.pointer : origin.pointer + rest;
  return atOrigin(service.name, rule, code, { layer: origin.layer, pointer: at }, args, said);
}

/** A finding of a code, at a place. */
export function atOrigin<C extends ReasonCode>(
  service: string | undefined,
  rule: Finding['rule'],
  code: C,
  { layer, pointer }: Origin,
  args: ArgsOf<C>,
  said?: Said,
): ComposeFinding {
  const says = reasons[code].says as (args: ArgsOf<C>) => Said;
  const finding: FindingOf<C> = {
    rule,
    code,
    container: service,
    at: pointer,
    args,
    said: said ?? says(args),
  };
  return { layer, finding: finding as unknown as Finding };
}
