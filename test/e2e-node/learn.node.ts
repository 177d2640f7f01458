// Learning from pods that nobody hardened, without a profile: what was learnt is all that the
// hardened pod gets, and it works at the first try.

import { expect } from 'chai';

import { parseProfiles } from '../../src/core/catalogue/parse/parse.ts';
import { postgres, redis } from './images/recipes/data.ts';
import type { Recipe } from './images/recipe.ts';
import { httpd, nginx } from './images/recipes/web.ts';
import { answerOf, shell } from './inside.ts';
import type { Cluster, Manifest, PodName } from './node/cluster.ts';
import { hardenedTwin, learnt } from './learning.ts';
import { until } from './node/until.ts';
import { becomesReady, createManifest, createPod, touch } from './pods.ts';
import { bareNamespace, useNode } from './shared-node.ts';

interface Case {
  readonly recipe: Recipe;
  readonly image: string;
  readonly container?: Manifest;
  /** Rejects unless the program does what it is for. */
  readonly use: (cluster: Cluster, pod: PodName) => Promise<void>;
  /** The entries of the draft. */
  readonly drafted: readonly string[];
}

const cases: readonly Case[] = [
  {
    recipe: nginx,
    image: 'nginx',
    use: page(/Welcome to nginx!/),
    // Its script for IPv6 changes a file there.
    drafted: ['/etc/nginx/conf.d seeded', '/run empty', '/var/cache/nginx empty'],
  },
  {
    recipe: httpd,
    image: 'httpd',
    use: page(/It works!/),
    drafted: ['/usr/local/apache2/logs empty'],
  },
  {
    recipe: postgres,
    image: 'postgres:15',
    container: { env: [{ name: 'POSTGRES_PASSWORD', value: 'secret' }] },
    use: running(
      "psql -U postgres -qAt -c 'create table if not exists a (b int); insert into a values (7); select b from a limit 1'",
      /^7$/m,
    ),
    // The node of these tests mounts nothing for a VOLUME.
    drafted: ['/run/postgresql empty', '/var/lib/postgresql empty'],
  },
  {
    recipe: redis,
    image: 'redis',
    use: running('redis-cli incr a && redis-cli save', /^\d+\nOK\n$/),
    drafted: ['/data empty'],
  },
];

function page(text: RegExp): Case['use'] {
  return async (cluster, pod) => {
    const { status, body } = await answerOf(cluster, pod, 80);
    expect(status).to.equal(200);
    expect(body).to.match(text);
  };
}

function running(script: string, answer: RegExp): Case['use'] {
  return async (cluster, pod) => {
    let last = '';
    await until(
      `answer of ${pod.name}`,
      async () => {
        const { stdout, stderr } = await shell(cluster, pod, script);
        last = `${stdout}${stderr}`;
        return answer.test(stdout);
      },
      () => Promise.resolve(last),
    );
  };
}

describe('learning from a running pod', () => {
  let cluster: Cluster;
  before(async function () {
    cluster = await useNode(
      this,
      cases.map(({ recipe }) => recipe),
    );
  });

  for (const { recipe, image, container = {}, use, drafted } of cases) {
    it(`${recipe.name} works hardened with what was learnt of it`, async () => {
      const name = `learn-${recipe.name}`;
      const pod = await createPod(cluster, { namespace: bareNamespace, name, image, container });
      await becomesReady(cluster, pod);
      await use(cluster, pod);
      const { code, stdout, stderr } = await learnt(cluster, pod);
      expect(code, stderr).to.equal(0);
      expect(stderr).to.match(/looked at by the ephemeral container lithopod-learn, with \d/);
      expect(entriesOf(stdout), stdout).to.deep.equal(drafted);

      const plan = { namespace: bareNamespace, name: `${name}-hard`, image, container };
      const twin = await createManifest(cluster, plan, await hardenedTwin(cluster, plan, stdout));
      await becomesReady(cluster, twin);
      await use(cluster, twin);
      expect(await touch(cluster, twin, '/x')).to.match(/Read-only file system/);

      const again = await learnt(cluster, pod);
      expect(again.code, again.stderr).to.equal(0);
      expect(again.stderr).to.contain('its log was read again');

      const listed = await learnt(cluster, pod, '--exec');
      expect(listed.code, listed.stderr).to.equal(0);
      expect(listed.stderr).to.contain('listed by the container’s own find');
      expect(entriesOf(listed.stdout), listed.stdout).to.deep.equal(drafted);
    });
  }

  it('looks at a pod that Pod Security and Lithopod hold to restricted', async () => {
    const namespace = await cluster.namespace('learn-restricted', {
      'lithopod.dev/enforce': 'restricted',
      'pod-security.kubernetes.io/enforce': 'restricted',
    });
    const pod = await createPod(cluster, { namespace, name: 'redis', image: 'redis' });
    await becomesReady(cluster, pod);
    await cases.find(({ image }) => image === 'redis')!.use(cluster, pod);
    const { code, stdout, stderr } = await learnt(cluster, pod);
    expect(code, stderr).to.equal(0);
    expect(stdout).to.contain('user: { uid: 999, gid: 999');
    expect(stderr).to.contain('The root of a container was read-only already');
    expect(stderr).to.match(/\/data is a mount of the pod \(\w+\): \d+ bytes in it/);
  });
});

function entriesOf(profile: string): readonly string[] {
  const parsed = parseProfiles(profile, '');
  if (!parsed.ok) throw new Error(parsed.problems.map(({ message }) => message).join(' '));
  return parsed.value.flatMap(({ writable, data }) =>
    [...writable, ...data].map(({ path, contents }) => `${path} ${contents}`),
  );
}
