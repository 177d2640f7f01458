import { gzipSync } from 'node:zlib';
import { expect } from 'chai';
import { cliWithProfiles, toolPod, withFolder } from './run.ts';
import type { CheckReport } from '../../src/cli/report/findings.ts';

const pods = ['first', 'second'].map((name) => ({
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: { name },
  spec: { containers: [{ name: 'tool', image: 'registry.test/tool' }] },
}));
const helm =
  'metadata:\n  name: {{ include "a" . }}\nspec:\n{{- if .Values.x }}\n  a: 1\n{{- end }}\n';

/** Files of which `check` says one sentence and nothing else. */
const others: Readonly<
  Record<string, readonly [file: string, content: string | Uint8Array, code: number, says: RegExp]>
> = {
  'a Dockerfile': ['Dockerfile', 'FROM debian:13\nRUN make\n', 2, /Dockerfile, not a Kubernetes/],
  'a Dockerfile of another name': [
    'image.txt',
    '# syntax=docker/dockerfile:1\nARG BASE=debian:13\nFROM debian:13-slim AS build\nRUN ["make"]\n',
    2,
    /Dockerfile/,
  ],
  'a Helm template': ['web.yaml', helm, 2, /web\.yaml:2: error: .*Helm template.*helm template/],
  Markdown: ['README.md', '# Shop\n\nApply: this\n```yaml\na: [\n```\n', 2, /Markdown/],
  'Markdown that YAML takes for comments': ['README.md', '# Shop\n', 0, /Markdown/],
  HTML: ['page.yaml', '<!DOCTYPE html>\n<html><body>a: b: c</body></html>\n', 2, /HTML/],
  'a script': ['apply.sh', '#!/bin/sh\nset -e: x: y\n', 2, /script/],
  "kubectl's table": [
    'pods.txt',
    'NAME   READY   STATUS    RESTARTS   AGE\nweb-0  1/1     Running   0          5d\n',
    2,
    /-o yaml/,
  ],
  'a text': ['notes.yaml', 'just some words\n', 2, /not a Kubernetes object/],
  'an empty file': ['none.yaml', '', 0, /none\.yaml: warning: holds no object: it is empty/],
  'comments alone': ['none.yaml', '---\n# nothing\n', 0, /it is empty/],
  'a kustomization': ['kustomization.yaml', 'resources: [deploy.yaml]\n', 0, /kubectl kustomize/],
  'a JSON patch': [
    'patch.yaml',
    '- { op: add, path: /spec/replicas, value: 3 }\n',
    0,
    /is a JSON patch/,
  ],
  'a list': ['list.json', JSON.stringify(pods), 0, /is a list, not a Kubernetes object/],
  gzip: ['chart.tgz', gzipSync('x'), 2, /compressed by gzip/],
  'UTF-16': ['pod.yaml', Buffer.from('\uFEFFkind: Pod', 'utf16le'), 2, /UTF-16.*UTF-8/],
  'a binary': ['app', Buffer.from([0x7f, 0x45, 0x4c, 0x46, 0, 0, 0xff]), 2, /is binary/],
};

