/**
 * What is to be done next with the webhook's certificates: a function of what is stored, what is
 * published and the clock.
 *
 * | when | what | | ----------------------------------------- |
 * ------------------------------------------------- | | there is no authority, or the newest is |
 * make one; it goes into the bundle, and signs | | past two thirds of its life | nothing yet | |
 * there is no valid leaf, or it is past two | issue one, by the newest established authority | |
 * thirds of its life | | | no authority is established | issue a pending leaf by the newest
 * authority | | the authority of a pending leaf became | call the leaf pending no longer | |
 * established | | | an authority is older than the leaf's, | take it out of the bundle | | and its
 * last leaf has ended | | | the published bundle is not ours | publish ours |
 *
 * An authority is established when it has stood in the published bundle for so long that every API
 * server has read it. That is measured by a process's own monotonic clock (`established.ts`), so
 * that no step of the wall clock cuts it short.
 *
 * A pending leaf is for a replica that has none that works: the others keep theirs until the leaf
 * is no longer pending (`tls/secret.ts`). So a Secret that was deleted costs nothing while one
 * replica lives, and a fresh installation waits for nothing.
 */
import type { CertificateState, KnownAuthority, KnownLeaf } from './state.ts';

/** How long things last, in milliseconds. */
export interface Lifetimes {
  readonly authorityMs: number;
  readonly leafMs: number;
  /** How long a new authority stands in the published bundle before a leaf of it is served. */
  readonly publishAheadMs: number;
}

const dayMs = 24 * 60 * 60 * 1000;

export const defaultLifetimes: Lifetimes = {
  authorityMs: 365 * dayMs,
  leafMs: 7 * dayMs,
  publishAheadMs: 10 * 60 * 1000,
};

/**
 * How long before it is made a certificate is valid: the clock of an API server may be behind, and
 * ours may be set back.
 */
export const backdateMs = 60 * 60 * 1000;

/** More than rotations and accidents leave behind; a bound on what somebody else put there. */
const maxAuthorities = 8;

/** The bundles of the webhook configuration. */
export type Published =
  /** It could not be read: nothing is known. */
  | { readonly kind: 'unknown' }
  | { readonly kind: 'no-configuration' }
  /** The caBundle of each entry, PEM; empty where it has none. */
  | { readonly kind: 'bundles'; readonly bundles: readonly string[] };

export interface Situation {
  /** Undefined: there is no Secret, or none that can be read. */
  readonly state: CertificateState | undefined;
  /** Authorities of the published bundle. They are adopted where there is no state. */
  readonly strangers: readonly KnownAuthority[];
  readonly published: Published;
  /** By the wall clock, as certificates are. */
  readonly now: number;
  readonly isEstablished: (authority: KnownAuthority) => boolean;
  readonly lifetimes: Lifetimes;
}

/** What the Secret should say. What has to be made is not made yet. */
export interface Plan {
  /** Oldest first. */
  readonly authorities: readonly KnownAuthority[];
  readonly makeAuthority: boolean;
  /** `signer` is undefined where it is the authority that has to be made. */
  readonly leaf:
    | { readonly kind: 'keep'; readonly leaf: KnownLeaf }
    | {
        readonly kind: 'issue';
        readonly signer: KnownAuthority | undefined;
        readonly pending: boolean;
      };
}

/** Undefined: nothing can be decided before the published bundle can be read. */
export function plan(situation: Situation): Plan | undefined {
  const { state, published, now, lifetimes } = situation;
  // Without it the authority of a leaf that replicas still serve would fall out of the bundle.
  if (state === undefined && published.kind === 'unknown') return undefined;
  const before = state ?? { authorities: adopted(situation), leaf: undefined };
  const authorities = keptAuthorities(before, situation);
  const signers = authorities.filter((each) => each.key !== undefined && isValid(each, now));
  const newest = signers.at(-1);
  const makeAuthority = newest === undefined || now >= renewalTime(newest);
  return { authorities, makeAuthority, leaf: leafPlan(before, signers, situation, lifetimes) };
}

/** When something changes by itself, in milliseconds from `now` on. */
export function nextChange({ authorities, leaf }: CertificateState, now: number): number {
  const times = authorities.flatMap((each) => [
    renewalTime(each),
    each.notAfter,
    each.lastLeafEnds,
  ]);
  if (leaf !== undefined) times.push(renewalTime(leaf), leaf.notAfter);
  return Math.ceil(Math.min(...times.filter((time) => time > now)) - now);
}

export function isValid(
  { notBefore, notAfter }: { readonly notBefore: number; readonly notAfter: number },
  now: number,
): boolean {
  return notBefore <= now && now < notAfter;
}

function leafPlan(
  { leaf, authorities }: CertificateState,
  signers: readonly KnownAuthority[],
  { now, isEstablished }: Situation,
  { leafMs }: Lifetimes,
): Plan['leaf'] {
  const own = authorities.find(({ id }) => id === leaf?.authority);
  if (leaf !== undefined && own !== undefined && isUsable(leaf, own, now)) {
    return { kind: 'keep', leaf: { ...leaf, pending: leaf.pending && !isEstablished(own) } };
  }
  const established = signers.findLast(
    (each) =>
      (isEstablished(each) || (each === own && leaf?.pending === false)) &&
      // So that at the end of an authority leaves do not become shorter and shorter.
      each.notAfter - now >= leafMs / 3,
  );
  const signer = established ?? freshest(signers, now);
  return { kind: 'issue', signer, pending: established === undefined };
}

/** Undefined: one has to be made first. */
function freshest(signers: readonly KnownAuthority[], now: number): KnownAuthority | undefined {
  const newest = signers.at(-1);
  return newest === undefined || now >= renewalTime(newest) ? undefined : newest;
}

function isUsable(leaf: KnownLeaf, authority: KnownAuthority, now: number): boolean {
  return isValid(leaf, now) && isValid(authority, now) && now < renewalTime(leaf);
}

/** Two thirds of the life that it had when it was made. */
function renewalTime({ notBefore, notAfter }: KnownLeaf | KnownAuthority): number {
  return notAfter - (notAfter - notBefore - backdateMs) / 3;
}

function keptAuthorities(
  { authorities, leaf }: CertificateState,
  { now }: Situation,
): readonly KnownAuthority[] {
  const own = authorities.findIndex(({ id }) => id === leaf?.authority);
  const hasSuccessor = (index: number): boolean => index < own && leaf?.pending === false;
  return (
    authorities
      // One that is valid only later was made by a clock that was wrong.
      .filter(
        (each, index) => isValid(each, now) && !(hasSuccessor(index) && now >= each.lastLeafEnds),
      )
      .slice(-maxAuthorities)
  );
}

/**
 * Replicas may serve a leaf of any of them, and nobody knows until when: as long as a leaf of ours
 * lives they have all read another one.
 */
function adopted({ strangers, now, lifetimes }: Situation): readonly KnownAuthority[] {
  return strangers
    .filter((each) => isValid(each, now))
    .slice(-maxAuthorities + 1)
    .map((each) => ({ ...each, lastLeafEnds: Math.min(each.notAfter, now + lifetimes.leafMs) }));
}
