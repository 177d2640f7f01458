/** Prints the overview of a namespace for people. */
import pc from 'picocolors';
import { count, hanging, printable, table } from '../terminal/columns.ts';
import type { TextStyle } from './check-text.ts';
import type { MutableReason } from './mutability.ts';
import type { NamespaceOverview, PodSummary } from './namespace-overview.ts';

const shortReasons: Readonly<Record<MutableReason, string>> = {
  unsupported: 'a static or a Windows pod',
  exempted: 'an Exemption',
  'changed-later': 'changed after it was hardened, or by another version',
  'never-selected': 'its namespace is never selected',
  'no-label': 'no label lithopod.dev/enforce',
  'not-asked': 'older than the label: create it anew',
  unread: 'not known: its namespace could not be read',
};

/** The overview as text: the labels, a row for each pod, and how many are mutable. */
export function namespaceOverviewText(overview: NamespaceOverview, style: TextStyle): string {
  const { bold, yellow } = pc.createColors(style.colour);
  const { namespace, levels, pods, unread } = overview;
  const labels = Object.entries(levels ?? {}).map(([mode, level]) => `${mode}=${level}`);
  const asks = labels.length > 0 ? labels.join(', ') : 'no label of Lithopod';
  const lines = [
    `${bold(printable(`Namespace/${namespace}`))}: ${levels === undefined ? 'its labels could not be read' : printable(asks)}`,
    '',
    ...(pods.length === 0 ? ['No pods.'] : rowsOf(pods, style)),
    ...(pods.length === 0 ? [] : ['', sumOf(pods)]),
  ];
  if (unread.length > 0) {
    lines.push('', 'not read');
    lines.push(...unread.map((text) => yellow(hanging('  ', printable(text), style.columns))));
  }
  return `${lines.join('\n')}\n`;
}

function rowsOf(pods: readonly PodSummary[], { columns }: TextStyle): readonly string[] {
  return table(
    [
      ['POD', 'OWNER', 'STATE', 'WHY', 'PROFILES'],
      ...pods.map((pod) =>
        [
          pod.name,
          pod.owner === undefined ? '-' : `${pod.owner.kind}/${pod.owner.name}`,
          stateOf(pod),
          whyOf(pod),
          profilesText(pod.containers),
        ].map(printable),
      ),
    ],
    columns,
  );
}

function stateOf({ hardened, mutable }: PodSummary): string {
  if (mutable !== undefined) return 'mutable';
  return hardened ? 'hardened' : 'hard';
}

function whyOf({ hardened, mutable }: PodSummary): string {
  if (mutable !== undefined) return shortReasons[mutable.reason];
  return hardened ? 'by Lithopod' : 'as its author wrote it';
}

/** `nginx` for one container; `web=nginx, log=default` for several. */
function profilesText(containers: PodSummary['containers']): string {
  const [first, ...others] = containers;
  if (first === undefined) return '-';
  if (others.length === 0) return first.profile;
  return containers.map(({ name, profile }) => `${name}=${profile}`).join(', ');
}

function sumOf(pods: readonly PodSummary[]): string {
  const mutable = pods.filter((pod) => pod.mutable !== undefined).length;
  return `${count(pods.length, 'pod')}, ${mutable === 0 ? 'none' : mutable} mutable. With the name of a pod, or deploy/NAME, explain says more.`;
}
