/** From one line of a log to its diagnosis. */
import { baseName, normalisePath, parentOf } from '../mounts/paths.ts';
import { neededCapabilities } from './capabilities.ts';
import { wantedFor } from './directory.ts';
import { readErrorLine } from './error-line.ts';
import { knownLine } from './known-lines.ts';
import { quote } from './log-text.ts';
import { missingMount, ownership, withFix } from './mount-advice.ts';
import { absolutePath, hardenedPart, isMasked, placementAt, volumeOf } from './site.ts';
import type { CrashSite, Diagnosis } from './diagnosis.ts';
import type { VolumeMount } from '../pod/pod.ts';
import type { ErrorLine } from './error-line.ts';

/** Undefined for a line that has nothing to do with hardening. */
export function judgeLine(line: string, site: CrashSite): Diagnosis | undefined {
  const known = knownLine(line, site);
  if (known !== undefined) return known;
  const error = readErrorLine(line);
  if (error === undefined) return undefined;
  const path = pathOf(error, site);
  const evidence = quote(line);
  if (path !== undefined && isMasked(path, site)) return maskedBinary(path, evidence);
  switch (error.errno) {
    case 'EROFS':
      return path === undefined ? pathless(error, evidence) : readOnly(path, error, evidence, site);
    case 'EACCES':
      return lowPort(line, evidence, site) ?? denied(path, error, evidence, site);
    case 'EPERM':
      return notPermitted(path, error, line, site);
  }
}

function pathOf({ path, relative }: ErrorLine, site: CrashSite): string | undefined {
  if (path !== undefined || relative === undefined) return path;
  const absolute = absolutePath(relative, site);
  return absolute === undefined ? undefined : normalisePath(absolute);
}

function maskedBinary(path: string, line: string): Diagnosis {
  return {
    cause: 'masked-binary',
    path,
    line,
    detail: `${path} was masked: a probe of the pod removes it, or the policy masks what the profile lists.`,
    advice: `If the start of the image needs ${baseName(path)}, take it out of maskable in the profile.`,
  };
}

function pathless({ relative }: ErrorLine, line: string): Diagnosis {
  return {
    cause: 'missing-mount',
    line,
    detail:
      relative === undefined
        ? 'Something was to be written on the read-only root; the line does not say where.'
        : `"${quote(relative).slice(0, 100)}" was to be written below the working directory, which is read-only and which only the image names.`,
    advice:
      relative === undefined
        ? 'The lines around it may say it; /tmp, the working directory and $HOME are the usual places.'
        : 'Look up WORKDIR in the image, and name the directory below it in the profile.',
  };
}

function readOnly(
  path: string,
  { operation }: ErrorLine,
  line: string,
  site: CrashSite,
): Diagnosis {
  const home = homeEntry(path);
  if (home !== undefined && placementAt(home, site).kind === 'free')
    return homeless(home, line, site);
  if (operation === 'remove' && isProgram(path)) return removedProgram(path, line);
  const seen =
    operation === 'make-directory'
      ? `The directory ${path} was to be made on the read-only root.`
      : `${path} was to be written on the read-only root.`;
  return missingMount(wantedFor(path, operation), line, site, seen);
}

/** What a program keeps in a home directory, where there is none: `/.config` of `/.config/x`. */
function homeEntry(path: string): string | undefined {
  return /^(\/(?:\.[^/]+|nonexistent))(?:\/|$)/.exec(path)?.[1];
}

function homeless(path: string, line: string, site: CrashSite): Diagnosis {
  const seen = `The user has no home directory, so the program wrote to ${path}.`;
  const found = missingMount({ directory: path, contents: 'empty' }, line, site, seen);
  const set = found.addition === undefined ? 'Set' : 'Or set';
  return {
    ...found,
    cause: 'environment',
    advice: `${set} HOME (for some programs XDG_CONFIG_HOME or XDG_CACHE_HOME) to a path that is writable, such as /tmp.`,
  };
}

const programDirectories = /^\/(?:usr\/)?(?:local\/)?s?bin\//;

function isProgram(path: string): boolean {
  return programDirectories.test(path);
}

function removedProgram(path: string, line: string): Diagnosis {
  return {
    cause: 'missing-mount',
    path: parentOf(path),
    line,
    detail: `${path} was to be removed; on a read-only root nothing can be. No profile can fix it: ${parentOf(path)} is a system directory.`,
    advice:
      'Take the rm out of the probe or script; Lithopod masks the programs that a profile lists as maskable.',
  };
}

