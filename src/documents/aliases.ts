/**
 * Anchors, aliases and merge keys around an edit: one place is edited, and every other place keeps
 * its value.
 *
 * What an edit needs is given as one step to take before it: an alias on the way becomes a copy
 * of its anchor's value, a merged key on the way becomes a key of the map's own, and aliases of the
 * part that is about to change become copies of what it was before. The caller takes the step,
 * reads the text again and asks again.
 */
import { isAlias } from 'yaml';
import { isObject } from '../core/values/json.ts';
import type { JsonObject } from '../core/values/json.ts';
import type { Operation } from '../core/patch.ts';
import type { Entry, Outline, Shape } from './outline.ts';
import { entryIndex } from './plan.ts';
import type { Holder } from './plan.ts';
import { pointerTokens } from '../core/values/json-pointer.ts';

export type Step =
  | {
      readonly action: 'replace';
      readonly parent: Shape;
      readonly entry: Entry;
      readonly value: unknown;
    }
  | {
      readonly action: 'add';
      readonly holder: Holder;
      readonly key: string;
      readonly value: unknown;
    }
  | { readonly action: 'remove'; readonly holder: Holder; readonly entry: Entry };

/**
 * The next step that must come before the operation; undefined when the operation itself can be
 * planned.
 */
export function stepBefore(outline: Outline, operation: Operation): Step | undefined {
  const tokens = pointerTokens(operation.path);
  const last = tokens.at(-1);
  if (last === undefined) return undefined;
  const path: Holder[] = [{ shape: outline.root }];
  let holder: Holder = { shape: outline.root };
  for (const token of tokens.slice(0, -1)) {
    const parent: Shape = holder.shape;
    const entry = parent.entries[entryIndex(parent, token)];
    if (entry === undefined) return ownKey(outline, holder, token);
    if (entry.value.kind === 'alias') return expand(outline, parent, entry);
    holder = { shape: entry.value, entry, parent };
    path.push(holder);
  }
  if (operation.op === 'remove') {
    const step = dissolveMerge(outline, holder, last);
    if (step) return step;
  }
  return releaseAnchors(outline, path, operation, last);
}

/** A merged key that the operation goes through. */
function ownKey(outline: Outline, holder: Holder, key: string): Step | undefined {
  const { shape } = holder;
  if (shape.kind !== 'map' || !shape.entries.some(({ merge }) => merge)) return undefined;
  const whole = plainValue(outline, shape);
  if (!isObject(whole) || !Object.hasOwn(whole, key)) return undefined;
  return { action: 'add', holder, key, value: whole[key] };
}

/**
 * A key that a merge gives can only be taken away with the merge: the merge's keys become the map's
 * own, one step each, and then the merge goes.
 */
function dissolveMerge(outline: Outline, holder: Holder, key: string): Step | undefined {
  const { shape } = holder;
  const entry = shape.entries.find(
    ({ merge, value }) => merge && Object.hasOwn(mergedValue(outline, value), key),
  );
  return entry && dissolve(outline, holder, entry);
}

function dissolve(outline: Outline, holder: Holder, entry: Entry): Step {
  const own = new Set(holder.shape.entries.map(({ key }) => key));
  const whole = plainValue(outline, holder.shape);
  const missing = Object.keys(mergedValue(outline, entry.value)).find((key) => !own.has(key));
  return missing !== undefined && isObject(whole)
    ? { action: 'add', holder, key: missing, value: whole[missing] }
    : { action: 'remove', holder, entry };
}

/** What the value of a merge key, a map or a list of maps, gives; earlier maps win. */
function mergedValue(outline: Outline, value: Shape): JsonObject {
  const sources = [plainValue(outline, value)].flat().filter(isObject);
  return Object.assign({}, ...sources.toReversed()) as JsonObject;
}

/** Aliases elsewhere of anything that the operation changes from within or takes away. */
function releaseAnchors(
  outline: Outline,
  path: readonly Holder[],
  operation: Operation,
  last: string,
): Step | undefined {
  const parent = path.at(-1)?.shape;
  const target = parent?.entries[entryIndex(parent, last)];
  const touched = new Set(path.map(({ shape }) => shape).filter(isAnchored));
  const goes =
    target && (operation.op !== 'add' || parent.kind === 'map') ? target.value : undefined;
  if (goes) {
    for (const { shape } of entriesIn({ shape: goes })) if (isAnchored(shape)) touched.add(shape);
  }
  return touched.size === 0 ? undefined : releaseAlias(outline, touched, goes);
}

/** The first alias of one of the touched shapes, outside of what goes away anyhow. */
function releaseAlias(
  outline: Outline,
  touched: ReadonlySet<Shape>,
  goes: Shape | undefined,
): Step | undefined {
  const anchors = new Map<string, Shape>();
  for (const holder of entriesIn({ shape: outline.root })) {
    const { shape, entry, parent } = holder;
    if (shape.anchor !== undefined) anchors.set(shape.anchor, shape);
    const merged = shape.entries.find(
      ({ merge, value }) => merge && standsFor(value, anchors, touched),
    );
    if (merged && shape !== goes) return dissolve(outline, holder, merged);
    if (!entry || !parent || !standsFor(shape, anchors, touched)) continue;
    const inside = goes && shape.start >= goes.start && shape.end <= goes.end;
    if (!inside) return expand(outline, parent, entry);
  }
  return undefined;
}

function standsFor(
  shape: Shape,
  anchors: ReadonlyMap<string, Shape>,
  touched: ReadonlySet<Shape>,
): boolean {
  const source = isAlias(shape.node) ? anchors.get(shape.node.source) : undefined;
  return source !== undefined && touched.has(source);
}

function expand(outline: Outline, parent: Shape, entry: Entry): Step {
  return { action: 'replace', parent, entry, value: plainValue(outline, entry.value) };
}

/** The holder itself and all below it, in the order of the text. */
function* entriesIn(holder: Holder): Generator<Holder> {
  yield holder;
  const parent = holder.shape;
  for (const entry of parent.entries) yield* entriesIn({ shape: entry.value, entry, parent });
}

function isAnchored({ anchor }: Shape): boolean {
  return anchor !== undefined;
}

function plainValue({ syntax }: Outline, { node }: Shape): unknown {
  const source = isAlias(node) ? node.resolve(syntax) : node;
  return source?.toJS(syntax) as unknown;
}
