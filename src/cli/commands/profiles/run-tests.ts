/** Runs tests of profiles against a catalogue. */
import { canonicalPath } from '../../../core/mounts/paths.ts';
import { reasonOf } from '../../../core/findings/reasons.ts';
import { sentenceOf } from '../../../core/findings/sentence.ts';
import { outcomeOf } from './outcome.ts';
import type { Catalogue } from '../../../core/catalogue/match/catalogue.ts';
import type { Variant } from '../../../core/catalogue/profile/profile.ts';
import type { MountOutcome, Outcome } from './outcome.ts';
import type { Expectation, MountExpectation, ProfileTest } from './test-document.ts';

/** The outcome of one test. */
export interface TestResult {
  readonly test: ProfileTest;
  /** The profile that the container's image has. */
  readonly profile: string;
  /** The variants of the profile that applied. */
  readonly variants: readonly Variant[];
  /** One sentence for each difference; none where the test passes. */
  readonly differences: readonly string[];
}

/** Hardens the test's pod and compares the outcome with what the test expects. */
export function runTest(test: ProfileTest, catalogue: Catalogue): TestResult {
  const { pod, container, level, masking, expect } = test;
  const policy = { level, masking, unprofiled: 'default' } as const;
  const outcome = outcomeOf(pod, container, catalogue, policy);
  return {
    test,
    profile: outcome.match.profile.name,
    variants: outcome.variants,
    differences: [
      ...profileDifferences(expect, outcome),
      ...mountDifferences(expect, outcome),
      ...maskDifferences(expect, outcome),
      ...userDifferences(expect, outcome),
      ...envDifferences(expect, outcome),
      ...findingDifferences(expect, outcome),
    ],
  };
}

function profileDifferences({ profile }: Expectation, { match }: Outcome): readonly string[] {
  if (profile === undefined || profile === match.profile.name) return [];
  return [`profile: is ${match.profile.name}, not ${profile}`];
}

/** A test names all mounts: one that it does not name is a difference too. */
function mountDifferences({ mounts }: Expectation, outcome: Outcome): readonly string[] {
  if (mounts === undefined) return [];
  const actual = new Map(
    [...outcome.mounts].map(([path, mount]) => [canonicalPath(path), { path, mount }]),
  );
  const differences: string[] = [];
  for (const [path, wanted] of Object.entries(mounts)) {
    const found = actual.get(canonicalPath(path))?.mount;
    actual.delete(canonicalPath(path));
    if (!isSame(wanted, found))
      differences.push(`mounts: ${path} is ${mountText(found)}, not ${wantedText(wanted)}`);
  }
  for (const { path, mount } of actual.values())
    differences.push(`mounts: ${path} is ${mountText(mount)}, and not expected`);
  return differences;
}

function isSame(wanted: MountExpectation, found: MountOutcome | undefined): boolean {
  if (typeof wanted === 'string') {
    return wanted === (found === undefined ? 'none' : wordOf(found));
  }
  return (
    found?.contents === wanted.contents &&
    found.medium === wanted.medium &&
    found.sizeLimit === wanted.sizeLimit
  );
}

/** The mount in the words of a test. */
function mountText(mount: MountOutcome | undefined): string {
  if (mount === undefined) return 'none';
  const { sizeLimit } = mount;
  return sizeLimit === undefined ? wordOf(mount) : `${wordOf(mount)} up to ${sizeLimit}`;
}

function wordOf({ contents, medium }: MountOutcome): string {
  if (medium === 'Disk') return contents;
  return contents === 'empty' ? 'Memory' : 'seeded in Memory';
}

function wantedText(wanted: MountExpectation): string {
  if (typeof wanted === 'string') return wanted;
  const { sizeLimit, ...rest } = wanted;
  return mountText(sizeLimit === undefined ? rest : { ...rest, sizeLimit });
}

function maskDifferences({ masked }: Expectation, outcome: Outcome): readonly string[] {
  if (masked === undefined) return [];
  return [
    ...masked
      .filter((path) => !outcome.masked.includes(path))
      .map((path) => `masked: ${path} is not`),
    ...outcome.masked
      .filter((path) => !masked.includes(path))
      .map((path) => `masked: ${path} is, and not expected`),
  ];
}

function userDifferences({ user, lowPorts }: Expectation, outcome: Outcome): readonly string[] {
  const ports =
    lowPorts === undefined || lowPorts === outcome.lowPorts
      ? []
      : [`lowPorts: ports below 1024 are ${outcome.lowPorts ? '' : 'not '}opened`];
  if (user === undefined) return ports;
  const wanted = user === 'none' ? { uid: undefined, gid: undefined, fsGroup: undefined } : user;
  const fields = (['uid', 'gid', 'fsGroup'] as const).filter(
    (field) => field in wanted && wanted[field] !== outcome.user[field],
  );
  return [
    ...fields.map(
      (field) =>
        `user: ${field} is ${outcome.user[field] ?? 'not set'}, not ${wanted[field] ?? 'unset'}`,
    ),
    ...ports,
  ];
}

function envDifferences({ env = {} }: Expectation, outcome: Outcome): readonly string[] {
  return Object.entries(env).flatMap(([name, value]) => {
    const found = outcome.env.get(name);
    if (found === (value ?? undefined)) return [];
    const shown = found === undefined ? 'not set' : JSON.stringify(found);
    return [`env: ${name} is ${shown}, not ${value === null ? 'unset' : JSON.stringify(value)}`];
  });
}

/**
 * `findings` names every conflict, since an author must know what cannot be fixed. Other findings
 * need not be named.
 */
function findingDifferences(
  { findings, noFindings = [] }: Expectation,
  outcome: Outcome,
): readonly string[] {
  const codes = new Set<string>(outcome.findings.map(({ code }) => code));
  const unwanted = noFindings
    .filter((code) => codes.has(code))
    .map((code) => `findings: ${code} is found`);
  if (findings === undefined) return unwanted;
  const conflicts = outcome.findings.filter(
    ({ code }) => reasonOf(code).outcome === 'conflict' && !findings.includes(code),
  );
  return [
    ...unwanted,
    ...findings.filter((code) => !codes.has(code)).map((code) => `findings: ${code} is not found`),
    ...conflicts.map(
      (finding) => `findings: ${finding.code} is found, and not expected: ${sentenceOf(finding)}`,
    ),
  ];
}
