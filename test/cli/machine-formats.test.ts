import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { Ajv } from 'ajv';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { expect } from 'chai';
import { checkReportJsonSchema } from '../../src/cli/report/check-schema.ts';
import { lintReportJsonSchema } from '../../src/cli/report/lint-schema.ts';
import { cli, cliWithProfiles, toolPod, withFolder } from './run.ts';

const shop = fileURLToPath(new URL('manifests/shop.yaml', import.meta.url));

/** Of draft 4, whose only words that later drafts changed are `id` and `$schema`. */
function sarifSchema(): object {
  const text = readFileSync(new URL('../schemas/sarif-2.1.0.json', import.meta.url), 'utf8');
  const { id: _id, $schema: _schema, ...schema } = JSON.parse(text) as Record<string, unknown>;
  return schema;
}

const formats = {
  uri: (text: string) => URL.canParse(text),
  'uri-reference': (text: string) => URL.canParse(text, 'file:///'),
  'date-time': true,
} as const;
const isSarif = new Ajv({ strict: false, formats }).compile(sarifSchema());

interface Result {
  readonly ruleId: string;
  readonly ruleIndex: number;
  readonly level: string;
  readonly message: { readonly text: string };
  readonly locations: readonly {
    readonly physicalLocation: {
      readonly artifactLocation: { readonly uri: string; readonly uriBaseId?: string };
      readonly region?: { readonly startLine: number; readonly startColumn: number };
    };
    readonly logicalLocations: readonly { readonly fullyQualifiedName: string }[];
  }[];
  readonly partialFingerprints: Readonly<Record<string, string>>;
  readonly suppressions?: readonly { readonly kind: string; readonly justification: string }[];
}

interface Run {
  readonly results: readonly Result[];
  readonly tool: {
    readonly driver: {
      readonly rules: readonly { readonly id: string; readonly helpUri: string }[];
    };
  };
}

async function sarifOf(argv: readonly string[], stdin?: string): Promise<Run> {
  const { stdout } = await cliWithProfiles(argv, stdin === undefined ? {} : { stdin });
  const log = JSON.parse(stdout) as { readonly runs: readonly [Run] };
  expect(isSarif(log), JSON.stringify(isSarif.errors)).to.equal(true);
  return log.runs[0];
}

/** The schema with no field allowed that it does not name. */
function closed(schema: unknown): unknown {
  if (Array.isArray(schema)) return schema.map(closed);
  if (typeof schema !== 'object' || schema === null) return schema;
  const entries = Object.entries(schema).map(([key, value]) => [key, closed(value)]);
  const own = Object.fromEntries(entries) as Record<string, unknown>;
  return 'properties' in schema ? { ...own, additionalProperties: false } : own;
}

