/** The findings of the rules for pods, as findings about the service that the pod stands for. */
import { composeSentence } from './sentences.ts';
import { atOrigin, findingAt } from './finding.ts';
import type { Finding } from '../core/findings/finding.ts';
import type { Mount } from './mount.ts';
import type { Service } from './service.ts';
import type { ComposeFinding } from './finding.ts';

/**
 * Codes that say nothing of a service: how a path gets writable is decided in `writable.ts`, a
 * service has no annotation, a bind is what most services have, and what is spared says why itself
 * (`copied.ts`).
 */
const left: ReadonlySet<string> = new Set([
  'path-mounted',
  'path-in-memory',
  'data-not-persistent',
  'mode-not-set',
  'path-seeded',
  'seed-without-cp',
  'seed-unreadable',
  'moved-not-seeded',
  'volumes-evictable',
  'annotation-written',
  'annotation-removed',
  'annotations-full',
  'volume-type',
  'exempted',
]);

/** The findings about a service; `mounts` are those of its pod's container, by index. */
export function translate(
  findings: readonly Finding[],
  service: Service,
  mounts: readonly Mount[],
): readonly ComposeFinding[] {
  return findings.flatMap((finding) => {
    if (left.has(finding.code)) return [];
    // A user by name stays: the profile's number is taken for the name's.
    if (finding.code === 'user-set' && service.user !== undefined) return [];
    const mount = mountAt(finding.at, mounts);
    if (finding.code === 'mount-not-owned' && !isRoots(mount)) return [];
    const named = withSticky(finding);
    const args = named.args;
    const said = composeSentence(named.code, args as never);
    const found =
      mount === undefined
        ? findingAt(service, named.rule, named.code, fieldOf(finding.at), args as never, said)
        : atOrigin(service.name, named.rule, named.code, mount.origin, args as never, said);
    return found === undefined ? [] : [found];
  });
}

/** Docker gives an empty volume the owner that the image's directory has; a tmpfs is root's. */
function isRoots(mount: Mount | undefined): boolean {
  return mount !== undefined && (mount.kind === 'tmpfs' || mount.noCopy);
}

function mountAt(at: string, mounts: readonly Mount[]): Mount | undefined {
  const [, index] = /^\/spec\/(?:containers\/0\/volumeMounts|volumes)\/(\d+)/.exec(at) ?? [];
  return index === undefined ? undefined : mounts[Number(index)];
}

/** The /tmp that a service gets has the sticky bit. */
function withSticky(finding: Finding): Finding {
  if (finding.code === 'no-profile') {
    return { ...finding, args: { ...finding.args, plainTmp: false } };
  }
  return finding;
}

/** The field of a service that a field of the pod stands for. */
const fields: readonly (readonly [RegExp, string])[] = [
  [/^\/spec\/hostPID/, 'pid'],
  [/^\/spec\/hostIPC/, 'ipc'],
  [/^\/spec\/hostNetwork/, 'network_mode'],
  [/^\/spec\/securityContext\/sysctls/, 'sysctls'],
  [/\/securityContext\/privileged/, 'privileged'],
  [/\/securityContext\/capabilities\/drop/, 'cap_drop'],
  [/\/securityContext\/capabilities/, 'cap_add'],
  [/\/securityContext\/readOnlyRootFilesystem/, 'read_only'],
  [/\/securityContext\/runAs/, 'user'],
  [
    /\/securityContext\/(?:allowPrivilegeEscalation|seccompProfile|appArmorProfile|seLinuxOptions|procMount)/,
    'security_opt',
  ],
  [/\/volumeMounts/, 'volumes'],
  [/\/envFrom/, 'env_file'],
  [/\/env/, 'environment'],
  [/\/command/, 'entrypoint'],
  [/\/args/, 'command'],
];

function fieldOf(at: string): string {
  const field = fields.find(([pattern]) => pattern.test(at))?.[1] ?? '';
  // The items of these lists are the same in the pod.
  const index = /\/capabilities\/(?:add|drop)(\/\d+)$/.exec(at)?.[1] ?? '';
  return field === 'cap_add' || field === 'cap_drop' ? `${field}${index}` : field;
}
