/** Where the changes of a service are written. */
import { atOrigin } from './finding.ts';
import type { Finding } from '../core/findings/finding.ts';
import type { Draft } from './draft.ts';
import type { ComposeFinding } from './finding.ts';
import type { Layer } from './layer.ts';
import type { Service } from './service.ts';

/** The changes to a document; undefined for one that was not given. */
export type DraftOf = (layer: Layer) => Draft | undefined;

/** The place of a service. */
export interface Target {
  readonly layer: Layer;
  readonly draft: Draft;
  /** The pointer to the service in the layer's document. */
  readonly pointer: string;
}

/** Where an item is added to a list of the service; undefined where none would count. */
export function listTarget(
  { tagged }: Service,
  field: string,
  { layer, draft, pointer }: Target,
  draftOf: DraftOf,
): (Target & { readonly list: string }) | undefined {
  const tag = tagged.get(field);
  if (tag === undefined) return { layer, draft, pointer, list: `${pointer}/${field}` };
  const tagDraft = draftOf(tag.origin.layer);
  if (tag.isReset || tagDraft === undefined) return undefined;
  return { layer: tag.origin.layer, draft: tagDraft, pointer, list: tag.origin.pointer };
}

/** A list that another file resets: what is needed in it cannot be written. */
export function resetFinding(
  service: Service,
  rule: Finding['rule'],
  field: string,
): ComposeFinding | undefined {
  const tag = service.tagged.get(field);
  if (tag === undefined) return undefined;
  const file = tag.origin.layer.file.name;
  const args = { field, names: ['!reset'], file };
  return atOrigin(service.name, rule, 'inherited-setting', tag.origin, args);
}
