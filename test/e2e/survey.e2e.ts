// `lithopod survey` of a real API server with thousands of pods, by an account with few rights.

import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect } from 'chai';
import type { Survey } from '../../src/survey/survey.ts';
import { cli } from '../cli/run.ts';
import type { ControlPlane } from './control-plane/control-plane.ts';
import { prepareInstallation, type Installation } from './installation.ts';
import { openApi, type Api } from './scenarios/api.ts';

const run = promisify(execFile);
const root = join(import.meta.dirname, '../..');
const namespaces = 10;
const perNamespace = 300;
const perImage = perNamespace / 5;
/** Creations at once: more only queue up. */
const atOnce = 16;

const hard = { readOnlyRootFilesystem: true, privileged: false };

describe('lithopod survey', () => {
  let installation: Installation;
  let plane: ControlPlane;
  let api: Api;

  before(async () => {
    installation = await prepareInstallation();
    ({ plane } = installation);
    api = await openApi(plane);
    for (const file of ['05-crd-imageprofile', '06-crd-exemption']) {
      const at = join(root, 'manifests', `${file}.yaml`);
      const { code, stderr } = await installation.kubectl(['apply', '--server-side', '-f', at]);
      expect(code, stderr).to.equal(0);
    }
    const works: (() => Promise<void>)[] = [];
    for (let number = 0; number < namespaces; number++) {
      const labels = number % 2 === 0 ? { 'lithopod.dev/enforce': 'immutable' } : {};
      const name = `team-${number}`;
      await installation.namespace(name, labels);
      for (let index = 0; index < perNamespace; index++) {
        works.push(async () => {
          const { status, body } = await api.createPod(name, pod(`p-${index}`, index));
          expect(status, JSON.stringify(body)).to.equal(201);
        });
      }
    }
    await inTurns(works);
    await api.create('/apis/lithopod.dev/v1alpha1/namespaces/team-0/exemptions', {
      apiVersion: 'lithopod.dev/v1alpha1',
      kind: 'Exemption',
      metadata: { name: 'agents' },
      spec: {
        images: ['registry.corp/agent'],
        rules: ['no-privileged', 'read-only-root'],
        reason: 'They load modules.',
        expires: '2099-01-01',
      },
    });
    await api.create('/apis/lithopod.dev/v1alpha1/imageprofiles', {
      apiVersion: 'lithopod.dev/v1alpha1',
      kind: 'ImageProfile',
      metadata: { name: 'api' },
      spec: {
        images: ['registry.corp/api'],
        writable: [{ path: '/var/cache/api', why: 'Its cache.', contents: 'empty' }],
        evidence: [
          {
            kind: 'observed',
            ref: `registry.corp/api@sha256:${'a'.repeat(64)}`,
            seen: '2026-11-01',
          },
        ],
      },
    });
  });
  after(async () => {
    api.close();
    await installation.stop();
  });

  /** In each namespace as many of each of the five kinds. */
  function pod(name: string, index: number): object {
    const [image, securityContext] = [
      ['nginx:1.29', {}],
      ['nginx:1.29', hard],
      ['registry.corp/api:2', {}],
      ['registry.corp/unknown', {}],
      ['registry.corp/agent:1', { privileged: true }],
    ][index % 5]!;
    // As large a one as many annotations make it.
    const annotations = { padding: 'x'.repeat(20_000) };
    return {
      apiVersion: 'v1',
      kind: 'Pod',
      metadata: { name, annotations },
      spec: { containers: [{ name: 'main', image, securityContext }] },
    };
  }

  async function inTurns(works: readonly (() => Promise<void>)[]): Promise<void> {
    const left = works.values();
    const worker = async (): Promise<void> => {
      for (const work of left) await work();
    };
    await Promise.all(Array.from({ length: atOnce }, worker));
  }

  /** A kubeconfig of a new account that has these rights in the whole cluster. */
  async function accountWith(name: string, ...resources: readonly string[]): Promise<string> {
    const must = async (...args: readonly string[]): Promise<string> => {
      const { code, stdout, stderr } = await plane.kubectl(args);
      expect(code, stderr).to.equal(0);
      return stdout.trim();
    };
    await must('-n', 'team-0', 'create', 'serviceaccount', name);
    const what = resources.map((resource) => `--resource=${resource}`);
    await must('create', 'clusterrole', name, '--verb=list', ...what);
    await must(
      ...['create', 'clusterrolebinding', name, `--clusterrole=${name}`],
      `--serviceaccount=team-0:${name}`,
    );
    const token = await must('-n', 'team-0', 'create', 'token', name);
    const file = join(plane.dir, `${name}.kubeconfig`);
    const admin = JSON.parse(readFileSync(plane.kubeconfig, 'utf8')) as object;
    await writeFile(
      file,
      JSON.stringify({ ...admin, users: [{ name: 'admin', user: { token } }] }),
    );
    return file;
  }

  const survey = async (kubeconfig: string, ...argv: readonly string[]): Promise<Survey> => {
    const outcome = await cli(['survey', '--kubeconfig', kubeconfig, '-o', 'json', ...argv]);
    expect(outcome.code, outcome.stderr).to.equal(0);
    return JSON.parse(outcome.stdout) as Survey;
  };

  it('takes the least rights, and is right of every pod', async () => {
    const kubeconfig = await accountWith(
      ...(['surveyor', 'pods', 'namespaces'] as const),
      ...['imageprofiles.lithopod.dev', 'exemptions.lithopod.dev'],
    );
    const { images, summary, unread, others } = await survey(kubeconfig, '-A');
    expect(unread).to.deep.equal([]);
    expect(others).to.equal(undefined);
    expect(summary.pods).to.equal(namespaces * perNamespace);
    const each = namespaces * perImage;
    expect(summary.mutable).to.deep.equal({
      'no-label': 2 * each,
      'not-asked': 2 * each - perImage,
      exempted: perImage,
    });
    const rows = images.map(({ image, pods, profile, verdict, levels }) => ({
      ...{ image, pods, verdict },
      kind: profile.kind,
      hard: levels.immutable + levels.restricted,
    }));
    expect(rows).to.deep.equal([
      { image: 'registry.corp/agent:1', pods: each, verdict: 'cannot', kind: 'default', hard: 0 },
      {
        ...{ image: 'registry.corp/unknown:latest', pods: each, verdict: 'learn' },
        ...{ kind: 'default', hard: 0 },
      },
      {
        ...{ image: 'docker.io/library/nginx:1.29', pods: 2 * each, verdict: 'ready' },
        ...{ kind: 'built-in', hard: each },
      },
      { image: 'registry.corp/api:2', pods: each, verdict: 'ready', kind: 'learnt', hard: 0 },
    ]);
  });

  it('needs no more memory for thousands of pods than for a page of them', async () => {
    // All of them as text are 60 MB; 500 of them are more than is read of one answer.
    const { stdout } = await run(process.execPath, [
      ...['--import', 'tsx', '--max-old-space-size=96', 'src/cli/main.ts'],
      ...['survey', '-A', '--kubeconfig', plane.kubeconfig],
    ]);
    expect(stdout).to.include(`4 images in ${namespaces * perNamespace} pods`);
  });

  it('says what it does not know, with the right to list pods alone', async () => {
    const kubeconfig = await accountWith('nearly-blind', 'pods');
    const { summary, unread, images } = await survey(kubeconfig, '-A');
    expect(summary.mutable).to.deep.equal({ unread: 4 * namespaces * perImage });
    expect(images.find(({ image }) => image === 'registry.corp/api:2')?.verdict).to.equal('learn');
    expect(unread.map((text) => /^may not read ([^:]*): /.exec(text)?.[1])).to.deep.equal([
      'the namespaces',
      'the ImageProfiles',
      'the Exemptions of all namespaces',
    ]);
  });

  it('refuses without the right to list pods', async () => {
    const kubeconfig = await accountWith('blind', 'services');
    const { code, stderr, stdout } = await cli(['survey', '-A', '--kubeconfig', kubeconfig]);
    expect(code).to.equal(2);
    expect(stdout).to.equal('');
    expect(stderr).to.include('a ClusterRole has to allow the verb "list" on "pods"');
  });

  it('says the same of a namespace, and of what kubectl prints of it', async () => {
    const one = await survey(plane.kubeconfig, '-n', 'team-0');
    expect(one.summary.pods).to.equal(perNamespace);
    const kinds = 'pods,exemptions.lithopod.dev';
    const got = await plane.kubectl(['-n', 'team-0', 'get', kinds, '-o', 'json']);
    const rest = await plane.kubectl(['get', 'namespaces,imageprofiles', '-o', 'json']);
    const { stdout } = await cli(['survey', '-n', 'team-0', '-f', '-', '-o', 'json'], {
      stdin: `${got.stdout}\n${rest.stdout}`,
    });
    expect(JSON.parse(stdout)).to.deep.equal(one);
  });

  it('fails a pipeline by what it finds', async () => {
    const codeOf = async (...argv: readonly string[]) =>
      (await cli(['survey', '--kubeconfig', plane.kubeconfig, ...argv])).code;
    expect(await codeOf('-A', '--fail-on', 'mutable')).to.equal(1);
    expect(await codeOf('-n', 'team-1', '--fail-on', 'learn')).to.equal(1);
    expect(await codeOf('-n', 'kube-system', '--fail-on', 'mutable,learn,cannot')).to.equal(0);
  });
});
