/** The kinds of Argo Rollouts and Argo Workflows. */
import type { PodKind, PodParts } from './kind.ts';

/** A template of an Argo Workflow is one pod; what has no container is none. */
function workflowParts(spec: string): readonly PodParts[] {
  return [
    'templates[]',
    'templateDefaults',
    'templates[].steps[][].inline',
    'templates[].dag.tasks[].inline',
  ].map((at) => ({
    at: `${spec}.${at}`,
    containers: ['container', 'script', 'containerSet.containers[]', 'sidecars[]'],
    initContainers: 'initContainers',
    volumes: 'volumes',
    securityContext: 'securityContext',
    metadata: 'metadata',
    name: 'main',
    inherits: {
      volumes: `.${spec}.volumes`,
      securityContext: `.${spec}.securityContext`,
      hostNetwork: `.${spec}.hostNetwork`,
    },
    patches: ['podSpecPatch', `.${spec}.podSpecPatch`],
  }));
}

function workflow(kind: string, resource: string, spec: string, rest?: Partial<PodKind>): PodKind {
  return {
    group: 'argoproj.io',
    kind,
    resource,
    hasNoStatus: true,
    parts: workflowParts(spec),
    claims: `${spec}.volumeClaimTemplates`,
    elsewhere: `${spec}.workflowTemplateRef`,
    ...rest,
  };
}

/** What an analysis measures may be the end of a Job. */
function analysis(kind: string, resource: string, rest?: Partial<PodKind>): PodKind {
  return {
    group: 'argoproj.io',
    kind,
    resource,
    templates: ['spec.metrics[].provider.job.spec.template'],
    elsewhere: 'spec.metrics',
    hasNoStatus: true,
    ...rest,
  };
}

export const argoKinds: readonly PodKind[] = [
  analysis('AnalysisRun', 'analysisruns'),
  analysis('AnalysisTemplate', 'analysistemplates'),
  analysis('ClusterAnalysisTemplate', 'clusteranalysistemplates', { isClusterScoped: true }),
  {
    group: 'argoproj.io',
    kind: 'Rollout',
    resource: 'rollouts',
    templates: ['spec.template'],
    elsewhere: 'spec.workloadRef',
  },
  {
    group: 'argoproj.io',
    kind: 'Experiment',
    resource: 'experiments',
    hasNoStatus: true,
    templates: ['spec.templates[].template'],
  },
  workflow('Workflow', 'workflows', 'spec'),
  workflow('WorkflowTemplate', 'workflowtemplates', 'spec'),
  workflow('ClusterWorkflowTemplate', 'clusterworkflowtemplates', 'spec', {
    isClusterScoped: true,
  }),
  workflow('CronWorkflow', 'cronworkflows', 'spec.workflowSpec'),
];
