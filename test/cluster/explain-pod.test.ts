import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect } from 'chai';
import { parseProfiles } from '../../src/core/catalogue/parse/parse.ts';
import { cli, withFolder } from '../cli/run.ts';
import { status, withApi } from './api-server.ts';
import { answersOf, crashLogs } from './crashing-pod.ts';
import type { ExplainedRun, PodExplanation } from '../../src/cli/report/pod-explanation.ts';
import type { Outcome, Surroundings } from '../cli/run.ts';
import type { Logs } from './crashing-pod.ts';

async function explain(
  argv: readonly string[],
  { logs = crashLogs, without }: { readonly logs?: Logs; readonly without?: RegExp } = {},
  surroundings: Surroundings = {},
): Promise<Outcome> {
  return withApi(await answersOf(logs, without), ({ kubeconfig }) =>
    cli(['explain', '--kubeconfig', kubeconfig, ...argv], surroundings),
  );
}

async function explained(...[argv, fake]: Parameters<typeof explain>): Promise<PodExplanation> {
  const { code, stdout, stderr } = await explain([...argv, '-o', 'json'], fake);
  expect({ code, stderr }).to.deep.equal({ code: 0, stderr: '' });
  const { version, pods } = JSON.parse(stdout) as { version: 1; pods: PodExplanation[] };
  expect({ version, pods: pods.length }).to.deep.equal({ version: 1, pods: 1 });
  return pods[0]!;
}

function run(pod: PodExplanation, name: string): ExplainedRun {
  return pod.containers.find((container) => container.name === name)!;
}

const sysctl = { name: 'a.b', value: '0' };

