/** From one line of a log to its diagnosis. */
import { baseName, normalisePath, parentOf } from '../mounts/paths.ts';
import { wantedFor } from './directory.ts';
import { readErrorLine } from './error-line.ts';
import { configVolumeOf, isHiddenFile } from './generated-names.ts';
import { knownLine } from './known-lines.ts';
import { quote } from './log-text.ts';
import { lowPortIn } from './low-port.ts';
import { missingMount, ownership } from './mount-advice.ts';
import { notPermitted } from './not-permitted.ts';
import { readOwnWords } from './own-words.ts';
import { kernelFile, nodeFileSystem, privilegeTaken } from './privileges.ts';
import { absolutePath, isMasked, placementAt } from './site.ts';
import type { CrashSite, Diagnosis } from './diagnosis.ts';
import type { FailedOperation } from './failed-operation.ts';
import type { Failure } from './directory.ts';
import type { ErrorLine } from './error-line.ts';

/**
 * `text` is what the program said, `raw` the line as it was logged, `inStack` what its stack says
 * was done. Undefined for a line that has nothing to do with hardening.
 */
export function judgeText(
  text: string,
  raw: string,
  site: CrashSite,
  inStack: () => FailedOperation | undefined = () => undefined,
): Diagnosis | undefined {
  const evidence = quote(raw);
  const known =
    knownLine(text, evidence, site) ??
    nodeFileSystem(text, evidence) ??
    privilegeTaken(text, evidence);
  if (known !== undefined) return known;
  const error = readErrorLine(text);
  if (error?.path !== undefined || error?.relative !== undefined) {
    const operation = error.operation === 'unknown' ? (inStack() ?? 'unknown') : error.operation;
    return judgeError(text, { ...error, operation }, evidence, site);
  }
  const own = judgeOwnWords(text, evidence, site);
  return own ?? (error && judgeError(text, error, evidence, site));
}

/**
 * The same for an error whose path another line of the record gives: Node.js and npm write
 * `path: '/x'` below it.
 */
export function judgeWithPath(
  text: string,
  raw: string,
  path: string,
  site: CrashSite,
): Diagnosis | undefined {
  const error = readErrorLine(text);
  if (error === undefined) return undefined;
  return judgeError(text, { ...error, path: normalisePath(path) }, quote(raw), site);
}

/** Whether the text is a field that holds an error: `code: 'EACCES'`, `reason => eacces`. */
export function isErrorField(text: string): boolean {
  return errorField.test(text) && readErrorLine(text) !== undefined;
}

