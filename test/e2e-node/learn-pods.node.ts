// Learning from several pods, from one again and again, from one without a shell, and with the
// rights that docs/learning.md names.

import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

import { expect } from 'chai';

import { redis } from './images/recipes/data.ts';
import { pause } from './images/recipes/base.ts';
import { shell } from './inside.ts';
import { learnt, lithopod } from './learning.ts';
import type { Cluster, PodName } from './node/cluster.ts';
import { until } from './node/until.ts';
import { becomesReady, createPod } from './pods.ts';
import { bareNamespace, useNode } from './shared-node.ts';

describe('learning from pods', () => {
  let cluster: Cluster;
  before(async function () {
    cluster = await useNode(this, [redis, pause]);
  });

  async function running(name: string, image: string): Promise<PodName> {
    const pod = await createPod(cluster, { namespace: bareNamespace, name, image });
    await becomesReady(cluster, pod);
    return pod;
  }

  it('merges what pods of one image wrote, and tells where they differ', async () => {
    for (const [name, script] of [
      ['learn-first', 'redis-cli save'],
      ['learn-second', 'echo x > /var/tmp/only-here'],
    ] as const) {
      const pod = await running(name, 'redis');
      await until('Redis', async () => (await shell(cluster, pod, 'redis-cli ping')).code === 0);
      const { code, stderr } = await shell(cluster, pod, script);
      expect(code, stderr).to.equal(0);
    }
    const selector = 'app in (learn-first,learn-second)';
    const select = ['learn', '-n', bareNamespace, '-l', selector];
    const { code, stdout, stderr } = await lithopod(cluster, select);
    expect(code, stderr).to.equal(0);
    expect(stderr).to.contain('pod/learn-first: ').and.contain('pod/learn-second: ');
    expect(stdout.match(/^kind: ImageProfile$/gm)).to.have.length(1);
    expect(stdout).to.contain('path: /data').and.contain('path: /var/tmp');
    expect(stderr).to.contain('/var/tmp was written in 1 of 2 containers');
  });

  it('leaves one that looks again and again, and reads its last look', async () => {
    const pod = await running('learn-watched', 'redis');
    const first = await learnt(cluster, pod, '--watch', '2m', '--every', '2s');
    expect(first.code, first.stderr).to.equal(0);
    expect(first.stdout).not.to.contain('/var/tmp');
    await shell(cluster, pod, 'echo x > /var/tmp/later');
    await new Promise((resolve) => setTimeout(resolve, 6_000));
    const later = await learnt(cluster, pod);
    expect(later.code, later.stderr).to.equal(0);
    expect(later.stderr).to.contain('its log was read again');
    expect(later.stdout).to.contain('path: /var/tmp');
  });

  it('says of an image without a shell that --exec cannot list it', async () => {
    const [image = ''] = pause.refs;
    const pod = await running('learn-no-shell', image);
    const { code, stdout, stderr } = await learnt(cluster, pod, '--exec');
    expect(code, stderr).to.equal(2);
    expect(stdout).to.equal('');
    expect(stderr).to.match(
      /no command can be run in the container "main" of pod "learn-no-shell"/,
    );
  });

  it('needs no right but those of the docs', async () => {
    const looks = [
      { apiGroups: [''], resources: ['pods', 'pods/log'], verbs: ['get'] },
      { apiGroups: [''], resources: ['pods/ephemeralcontainers'], verbs: ['patch'] },
    ];
    const [image = ''] = pause.refs;
    const pod = await running('learn-rights', image);
    const learn = ['learn', '-n', bareNamespace, pod.name];

    const viewer = await account('learn-viewer', looks.slice(0, 1));
    const refused = await lithopod(cluster, learn, viewer);
    expect(refused.code, refused.stderr).to.equal(2);
    expect(refused.stderr).to.contain('"patch" on "pods/ephemeralcontainers"');

    const learner = await account('learn-learner', looks);
    const drafted = await lithopod(cluster, learn, learner);
    expect(drafted.code, drafted.stderr).to.equal(0);
  });

  it('lists by --exec with the right to do that alone', async () => {
    const pod = await running('learn-exec', 'redis');
    const learn = ['learn', '-n', bareNamespace, pod.name, '--exec'];
    const reads = { apiGroups: [''], resources: ['pods'], verbs: ['get'] };
    const execs = { apiGroups: [''], resources: ['pods/exec'], verbs: ['get', 'create'] };

    const refused = await lithopod(cluster, learn, await account('learn-reader', [reads]));
    expect(refused.code, refused.stderr).to.equal(2);
    expect(refused.stderr).to.contain('"create" and "get" on "pods/exec"');

    const runner = await account('learn-runner', [reads, execs]);
    const { code, stderr } = await lithopod(cluster, learn, runner);
    expect(code, stderr).to.equal(0);
  });

  /** A kubeconfig of a new account that has these rights in the namespace. */
  async function account(name: string, rules: readonly object[]): Promise<string> {
    const group = 'rbac.authorization.k8s.io';
    const apiVersion = `${group}/v1`;
    const metadata = { name, namespace: bareNamespace };
    const subjects = [{ kind: 'ServiceAccount', ...metadata }];
    const roleRef = { apiGroup: group, kind: 'Role', name };
    const items = [
      { apiVersion: 'v1', kind: 'ServiceAccount', metadata },
      { apiVersion, kind: 'Role', metadata, rules },
      { apiVersion, kind: 'RoleBinding', metadata, subjects, roleRef },
    ];
    await cluster.kubectl(['apply', '-f', '-'], { apiVersion: 'v1', kind: 'List', items });
    const token = await cluster.kubectl(['-n', bareNamespace, 'create', 'token', name]);
    const admin = JSON.parse(await readFile(cluster.kubeconfig, 'utf8')) as object;
    const users = [{ name: 'admin', user: { token: token.trim() } }];
    const file = join(cluster.premises.dir, `${name}.kubeconfig`);
    await writeFile(file, JSON.stringify({ ...admin, users }), { mode: 0o600 });
    return file;
  }
});
