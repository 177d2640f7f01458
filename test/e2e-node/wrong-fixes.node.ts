// Volumes that people put over httpd's directories to get it going on a read-only root, and what
// they hide.

import { expect } from 'chai';

import { parseProfiles } from '../../src/core/catalogue/parse/parse.ts';
import { httpd } from './images/recipes/web.ts';
import { answerOf } from './inside.ts';
import type { Cluster } from './node/cluster.ts';
import { until } from './node/until.ts';
import { becomesReady, createPod, type PodPlan } from './pods.ts';
import { bareNamespace, useNode } from './shared-node.ts';

/** Where the volume is, and what the container then ends with. */
const wrong = [
  { path: '/usr/local', complaint: /"httpd-foreground": executable file not found in \$PATH/ },
  { path: '/usr/local/apache2', complaint: /httpd-foreground: .*httpd: not found/ },
] as const;

describe('wrong fixes of httpd on a node', () => {
  let cluster: Cluster;
  before(async function () {
    cluster = await useNode(this, [httpd]);
  });

  const plan = (name: string, mountPath: string): PodPlan => ({
    namespace: bareNamespace,
    name,
    image: 'httpd',
    container: {
      securityContext: { readOnlyRootFilesystem: true },
      terminationMessagePolicy: 'FallbackToLogsOnError',
      volumeMounts: [{ name: 'writable', mountPath }],
    },
    spec: { volumes: [{ name: 'writable', emptyDir: {} }] },
  });

  for (const [index, { path, complaint }] of wrong.entries()) {
    it(`${path}: what the image has there is gone`, async () => {
      const { namespace, name } = await createPod(cluster, plan(`httpd-wrong-${index}`, path));
      const end = 'jsonpath={.status.containerStatuses[*].lastState.terminated.message}';
      let said = '';
      await until(
        'crash',
        async () => {
          said = await cluster.kubectl(['-n', namespace, 'get', 'pod', name, '-o', end]);
          return complaint.test(said);
        },
        () => Promise.resolve(said),
      );
    });

    it(`${path}: no profile may say so`, () => {
      const parsed = parseProfiles(profile(path), 'wrong.yaml');
      const problems = parsed.ok ? [] : parsed.problems;
      expect(problems).to.have.length.greaterThan(0);
      expect(problems[0]?.path).to.equal('spec.writable[0].path');
    });
  }

  it('/usr/local/apache2/logs: serves', async () => {
    const pod = await createPod(cluster, plan('httpd-right', '/usr/local/apache2/logs'));
    await becomesReady(cluster, pod);
    expect(await answerOf(cluster, pod, 80)).to.include({ status: 200 });
    expect(parseProfiles(profile('/usr/local/apache2/logs'), 'right.yaml').ok).to.equal(true);
  });
});

function profile(path: string): string {
  return `apiVersion: lithopod.dev/v1alpha1
kind: ImageProfile
metadata: { name: corporate-httpd }
spec:
  images: [docker.io/library/httpd]
  writable:
    - { path: ${path}, why: httpd writes its pid file below it }
  evidence:
    - { kind: source, ref: docker-library/httpd 2.4/httpd-foreground, seen: 2026-11-21 }
`;
}
