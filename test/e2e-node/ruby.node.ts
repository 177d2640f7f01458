// A Ruby program whose image no profile names: its command or its variables say what it is, and its
// /tmp is in memory.

import { expect } from 'chai';

import { ruby } from './images/recipes/languages.ts';
import { attributesOf, shellPrints } from './inside.ts';
import type { Cluster, Manifest } from './node/cluster.ts';
import { ctr } from './node/containerd.ts';
import { until } from './node/until.ts';
import { becomesReady, crashes, createPod, logOf, restartContainer, touch } from './pods.ts';
import { immutableNamespace, restrictedNamespace, useNode } from './shared-node.ts';

const image = 'registry.corp/shop/storefront:1';
const script = '$stdout.sync = true; Tempfile.create("x") { |f| puts "made #{f.path}" }; sleep';
// Debian's program bears its version, by which nobody knows it.
const unknown = ['ruby3.1', '-rtempfile', '-e', script];

describe('a Ruby program without a profile on a node', () => {
  let cluster: Cluster;
  before(async function () {
    cluster = await useNode(this, [ruby]);
    const tag = ['images', 'tag', '--force', ruby.refs[0]!, image];
    const { code, stderr } = await ctr(cluster.premises, tag);
    if (code !== 0) throw new Error(`ctr images tag: ${stderr}`);
  });

  const levels = [
    { level: 'immutable', namespace: immutableNamespace, user: 0, spec: {} },
    {
      level: 'restricted',
      namespace: restrictedNamespace,
      user: 1000,
      spec: { securityContext: { runAsUser: 1000 } },
    },
  ];
  const known: readonly (Manifest & { readonly what: string })[] = [
    { what: 'its command', command: ['sh', '-c', `exec ruby -rtempfile -e '${script}'`] },
    {
      what: 'its variables',
      command: unknown,
      env: [{ name: 'RAILS_ENV', value: 'production' }],
    },
  ];
  for (const { level, namespace, user, spec } of levels) {
    for (const [index, { what, ...container }] of known.entries()) {
      it(`has a sticky /tmp at level ${level} where ${what} tells of Ruby`, async () => {
        const plan = { namespace, name: `storefront-${level}-${index}`, image, container, spec };
        const pod = await createPod(cluster, plan);
        await becomesReady(cluster, pod);
        for (const again of [false, true]) {
          if (again) await restartContainer(cluster, pod);
          await until('temporary file', async () =>
            /^made \/tmp\/x\S+\n$/.test(await logOf(cluster, pod)),
          );
        }
        expect(await attributesOf(cluster, pod, '/tmp')).to.deep.equal(['1777 0:0 /tmp']);
        expect(await shellPrints(cluster, pod, 'id -u')).to.equal(`${user}`);
        expect(await touch(cluster, pod, '/x')).to.match(/Read-only file system/);
      });
    }

    it(`is refused its /tmp at level ${level} where nothing tells of Ruby`, async () => {
      const plan = { namespace, name: `storefront-${level}-unknown`, image, spec };
      const pod = await createPod(cluster, { ...plan, container: { command: unknown } });
      expect(await crashes(cluster, pod)).to.match(/\/tmp is world-writable/);
    });
  }
});
