// What a container does with its termination message: the kubelet mounts a file there that the
// container may write, over whatever the image has.

import { expect } from 'chai';

import { createAttackers, fails, works, type Attack } from './attacking.ts';
import { attacks } from './images/recipes/attacks.ts';
import { shellPrints } from './inside.ts';
import type { Cluster, PodName } from './node/cluster.ts';
import { bareNamespace, immutableNamespace, useNode } from './shared-node.ts';

/** Programs of the image; the last by a link to its folder. */
const programs = ['/usr/bin/wc', '/usr/local/bin/open-by-handle', '/sbin/ldconfig'];
/** Where the image has nothing, and no program of the system looks. */
const elsewhere = '/srv/report';

function replacing(program: string): Attack {
  return {
    script: `printf '#!/bin/sh\\necho replaced\\n' > ${program} && chmod 755 ${program} && ${program} | grep -qx replaced`,
    refusal: /Read-only file system/,
  };
}

describe('a termination message on a node', () => {
  let cluster: Cluster;
  const podIn = (namespace: string, index: number | string): PodName => ({
    ...{ namespace, name: 'termination', container: `over-${index}` },
  });

  before(async function () {
    cluster = await useNode(this, [attacks]);
    const attackers = [...programs.entries(), ['elsewhere', elsewhere] as const].map(
      ([index, terminationMessagePath]) => ({ name: `over-${index}`, terminationMessagePath }),
    );
    for (const namespace of [bareNamespace, immutableNamespace]) {
      await createAttackers(cluster, { namespace, name: 'termination' }, attackers);
    }
  });

  for (const [index, program] of programs.entries()) {
    it(`at ${program}: the program is replaced, and run, bare`, () =>
      works(cluster, podIn(bareNamespace, index), replacing(program)));

    it(`at ${program}: it is not in a namespace that Lithopod enforces`, async () => {
      const pod = podIn(immutableNamespace, index);
      await fails(cluster, pod, replacing(program));
      const size = await shellPrints(cluster, pod, `stat -L -c %s ${program}`);
      expect(Number(size)).to.be.greaterThan(0);
    });
  }

  it(`at ${elsewhere}: stays, and can be run as what an emptyDir holds can`, async () => {
    await works(cluster, podIn(immutableNamespace, 'elsewhere'), replacing(elsewhere));
  });
});
