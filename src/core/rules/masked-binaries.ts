/**
 * Binaries that a container shall not have are covered by a file that cannot be executed.
 *
 * Fields:
 * - `startupProbe.exec.command` and `lifecycle.postStart.exec.command` of containers and init
 *   containers
 * - `volumeMounts` of the same, `volumes` of the pod
 *
 * Allowed: commands that remove no file of the image. On a read-only root `rm` fails with EROFS,
 * and the pod never starts. So a removal goes in every case, and the binary is masked instead.
 *
 * Source: `maskable` of the image's profile, for this variant of the image.
 *
 * The mask is the pod's name from a downwardAPI volume, mounted read-only by subPath with mode
 * 0444: exec finds nothing executable there.
 *
 * Limits:
 * - What no profile lists as maskable is not masked: a covered link to a multi-call binary
 *   (busybox) would kill every tool, a covered interpreter the entrypoint.
 * - What the container's own commands name is not masked either.
 */
import { withCommand, withMounts, withPostStart, withStartupProbe } from '../pod/change.ts';
import { actionsOf, mapMountable } from '../pod/containers.ts';
import { equalValues } from '../pod/equal.ts';
import { isWritableAt, placementOf } from '../mounts/volume-index.ts';
import type { VolumeIndex } from '../mounts/volume-index.ts';
import { maskFile, maskVolumeName } from '../mounts/names.ts';
import { baseName, canonicalBinary, normalisePath } from '../mounts/paths.ts';
import { mentionsRemover, takeOutRemovals } from '../shell/removals.ts';
import type { Verdict } from '../shell/removals.ts';
import type { RuleContext } from '../context/context.ts';
import type { Container, Pod, Probe, VolumeMount } from '../pod/pod.ts';
import type { Report } from '../findings/report.ts';
import { podScope } from './rule.ts';
import type { Rule } from './rule.ts';

export const maskedBinaries: Rule = {
  id: 'masked-binaries',
  level: 'immutable',
  title: 'Masked binaries instead of removed ones',
  why: 'Pods remove their shells by a startup probe; on a read-only root that fails, and a mask does the same.',
  scopes: podScope,
  apply(pod, context, report) {
    const concerned = context.policy.masking === 'always' || removesSomething(pod);
    if (!concerned) return pod;
    const allowance = fullAllowance();
    const before = report.findings.length;
    const after = treatAll(pod, context, allowance, report);
    if (!isSpent(allowance)) return after;
    // Of what is beyond the allowance nothing is taken out: a part of it would leave room for more
    // in a second pass.
    report.findings.length = before;
    return treatAll(pod, context, noAllowance(), report);
  },
};

function treatAll(pod: Pod, context: RuleContext, allowance: Allowance, report: Report): Pod {
  const volumes = context.volumesOf(pod);
  const after = mapMountable(pod, context, (container) =>
    context.profileOf(container).skipped
      ? container
      : treat(container, { context, volumes, report, allowance }),
  );
  return volumes.applyTo(after);
}

interface Work {
  readonly context: RuleContext;
  readonly volumes: VolumeIndex;
  readonly report: Report;
  readonly allowance: Allowance;
}

/**
 * What is left of the reading that one pod may cause. What goes beyond it counts as not understood.
 */
interface Allowance {
  /** Of scripts and commands that mention a removal. */
  characters: number;
  /** At a mount, to see whether it holds a removed file. */
  looks: number;
}

/**
 * Linux executes no argument above 128 KiB (binfmts.h, MAX_ARG_STRLEN), so this is one script of
 * any size that runs, or hundreds of usual ones; and as many files beside as many mounts as
 * nobody's probe removes.
 */
const fullAllowance = (): Allowance => ({ characters: 131_072, looks: 20_000 });
const noAllowance = (): Allowance => ({ characters: -1, looks: -1 });

function isSpent({ characters, looks }: Allowance): boolean {
  return characters < 0 || looks < 0;
}

/** A cheap look that lets almost every pod pass without a change. */
function removesSomething(pod: Pod): boolean {
  const containers = [...(pod.spec.initContainers ?? []), ...pod.spec.containers];
  return containers.some(
    (container) => container.startupProbe?.exec ?? container.lifecycle?.postStart?.exec,
  );
}

/** What a probe or hook removes, by its canonical path. */
type Removed = Map<string, { readonly path: string; readonly field: string }>;

function treat(container: Container, work: Work): Container {
  const removed: Removed = new Map();
  const cleaned = cleanHook(cleanProbe(container, removed, work), removed, work);
  return maskAll(cleaned, removed, work);
}

function cleanProbe(container: Container, removed: Removed, work: Work): Container {
  const probe = container.startupProbe;
  if (!probe) return container;
  const cleaned = cleanAction(container, probe, probeAction, removed, work);
  return cleaned === probe ? container : withStartupProbe(container, cleaned);
}

function cleanHook(container: Container, removed: Removed, work: Work): Container {
  const hook = container.lifecycle?.postStart;
  if (!hook) return container;
  const cleaned = cleanAction(container, hook, hookAction, removed, work);
  return cleaned === hook ? container : withPostStart(container, cleaned);
}

/**
 * The probe or hook without its removals: the same object if it has none, nothing if nothing is
 * left of it.
 */
