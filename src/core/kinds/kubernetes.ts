/**
 * The kinds of Kubernetes itself: k8s.io/api v1.34 (core, apps, batch) and, for the versions that
 * clusters no longer serve but manifests still carry, the removed extensions/v1beta1, apps/v1beta1,
 * apps/v1beta2, batch/v1beta1 and batch/v2alpha1.
 */
import type { PodKind } from './kind.ts';

const template = ['spec.template'];
const apps = ['v1', 'v1beta2', 'v1beta1'];

export const kubernetesKinds: readonly PodKind[] = [
  { group: '', versions: ['v1'], kind: 'Pod', resource: 'pods', templates: [''] },
  {
    group: '',
    versions: ['v1'],
    kind: 'PodTemplate',
    resource: 'podtemplates',
    templates: ['template'],
  },
  {
    group: '',
    versions: ['v1'],
    kind: 'ReplicationController',
    resource: 'replicationcontrollers',
    templates: template,
  },
  {
    group: 'apps',
    versions: ['v1', 'v1beta2'],
    kind: 'DaemonSet',
    resource: 'daemonsets',
    templates: template,
  },
  {
    group: 'apps',
    versions: apps,
    kind: 'Deployment',
    resource: 'deployments',
    templates: template,
  },
  {
    group: 'apps',
    versions: ['v1', 'v1beta2'],
    kind: 'ReplicaSet',
    resource: 'replicasets',
    templates: template,
  },
  {
    group: 'apps',
    versions: apps,
    kind: 'StatefulSet',
    resource: 'statefulsets',
    templates: template,
    claims: 'spec.volumeClaimTemplates',
  },
  ...['DaemonSet', 'Deployment', 'ReplicaSet'].map((kind) => ({
    group: 'extensions',
    versions: ['v1beta1'],
    kind,
    templates: template,
  })),
  {
    group: 'batch',
    versions: ['v1', 'v1beta1', 'v2alpha1'],
    kind: 'CronJob',
    resource: 'cronjobs',
    templates: ['spec.jobTemplate.spec.template'],
  },
  { group: 'batch', versions: ['v1'], kind: 'Job', resource: 'jobs', templates: template },
];
