/**
 * What is at a path in the container whose log it is, and what a profile or the pod's author
 * can do about it.
 */
import { hardenedPart, volumeOf } from './site.ts';
import { judgeEntry } from './directory.ts';
import { placementAt } from './site.ts';
import type { CrashSite, Diagnosis } from './diagnosis.ts';
import type { Wanted } from './directory.ts';
import type { ImageUser } from '../catalogue/profile/profile.ts';
import type { VolumeMount } from '../pod/pod.ts';

/** For an error that comes of a read-only root: by what is at the directory now. */
export function missingMount(
  wanted: Wanted,
  line: string,
  site: CrashSite,
  seen: string,
): Diagnosis {
  const path = wanted.directory;
  const known = { cause: 'missing-mount', path, line } as const;
  const placement = placementAt(path, site);
  switch (placement.kind) {
    case 'mounted':
      return { ...known, ...mountedDetail(path, placement.mount, site) };
    case 'read-only':
      return {
        ...known,
        detail: `${seen} The container mounts ${volumeOf(placement.mount)} read-only at ${placement.mount.mountPath}, so no profile can fix it.`,
        advice: `Mount a volume that can be written at ${path}, or have the program write elsewhere.`,
      };
    case 'device':
      return { ...known, detail: `${seen} A block device is attached there.` };
    case 'free':
      return entryDiagnosis(wanted, known, seen, site);
  }
}

/** One list for all calls: the lints know what they worked out for a list of patterns by it. */
const noImages: readonly string[] = [];

/** A diagnosis with the entry that fixes it, or with why a profile may not have that entry. */
export function entryDiagnosis(
  wanted: Wanted,
  known: Pick<Diagnosis, 'cause' | 'path' | 'line'>,
  seen: string,
  site: CrashSite,
): Diagnosis {
  const judged = judgeEntry(wanted, site.images ?? noImages);
  const { directory: path, contents } = judged.wanted;
  if (judged.refused !== undefined) {
    return {
      ...known,
      detail: `${seen} No profile can fix it: ${path} ${judged.refused}`,
      advice:
        'Have the program write elsewhere, such as below /tmp, by its flags or configuration.',
    };
  }
  const copy =
    contents === 'seeded'
      ? ' The image is likely to keep files there, so they are copied first.'
      : '';
  const addition = { field: 'writable', path, why: whyOf(judged.wanted), contents } as const;
  return { ...known, path, detail: `${seen}${copy}`, addition };
}

const maxName = 80;

function whyOf({ name, use }: Wanted): string {
  const what = name?.replace(/[\p{Cc}\p{Cf}\p{Cs}]/gu, '').slice(0, maxName);
  return `${use ?? (what ? `${what} is written here` : 'written at run time')} (seen in a crash log)`;
}

function mountedDetail(
  path: string,
  mount: VolumeMount,
  site: CrashSite,
): Pick<Diagnosis, 'detail' | 'advice'> {
  if (hardenedPart(mount)) {
    return {
      detail: `The profile makes ${mount.mountPath} writable already: the line is of a container that has no volume there.`,
      advice: 'Create the pod again: only new pods are hardened, with the profiles of that moment.',
    };
  }
  const kind = site.pod === undefined ? '' : ' by its mount';
  return {
    detail: `${path} lies in the volume ${volumeOf(mount)}, which is writable${kind}: its storage is read-only.`,
    advice: 'Look at the PersistentVolume, at its access modes, and at the events of the pod.',
  };
}

/** For an error of a user who may not write to what is mounted writable. */
export function ownership(
  path: string,
  mount: VolumeMount,
  line: string,
  site: CrashSite,
): Diagnosis {
  const known = {
    cause: 'ownership',
    path,
    line,
    detail: `${path} lies in the volume ${volumeOf(mount)} at ${mount.mountPath}, which is writable, but not ${userText(site)}. ${originText(mount)}`,
  } as const;
  const user = userWithGroup(site);
  const set =
    user === undefined
      ? 'Set'
      : 'Level restricted then sets this user and group, where the pod names no user. Or set';
  const advice = `${set} securityContext.fsGroup on the pod to a group of the user, or run it as the owner of the files.${droppedText(site)}`;
  return user === undefined
    ? { ...known, advice }
    : { ...known, advice, addition: { field: 'user', user } };
}

function originText({ name, subPath }: VolumeMount): string {
  if (!hardenedPart({ name })) return 'Its files keep the owner that they have on the storage.';
  return subPath
    ? 'A copy of the image’s files keeps their mode, and belongs to the user who copied them.'
    : 'Everybody may write to an emptyDir, so what is in it belongs to another user of the pod.';
}

function userText({ container, pod }: CrashSite): string {
  const uid = container?.securityContext?.runAsUser ?? pod?.spec.securityContext?.runAsUser;
  return uid == null ? 'for the user of the container' : `for its user ${uid}`;
}

function droppedText({ container }: CrashSite): string {
  const drop = container?.securityContext?.capabilities?.drop ?? [];
  return drop.some((name) => name.toUpperCase() === 'ALL')
    ? ' With all capabilities dropped root has no way around owners either.'
    : '';
}

/** The user of the container with a group for its volumes, where the profile has none. */
function userWithGroup({ container, pod, profile }: CrashSite): ImageUser | undefined {
  if (profile?.user?.fsGroup !== undefined) return undefined;
  const context = {
    ...withoutAbsent(pod?.spec.securityContext),
    ...withoutAbsent(container?.securityContext),
  };
  const uid = context.runAsUser ?? profile?.user?.uid;
  if (uid == null || uid < 1) return undefined;
  const gid = context.runAsGroup ?? (uid === profile?.user?.uid ? profile.user.gid : uid);
  return { uid, gid, fsGroup: gid };
}

function withoutAbsent(
  context:
    | {
        readonly runAsUser?: number | null | undefined;
        readonly runAsGroup?: number | null | undefined;
      }
    | null
    | undefined,
): { runAsUser?: number; runAsGroup?: number } {
  const { runAsUser, runAsGroup } = context ?? {};
  return { ...(runAsUser != null && { runAsUser }), ...(runAsGroup != null && { runAsGroup }) };
}
