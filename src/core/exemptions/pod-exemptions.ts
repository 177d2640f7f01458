/** Which rules do not apply to which containers of a pod. */
import type { Catalogue } from '../catalogue/match/catalogue.ts';
import type { RuleId } from '../findings/finding.ts';
import { parseReference } from '../images/image-reference.ts';
import type { ImageReference } from '../images/image-reference.ts';
import { patternMatches } from '../images/pattern.ts';
import { containersOf } from '../pod/containers.ts';
import type { Container, Pod } from '../pod/pod.ts';
import { compareText } from '../values/text.ts';
import type { ExemptImages, Exemption } from './exemption.ts';
import { selects } from './label-selector.ts';

/** By container name, then by rule: the Exemption that lets it through. */
export type PodExemptions = ReadonlyMap<string, ReadonlyMap<RuleId, Exemption>>;

/**
 * What the Exemptions of the pod's namespace let through; undefined where none is for the pod. Of
 * several for one rule of a container the one that lasts longest counts, then the first by name.
 *
 * Those that cannot be for an image are not looked at, so many of them cost no more than few, but
 * for patterns with a wildcard.
 */
export function exemptionsOf(
  pod: Pod,
  exemptions: readonly Exemption[],
  catalogue: Catalogue,
): PodExemptions | undefined {
  const index = indexOf(exemptions);
  const found = new Map<string, Map<RuleId, Exemption>>();
  for (const container of containersOf(pod)) {
    const references = referencesOf(container, catalogue);
    const forContainer = possibleFor(references, index).filter(
      (exemption) => isForContainer(exemption, container, references) && isForPod(exemption, pod),
    );
    for (const exemption of forContainer.sort(byStrength)) {
      let rules = found.get(container.name);
      if (rules === undefined) {
        rules = new Map<RuleId, Exemption>();
        found.set(container.name, rules);
      }
      for (const rule of exemption.rules) if (!rules.has(rule)) rules.set(rule, exemption);
    }
  }
  return found.size === 0 ? undefined : found;
}

interface Index {
  readonly byRepository: ReadonlyMap<string, readonly Exemption[]>;
  readonly byDigest: ReadonlyMap<string, readonly Exemption[]>;
  readonly withWildcard: readonly Exemption[];
}

const indexMemo = new WeakMap<readonly Exemption[], Index>();

/** Once for each list, which stays the same from review to review. */
function indexOf(exemptions: readonly Exemption[]): Index {
  let index = indexMemo.get(exemptions);
  if (index === undefined) {
    index = makeIndex(exemptions);
    indexMemo.set(exemptions, index);
  }
  return index;
}

function makeIndex(exemptions: readonly Exemption[]): Index {
  const byRepository = new Map<string, Exemption[]>();
  const byDigest = new Map<string, Exemption[]>();
  const withWildcard = new Set<Exemption>();
  for (const exemption of exemptions) {
    for (const { pattern, digest } of exemption.images) {
      if (pattern === undefined) add(byDigest, digest, exemption);
      else if (pattern.wildcard) withWildcard.add(exemption);
      else add(byRepository, pattern.repository, exemption);
    }
  }
  return { byRepository, byDigest, withWildcard: [...withWildcard] };
}

function add(index: Map<string, Exemption[]>, key: string, exemption: Exemption): void {
  const known = index.get(key);
  if (known === undefined) index.set(key, [exemption]);
  else known.push(exemption);
}

/** Each once. */
function possibleFor(references: readonly ImageReference[], index: Index): Exemption[] {
  const possible = new Set(index.withWildcard);
  for (const { repository, digest } of references) {
    for (const each of index.byRepository.get(repository) ?? []) possible.add(each);
    if (digest === undefined) continue;
    for (const each of index.byDigest.get(digest) ?? []) possible.add(each);
  }
  return [...possible];
}

/** ServiceAccount of pods that name none: the API server fills it in before any webhook. */
const defaultServiceAccount = 'default';

function isForPod(
  { podSelector, serviceAccountName }: Exemption,
  { metadata, spec }: Pod,
): boolean {
  if (serviceAccountName !== undefined) {
    const own = spec.serviceAccountName;
    if (serviceAccountName !== (own == null || own === '' ? defaultServiceAccount : own)) {
      return false;
    }
  }
  return podSelector === undefined || selects(podSelector, metadata?.labels ?? {});
}

function isForContainer(
  { containers, images }: Exemption,
  { name }: Container,
  references: readonly ImageReference[],
): boolean {
  if (containers?.has(name) === false) return false;
  return images.some((wanted) => references.some((reference) => isOneOf(reference, wanted)));
}

function isOneOf(reference: ImageReference, { pattern, digest }: ExemptImages): boolean {
  return pattern === undefined ? reference.digest === digest : patternMatches(pattern, reference);
}

/** The image as the pod names it, and as profiles see it: with the prefix of a mirror rewritten. */
function referencesOf({ image }: Container, catalogue: Catalogue): readonly ImageReference[] {
  const own = parseReference(image ?? '');
  const { reference } = catalogue.match(image);
  return [...(own.ok ? [own.value] : []), ...(reference === undefined ? [] : [reference])];
}

function byStrength(a: Exemption, b: Exemption): number {
  return b.expires - a.expires || compareText(a.name, b.name);
}
