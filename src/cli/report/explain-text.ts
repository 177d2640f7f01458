/** What `explain` prints for people. */
import pc from 'picocolors';
import { coverageText } from '../../core/catalogue/match/tags-apart.ts';
import { paint } from './check-text.ts';
import { count, hanging, printable } from '../terminal/columns.ts';
import { formatPlace } from '../../core/values/result.ts';
import { sourceNames } from './source-name.ts';
import type { TextStyle } from './check-text.ts';
import type {
  ExplainedContainer,
  ExplainedObject,
  ExplainedPath,
  ExplainedRule,
  Explanation,
} from './explanation.ts';

/** The explanation of files as text. */
export function explainText({ objects, unread }: Explanation, style: TextStyle): string {
  if (objects.length === 0) {
    const left = unread.length === 0 ? '' : `; ${count(unread.length, 'object')} not looked into`;
    return `No pod and no workload${left}.\n`;
  }
  return objects.map((object) => objectText(object, style)).join('\n');
}

function objectText(object: ExplainedObject, style: TextStyle): string {
  const { bold, dim } = pc.createColors(style.colour);
  const name = object.name === '' ? '(no name)' : object.name;
  const inside =
    object.namespace === undefined ? '' : ` (namespace ${printable(object.namespace)})`;
  const what = printable(`${object.kind}/${name}`);
  const heading = `${dim(printable(formatPlace(object)))} ${bold(what)}${inside}`;
  const parts = object.containers.map((container) => containerText(object, container, style));
  if (object.rules.length > 0) {
    parts.push(['  pod', ...rulesText(object.rules, style)].join('\n'));
  }
  return `${[heading, ...parts].join('\n\n')}\n`;
}

/** The word before the name of a container, by its list. */
const listNames: Readonly<Record<ExplainedContainer['list'], string>> = {
  initContainers: 'init container',
  containers: 'container',
  ephemeralContainers: 'ephemeral container',
};

function containerText(
  { file, kind }: ExplainedObject,
  container: ExplainedContainer,
  style: TextStyle,
): string {
  const { bold, dim } = pc.createColors(style.colour);
  const { name, list, line, column } = container;
  const place = dim(printable(formatPlace({ file, line, column })));
  return [
    `  ${kind === 'Compose' ? 'service' : listNames[list]} ${bold(printable(name))}  ${place}`,
    field('image', imageText(container), style),
    field('profile', profileText(container), style),
    ...(container.paths.length > 0
      ? ['    writable', ...container.paths.flatMap((path) => pathText(path, style))]
      : container.rules.length > 0 && !container.profile.skipped
        ? [field('writable', 'no path', style)]
        : []),
    ...rulesText(container.rules, style),
  ].join('\n');
}

function field(name: string, text: string, { columns }: TextStyle): string {
  return hanging(`    ${name.padEnd('writable'.length)}  `, printable(text), columns);
}

function imageText({ image: { written, reference } }: ExplainedContainer): string {
  if (written === '') return 'none';
  if (reference === undefined) return `${written}, which is no image reference`;
  return reference === written ? written : `${written} = ${reference}`;
}

function profileText({ profile }: ExplainedContainer): string {
  const source = sourceNames[profile.source];
  if (profile.pattern !== undefined) {
    return `${profile.name} (${source}), by the pattern ${profile.pattern}`;
  }
  const near = profile.coverage === undefined ? '' : `: ${coverageText(profile.coverage)}`;
  return profile.skipped
    ? `none matches${near}; the policy leaves such containers’ roots as they are`
    : `${profile.name} (${source}), since none matches${near}`;
}

function pathText(path: ExplainedPath, { colour, columns }: TextStyle): readonly string[] {
  const { red, dim } = pc.createColors(colour);
  const { mounted } = path;
  const text = hanging(`      ${path.path}  `, printable(pathStatusText(path)), columns);
  const why = hanging('        ', printable(path.why), columns);
  return [mounted.by === 'nobody' ? red(text) : text, dim(why)];
}

function pathStatusText({ mounted, ...path }: ExplainedPath): string {
  const data = path.persistent ? 'data, ' : '';
  switch (mounted.by) {
    case 'author':
      return `${data}mounted by you: "${mounted.volume}" at ${mounted.mountPath}`;
    case 'image':
      return `${data}an anonymous volume that the image declares`;
    case 'lithopod': {
      if (mounted.as !== undefined)
        return `${data}mounted by Lithopod: ${inService(path.contents, mounted.as)}`;
      const memory = path.medium === 'Memory' ? ' in memory' : '';
      const limit = path.sizeLimit === undefined ? '' : ` of ${path.sizeLimit}`;
      const copy = path.contents === 'seeded' ? ' with a copy of the image’s files' : '';
      return `${data}mounted by Lithopod: an emptyDir${memory}${limit}${copy}`;
    }
    case 'nobody':
      return `${data}stays read-only: ${mounted.reason}`;
  }
}

function inService(contents: ExplainedPath['contents'], as: 'tmpfs' | 'volume'): string {
  if (as === 'tmpfs') return 'a tmpfs';
  return contents === 'seeded' ? 'a named volume with the image’s files' : 'a named volume';
}

/** Each rule with findings has its own lines. The rules without findings share one line. */
function rulesText(rules: readonly ExplainedRule[], style: TextStyle): readonly string[] {
  const reported = rules.filter(({ outcome }) => outcome !== 'holds');
  const unchanged = rules.filter(({ outcome }) => outcome === 'holds').map(({ rule }) => rule);
  const lines = reported.flatMap((rule) => ruleText(rule, style));
  if (unchanged.length > 0) lines.push(field('ok', unchanged.join(', '), style));
  return reported.length > 0 ? ['    rules', ...lines] : lines;
}

function ruleText(
  { rule, why, findings }: ExplainedRule,
  { colour, columns }: TextStyle,
): readonly string[] {
  const colours = pc.createColors(colour);
  const details = findings.map(({ outcome, predicate }) => {
    const lead = `        ${paint(outcome, colours)(outcome)}: `;
    const width = `        ${outcome}: `.length;
    return hanging(lead, printable(predicate), columns, width);
  });
  return [`      ${rule}`, ...details, colours.dim(hanging('        why: ', why, columns))];
}
