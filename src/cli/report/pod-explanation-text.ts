/** Prints the explanation of a pod of a cluster for people. */
import pc from 'picocolors';
import { coverageText } from '../../core/catalogue/match/tags-apart.ts';
import { diagnosisLines, suggestionLines } from './diagnosis-text.ts';
import { count, hanging, printable } from '../terminal/columns.ts';
import { sourceNames } from './source-name.ts';
import type { PodEvent } from '../../cluster/events.ts';
import type { ContainerRun } from '../../cluster/pod-status.ts';
import type { PodSecurityContext, SecurityContext } from '../../core/pod/pod.ts';
import type { TextStyle } from './check-text.ts';
import type { Maker, PodFinding } from './pod-maker.ts';
import type { ExplainedRun, InjectedVolume, PodExplanation } from './pod-explanation.ts';

/** The explanation of a pod as text. */
export function podExplanationText(pod: PodExplanation, style: TextStyle): string {
  const { yellow } = pc.createColors(style.colour);
  const parts = [
    heading(pod, style),
    ...findingsPart('what level "immutable" would make of it', pod.mutable?.weaknesses, style),
    ...findingsPart(`taken away, though ${nameOf(pod.maker)} asks for it`, pod.maker?.taken, style),
    ...pod.containers.map((container) => containerText(container, style)),
  ];
  if (pod.events.length > 0) {
    parts.push(['  events', ...pod.events.map((event) => eventLine(event, style))].join('\n'));
  }
  if (pod.unread.length > 0) {
    const lines = pod.unread.map((text) => yellow(hanging('    ', printable(text), style.columns)));
    parts.push(['  not read', ...lines].join('\n'));
  }
  return `${parts.join('\n\n')}\n${profilesText(pod, style)}`;
}

function heading(pod: PodExplanation, { colour, columns }: TextStyle): string {
  const { bold } = pc.createColors(colour);
  const { namespace, name, phase, reason, message, node } = pod;
  const where = node === undefined ? 'on no node yet' : `on ${node}`;
  const why = [reason, message].filter((text) => text !== undefined).join(': ');
  const state = `${phase}, ${where}${why === '' ? '' : `; ${why}`}`;
  const first = `${bold(printable(`Pod/${name}`))} (namespace ${printable(namespace)})`;
  const shared = podSettingsText(pod.securityContext);
  return [
    first,
    hanging('  ', printable(state), columns),
    hanging('  ', printable(stanceText(pod)), columns),
    ...(pod.maker === undefined ? [] : [hanging('  ', printable(makerText(pod.maker)), columns)]),
    ...(shared === '' ? [] : [hanging('  ', `For all containers: ${printable(shared)}`, columns)]),
  ].join('\n');
}

function stanceText({ hardened, mutable }: PodExplanation): string {
  if (mutable !== undefined) return `Mutable: ${mutable.why}.`;
  return hardened
    ? 'Hardened by Lithopod; the volumes and settings below are as they stand in the pod.'
    : 'Not changed by Lithopod, and not mutable as it is.';
}

function makerText(maker: Maker): string {
  const { by } = maker;
  return `Made by ${nameOf(maker)}${by === undefined ? '' : ` of ${nameOf(by)}`}.`;
}

function nameOf(owner: Pick<Maker, 'kind' | 'name'> | undefined): string {
  return owner === undefined ? '' : `${owner.kind}/${owner.name}`;
}

/** The findings below a title; empty where there are none. */
function findingsPart(
  title: string,
  findings: readonly PodFinding[] | undefined,
  { columns }: TextStyle,
): readonly string[] {
  if (findings === undefined || findings.length === 0) return [];
  const lines = findings.map((finding) => hanging('    ', printable(finding.detail), columns));
  return [[`  ${printable(title)}`, ...lines].join('\n')];
}

const listNames: Readonly<Record<ExplainedRun['list'], string>> = {
  initContainers: 'init container',
  containers: 'container',
  ephemeralContainers: 'ephemeral container',
};