describe('results for machines', () => {
  it('are valid SARIF, with the line, column and pointer of the field', async () => {
    const { results, tool } = await sarifOf(['check', '-o', 'sarif', shop]);
    const privileged = results.find(({ ruleId }) => ruleId === 'no-privileged');
    const [location] = privileged?.locations ?? [];
    expect(location?.physicalLocation.region).to.deep.equal({ startLine: 17, startColumn: 13 });
    expect(location?.logicalLocations[0]?.fullyQualifiedName).to.equal(
      '/spec/template/spec/containers/0/securityContext/privileged',
    );
    for (const { ruleId, ruleIndex } of results) {
      const rule = tool.driver.rules[ruleIndex];
      expect(rule?.id).to.equal(ruleId);
      expect(rule?.helpUri).to.match(/^https:\/\/.*#|reasons\.md$/);
    }
  });

  it('have fingerprints that stay when lines move and differ between findings', async () => {
    const text = readFileSync(shop, 'utf8');
    const fingerprints = ({ results }: Run): readonly (string | undefined)[] =>
      results.map(({ partialFingerprints }) => partialFingerprints['lithopod/v1']);
    const before = fingerprints(await sarifOf(['check', '-o', 'sarif'], text));
    const moved = fingerprints(await sarifOf(['check', '-o', 'sarif'], `# moved\n\n${text}`));
    expect(moved).to.deep.equal(before);
    expect(new Set(before).size).to.equal(before.length);
    const twice = await sarifOf(['check', '-o', 'sarif'], `${toolPod('a')}---\n${toolPod('a')}`);
    expect(new Set(fingerprints(twice)).size).to.equal(twice.results.length);
  });

  it('name files as URIs: below the working folder relative to it, others in full', async () => {
    await withFolder({ 'a b%.yaml': toolPod('a') }, async (folder) => {
      const { results } = await sarifOf(['check', '-o', 'sarif', `${folder}/a b%.yaml`]);
      const [location] = results[0]?.locations ?? [];
      expect(location?.physicalLocation.artifactLocation.uri).to.match(
        /^file:\/\/\/.*\/a%20b%25\.yaml$/,
      );
    });
    const { results } = await sarifOf(['check', '-o', 'sarif', './test/cli/manifests/shop.yaml']);
    const [location] = results[0]?.locations ?? [];
    expect(location?.physicalLocation.artifactLocation).to.deep.equal({
      uri: 'test/cli/manifests/shop.yaml',
      uriBaseId: '%SRCROOT%',
    });
  });

  it('call an error what makes the command fail, and every conflict', async () => {
    const levels = async (threshold: string): Promise<ReadonlySet<string>> => {
      const argv = ['check', '-o', 'sarif', '--fail-on', threshold, shop];
      const { results } = await sarifOf(argv);
      return new Set(results.map(({ level, message }) => `${level} ${message.text}`));
    };
    const change = 'container "side" runs with readOnlyRootFilesystem: true';
    const conflict = 'container "web" must write to /var/run, and mounts "run" read-only at /run';
    expect(await levels('changed')).to.include.keys(`error ${change}`, `error ${conflict}`);
    expect(await levels('conflict')).to.include.keys(`warning ${change}`, `error ${conflict}`);
    expect(await levels('none')).to.include.keys(`warning ${change}`, `error ${conflict}`);
  });

  it('are commands of GitHub that no name can break out of', async () => {
    const pod = toolPod('"a\\n::error::b%,c: d"');
    const { stdout } = await cliWithProfiles(['check', '-o', 'github'], { stdin: pod });
    const lines = stdout.trimEnd().split('\n');
    expect(lines.filter((line) => line.startsWith('::error'))).to.have.length(2);
    expect(lines[0]).to.contain('::Pod/a%0A::error::b%25,c: d: container "tool"');
    await withFolder({ 'a,b.yaml': toolPod('a') }, async (folder) => {
      const outcome = await cliWithProfiles(['check', '-o', 'github', folder]);
      expect(outcome.stdout).to.match(/^::error file=[^,]*a%2Cb\.yaml,line=\d+,col=\d+,title=/);
    });
  });

  it('are JUnit with a failure for each error, and every text escaped', async () => {
    const pod = toolPod('"<a>&\\u0001\\"\\nb"');
    const { stdout } = await cliWithProfiles(['check', '-o', 'junit'], { stdin: pod });
    expect(stdout).to.match(/^<\?xml version="1.0" encoding="UTF-8"\?>\n<testsuites /);
    expect(stdout).to.contain('tests="2" failures="2" errors="0" time="0" skipped="0"');
    // The attributes of Jenkins' junit-10.xsd, which takes no other ones.
    const known: Readonly<Record<string, readonly string[]>> = {
      testsuites: ['name', 'tests', 'failures', 'errors', 'time'],
      testsuite: ['name', 'file', 'tests', 'failures', 'errors', 'time', 'skipped'],
      testcase: ['classname', 'name', 'time'],
      failure: ['type', 'message'],
    };
    for (const [, element, text] of stdout.matchAll(/<(\w+) ([^>]*)>/g)) {
      const names = [...text!.matchAll(/(\w+)="[^"]*"/g)].map(([, name]) => name);
      expect(known[element!], element).to.include.members(names);
    }
    expect(stdout).to.contain('name="Pod/&lt;a&gt;&amp;\uFFFD&quot;&#10;b read-only-root: ');
    const fine = (await cliWithProfiles(['harden'], { stdin: toolPod('a') })).stdout;
    const passed = await cliWithProfiles(['check', '-o', 'junit'], { stdin: fine });
    expect(passed.stdout).to.contain('<testcase classname="&lt;stdin&gt;" name="Pod/a" time="0"/>');
  });

  it('are a table of Markdown that no name can break out of, and that GitHub takes', async () => {
    const pod = toolPod('"a|`b`\\n<b>@all #1"');
    const { stdout } = await cliWithProfiles(['check', '-o', 'markdown'], { stdin: pod });
    expect(stdout).to.contain('| ``Pod/a\\|`b`\\x0a<b>@all #1`` |');
    const rows = stdout.split('\n').filter((row) => row.startsWith('| ❌'));
    expect(rows).to.have.length(2);
    const many = Array.from({ length: 600 }, (_, index) => toolPod(`pod-${index}`)).join('---\n');
    const large = await cliWithProfiles(['check', '-o', 'markdown'], { stdin: many });
    expect(Buffer.byteLength(large.stdout)).to.be.within(60_000, 65_536);
    expect(large.stdout).to.match(/\nand \d+ more results that did not fit here\n$/);
  });

  it('are JSON as the published schemas say', async () => {
    const isReport = new Ajv2020({ strict: false }).compile(
      closed(checkReportJsonSchema()) as object,
    );
    const ignored = `${toolPod('a')}# lithopod-ignore read-only-root\n`;
    for (const [argv, stdin] of [
      [['check', '-o', 'json', shop], undefined],
      [['check', '-o', 'json', '--level', 'restricted'], ignored],
    ] as const) {
      const outcome = await cliWithProfiles(argv, stdin === undefined ? {} : { stdin });
      expect(isReport(JSON.parse(outcome.stdout)), JSON.stringify(isReport.errors)).to.equal(true);
    }
    const isLint = new Ajv2020({ strict: false }).compile(closed(lintReportJsonSchema()) as object);
    const bad = await cli(['profiles', 'lint', '-o', 'json'], { stdin: 'kind: X\n' });
    expect(bad.code).to.equal(1);
    expect(isLint(JSON.parse(bad.stdout)), JSON.stringify(isLint.errors)).to.equal(true);
  });
});