/**
 * A path at which a user may not write: in a volume by its owner, elsewhere perhaps by the
 * read-only root.
 */
function denied(
  path: string | undefined,
  { operation }: ErrorLine,
  line: string,
  site: CrashSite,
): Diagnosis | undefined {
  if (path === undefined) return undefined;
  if (operation === 'execute') return notExecutable(path, line);
  const wanted = wantedFor(path, operation);
  const placement = placementAt(wanted.directory, site);
  const exact = placementAt(path, site);
  const mounted = placement.kind === 'free' ? exact : placement;
  if (mounted.kind === 'mounted') return ownership(path, mounted.mount, line, site);
  if (mounted.kind === 'read-only') return unreadable(path, mounted.mount.mountPath, line);
  // A user other than root who opens a file of the image for writing gets this, and not EROFS.
  const seen = `${path} may not be written by the container’s user. A user other than root gets the same error on a read-only root, so this is a candidate.`;
  const found = missingMount(wanted, line, site, seen);
  return found.addition === undefined ? { ...found, cause: 'ownership' } : found;
}

function notExecutable(path: string, line: string): Diagnosis {
  return {
    cause: 'ownership',
    path,
    line,
    detail: `${path} may not be executed by the container’s user.`,
    advice: 'Look at its mode in the image; a file from a ConfigMap needs defaultMode 0555.',
  };
}

function unreadable(path: string, at: string, line: string): Diagnosis {
  return {
    cause: 'ownership',
    path,
    line,
    detail: `${path} lies in a read-only volume at ${at}, and the container’s user may not do this with it.`,
    advice:
      'For a Secret or ConfigMap set defaultMode (0440) and securityContext.fsGroup on the pod.',
  };
}

/** Ports below 1024 want NET_BIND_SERVICE, which does nothing for a user other than root. */
function lowPort(line: string, evidence: string, site: CrashSite): Diagnosis | undefined {
  const lower = line.toLowerCase();
  const at = lower.search(/\b(?:bind|listen|make_sock)/);
  if (at < 0) return undefined;
  const port = /[:\]\s](\d{1,5})(?!\d|\.\d)/.exec(lower.slice(at, at + 200))?.[1];
  if (port !== undefined && Number(port) >= 1024) return undefined;
  const found: Diagnosis = {
    cause: 'capability',
    line: evidence,
    detail: `${port === undefined ? 'A port' : `Port ${port}`} is below 1024, where only root with NET_BIND_SERVICE may listen.`,
  };
  const known = site.profile?.lowPorts === true;
  const lead = known
    ? 'Have'
    : 'Level restricted then sets net.ipv4.ip_unprivileged_port_start. Or have';
  const advice = `${lead} the program listen on a port from 1024 on; a Service maps any port to it.`;
  return known ? { ...found, advice } : withFix({ ...found, advice }, { field: 'lowPorts' });
}

function notPermitted(
  path: string | undefined,
  { operation }: ErrorLine,
  line: string,
  site: CrashSite,
): Diagnosis | undefined {
  const evidence = quote(line);
  const need = neededCapabilities(line.toLowerCase());
  const about = path === undefined ? {} : { path };
  if (need !== undefined) {
    const names = need.capabilities.join(', ');
    const found: Diagnosis = {
      cause: 'capability',
      ...about,
      line: evidence,
      detail: `The program ${need.tries}, which takes ${names}. No mount fixes that.`,
    };
    const or = `Or add ${names} to securityContext.capabilities.add, which level restricted takes away again.`;
    const uid = newOwner(line);
    if (uid === undefined || site.profile?.user !== undefined) {
      return { ...found, advice: `Run it as the image’s own user, who need not do it. ${or}` };
    }
    const advice = `Level restricted then runs it as that user, who need not do it, where the pod names no other. ${or}`;
    return withFix({ ...found, advice }, { field: 'user', user: { uid, gid: uid } });
  }
  if (operation === 'execute' && path !== undefined) {
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
  if (operation !== 'own') return undefined;
  return {
    cause: 'ownership',
    path,
    line: evidence,
    detail: `Only the owner of ${path} may change its mode, and the container’s user is another.`,
    advice: 'Mount the volume above that directory, so that the program makes it, and owns it.',
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