const errorField =
  /^[\s>*]{0,120}(?:npm (?:ERR!|error) )?["']?(?:code|errno|reason|error)["']?(?:\s|:|=)/;

function judgeError(
  text: string,
  error: ErrorLine,
  evidence: string,
  site: CrashSite,
): Diagnosis | undefined {
  const path = pathOf(error, site);
  if (path !== undefined && isMasked(path, site)) return maskedBinary(path, evidence);
  const special = path === undefined ? undefined : specialPath(path, evidence);
  if (special !== undefined) return special;
  switch (error.errno) {
    case 'EROFS':
      return path === undefined
        ? pathless(error, evidence)
        : readOnly(path, { ...error, byTool: isOfTool(text) }, evidence, site);
    case 'ENOENT':
      return path === undefined ? pathless(error, evidence) : unmade(path, error, evidence, site);
    case 'EACCES':
      return (
        lowPort(text, evidence, site) ??
        (path !== undefined && reading.test(text)
          ? unreadableFile(path, evidence)
          : denied(path, error, evidence, site))
      );
    case 'EPERM':
      return notPermitted(path, error, text, evidence, site);
  }
}

/** What belongs to the kernel, or lies in a volume that nobody may write. */
function specialPath(path: string, line: string): Diagnosis | undefined {
  const volume = configVolumeOf(path);
  if (volume === undefined) return kernelFile(path, line);
  return {
    cause: 'missing-mount',
    path: volume,
    line,
    detail: `${path} is in a ConfigMap or Secret that is mounted at ${volume}, and such a volume is read-only.`,
    advice:
      'Skip the step that changes what is in it, or mount it elsewhere and copy from there what has to be changed.',
  };
}

/** Shells and the tools that come with them: an image with one of them has `cp` as well. */
const tool =
  /(?:^|[\s/])(?:line \d{1,6}|\d{1,6}): |FileNotFoundException|^(?:\S{0,128}\/)?(?:bash|busybox|chgrp|chmod|chown|cp|dash|dpkg|apk|apt-get|install|ln|mkdir|mktemp|mv|rm|sed|sh|tar|tee|touch): /;

function isOfTool(text: string): boolean {
  return tool.test(text.slice(0, 1024));
}

function pathOf({ path, relative }: ErrorLine, site: CrashSite): string | undefined {
  if (path !== undefined || relative === undefined) return path;
  const absolute = absolutePath(relative, site);
  return absolute === undefined ? undefined : normalisePath(absolute);
}

function judgeOwnWords(text: string, line: string, site: CrashSite): Diagnosis | undefined {
  const own = readOwnWords(text);
  if (own === undefined) return undefined;
  const special = specialPath(own.path, line);
  if (special !== undefined) return special;
  const seen = `${own.path} could not be written or made. The program does not say why; on a read-only root nothing can be.`;
  return (
    inHome(own, line, site) ??
    missingMount(wantedFor(own.path, { ...own, unproven: true }), line, site, seen)
  );
}

/** A directory was to be made with those above it. */
function unmade(path: string, { operation }: ErrorLine, line: string, site: CrashSite): Diagnosis {
  const seen = `The directory ${path} was to be made, which fails with this error on a read-only root.`;
  const made = operation === 'make-directory' ? 'make-tree' : operation;
  return (
    inHome({ path, operation: made }, line, site) ??
    missingMount(wantedFor(path, { operation: made }), line, site, seen)
  );
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

function readOnly(path: string, failure: Failure, line: string, site: CrashSite): Diagnosis {
  const { operation } = failure;
  const home = inHome({ path, operation }, line, site);
  if (home !== undefined) return home;
  if (operation === 'remove' && isProgram(path)) return removedProgram(path, line);
  const seen =
    operation === 'make-directory'
      ? `The directory ${path} was to be made on the read-only root.`
      : `${path} was to be written on the read-only root.`;
  return missingMount(wantedFor(path, failure), line, site, seen);
}

/** What a program keeps in a home directory, where there is none: `/.config` of `/.config/x`. */
const rootHome = /^(\/(?:\.[^/]+|nonexistent))(?:\/|$)/;

function inHome(
  { path, operation }: { readonly path: string } & Failure,
  line: string,
  site: CrashSite,
): Diagnosis | undefined {
  const home = rootHome.exec(path)?.[1];
  if (home === undefined || placementAt(home, site).kind !== 'free') return undefined;
  const advice =
    'Set HOME (for some programs XDG_CONFIG_HOME or XDG_CACHE_HOME) to a path that is writable, such as /tmp.';
  const seen = `The user has no home directory, so the program wrote to ${home}.`;
  // Where it writes a file no directory may be.
  const isFile = home === path && (operation === 'file' || isHiddenFile(baseName(home)));
  if (isFile) return { cause: 'environment', path: home, line, detail: seen, advice };
  const wanted = { directory: home, contents: 'empty', absent: true } as const;
  const found = missingMount(wanted, line, site, seen);
  return {
    ...found,
    cause: 'environment',
    advice: found.addition === undefined ? advice : advice.replace(/^Set/, 'Or set'),
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
  { operation, relative }: ErrorLine,
  line: string,
  site: CrashSite,
): Diagnosis | undefined {
  if (path === undefined) return relative === undefined ? undefined : deniedBelow(relative, line);
  if (operation === 'execute') return notExecutable(path, line);
  const wanted = wantedFor(path, { operation });
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

/** Tools that only read. */
const reading =
  /^(?:\S{0,128}\/)?(?:cat|cmp|diff|du|file|find|grep|head|less|ls|md5sum|more|readlink|sha256sum|stat|tail|wc): /;

function unreadableFile(path: string, line: string): Diagnosis {
  return {
    cause: 'ownership',
    path,
    line,
    detail: `${path} may not be read by the container’s user; no mount changes that.`,
    advice: 'Run the container as the owner of it, or set securityContext.fsGroup on the pod.',
  };
}

/** A script that may not be executed says the same. */
function deniedBelow(relative: string, line: string): Diagnosis | undefined {
  if (/\.(?:sh|bash|py|pl|rb)$/.test(relative)) return undefined;
  return {
    cause: 'ownership',
    line,
    detail: `"${quote(relative).slice(0, 100)}" below the working directory may not be written by the container’s user. A user other than root gets the same error on a read-only root, so this is a candidate.`,
    advice: 'Look up WORKDIR in the image, and name the directory below it in the profile.',
  };
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

function lowPort(text: string, evidence: string, site: CrashSite): Diagnosis | undefined {
  const binding = lowPortIn(text);
  if (binding === undefined) return undefined;
  const { port } = binding;
  const known = site.profile?.lowPorts === true;
  const lead = known
    ? 'Have'
    : 'Level restricted then sets net.ipv4.ip_unprivileged_port_start. Or have';
  const advice = `${lead} the program listen on a port from 1024 on; a Service maps any port to it.`;
  return {
    cause: 'capability',
    line: evidence,
    detail: `${port === undefined ? 'A port' : `Port ${port}`} is below 1024, where only root with NET_BIND_SERVICE may listen.`,
    advice,
    ...(!known && { addition: { field: 'lowPorts' } }),
  };
}