describe('files that are no manifests', () => {
  for (const [what, [file, content, expected, says]] of Object.entries(others)) {
    it(`says one sentence of ${what}`, async () => {
      await withFolder({ [file]: content }, async (folder) => {
        const { code, stderr } = await cliWithProfiles(['check', `${folder}/${file}`]);
        expect(stderr).to.match(says);
        expect(stderr.trimEnd().split('\n')).to.have.length(1);
        expect(code).to.equal(expected);
      });
    });
  }

  it('says one sentence of a Compose file, which another command hardens', async () => {
    const files = { 'compose.yaml': 'services:\n  web: { image: nginx }\n' };
    await withFolder(files, async (folder) => {
      const { code, stderr } = await cliWithProfiles(['harden', `${folder}/compose.yaml`]);
      expect(stderr).to.match(/compose\.yaml:1:1: warning: compose\.yaml is a Compose file/);
      expect(stderr.trimEnd().split('\n')).to.have.length(1);
      expect(code).to.equal(0);
    });
  });

  it('takes a Helm action inside of a text for text', async () => {
    const text = `apiVersion: v1\nkind: ConfigMap\ndata:\n  a: |\n    {{ x }}\n  b: "{{ y }}"\n`;
    const { code, stderr } = await cliWithProfiles(['check'], { stdin: text });
    expect({ code, stderr }).to.deep.equal({ code: 0, stderr: '' });
  });

  for (const [form, text] of [
    ['one on each line', pods.map((pod) => JSON.stringify(pod)).join('\n')],
    ['as kubectl prints them', pods.map((pod) => JSON.stringify(pod, null, 4)).join('\n')],
    ['without a line end', pods.map((pod) => JSON.stringify(pod)).join('')],
  ] as const) {
    it(`reads JSON texts one after the other, ${form}, and keeps them so`, async () => {
      const { stdout, stderr } = await cliWithProfiles(['harden'], { stdin: text });
      expect(stderr).to.equal('');
      expect(stdout).to.match(/"first"[^]*readOnlyRootFilesystem[^]*"second"[^]*readOnlyRoot/);
      const again = await cliWithProfiles(['harden'], { stdin: stdout });
      expect(again.stdout).to.equal(stdout);
      expect((await cliWithProfiles(['check'], { stdin: stdout })).code).to.equal(0);
    });
  }
});

describe('a file that cannot be read among others', () => {
  const files = { 'a.yaml': toolPod('a'), 'b.yaml': 'b: [', 'c.yaml': toolPod('c') };

  it('hides none of the results of the others', async () => {
    await withFolder(files, async (folder) => {
      const check = await cliWithProfiles(['check', folder]);
      expect(check.code).to.equal(2);
      expect(check.stdout).to.match(/Pod\/a[^]*Pod\/c[^]*2 of 2 objects/);
      expect(check.stderr).to.match(/b\.yaml:1:5: error: /);

      const json = await cliWithProfiles(['check', '-o', 'json', folder]);
      const report = JSON.parse(json.stdout) as CheckReport;
      expect(json.code).to.equal(2);
      expect(report.objects.map(({ name }) => name)).to.deep.equal(['a', 'c']);
      expect(report.problems.map(({ file }) => file)).to.deep.equal([`${folder}/b.yaml`]);

      const explain = await cliWithProfiles(['explain', folder]);
      expect(explain.code).to.equal(2);
      expect(explain.stdout).to.match(/Pod\/a[^]*Pod\/c/);

      const diff = await cliWithProfiles(['harden', '--diff', folder]);
      expect(diff.code).to.equal(2);
      expect(diff.stdout).to.match(/a\.yaml[^]*c\.yaml/);
    });
  });

  it('leaves manifests unwritten: half of them must not look like all', async () => {
    await withFolder(files, async (folder) => {
      for (const flags of [[], ['--in-place'], ['-o', 'json']]) {
        const { code, stdout } = await cliWithProfiles(['harden', ...flags, folder]);
        expect({ code, stdout }).to.deep.equal({ code: 2, stdout: '' });
      }
    });
  });
});

describe('--fail-on', () => {
  const unknown = 'apiVersion: x.example.com/v1\nkind: A\nspec: { all: [{ image: x }] }\n';

  for (const [failOn, stdin, code] of [
    ['unknown-kind', unknown, 1],
    ['changed', unknown, 0],
    ['changed,unknown-kind', unknown, 1],
    ['changed,unknown-kind', toolPod('a'), 1],
    ['conflict,unknown-kind', toolPod('a'), 0],
    ['none', unknown, 0],
    ['none,changed', unknown, 2],
    ['sometimes', unknown, 2],
  ] as const) {
    it(`${failOn} ends with ${code}`, async () => {
      expect(await cliWithProfiles(['check', '--fail-on', failOn], { stdin })).to.include({ code });
    });
  }

  it('may be given twice', async () => {
    const argv = ['check', '--fail-on', 'conflict', '--fail-on', 'unknown-kind'];
    expect(await cliWithProfiles(argv, { stdin: unknown })).to.include({ code: 1 });
  });
});