function cleanAction(
  container: Container,
  action: Probe,
  what: RemovingAction,
  removed: Removed,
  work: Work,
): Probe | undefined {
  const command = action.exec?.command;
  if (!command?.some(mentionsRemover)) return action;
  for (const word of command) work.allowance.characters -= word.length;
  if (work.allowance.characters < 0) {
    reportRemoval(container, what, { changed: false, unclear: true }, work.report);
    return action;
  }
  const rewritten = takeOutRemovals(command, (text) => judge(container, text, work));
  for (const text of rewritten.removed) {
    const path = absolute(container, text);
    if (path !== undefined) removed.set(canonicalBinary(path), { path, field: what.field });
  }
  reportRemoval(container, what, rewritten, work.report);
  if (!rewritten.changed) return action;
  return rewritten.command === undefined ? undefined : withCommand(action, rewritten.command);
}

function judge(container: Container, text: string, { volumes, allowance }: Work): Verdict {
  if (allowance.looks < 0) return 'unknown';
  const path = absolute(container, text);
  if (path === undefined) return 'unknown';
  // A long path takes longer to compare.
  allowance.looks -= 1 + (container.volumeMounts?.length ?? 0) + path.length / 64;
  return isWritableAt(container, path, volumes) ? 'keep' : 'take-out';
}

/** A relative path is known only where the pod says in which directory it runs. */
function absolute(container: Container, path: string): string | undefined {
  if (path.startsWith('/')) return normalisePath(path);
  return container.workingDir ? normalisePath(`${container.workingDir}/${path}`) : undefined;
}

interface RemovingAction {
  readonly field: string;
  readonly action: string;
}

const probeAction: RemovingAction = { field: '/startupProbe', action: 'startupProbe' };
const hookAction: RemovingAction = { field: '/lifecycle/postStart', action: 'postStart hook' };

function reportRemoval(
  container: Container,
  { field, action }: RemovingAction,
  { changed, unclear }: { readonly changed: boolean; readonly unclear: boolean },
  report: Report,
): void {
  if (changed) report.container(container, 'removal-taken-out', field, { action });
  if (unclear) report.container(container, 'removal-not-understood', field, { action });
}

/** The container with a mask over each binary that may be masked. */
function maskAll(container: Container, removed: Removed, work: Work): Container {
  const { maskable } = work.context.profileOf(container).profile;
  const allowed = new Set(maskable.map(canonicalBinary));
  const wanted: Removed = new Map(removed);
  if (work.context.policy.masking === 'always') {
    for (const path of maskable) {
      const binary = canonicalBinary(path);
      if (!wanted.has(binary)) wanted.set(binary, { path, field: '/volumeMounts' });
    }
  }
  const masks: VolumeMount[] = [];
  for (const [binary, { path, field }] of wanted) {
    const reason = allowed.has(binary) ? inUse(container, binary) : 'binary-not-maskable';
    if (reason !== undefined) work.report.container(container, reason, field, { path });
    else if (isImageFile(container, path, work.volumes)) {
      masks.push({
        name: maskVolume(work.volumes),
        mountPath: path,
        subPath: maskFile,
        readOnly: true,
      });
      work.report.container(container, 'binary-masked', field, { path });
    }
  }
  if (masks.length === 0) return container;
  return withMounts(container, [...(container.volumeMounts ?? []), ...masks]);
}

/**
 * Whether the image's own file is at the path, and not something mounted there or above, by
 * whatever spelling.
 */
function isImageFile(container: Container, path: string, volumes: VolumeIndex): boolean {
  const binary = canonicalBinary(path);
  return [binary, `/usr${binary}`].every((spelling) => {
    const placement = placementOf(container, spelling, volumes);
    return placement.kind === 'free' && !placement.nested;
  });
}

/** Whether anything that the container executes names the binary. */
function inUse(container: Container, binary: string): 'binary-in-use' | undefined {
  const name = baseName(binary);
  const texts = [
    ...(container.command ?? []),
    ...(container.args ?? []),
    ...actionsOf(container).flatMap(([, action]) => action.exec?.command ?? []),
  ];
  return texts.some((text) => namesWord(text, name)) ? 'binary-in-use' : undefined;
}

function namesWord(text: string, word: string): boolean {
  for (let at = text.indexOf(word); at >= 0; at = text.indexOf(word, at + 1)) {
    if (!isNameCharacter(text[at - 1]) && !isNameCharacter(text[at + word.length])) return true;
  }
  return false;
}

function isNameCharacter(character: string | undefined): boolean {
  return character !== undefined && /[\w.-]/.test(character);
}

const maskSource = {
  downwardAPI: {
    items: [{ path: maskFile, fieldRef: { fieldPath: 'metadata.name' } }],
    defaultMode: 0o444,
  },
} as const;

/** As the API server stores it: with the version of the field's reference. */
const defaultedMaskSource = {
  downwardAPI: {
    items: [{ path: maskFile, fieldRef: { apiVersion: 'v1', fieldPath: 'metadata.name' } }],
    defaultMode: maskSource.downwardAPI.defaultMode,
  },
} as const;

/** The name of the one mask volume of the pod, which is added unless it is there. */
function maskVolume(volumes: VolumeIndex): string {
  // Kept like the salts of other volumes: an author may have taken many names, and each mask asks.
  for (let salt = volumes.salts.get(maskFile) ?? 0; ; salt++) {
    const name = maskVolumeName(salt);
    if (volumes.isClaim(name)) continue;
    const taken = volumes.get(name);
    if (taken === undefined) volumes.add({ name, downwardAPI: maskSource.downwardAPI });
    else if (!isMaskVolume(taken)) continue;
    volumes.salts.set(maskFile, salt);
    return name;
  }
}

function isMaskVolume({ name: _name, ...source }: { readonly name: string }): boolean {
  return equalValues(source, maskSource) || equalValues(source, defaultedMaskSource);
}
