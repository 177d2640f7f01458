// What somebody adds to a pod that runs: an ephemeral container. The API server asks its webhooks
// about what the caller wrote, and only afterwards throws away all of it but the containers that
// are new.

import { expect } from 'chai';

import { createAttackers, UPPER } from './attacking.ts';
import { attacks } from './images/recipes/attacks.ts';
import type { Cluster, Manifest, PodName } from './node/cluster.ts';
import { logOf, reaches } from './pods.ts';
import { bareNamespace, immutableNamespace, useNode } from './shared-node.ts';

/** What is written beside the new container. */
interface Beside {
  readonly metadata?: Manifest;
  readonly spec?: Manifest;
}

/** A container that is added, and how it changes its root. */
interface Added {
  readonly name: string;
  /** The pod that it is added to. */
  readonly to: 'alone' | 'with-the-node';
  readonly container: Manifest;
  readonly script: string;
  readonly refusal: RegExp;
  readonly beside?: Beside;
}

const windows = { key: 'kubernetes.io/os', operator: 'In', values: ['windows'] };
const lies: Readonly<Record<string, Beside>> = {
  nothing: {},
  'a nodeSelector for Windows': { spec: { nodeSelector: { 'kubernetes.io/os': 'windows' } } },
  'the os Windows': { spec: { os: { name: 'windows' } } },
  'an affinity to Windows': {
    spec: {
      affinity: {
        nodeAffinity: {
          requiredDuringSchedulingIgnoredDuringExecution: {
            nodeSelectorTerms: [{ matchExpressions: [windows] }],
          },
        },
      },
    },
  },
  'the annotation of a mirror pod': {
    metadata: { annotations: { 'kubernetes.io/config.mirror': 'mirrored' } },
  },
  'other labels': { metadata: { labels: { app: 'other', 'lithopod.dev/enforce': 'none' } } },
  'another namespace in its metadata': { metadata: { generateName: 'other-' } },
  'volumes and hostPID': {
    spec: { hostPID: true, volumes: [{ name: 'node', hostPath: { path: '/' } }] },
  },
};

const added: readonly Added[] = [
  ...Object.entries(lies).map(([lie, beside], index): Added => {
    return {
      name: `privileged-${index}-${lie.toLowerCase().replaceAll(/\W+/g, '-')}`,
      to: 'alone',
      container: { securityContext: { privileged: true, readOnlyRootFilesystem: true } },
      script: 'mount -o remount,rw / && touch /changed',
      refusal: /permission denied/,
      beside,
    };
  }),
  {
    name: 'writable-root',
    to: 'alone',
    container: {},
    script: 'touch /changed',
    refusal: /Read-only file system/,
    beside: lies['the os Windows']!,
  },
  {
    name: 'all-capabilities',
    to: 'alone',
    container: {
      securityContext: { capabilities: { add: ['ALL'] }, readOnlyRootFilesystem: true },
    },
    script: 'mount -o remount,rw / && touch /changed',
    refusal: /permission denied/,
    beside: lies['an affinity to Windows']!,
  },
  {
    name: 'processes-of-the-node',
    to: 'with-the-node',
    container: {
      securityContext: { capabilities: { add: ['SYS_PTRACE'] }, readOnlyRootFilesystem: true },
    },
    script: `echo > "/proc/${process.pid}/root${UPPER}/changed" && cat /changed`,
    refusal: /Permission denied/,
    // The pod has it.
    beside: { spec: { hostPID: false } },
  },
  {
    name: 'folder-of-the-node',
    to: 'with-the-node',
    container: {
      securityContext: { readOnlyRootFilesystem: true },
      volumeMounts: [{ name: 'node', mountPath: '/host' }],
    },
    script: `echo > "/host${UPPER}/changed" && cat /changed`,
    refusal: /Read-only file system/,
    beside: { spec: { volumes: [{ name: 'node', hostPath: { path: '/srv' } }] } },
  },
  {
    name: 'termination-message',
    to: 'alone',
    container: {
      securityContext: { readOnlyRootFilesystem: true },
      terminationMessagePath: '/usr/bin/wc',
    },
    script: 'echo "#!/bin/sh" > /usr/bin/wc && chmod 755 /usr/bin/wc && /usr/bin/wc',
    refusal: /Read-only file system/,
  },
];

describe('an ephemeral container on a node', () => {
  let cluster: Cluster;
  before(async function () {
    cluster = await useNode(this, [attacks]);
    for (const namespace of [bareNamespace, immutableNamespace]) {
      await createAttackers(cluster, { namespace, name: 'alone' }, [{ name: 'main' }]);
      await createAttackers(cluster, { namespace, name: 'with-the-node' }, [{ name: 'main' }], {
        hostPID: true,
        volumes: [{ name: 'node', hostPath: { path: '/' } }],
      });
    }
  });

  /** Adds it, and answers what it wrote. */
  async function said(namespace: string, { name, to, ...more }: Added): Promise<string> {
    const { container, script, beside = {} } = more;
    const debug = {
      name,
      image: 'localhost/lithopod/attacks:1',
      imagePullPolicy: 'IfNotPresent',
      command: ['sh', '-c', `${script} && echo it changed`],
      ...container,
    };
    const before = await partsOf({ namespace, name: to });
    await cluster.kubectl([
      ...['-n', namespace, 'patch', 'pod', to, '--subresource=ephemeralcontainers', '-p'],
      JSON.stringify({ ...beside, spec: { ...beside.spec, ephemeralContainers: [debug] } }),
    ]);
    // Nothing of what stands beside it was kept, whoever answered what.
    expect(await partsOf({ namespace, name: to })).to.deep.equal(before);
    const pod = { namespace, name: to, container: name };
    await reaches(cluster, pod, 'end', ({ reason }) => ['Completed', 'Error'].includes(reason));
    return logOf(cluster, pod);
  }

  /** The pod but for its ephemeral containers, and for what the API server counts. */
  async function partsOf({ namespace, name }: PodName): Promise<unknown> {
    const json = await cluster.kubectl(['-n', namespace, 'get', 'pod', name, '-o', 'json']);
    const { metadata, spec } = JSON.parse(json) as {
      readonly metadata: Manifest;
      readonly spec: Manifest;
    };
    const { labels, annotations } = metadata;
    return { labels, annotations, spec: { ...spec, ephemeralContainers: [] } };
  }

  for (const each of added) {
    it(`${each.name}: changes its root bare`, async () => {
      expect(await said(bareNamespace, each)).to.match(/^it changed$/m);
    });

    it(`${each.name}: does not in a namespace that Lithopod enforces`, async () => {
      const log = await said(immutableNamespace, each);
      expect(log).to.match(each.refusal);
      expect(log).not.to.match(/^it changed$/m);
    });
  }
});
