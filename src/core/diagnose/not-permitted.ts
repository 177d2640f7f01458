/** What comes of "Operation not permitted": a capability, an owner, a device. */
import { neededCapabilities } from './capabilities.ts';
import { ownership } from './mount-advice.ts';
import { hardenedPart, placementAt, volumeOf } from './site.ts';
import type { CrashSite, Diagnosis } from './diagnosis.ts';
import type { ErrorLine } from './error-line.ts';
import type { VolumeMount } from '../pod/pod.ts';

/** `text` is what the program said, `evidence` what is quoted of it. */
export function notPermitted(
  path: string | undefined,
  { operation }: ErrorLine,
  text: string,
  evidence: string,
  site: CrashSite,
): Diagnosis | undefined {
  const need = neededCapabilities(text.toLowerCase());
  const about = path === undefined ? {} : { path };
  if (need !== undefined) {
    const names = need.capabilities.join(', ');
    const found: Diagnosis = {
      cause: 'capability',
      ...about,
      line: evidence,
      detail: `The program ${need.tries}, which takes ${names}. No mount fixes that.`,
    };
    const or =
      site.level === 'restricted'
        ? ''
        : ` Or add ${names} to securityContext.capabilities.add, which level restricted takes away again.`;
    const uid = newOwner(text);
    if (uid === undefined || site.profile?.user !== undefined) {
      return { ...found, advice: `Run it as the image’s own user, who need not do it.${or}` };
    }
    const advice = `Level restricted then runs it as that user, who need not do it, where the pod names no other.${or}`;
    return { ...found, advice, addition: { field: 'user', user: { uid, gid: uid } } };
  }
  if ((operation === 'execute' || isStartedBy(text)) && path !== undefined) {
    return {
      cause: 'capability',
      path,
      line: evidence,
      detail: `${path} carries file capabilities that the container may not have, so it cannot be executed.`,
      advice:
        'Name them as fileCapabilities in the profile (getcap in the image shows them), or use an image whose program carries none.',
    };
  }
  if (path === undefined) return undefined;
  const placement = placementAt(path, site);
  if (placement.kind === 'mounted') {
    return operation === 'own' && placement.exact && !hardenedPart(placement.mount)
      ? mountRoot(path, placement.mount, evidence)
      : ownership(path, placement.mount, evidence, site);
  }
  if (operation !== 'own') return deviceOrOwner(path, operation, evidence);
  return {
    cause: 'ownership',
    path,
    line: evidence,
    detail: `Only the owner of ${path} may change its mode, and the container’s user is another.`,
    advice: 'Mount the volume above that directory, so that the program makes it, and owns it.',
  };
}

/**
 * A shell names the program that it could not start: `bash: /usr/bin/x: Operation not permitted`.
 */
function isStartedBy(text: string): boolean {
  return /^(?:-?(?:ba|da|a|z)?sh|\/\S{1,128}): (?:(?:line )?\d{1,6}: )?(?:exec: )?\/\S{1,256}: /.test(
    text,
  );
}

function deviceOrOwner(
  path: string,
  operation: ErrorLine['operation'],
  line: string,
): Diagnosis | undefined {
  if (path.startsWith('/dev/')) {
    return {
      cause: 'privilege',
      path,
      line,
      detail: `${path} is a device of the node, which a container that is not privileged may not use.`,
      advice:
        'A device plugin gives it to a container; a container that needs it otherwise cannot be hardened.',
    };
  }
  if (operation !== 'file' && operation !== 'make-directory') return undefined;
  return {
    cause: 'ownership',
    path,
    line,
    detail: `Only the owner of ${path}, or root with all capabilities, may do this.`,
    advice:
      'Run the container as the owner of that directory, or set securityContext.fsGroup on the pod.',
  };
}

/** The root of a volume, of which a program would change the mode: initdb does. */
function mountRoot(path: string, mount: VolumeMount, line: string): Diagnosis {
  return {
    cause: 'ownership',
    path,
    line,
    detail: `Only the owner of ${path} may change its mode. The volume ${volumeOf(mount)} is mounted there, and the root of a volume belongs to root, whatever fsGroup says.`,
    advice:
      'Have the program use a directory below the mount, which it then makes, and owns: for PostgreSQL set PGDATA to one. Data that are there already have to be moved.',
  };
}

/**
 * The uid to which nginx gives its directories:
 * `chown("/var/cache/nginx/client_temp", 101) failed`.
 */
function newOwner(line: string): number | undefined {
  const uid = /\bchown\("[^"]{1,1024}", (\d{1,9})\)/.exec(line)?.[1];
  return uid === undefined || Number(uid) < 1 ? undefined : Number(uid);
}