function containerText(container: ExplainedRun, style: TextStyle): string {
  const { bold } = pc.createColors(style.colour);
  const { name, list, image, changes, diagnoses } = container;
  const added = changes.seeding ? ', which Lithopod added to copy files of the image' : '';
  return [
    `  ${listNames[list]} ${bold(printable(name))}${added}`,
    field('image', image, style),
    field('state', stateText(container.run), style),
    field('profile', profileText(container.profile), style),
    field('settings', settingsText(changes.securityContext), style),
    ...changes.volumes.map((volume, index) =>
      field(index === 0 ? 'volumes' : '', volumeText(volume), style),
    ),
    ...(changes.masked.length > 0 ? [field('masked', changes.masked.join(', '), style)] : []),
    ...(changes.rules.length > 0 ? [field('ok', changes.rules.join(', '), style)] : []),
    ...(diagnoses.length > 0
      ? ['    log', ...diagnoses.flatMap((diagnosis) => diagnosisLines(diagnosis, 6, style))]
      : [field('log', 'no line points to a path, an owner or a capability', style)]),
  ].join('\n');
}

function field(name: string, text: string, { columns }: TextStyle): string {
  return hanging(`    ${name.padEnd('settings'.length)}  `, printable(text), columns);
}

function stateText(run: ContainerRun | undefined): string {
  if (run === undefined) return 'nothing known yet';
  const { state, reason, message, restarts, lastExit } = run;
  const exit =
    lastExit === undefined
      ? ''
      : `, last exit code ${lastExit.code}${lastExit.reason === undefined ? '' : ` (${lastExit.reason})`}`;
  // In a crash loop the message only says when the next start is.
  const why = state === 'waiting' && reason !== 'CrashLoopBackOff' && message ? `: ${message}` : '';
  return `${reason ?? state}, ${count(restarts, 'restart')}${exit}${why}`;
}

function profileText(profile: ExplainedRun['profile']): string {
  const { name, source, pattern, coverage, annotated } = profile;
  const near = coverage === undefined ? '' : `: ${coverageText(coverage)}`;
  const how = pattern === undefined ? `since none matches${near}` : `by the pattern ${pattern}`;
  const other =
    annotated === undefined
      ? ''
      : `; the webhook took "${annotated}": it has other profiles than this command line (see --profiles)`;
  return `${name} (${sourceNames[source]}), ${how}${other}`;
}

/** The settings that hardening changes, as far as the container has them. */
function settingsText(context: SecurityContext): string {
  const { readOnlyRootFilesystem, privileged, allowPrivilegeEscalation, capabilities } = context;
  const { runAsNonRoot, runAsUser, runAsGroup, seccompProfile } = context;
  const settings = listed({
    readOnlyRootFilesystem,
    privileged,
    allowPrivilegeEscalation,
    runAsNonRoot,
    runAsUser,
    runAsGroup,
    seccompProfile: seccompProfile?.type,
    add: capabilities?.add?.join(' '),
    drop: capabilities?.drop?.join(' '),
  });
  return settings === '' ? 'no security context' : settings;
}

/** The same settings of the pod itself; empty where it has none. */
function podSettingsText(context: PodSecurityContext): string {
  const { runAsNonRoot, runAsUser, runAsGroup, fsGroup, seccompProfile, sysctls } = context;
  return listed({
    runAsNonRoot,
    runAsUser,
    runAsGroup,
    fsGroup,
    seccompProfile: seccompProfile?.type,
    ...Object.fromEntries((sysctls ?? []).map(({ name, value }) => [name, value])),
  });
}

/** `name: value` of each field that has a value. */
function listed(
  fields: Readonly<Record<string, string | number | boolean | null | undefined>>,
): string {
  return Object.entries(fields)
    .flatMap(([name, value]) => (value == null || value === '' ? [] : [`${name}: ${value}`]))
    .join(', ');
}

function volumeText({ path, volume, medium, sizeLimit, seeded }: InjectedVolume): string {
  const memory = medium === 'Memory' ? ' in memory' : '';
  const limit = sizeLimit === undefined ? '' : ` of ${sizeLimit}`;
  const copy = seeded ? ' with a copy of the image’s files' : '';
  return `${path}: an emptyDir${memory}${limit}${copy} ("${volume}")`;
}

function eventLine(
  { reason, message, count: times, container }: PodEvent,
  { columns }: TextStyle,
): string {
  const about = container === undefined ? '' : ` (${container})`;
  const often = times > 1 ? ` ×${times}` : '';
  return hanging('    ', printable(`${reason}${about}${often}: ${message}`), columns);
}

/**
 * The suggested profiles, each once. They come last and are not indented, so that they can be
 * copied.
 */
function profilesText({ containers }: PodExplanation, style: TextStyle): string {
  const texts = containers.flatMap(({ mended: suggestion }) =>
    suggestion === undefined ? [] : [suggestionLines(suggestion, style).join('\n')],
  );
  return [...new Set(texts)].map((text) => `\n${text}\n`).join('');
}