describe('lithopod explain -n NAMESPACE POD', () => {
  it('tells how each container runs, and what was changed in it', async () => {
    const pod = await explained(['-n', 'shop', 'web']);
    expect(pod).to.include({ namespace: 'shop', name: 'web', phase: 'Running', node: 'node-1' });
    expect(pod.hardened).to.be.true;
    expect(pod.containers.map(({ name, list }) => `${list} ${name}`)).to.deep.equal([
      'initContainers prepare',
      'containers nginx',
      'containers app',
    ]);
    const { run: state, profile, changes, image } = run(pod, 'nginx');
    expect(image).to.equal('nginx:1.29');
    expect(state).to.deep.equal({
      state: 'waiting',
      reason: 'CrashLoopBackOff',
      message: 'back-off 2m40s restarting',
      restarts: 5,
      lastExit: { code: 1, reason: 'Error' },
      imageId: 'docker.io/library/nginx@sha256:abc',
    });
    expect(profile).to.deep.equal({
      name: 'nginx',
      source: 'builtin',
      pattern: 'docker.io/library/nginx',
    });
    expect(changes.volumes.map(({ path, seeded }) => ({ path, seeded }))).to.deep.equal([
      { path: '/tmp', seeded: false },
      { path: '/var/cache/nginx', seeded: false },
      { path: '/var/run', seeded: false },
    ]);
    expect(changes.masked).to.deep.equal(['/bin/bash']);
    expect(changes.securityContext).to.deep.include({ readOnlyRootFilesystem: true });
    expect(changes.rules).to.include.members(['read-only-root', 'writable-paths']);
  });

  it('diagnoses each container’s log, with a profile to paste that parses', async () => {
    const pod = await explained(['-n', 'shop', 'web']);
    const nginx = run(pod, 'nginx');
    expect(nginx.diagnoses.map(({ cause, path }) => ({ cause, path }))).to.deep.equal([
      { cause: 'missing-mount', path: '/etc/nginx/conf.d' },
    ]);
    expect(nginx.diagnoses[0]?.line).to.include('30-conf.sh: line 12');
    const profiles = parseProfiles(nginx.mended!.profile, 'mended');
    if (!profiles.ok) throw new Error('the mended profile does not parse');
    expect(
      profiles.value[0]!.writable.map(({ path, contents }) => `${path} ${contents}`),
    ).to.deep.equal([
      '/tmp empty',
      '/var/cache/nginx empty',
      '/var/run empty',
      '/etc/nginx/conf.d seeded',
    ]);
    expect(nginx.mended?.where).to.include('takes the place of the built-in profile "nginx"');

    // No profile is for the image: a new one, with the paths of the default profile.
    const app = parseProfiles(run(pod, 'app').mended!.profile, 'mended');
    if (!app.ok) throw new Error('the new profile does not parse');
    expect(app.value[0]).to.deep.include({
      name: 'registry-test-shop-app',
      images: ['registry.test/shop/app'],
    });
    expect(app.value[0]!.writable.map(({ path }) => path)).to.deep.equal(['/tmp', '/var/lib/shop']);
    expect(run(pod, 'prepare').diagnoses).to.deep.equal([]);
  });

  it('mends: with that profile the same pod has the path, and the line no longer asks for it', async () => {
    const pod = await explained(['-n', 'shop', 'web']);
    await withFolder({ 'mended.yaml': run(pod, 'nginx').mended!.profile }, async (folder) => {
      const { stdout } = await cli(['harden', '--profiles', folder], {
        stdin:
          'apiVersion: v1\nkind: Pod\nmetadata: {name: a}\nspec: {containers: [{name: a, image: "nginx:1.29"}]}\n',
      });
      expect(stdout).to.include('mountPath: /etc/nginx/conf.d');
      const argv = ['diagnose', '--image', 'nginx:1.29', '-o', 'json', '--profiles', folder];
      const diagnosed = await cli(argv, { stdin: run(pod, 'nginx').diagnoses[0]!.line });
      const { diagnoses } = JSON.parse(diagnosed.stdout) as Pick<ExplainedRun, 'diagnoses'>;
      expect(diagnoses.map(({ path }) => path)).to.deep.equal(['/etc/nginx/conf.d']);
      expect(diagnoses[0]).not.to.have.property('mend');
      const again = await explained(['-n', 'shop', 'web', '--profiles', folder]);
      expect(run(again, 'nginx').profile).to.include({ name: 'nginx', source: 'directory' });
    });
  });

  it('says nothing twice where its output is put into a file and the pod explained again', async () => {
    const { stdout } = await explain(['-n', 'shop', 'web', '-c', 'app'], {}, { columns: 60 });
    const printed = stdout.slice(stdout.indexOf('# The profile that mends this.'));
    await withFolder({ 'app.yaml': printed }, async (folder) => {
      const logs: Logs = () => ({ body: 'open /var/lib/other/x: read-only file system\n' });
      const argv = ['-n', 'shop', 'web', '-c', 'app', '--profiles', folder];
      const { mended } = run(await explained(argv, { logs }), 'app');
      expect(mended!.profile).to.match(/^apiVersion: /);
      const profiles = parseProfiles(mended!.profile, 'mended');
      if (!profiles.ok) throw new Error('the mended profile does not parse');
      const [{ writable, evidence }] = profiles.value as [(typeof profiles.value)[number]];
      expect(writable.map(({ path }) => path)).to.include.members([
        '/var/lib/shop',
        '/var/lib/other',
      ]);
      expect(evidence).to.have.lengthOf(1);
    });
  });

  it('shows warnings, not what is normal', async () => {
    const { events } = await explained(['-n', 'shop', 'web']);
    expect(
      events.map(({ reason, count, container }) => ({ reason, count, container })),
    ).to.deep.equal([
      { reason: 'BackOff', count: 7, container: 'nginx' },
      { reason: 'FailedMount', count: 1, container: undefined },
    ]);
  });

  it('prints it for people, evidence and profile included, and never an environment value', async () => {
    const { code, stdout } = await explain(['-n', 'shop', 'web'], {}, { columns: 100 });
    expect(code).to.equal(0);
    expect(stdout).to.match(/^Pod\/web \(namespace shop\)\n {2}Running, on node-1\n/);
    expect(stdout).to.include(
      '    state     CrashLoopBackOff, 5 restarts, last exit code 1 (Error)\n',
    );
    expect(stdout).to.include('    masked    /bin/bash\n');
    expect(stdout).to.match(/volumes {3}\/tmp: an emptyDir \("lithopod-nginx-/);
    expect(stdout).to.include(
      "      missing-mount /etc/nginx/conf.d\n        | /docker-entrypoint.d/30-conf.sh: line 12: can't create",
    );
    expect(stdout).to.include('            contents: seeded\n');
    expect(stdout).to.include('    BackOff (nginx) ×7: Back-off restarting failed container\n');
    expect(stdout).to.include('\nkind: ImageProfile\nmetadata: { name: nginx }\n');
    expect(stdout).not.to.match(/hunter/);
    expect(stdout).to.match(/^# Then create the pod anew\./m);
    // Whole, at the margin: what follows a profile's note is a profile.
    const [, ...profiles] = stdout.split('# The profile that mends this.');
    expect(profiles).to.have.length(2);
    for (const text of profiles) expect(parseProfiles(`#${text}`, 'x').ok).to.be.true;
  });

  it('takes pod/NAME in the namespace of the context, several names, and one container', async () => {
    expect((await explained(['pod/web'])).namespace).to.equal('shop');
    const { containers, events } = await explained(['po/web', '-c', 'app']);
    expect(containers.map(({ name }) => name)).to.deep.equal(['app']);
    expect(events.map(({ reason }) => reason)).to.deep.equal(['FailedMount']);
    const { code, stdout, stderr } = await explain(['web', 'nobody', 'pod/web']);
    expect(code).to.equal(2);
    expect(stdout.match(/^Pod\/web/gm)).to.have.length(1);
    expect(stderr).to.equal(
      'error: there is no pod "nobody" in the namespace "shop" (pods "nobody" not found)\n',
    );
  });

  it('reads a file where pod/NAME is one', async () => {
    await withFolder({ 'pod/web': 'kind: Nothing\n' }, async (folder) => {
      const { code, stdout } = await cli(['explain', join(folder, 'pod/web')]);
      expect({ code, stdout }).to.deep.equal({ code: 0, stdout: 'No pod and no workload.\n' });
    });
  });

  it('goes on without logs and events that it may not read, and names the right that is missing', async () => {
    const pod = await explained(['-n', 'shop', 'web'], { without: /log$|events$/ });
    expect(pod.unread).to.deep.equal([
      'may not read the events of pod "web": a Role of the namespace "shop" has to allow the verb "list" on "events" (User "dev" cannot do this)',
      ...['prepare', 'nginx', 'app'].map(
        (name) =>
          `may not read the log of container "${name}": a Role of the namespace "shop" has to allow the verb "get" on "pods/log" (User "dev" cannot do this)`,
      ),
    ]);
    expect(run(pod, 'nginx').run?.restarts).to.equal(5);
    const { code, stdout } = await explain(['-n', 'shop', 'web'], { without: /log$/ });
    expect(code).to.equal(0);
    expect(stdout).to.include('  not read\n    may not read the log of container "prepare"');
  });

  it('diagnoses what the kubelet says where there is no log', async () => {
    const logs: Logs = () => status(400, 'container "app" in pod "web" is waiting to start: x');
    const answers = await answersOf(logs);
    const message = 'container has runAsNonRoot and image will run as root';
    await withApi(
      (path, query) => {
        const reply = answers(path, query);
        if (!path.endsWith('/pods/web') || reply === undefined) return reply;
        const waiting = { reason: 'CreateContainerConfigError', message };
        const containerStatuses = [{ name: 'app', restartCount: 0, state: { waiting } }];
        return {
          body: { ...(reply.body as object), status: { phase: 'Pending', containerStatuses } },
        };
      },
      async ({ kubeconfig }) => {
        const { stdout } = await cli(['explain', '--kubeconfig', kubeconfig, 'web', '-c', 'app']);
        expect(stdout).to.include(
          'state     CreateContainerConfigError, 0 restarts: container has runAsNonRoot',
        );
        expect(stdout).to.include(`      non-root-user\n        | ${message}\n`);
      },
    );
  });

  it('says of a pod without the annotation that it was not changed, and reads a broken one', async () => {
    const securityContext = { readOnlyRootFilesystem: true };
    for (const [annotations, hardened] of [
      [{}, false],
      [{ 'lithopod.dev/hardened': '{"app":7,' }, true],
      [{ 'lithopod.dev/hardened': '{"app":{"profile":"other","rules":[1,"seccomp"]}}' }, true],
    ] as const) {
      const pod = {
        metadata: { annotations },
        spec: { containers: [{ name: 'app', image: 'x', securityContext }] },
      };
      await withApi(
        (path) => ({ body: path.endsWith('/pods/p') ? pod : { items: [] } }),
        async ({ kubeconfig }) => {
          const argv = ['explain', '--kubeconfig', kubeconfig, 'p'];
          const { stdout } = await cli(argv);
          expect(stdout.includes('Hardened by Lithopod')).to.equal(hardened);
          expect(stdout).to.include('state     nothing known yet\n');
          const other =
            'annotations' in pod.metadata && JSON.stringify(annotations).includes('other');
          expect(stdout.includes('the webhook took "other"')).to.equal(other);
          expect(stdout.includes('ok        seccomp\n')).to.equal(other);
        },
      );
    }
  });

  it('tells what the pod says for all of its containers, and nothing where it says nothing', async () => {
    for (const [securityContext, told] of [
      [
        { fsGroup: 999, seccompProfile: { type: 'RuntimeDefault' }, sysctls: [sysctl] },
        '\n  For all containers: fsGroup: 999, seccompProfile: RuntimeDefault, a.b: 0\n',
      ],
      [{}, undefined],
    ] as const) {
      const pod = { spec: { securityContext, containers: [{ name: 'app', image: 'x' }] } };
      await withApi(
        (path) => ({ body: path.endsWith('/pods/p') ? pod : { items: [] } }),
        async ({ kubeconfig }) => {
          const { stdout } = await cli(['explain', '--kubeconfig', kubeconfig, 'p']);
          if (told === undefined) expect(stdout).not.to.include('For all containers');
          else expect(stdout).to.include(told);
        },
      );
    }
  });

  it('refuses what is no pod of a cluster', async () => {
    const outcome = await explain(['-n', 'shop', 'web', '-c', 'nobody']);
    expect(outcome).to.deep.equal({
      code: 2,
      stdout: '',
      stderr: 'error: the pod has no container "nobody"; it has prepare, nginx, app\n',
    });
    await withApi(
      () => ({ body: { kind: 'Pod', spec: 7 } }),
      async ({ kubeconfig, folder }) => {
        const { code, stderr } = await cli(['explain', '--kubeconfig', kubeconfig, 'x']);
        expect({ code, stderr }).to.deep.equal({
          code: 2,
          stderr: 'error: /spec: must be an object\n',
        });
        const wrong = join(folder, 'wrong');
        await writeFile(wrong, (await readFile(kubeconfig, 'utf8')).replace(/:\d+"/, ':1"'));
        const unreachable = await cli(['explain', '--kubeconfig', wrong, 'x']);
        expect(unreachable.code).to.equal(2);
        expect(unreachable.stderr).to.match(
          /^error: cannot reach http:\/\/127\.0\.0\.1:1 \(context "here"\): /,
        );
        const context = await cli(['explain', '--kubeconfig', kubeconfig, '--context', 'z', 'x']);
        expect(context.stderr).to.include('has no context "z"; there are: here\n');
      },
    );
  });
});
