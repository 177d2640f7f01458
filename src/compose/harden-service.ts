/** Hardens one service: what the rules for pods make of it, as changes to its file. */
import { harden } from '../core/harden.ts';
import { makeContext, wholePod } from '../core/context/context.ts';
import { copiedFindings, writableRoot } from './copied.ts';
import { atOrigin, findingAt } from './finding.ts';
import { placesOf, unownedTmpfs } from './writable.ts';
import { applyPlaces } from './mount-places.ts';
import { podOf } from './service-pod.ts';
import { ServiceChanges } from './service-changes.ts';
import { composeSentence } from './sentences.ts';
import { translate } from './translate.ts';
import type { Catalogue } from '../core/catalogue/match/catalogue.ts';
import type { Policy } from '../core/context/context.ts';
import type { Container, Pod } from '../core/pod/pod.ts';
import type { ComposeFinding } from './finding.ts';
import type { Mount } from './mount.ts';
import type { Service } from './service.ts';
import type { Surroundings } from './service-pod.ts';
import type { User } from './user.ts';
import type { DraftOf, Target } from './target.ts';

/** What hardening is done with. */
export interface Hardener {
  readonly catalogue: Catalogue;
  readonly policy: Policy;
  readonly draftOf: DraftOf;
}

/** A service, hardened. */
export interface HardenedService {
  /** The service as its files have it now. */
  readonly service: Service;
  readonly findings: readonly ComposeFinding[];
  /** The pods that it stands for, before and after. */
  readonly before: Pod;
  readonly after: Pod;
  /** Something of it was changed. */
  readonly changed: boolean;
}

/**
 * Hardens a service. New settings are written where the service is written first; a weaker one is
 * changed in each given file that has it.
 */
export function hardenService(
  given: Service,
  target: Target,
  surroundings: Surroundings,
  { catalogue, policy, draftOf }: Hardener,
): HardenedService {
  const { swarm } = target.layer.form;
  const work = new ServiceChanges(swarm ? asSwarmReads(given) : given, target, draftOf);
  const isCopiedInto = work.service.mounts.some(({ kind }) => kind === 'copied');
  if (isCopiedInto && given.madeReadOnly) work.keepWritable();
  const { service } = work;
  const staysWritable = isCopiedInto && service.readOnly !== true;
  // Another user could write to what is made writable alone, which would hide what is copied there.
  const level = staysWritable ? 'immutable' : policy.level;
  const spared = staysWritable ? writableRoot(service) : undefined;
  const translated = podOf(service, surroundings);
  const { pod, container } = translated;
  const rules = { ...policy, level, masking: 'probes' } as const;
  const hardening = harden(pod, catalogue, rules, wholePod, spared);
  const [after = container] = hardening.pod.spec.containers;
  const found = translate(hardening.findings, service, translated.mounts);
  work.security(container, after);
  work.environment(container, after);
  work.mounts(translated, after);
  const context = makeContext(pod, catalogue, rules, wholePod);
  const profile = context.profileOf(container);
  const isReadOnly = after.securityContext?.readOnlyRootFilesystem === true;
  const places = isReadOnly ? placesOf(container, pod, profile) : [];
  const user = userOf(after);
  const placed = applyPlaces(places, work.service, target, user, {
    names: catalogue.names,
    draftOf,
  });
  const ignored = swarm ? swarmFindings(given, after) : [];
  return {
    service: placed.service,
    findings: [
      ...found,
      ...deviceFindings(service),
      ...(user === undefined ? [] : ownerFindings(service, unownedTmpfs(service, profile), user)),
      ...placed.findings,
      ...work.findings,
      ...copiedFindings(service, policy.level),
      ...(isReadOnly ? syncFindings(service) : []),
      ...ignored,
    ],
    before: pod,
    after: placed.pod(pod, after),
    changed: work.changed || placed.changed,
  };
}

/** As whom the container surely runs; not of root, whose entrypoint may become another user. */
function userOf({ securityContext }: Container): User | undefined {
  const uid = securityContext?.runAsUser ?? undefined;
  if (uid === undefined || uid === 0) return undefined;
  return { uid, gid: securityContext?.runAsGroup ?? undefined };
}

/** A tmpfs that is root's, where another user has to write. */
function ownerFindings(
  { name }: Service,
  mounts: readonly Mount[],
  { uid }: User,
): readonly ComposeFinding[] {
  return mounts.map(({ target, origin }) => {
    const args = { path: target, volume: 'tmpfs', variable: undefined };
    const said = `mounts a tmpfs of root's at ${target}, where user ${uid} has to write: add the option uid=${uid}`;
    return atOrigin(name, 'writable-paths', 'mount-not-owned', origin, args, said);
  });
}

/** Devices of the host take writes whatever the root is. */
function deviceFindings({ name, devices }: Service): readonly ComposeFinding[] {
  const [first] = devices;
  if (first === undefined) return [];
  const mounts = devices.map(({ source, target }) => ({
    name: 'device',
    path: source,
    mountPath: target,
  }));
  const said = composeSentence('host-socket', { mounts });
  return [atOrigin(name, 'host-paths', 'host-socket', first.origin, { mounts }, said)];
}

/** Files that `docker compose watch` would copy into the container, told once. */
function syncFindings({ name, syncs: [first] }: Service): readonly ComposeFinding[] {
  return first === undefined ? [] : [atOrigin(name, 'read-only-root', 'not-synced', first, {})];
}

/**
 * `docker stack deploy` drops the field `tmpfs` without a word, and mounts each config and secret.
 */
function asSwarmReads(service: Service): Service {
  const mounts = service.mounts
    .filter(({ field }) => field !== 'tmpfs')
    .map((mount) => (mount.kind === 'copied' ? ({ ...mount, kind: 'file' } as const) : mount));
  return { ...service, mounts };
}

/** What a Swarm would have to read for the service to be as hard as it is written. */
function swarmFindings(service: Service, after: Container): readonly ComposeFinding[] {
  const ignores = (rule: 'writable-paths' | 'no-privilege-escalation', field: string) =>
    findingAt(service, rule, 'swarm-ignores', field.split(':')[0] ?? '', { field });
  const found = [
    service.mounts.some(({ field }) => field === 'tmpfs')
      ? ignores('writable-paths', 'tmpfs')
      : undefined,
    after.securityContext?.allowPrivilegeEscalation === false
      ? ignores('no-privilege-escalation', 'security_opt: no-new-privileges')
      : undefined,
  ];
  return found.filter((each) => each !== undefined);
}
