// A persistent volume on the node itself: what a claim is bound to where no provisioner runs.

import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';

import type { Cluster } from './node/cluster.ts';

/** A volume of this node, whose folder is root's, and the claim of it. */
export async function makeClaim(cluster: Cluster, namespace: string, name: string): Promise<void> {
  const path = join(cluster.premises.dir, name);
  await mkdir(path, { mode: 0o755, recursive: true });
  const shared = { accessModes: ['ReadWriteOnce'], storageClassName: '' };
  const storage = '1Mi';
  const hostname = { key: 'kubernetes.io/hostname', operator: 'In', values: ['127.0.0.1'] };
  await cluster.kubectl(['apply', '-f', '-'], {
    apiVersion: 'v1',
    kind: 'PersistentVolume',
    metadata: { name },
    spec: {
      ...shared,
      capacity: { storage },
      local: { path },
      nodeAffinity: { required: { nodeSelectorTerms: [{ matchExpressions: [hostname] }] } },
    },
  });
  await cluster.kubectl(['-n', namespace, 'apply', '-f', '-'], {
    apiVersion: 'v1',
    kind: 'PersistentVolumeClaim',
    metadata: { name },
    spec: { ...shared, volumeName: name, resources: { requests: { storage } } },
  });
}
