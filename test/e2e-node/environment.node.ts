// A program that has to be told of its read-only root, by a variable that an operator's profile
// names.

import { describeCase, says } from './catalogue/harness.ts';
import { s6 } from './images/recipes/tools.ts';
import { useNode, useProfiles } from './shared-node.ts';

const profile = `apiVersion: lithopod.dev/v1alpha1
kind: ImageProfile
metadata: { name: shop-supervised }
spec:
  images: [registry.corp/shop/supervised]
  writable:
    - path: /run
      why: the services run from a copy here
  environment:
    - name: S6_READ_ONLY_ROOT
      value: "1"
      why: without it the scripts of the services are changed where they are
  user: { uid: 911, gid: 911 }
  evidence:
    - { kind: source, ref: 'just-containers/s6-overlay README.md', at: v3.2.1.0, seen: 2026-11-29 }
`;

describe('a program that has to be told of its read-only root', () => {
  let given = false;
  before(async function () {
    await useNode(this, [s6]);
    await useProfiles({ 'supervised.yaml': profile });
    given = true;
  });
  after('take the profile away', async function () {
    this.timeout(300_000);
    // Where it was skipped there is none.
    if (given) await useProfiles({});
  });

  describeCase({
    recipe: s6,
    image: 'registry.corp/shop/supervised:1',
    byHand: {
      writable: ['/run'],
      outcome: /changing permissions of '\/etc\/services\.d\/worker\/run': Read-only file system/,
    },
    use: async (cluster, pod) =>
      (await says(cluster, pod, ['s6-svstat', '/run/service/worker'], /^up \(pid \d+/)) ??
      (await says(cluster, pod, ['printenv', 'S6_READ_ONLY_ROOT'], /^1$/m)),
  });
});
