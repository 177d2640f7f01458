/**
 * JUnit's XML, as Jenkins and GitLab read it. No more elements and attributes than Jenkins' schema
 * has (jenkinsci/xunit-plugin, junit-10.xsd, the strictest that is in use): a test has no `file`
 * and no `line`, so its suite has the file, and the text of a failure the place.
 */
import { groupBy } from '../../../core/values/group-by.ts';
import type { MachineResult, MachineResults } from '../machine-result.ts';

/**
 * A test suite for each file. In it a test for each result, which fails where the result is an
 * error and is skipped where it is suppressed or a note; and for each object without results one
 * that passes.
 */
export function junit({ title, results, subjects }: MachineResults): string {
  const files = new Set([...subjects, ...results].map(({ file }) => file));
  const resultsOf = groupBy(results, ({ file }) => file);
  const subjectsOf = groupBy(subjects, ({ file }) => file);
  const suites = [...files].map((file) =>
    suite(file, resultsOf.get(file) ?? [], subjectsOf.get(file) ?? []),
  );
  const totals = sum(suites.map(({ counts }) => counts));
  return [
    '<?xml version="1.0" encoding="UTF-8"?>',
    `<testsuites name="${xml(title)}" ${countsText(totals)}>`,
    ...suites.map(({ text }) => text),
    '</testsuites>\n',
  ].join('\n');
}

interface Counts {
  readonly tests: number;
  readonly failures: number;
  readonly skipped: number;
}

interface Suite {
  readonly counts: Counts;
  readonly text: string;
}

function suite(
  file: string,
  results: readonly MachineResult[],
  subjects: MachineResults['subjects'],
): Suite {
  const withResult = new Set(results.map(({ subject }) => subject));
  const fine = new Set(
    subjects.map(({ subject }) => subject).filter((each) => !withResult.has(each)),
  );
  const counts = {
    tests: results.length + fine.size,
    failures: results.filter((result) => verdictOf(result) === 'failure').length,
    skipped: results.filter((result) => verdictOf(result) === 'skipped').length,
  };
  const text = [
    `  <testsuite name="${xml(file)}" file="${xml(file)}" ${countsText(counts)} skipped="${counts.skipped}">`,
    ...[...fine].map(
      (subject) => `    <testcase classname="${xml(file)}" name="${xml(subject)}" time="0"/>`,
    ),
    ...results.map(testCase),
    '  </testsuite>',
  ].join('\n');
  return { counts, text };
}

function testCase(result: MachineResult): string {
  const { file, line, column, subject, rule, message, severity, suppressed } = result;
  const place = [file, line, column].filter((part) => part !== undefined).join(':');
  const name = [subject, `${rule}: ${message}`].filter((part) => part !== undefined).join(' ');
  const open = `    <testcase classname="${xml(file)}" name="${xml(name)}" time="0"`;
  const close = '</testcase>';
  switch (verdictOf(result)) {
    case 'failure':
      return `${open}><failure type="${xml(rule)}" message="${xml(message)}">${xml(`${place}: ${message}`)}</failure>${close}`;
    case 'skipped': {
      const why = suppressed === undefined ? message : (suppressed.reason ?? 'in the baseline');
      return `${open}><skipped message="${xml(why)}"/>${close}`;
    }
    case 'passed':
      return `${open}><system-out>${xml(`${severity}: ${place}: ${message}`)}</system-out>${close}`;
  }
}

function verdictOf({ severity, suppressed }: MachineResult): 'failure' | 'skipped' | 'passed' {
  if (suppressed !== undefined || severity === 'note') return 'skipped';
  return severity === 'error' ? 'failure' : 'passed';
}

function sum(all: readonly Counts[]): Counts {
  const total = (key: keyof Counts): number => all.reduce((before, next) => before + next[key], 0);
  return { tests: total('tests'), failures: total('failures'), skipped: total('skipped') };
}

function countsText({ tests, failures }: Counts): string {
  return `tests="${tests}" failures="${failures}" errors="0" time="0"`;
}

/** For an attribute in double quotes, and for content. XML 1.0 has no control characters at all. */
function xml(text: string): string {
  return (
    text
      .replace(/\p{Cs}/gu, '\uFFFD')
      // eslint-disable-next-line no-control-regex -- these are what it looks for
      .replace(/[\u0000-\u0008\u000b\u000c\u000e-\u001f\ufffe\uffff]/g, '\uFFFD')
      .replaceAll('&', '&amp;')
      .replaceAll('<', '&lt;')
      .replaceAll('>', '&gt;')
      .replaceAll('"', '&quot;')
      .replaceAll('\n', '&#10;')
      .replaceAll('\r', '&#13;')
      .replaceAll('\t', '&#9;')
  );
}
