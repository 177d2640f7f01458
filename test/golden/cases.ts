/**
 * The golden cases: a directory each, with
 *
 * - `pod.yaml`, the input (a Pod, or a pod template), and, where they differ from the defaults,
 *   `policy.yaml`, `subject.yaml`, `profiles.yaml` (ImageProfiles beside the built-in ones) and
 *   `exemptions.yaml` (a list of Exemptions of the pod's namespace);
 * - `hardened.yaml`, `findings.yaml` and `patch.yaml`, what must come of it.
 */
import { readFileSync, readdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parse } from 'yaml';
import { loadCatalogue } from '../../src/profile-files/catalogue-files.ts';
import { buildCatalogue } from '../../src/core/catalogue/match/catalogue.ts';
import { parseProfiles } from '../../src/core/catalogue/parse/parse.ts';
import { defaultPolicy, wholePod } from '../../src/core/context/context.ts';
import { parseExemption } from '../../src/core/exemptions/parse.ts';
import type { Exemption } from '../../src/core/exemptions/exemption.ts';
import { formatProblem } from '../../src/core/values/result.ts';
import type { Catalogue } from '../../src/core/catalogue/match/catalogue.ts';
import type { Policy, Subject } from '../../src/core/context/context.ts';
import type { Operation } from '../../src/core/patch.ts';
import type { Pod } from '../../src/core/pod/pod.ts';
import type { Result } from '../../src/core/values/result.ts';
import type { PlacedRecord } from '../pods/records.ts';

export const inputFiles = [
  'pod.yaml',
  'policy.yaml',
  'profiles.yaml',
  'subject.yaml',
  'exemptions.yaml',
] as const;
export const outputFiles = ['hardened.yaml', 'findings.yaml', 'patch.yaml'] as const;

export interface GoldenCase {
  readonly name: string;
  readonly directory: string;
  /** Names of all files in the directory, sorted. */
  readonly files: readonly string[];
  /** The text of `pod.yaml`. */
  readonly text: string;
  /** The input, a new object at each reading. */
  readonly pod: Pod;
  readonly policy: Policy;
  readonly subject: Subject;
  /** The built-in catalogue with the case's own profiles. */
  readonly catalogue: Catalogue;
  readonly exemptions: readonly Exemption[];
}

/** What must come of a case. */
export interface Golden {
  readonly hardened: Pod;
  readonly findings: readonly PlacedRecord[];
  readonly patch: readonly Operation[];
}

const root = dirname(fileURLToPath(import.meta.url));

/** The names of all cases, sorted. */
export function goldenNames(): readonly string[] {
  return readdirSync(root, { withFileTypes: true })
    .filter((each) => each.isDirectory())
    .map(({ name }) => name)
    .sort();
}

let builtin: Promise<Catalogue> | undefined;

/** Reads one case. Throws where a file of it cannot be read. */
export async function goldenCase(name: string): Promise<GoldenCase> {
  builtin ??= loadCatalogue().then(valueOf);
  const directory = join(root, name);
  const files = readdirSync(directory).sort();
  const read = (file: string): string => readFileSync(join(directory, file), 'utf8');
  const readFields = (file: string): object =>
    files.includes(file) ? (parse(read(file)) as object) : {};
  return {
    name,
    directory,
    files,
    text: read('pod.yaml'),
    pod: parse(read('pod.yaml')) as Pod,
    policy: { ...defaultPolicy, ...readFields('policy.yaml') },
    subject: { ...wholePod, ...readFields('subject.yaml') },
    catalogue: files.includes('profiles.yaml')
      ? withProfiles(await builtin, read('profiles.yaml'), join(directory, 'profiles.yaml'))
      : await builtin,
    exemptions: files.includes('exemptions.yaml')
      ? (parse(read('exemptions.yaml')) as object[]).map((each) => valueOf(parseExemption(each)))
      : [],
  };
}

/** All cases, sorted by name. */
export async function goldenCases(): Promise<readonly GoldenCase[]> {
  return Promise.all(goldenNames().map(goldenCase));
}

/** What the files of a case say must come of it. Throws where one is missing. */
export function goldenOf({ directory }: GoldenCase): Golden {
  const [hardened, findings, patch] = outputFiles.map(
    (file) => parse(readFileSync(join(directory, file), 'utf8')) as unknown,
  );
  return { hardened, findings, patch } as Golden;
}

function withProfiles(catalogue: Catalogue, text: string, file: string): Catalogue {
  const own = valueOf(parseProfiles(text, file)).map((profile) => ({
    profile,
    source: 'directory' as const,
    file,
  }));
  return valueOf(buildCatalogue([...catalogue.profiles, ...own]));
}

function valueOf<T>(result: Result<T>): T {
  if (result.ok) return result.value;
  throw new Error(result.problems.map(formatProblem).join('\n'));
}
