/** Prints a survey for people. */
import pc from 'picocolors';
import { mendable, mutableReasons } from '../../survey/survey.ts';
import { count, hanging, printable, table } from '../terminal/columns.ts';
import type { TextStyle } from './check-text.ts';
import type { MutableReason, Survey, SurveyedImage, Verdict } from '../../survey/survey.ts';

const verdictNames: Readonly<Record<Verdict, string>> = {
  ready: 'ready',
  learn: 'learn first',
  cannot: 'cannot',
};

const reasonNames: Readonly<Record<MutableReason, string>> = {
  'no-label': 'no label',
  'not-asked': 'older than the label',
  unread: 'not known why',
  exempted: 'exempted',
  'never-selected': 'never selected',
  unsupported: 'static or Windows',
};

/** The table, how many pods and images there are of what, and what is not known. */
export function surveyText(survey: Survey, style: TextStyle): string {
  const { yellow } = pc.createColors(style.colour);
  const { images, others, unread } = survey;
  const lines = [
    ...(images.length === 0 ? ['No pods.'] : rowsOf(survey, style)),
    ...(images.length === 0 ? [] : ['', ...sumOf(survey)]),
  ];
  if (others !== undefined) {
    lines.push(
      `More images than are listed, in ${count(others.uses, 'pod')}, of which each counts once for each image: ${others.cannot} cannot, ${others.learn} learn first, ${others.ready} ready; ${others.mutable} mutable.`,
    );
  }
  if (unread.length > 0) {
    lines.push('', 'not known');
    lines.push(...unread.map((text) => yellow(hanging('  ', printable(text), style.columns))));
  }
  return `${lines.join('\n')}\n`;
}

const head = ['VERDICT', 'PODS', 'MUTABLE', 'LEVEL', 'RESTARTS', 'PROFILE', 'IMAGE', 'WHY'];

/** What varies most in length comes last, since a terminal cuts it. */
function rowsOf({ images }: Survey, { columns }: TextStyle): readonly string[] {
  const rows = images.map((each) =>
    [
      verdictNames[each.verdict],
      podsText(each),
      mutableText(each),
      levelText(each),
      String(each.restarts),
      profileText(each),
      each.image === '' ? '-' : each.image,
      whyText(each),
    ].map(printable),
  );
  return table([head, ...rows], columns);
}

function podsText({ pods, finished }: SurveyedImage): string {
  return finished === 0 ? String(pods) : `${pods} (${finished} ended)`;
}

function mutableText({ mutable: { pods, reasons } }: SurveyedImage): string {
  if (pods === 0) return '0';
  const found = mutableReasons.flatMap((reason) => {
    const number = reasons[reason];
    return number === undefined ? [] : [{ name: reasonNames[reason], number }];
  });
  const [first, ...more] = found;
  if (first === undefined) return String(pods);
  if (more.length === 0) return `${pods} ${first.name}`;
  return found.map(({ name, number }) => `${number} ${name}`).join(', ');
}

/** The level that all pods hold; where some do not, how many hold one. */
function levelText({ pods, levels: { immutable, none } }: SurveyedImage): string {
  if (none === pods) return '-';
  const level = immutable > 0 ? 'immutable' : 'restricted';
  return none === 0 ? level : `${level} ${pods - none}/${pods}`;
}

function profileText({ profile: { kind, name } }: SurveyedImage): string {
  return kind === 'default' || kind === 'none' ? kind : `${name} (${kind})`;
}

function whyText({ pods, why }: SurveyedImage): string {
  return why
    .map((each) => (each.pods === pods ? each.detail : `${each.detail} (${each.pods} of ${pods})`))
    .join('; ');
}

function sumOf({ summary, level }: Survey): readonly string[] {
  const { pods, images, verdicts, mutable } = summary;
  const all = mutableReasons.map((reason) => ({ reason, number: mutable[reason] ?? 0 }));
  const sum = (them: typeof all): number => them.reduce((total, { number }) => total + number, 0);
  const open = sum(all.filter(({ reason }) => mendable.has(reason)));
  const rest = all.filter(({ reason, number }) => number > 0 && !mendable.has(reason));
  const beside = rest.map(({ reason, number }) => `${number} ${reasonNames[reason]}`).join(', ');
  const isNone = open === 0 && rest.length === 0;
  return [
    `${count(images, 'image')} in ${count(pods, 'pod')}. For ${level}: ${verdicts.cannot} cannot, ${verdicts.learn} learn first, ${verdicts.ready} ready.`,
    `Mutable: ${isNone ? 'none' : open}${beside === '' ? '' : `, and beside them ${beside}`}.`,
  ];
}
