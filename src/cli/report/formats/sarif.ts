/** SARIF 2.1.0, which code scanning and editors read. */
import { isAbsolute, normalize, relative, sep } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { MachineResult, MachineResults, ResultRule } from '../machine-result.ts';

const schema =
  'https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json';
const home = 'https://github.com/lithopod/lithopod';

/** The log of one run. Paths are relative to the working folder, which is `%SRCROOT%`. */
export function sarif({ rules, results, version }: MachineResults): string {
  const indices = new Map(rules.map(({ id }, index) => [id, index]));
  const log = {
    $schema: schema,
    version: '2.1.0',
    runs: [
      {
        tool: {
          driver: {
            name: 'Lithopod',
            informationUri: home,
            // Not of three numbers alone where it is a version before a release.
            semanticVersion: version,
            rules: rules.map(descriptor),
          },
        },
        columnKind: 'utf16CodeUnits',
        results: results.map((result) => resultOf(result, indices.get(result.rule))),
      },
    ],
  };
  return `${JSON.stringify(log, null, 2)}\n`;
}

function descriptor({ id, title, help, helpUri }: ResultRule): object {
  return {
    id,
    name: id.replace(/(?:^|-)([a-z])/g, (_all, letter: string) => letter.toUpperCase()),
    shortDescription: { text: title },
    fullDescription: { text: help },
    help: { text: `${help}\n${helpUri}`, markdown: `${help}\n\n[More](${helpUri})` },
    helpUri,
  };
}

function resultOf(result: MachineResult, ruleIndex: number | undefined): object {
  const { rule, severity, message, fingerprint, suppressed, properties } = result;
  return {
    ruleId: rule,
    ...(ruleIndex !== undefined && { ruleIndex }),
    level: severity,
    message: { text: message },
    locations: [locationOf(result)],
    ...(fingerprint !== undefined && { partialFingerprints: { 'lithopod/v1': fingerprint } }),
    ...(suppressed !== undefined && {
      suppressions: [
        suppressed.by === 'comment'
          ? {
              kind: 'inSource',
              status: 'accepted',
              ...(suppressed.reason !== undefined && { justification: suppressed.reason }),
            }
          : { kind: 'external', status: 'accepted', justification: 'It is in the baseline.' },
      ],
    }),
    ...(properties !== undefined && { properties }),
  };
}

function locationOf({ file, line, column, pointer, subject }: MachineResult): object {
  const region = {
    ...(line !== undefined && { startLine: line }),
    ...(line !== undefined && column !== undefined && { startColumn: column }),
  };
  const logical = {
    ...(subject !== undefined && { name: subject }),
    ...(pointer !== undefined && { fullyQualifiedName: pointer }),
  };
  return {
    physicalLocation: {
      artifactLocation: artifactOf(file),
      ...(line !== undefined && { region }),
    },
    ...(Object.keys(logical).length > 0 && {
      logicalLocations: [{ ...logical, kind: 'property' }],
    }),
  };
}

/** What is not below the working folder, and so has no place in the repository, is absolute. */
function artifactOf(file: string): object {
  if (file.startsWith('<')) return { uri: encodeURIComponent(file.replace(/[<>]/g, '')) };
  const path = normalize(isAbsolute(file) ? relative(process.cwd(), file) : file);
  if (path.startsWith('..') || isAbsolute(path)) return { uri: pathToFileURL(file).href };
  const uri = path.split(sep).map(encodeURIComponent).join('/');
  return { uri, uriBaseId: '%SRCROOT%' };
}
