/** The public manifests of the corpus, where it lies beside the repository. */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { isDeepStrictEqual } from 'node:util';
import { expect } from 'chai';
import { defaultPolicy, wholePod } from '../../src/core/context/context.ts';
import { documentOperations, hardenTemplate } from '../../src/core/harden-template.ts';
import { applyPatch } from '../../src/core/patch.ts';
import type { Operation } from '../../src/core/patch.ts';
import { readPod } from '../../src/core/pod/read-pod.ts';
import { podTemplates } from '../../src/core/pod/pod-templates.ts';
import { applyEdits } from '../../src/documents/edit.ts';
import { editManifests, readManifests } from '../../src/documents/index.ts';
import { loadCatalogue } from '../../src/profile-files/catalogue-files.ts';
import { parseText } from '../../src/documents/dialect.ts';
import type { ManifestFile } from '../../src/documents/index.ts';
import { missingLine, untouchedLines } from './untouched.ts';

const folder = new URL('../../../shared/corpus/manifests/', import.meta.url);

interface Template {
  readonly documentIndex: number;
  readonly pointer: string;
}

/**
 * Public manifests that kubectl's lenient reader takes and ours refuses: a key that stands twice
 * (its last value silently wins), and a quoted scalar whose second line is not indented (which YAML
 * forbids).
 */
const refused: Readonly<Record<string, RegExp>> = {
  'groundhog2k_helm-charts__charts__gitea.rendered.yaml': /is twice/,
  'groundhog2k_helm-charts__charts__nextcloud.rendered.yaml': /is twice/,
  'kubeflow_manifests__experimental__helm__charts__kserve-models-web-app.rendered.yaml': /is twice/,
  'microservices-demo_microservices-demo__deploy__kubernetes__manifests-monitoring__23-grafana-import-dash-batch.yaml':
    /closing 'quote/,
};

function readCorpus(): readonly ManifestFile[] {
  return readdirSync(folder)
    .filter((name) => name.endsWith('.yaml'))
    .flatMap((name) => {
      const read = readManifests(readFileSync(new URL(name, folder), 'utf8'), name);
      if (read.ok) return [read.value];
      expect(read.problems[0]!.message, name).to.match(refused[name] ?? /^nothing is refused$/);
      return [];
    });
}

function templatesOf(file: ManifestFile): readonly Template[] {
  return file.documents.flatMap(({ value }, documentIndex) =>
    podTemplates(value).map(({ pointer }) => ({ documentIndex, pointer })),
  );
}

/**
 * What hardening does to every pod: a field of a security context, a first mount, a further volume.
 */
function hardeningOf(
  file: ManifestFile,
  { documentIndex, pointer }: Template,
): readonly Operation[] {
  const { value } = file.documents[documentIndex]!;
  const at = (path: string): unknown =>
    path
      .split('/')
      .slice(1)
      .reduce<unknown>((node, key) => (node as Record<string, unknown> | undefined)?.[key], value);
  const container = `${pointer}/spec/containers/0`;
  const put = (path: string, whole: unknown, ...inside: readonly [string, unknown]): Operation =>
    at(path) == null
      ? { op: 'add', path, value: whole }
      : { op: 'add', path: `${path}/${inside[0]}`, value: inside[1] };
  const volume = { name: 'lithopod-a-tmp-000000', emptyDir: {} };
  const mount = { name: volume.name, mountPath: '/tmp' };
  const volumes = at(`${pointer}/spec/volumes`) as readonly unknown[] | undefined;
  return [
    put(
      `${container}/securityContext`,
      { readOnlyRootFilesystem: true },
      'readOnlyRootFilesystem',
      true,
    ),
    put(`${container}/volumeMounts`, [mount], '0', mount),
    put(`${pointer}/spec/volumes`, [volume], String(volumes?.length ?? 0), volume),
  ];
}

describe('the public manifests', function () {
  let files: readonly ManifestFile[] = [];

  before(function () {
    if (!existsSync(folder)) {
      console.warn('    skipped: no corpus at ../shared/corpus/manifests');
      this.skip();
    }
    files = readCorpus();
  });

  it('come back as the same bytes when nothing is edited', () => {
    for (const file of files) {
      expect(editManifests(file, new Map([[0, []]]))).to.deep.equal({
        ok: true,
        value: { text: file.text, rewritten: [] },
      });
      const parts = file.documents.map(({ start, end }) => file.text.slice(start, end));
      expect(parts.join(''), file.name).to.equal(file.text);
    }
  });

  it('take the edits of hardening in place: only new lines, and never by rewriting', () => {
    let edited = 0;
    const rewritten: string[] = [];
    for (const file of files) {
      for (const template of templatesOf(file)) {
        const { documentIndex } = template;
        const operations = hardeningOf(file, template);
        const result = applyEdits(file, documentIndex, operations);
        if (!result.ok) throw new Error(`${file.name}: ${JSON.stringify(result.problems)}`);
        const { text } = result.value;
        edited++;
        if (result.value.rewritten)
          rewritten.push(`${file.name} ${documentIndex}${template.pointer}`);
        const place = `${file.name} ${documentIndex}${template.pointer}`;
        expect(missingLine(untouchedLines(file, documentIndex, operations), text), place).to.equal(
          undefined,
        );
        const [document] = parseText(text);
        const { value } = file.documents[documentIndex]!;
        const expected = applyPatch(value, operations);
        expect(isDeepStrictEqual(document!.syntax.toJS(), expected), place).to.equal(true);
      }
    }
    console.log(`      ${edited} pod templates edited, ${rewritten.length} documents rewritten`);
    expect(rewritten).to.deep.equal([]);
    expect(edited).to.be.greaterThan(1300);
  }).timeout(120_000);

  for (const level of ['immutable', 'restricted'] as const) {
    it(`are all edited in place by harden at ${level}`, async () => {
      const catalogue = await loadCatalogue({ paths: [], mirrors: [] });
      if (!catalogue.ok) throw new Error(JSON.stringify(catalogue.problems));
      const rewritten: string[] = [];
      for (const file of files) {
        const edits = file.documents.map(({ value }) =>
          podTemplates(value).flatMap((location) => {
            const pod = readPod(location.pod);
            if (!pod.ok) return [];
            const policy = { ...defaultPolicy, level };
            const subject = { ...wholePod, claims: location.claims };
            const hardening = hardenTemplate(location, pod.value, catalogue.value, policy, subject);
            return documentOperations(location, hardening);
          }),
        );
        const edited = editManifests(file, new Map(edits.entries()));
        if (!edited.ok) throw new Error(`${file.name}: ${JSON.stringify(edited.problems)}`);
        rewritten.push(...edited.value.rewritten.map((index) => `${file.name} ${index}`));
      }
      expect(rewritten).to.deep.equal([]);
    }).timeout(120_000);
  }
});
