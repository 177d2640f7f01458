// Learning from several pods, from one again and again, and from one without a shell.

import { expect } from 'chai';

import { redis } from './images/recipes/data.ts';
import { pause } from './images/recipes/base.ts';
import { shell } from './inside.ts';
import { learnt, lithopod } from './learning.ts';
import type { Cluster, PodName } from './node/cluster.ts';
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
      const { code, stderr } = await shell(cluster, await running(name, 'redis'), script);
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
});
