// `lithopod explain` against a real API server: what it stores, what it refuses, and that there is no kubelet to ask for
// logs. What logs say is test/cluster's business.

import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

import { expect } from 'chai';

import type { PodExplanation } from '../../../src/cli/pod-explanation.ts';
import { parseProfiles } from '../../../src/core/catalogue/parse.ts';
import { cli } from '../../cli/run.ts';
import { sharedCluster, type Cluster } from './cluster.ts';

const pod = {
  metadata: { name: 'web' },
  spec: {
    // No such node: the API server looks for it when it is asked for the log.
    nodeName: 'nowhere',
    containers: [{ name: 'nginx', image: 'nginx:1.29', securityContext: { privileged: true } }],
  },
};

const crashed = {
  phase: 'Running',
  containerStatuses: [
    {
      name: 'nginx',
      image: 'nginx:1.29',
      imageID: '',
      ready: false,
      restartCount: 3,
      state: { waiting: { reason: 'CrashLoopBackOff', message: 'back-off' } },
      lastState: {
        terminated: {
          exitCode: 1,
          reason: 'Error',
          message: "can't create /etc/nginx/conf.d/default.conf: Read-only file system",
        },
      },
    },
  ],
};

describe('lithopod explain, asking a cluster', function () {
  this.timeout(120_000);
  let cluster: Cluster;
  let kubeconfig: string;
  let uid: string;

  before('create a pod that crashes', async () => {
    cluster = await sharedCluster();
    ({ kubeconfig } = cluster.installation.plane);
    await cluster.namespace('crashing', { 'lithopod.dev/enforce': 'immutable' });
    await cluster.api.create('/api/v1/namespaces/crashing/pods', pod);
    const path = '/api/v1/namespaces/crashing/pods/web/status';
    const { status } = await cluster.api.call('PATCH', path, { status: crashed });
    expect(status).to.equal(200);
    ({ uid } = (await cluster.api.readPod('crashing', 'web')).metadata);
    await cluster.api.create('/api/v1/namespaces/crashing/events', {
      metadata: { name: 'web.1' },
      involvedObject: {
        ...{ kind: 'Pod', namespace: 'crashing', name: 'web', uid },
        fieldPath: 'spec.containers{nginx}',
      },
      ...{ type: 'Warning', reason: 'BackOff', message: 'Back-off restarting', count: 4 },
    });
  });

  async function explain(...argv: readonly string[]): ReturnType<typeof cli> {
    return cli(['explain', '--kubeconfig', kubeconfig, ...argv]);
  }

  it('tells what was changed, how the pod runs, and the profile that mends it', async () => {
    const { code, stdout, stderr } = await explain('-n', 'crashing', 'web', '-o', 'json');
    expect(code, stderr).to.equal(0);
    const [told] = (JSON.parse(stdout) as { pods: PodExplanation[] }).pods;
    expect(told?.hardened).to.be.true;
    const [nginx] = told?.containers ?? [];
    expect(nginx?.changes.securityContext).to.include({
      readOnlyRootFilesystem: true,
      privileged: false,
    });
    expect(nginx?.changes.volumes.map(({ path }) => path)).to.include('/var/cache/nginx');
    expect(nginx?.changes.rules).to.include('no-privileged');
    expect(nginx?.profile).not.to.have.property('annotated');
    expect(nginx?.run).to.include({ reason: 'CrashLoopBackOff', restarts: 3 });
    expect(nginx?.diagnoses.map(({ path }) => path)).to.deep.equal(['/etc/nginx/conf.d']);
    expect(parseProfiles(nginx?.mended?.profile ?? 'x: y', 'mended').ok).to.be.true;
    expect(
      told?.events.map(({ reason, count, container }) => [reason, count, container]),
    ).to.deep.equal([['BackOff', 4, 'nginx']]);
  });

  it('says of each log why it cannot be read: no kubelet runs here', async () => {
    const { code, stdout } = await explain('-n', 'crashing', 'pod/web');
    expect(code).to.equal(0);
    expect(stdout).to.include(
      '\n  not read\n    the log of container "nginx" cannot be read: pods "nowhere" not found (HTTP 404)\n',
    );
  });

  it('names the right that is missing, and reads on where it is granted', async () => {
    const config = JSON.parse(await readFile(kubeconfig, 'utf8')) as {
      users: { user: object }[];
    };
    for (const { user } of config.users) Object.assign(user, { as: 'dev' });
    const file = join(cluster.installation.plane.dir, 'dev-kubeconfig');
    await writeFile(file, JSON.stringify(config));

    const refused = await cli(['explain', '--kubeconfig', file, '-n', 'crashing', 'web']);
    expect(refused).to.include({ code: 2, stdout: '' });
    expect(refused.stderr).to.match(
      /^error: may not read pod "web": a Role of the namespace "crashing" has to allow the verb "get" on "pods" \(pods "web" is forbidden/,
    );

    const dev = ['-n', 'crashing', 'create'];
    await cluster.kubectl([...dev, 'role', 'dev', '--verb=get', '--resource=pods']);
    await cluster.kubectl([...dev, 'rolebinding', 'dev', '--role=dev', '--user=dev']);
    const read = await cli(['explain', '--kubeconfig', file, '-n', 'crashing', 'web']);
    expect(read.code, read.stderr).to.equal(0);
    expect(read.stdout).to.include('has to allow the verb "list" on "events"');
    expect(read.stdout).to.include('has to allow the verb "get" on "pods/log"');
    expect(read.stdout).to.include('missing-mount /etc/nginx/conf.d');
  });

  it('refuses a pod and a namespace that are not there', async () => {
    expect((await explain('-n', 'crashing', 'nobody')).stderr).to.equal(
      'error: there is no pod "nobody" in the namespace "crashing" (pods "nobody" not found)\n',
    );
    expect((await explain('-n', 'nowhere', 'web')).code).to.equal(2);
  });

  it('changes nothing', async () => {
    const before = await cluster.api.readPod('crashing', 'web');
    await explain('-n', 'crashing', 'web');
    expect(await cluster.api.readPod('crashing', 'web')).to.deep.equal(before);
  });
});
