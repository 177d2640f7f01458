/**
 * The one table of the kinds that Lithopod looks into. docs/kinds.md, the rules of the webhook and
 * the facts of the custom resource definitions (test/kinds) are compared with it.
 *
 * Source: each project's custom resource definitions, with repository and commit in
 * test/kinds/facts.json.
 */
import { argoKinds } from './argo.ts';
import { KindTable } from './kind.ts';
import { kubernetesKinds } from './kubernetes.ts';
import type { PodKind, PodParts, Refusal } from './kind.ts';

const template = ['spec.template'];

/**
 * knative/serving pkg/apis/serving/fieldmask.go and k8s_validation.go: what is off unless an
 * operator switches it on counts as refused. `privileged: false` is taken by new releases only.
 */
const knativeRefuses: readonly Refusal[] = [
  { field: 'containers[].securityContext.privileged', why: 'Knative refuses it' },
  { field: 'containers[].volumeMounts[].mountPropagation', why: 'Knative refuses it' },
  { field: 'containers[].volumeMounts[].recursiveReadOnly', why: 'Knative refuses it' },
  { field: 'containers[].lifecycle', why: 'Knative refuses it' },
  { field: 'volumes[].downwardAPI', why: 'Knative refuses volumes of the downward API' },
  {
    field: 'initContainers',
    why: 'Knative refuses init containers unless kubernetes.podspec-init-containers is on',
  },
  {
    field: 'securityContext',
    why: 'Knative refuses it unless kubernetes.podspec-securitycontext is on, and its sysctls always',
  },
];

function knative(kind: string, resource: string, path: string): PodKind {
  return {
    group: 'serving.knative.dev',
    kind,
    resource,
    templates: [path],
    containerName: 'user-container',
    refuses: knativeRefuses,
  };
}

const serverless: readonly PodKind[] = [
  knative('Service', 'services', 'spec.template'),
  knative('Configuration', 'configurations', 'spec.template'),
  knative('Revision', 'revisions', ''),
  {
    group: 'keda.sh',
    kind: 'ScaledJob',
    resource: 'scaledjobs',
    templates: ['spec.jobTargetRef.template'],
  },
];

const openshift: readonly PodKind[] = [
  {
    group: 'apps.openshift.io',
    kind: 'DeploymentConfig',
    resource: 'deploymentconfigs',
    templates: template,
  },
];

function kruise(kind: string, resource: string, templates: readonly string[] = template): PodKind {
  return { group: 'apps.kruise.io', kind, resource, templates };
}

const unitedTemplates = [
  'statefulSetTemplate',
  'advancedStatefulSetTemplate',
  'cloneSetTemplate',
  'deploymentTemplate',
].map((name) => `spec.template.${name}.spec.template`);

const openKruise: readonly PodKind[] = [
  { ...kruise('CloneSet', 'clonesets'), claims: 'spec.volumeClaimTemplates' },
  { ...kruise('StatefulSet', 'statefulsets'), claims: 'spec.volumeClaimTemplates' },
  kruise('DaemonSet', 'daemonsets'),
  kruise('BroadcastJob', 'broadcastjobs'),
  kruise('AdvancedCronJob', 'advancedcronjobs', [
    'spec.template.jobTemplate.spec.template',
    'spec.template.broadcastJobTemplate.spec.template',
  ]),
  {
    ...kruise('UnitedDeployment', 'uniteddeployments', unitedTemplates),
    claims: 'spec.template.statefulSetTemplate.spec.volumeClaimTemplates',
  },
];

const ray = (at: string): readonly string[] => [
  `${at}.headGroupSpec.template`,
  `${at}.workerGroupSpecs[].template`,
];

function kubeflow(kind: string, replicas: string): PodKind {
  return {
    group: 'kubeflow.org',
    kind,
    resource: `${kind.toLowerCase()}s`,
    templates: [`spec.${replicas}[].template`],
  };
}

const batch: readonly PodKind[] = [
  {
    group: 'jobset.x-k8s.io',
    kind: 'JobSet',
    resource: 'jobsets',
    templates: ['spec.replicatedJobs[].template.spec.template'],
  },
  {
    group: 'leaderworkerset.x-k8s.io',
    kind: 'LeaderWorkerSet',
    resource: 'leaderworkersets',
    templates: [
      'spec.leaderWorkerTemplate.leaderTemplate',
      'spec.leaderWorkerTemplate.workerTemplate',
    ],
    claims: 'spec.leaderWorkerTemplate.volumeClaimTemplates',
  },
  { group: 'ray.io', kind: 'RayCluster', resource: 'rayclusters', templates: ray('spec') },
  {
    group: 'ray.io',
    kind: 'RayJob',
    resource: 'rayjobs',
    templates: [...ray('spec.rayClusterSpec'), 'spec.submitterPodTemplate'],
    elsewhere: 'spec.clusterSelector',
  },
  {
    group: 'ray.io',
    kind: 'RayCronJob',
    resource: 'raycronjobs',
    templates: [...ray('spec.jobTemplate.rayClusterSpec'), 'spec.jobTemplate.submitterPodTemplate'],
  },
  {
    group: 'ray.io',
    kind: 'RayService',
    resource: 'rayservices',
    templates: ray('spec.rayClusterConfig'),
  },
  kubeflow('TFJob', 'tfReplicaSpecs'),
  kubeflow('PyTorchJob', 'pytorchReplicaSpecs'),
  kubeflow('MPIJob', 'mpiReplicaSpecs'),
  kubeflow('XGBoostJob', 'xgbReplicaSpecs'),
  kubeflow('PaddleJob', 'paddleReplicaSpecs'),
  kubeflow('JAXJob', 'jaxReplicaSpecs'),
  {
    group: 'kubeflow.org',
    kind: 'Notebook',
    resource: 'notebooks',
    podSpecs: ['spec.template.spec'],
    refuses: [
      {
        field: 'containers[].volumeMounts[].recursiveReadOnly',
        why: 'the schema of Notebook is older than the field',
      },
    ],
  },
  {
    group: 'trainer.kubeflow.org',
    kind: 'TrainingRuntime',
    resource: 'trainingruntimes',
    templates: ['spec.template.spec.replicatedJobs[].template.spec.template'],
    hasNoStatus: true,
  },
  {
    group: 'trainer.kubeflow.org',
    kind: 'ClusterTrainingRuntime',
    resource: 'clustertrainingruntimes',
    templates: ['spec.template.spec.replicatedJobs[].template.spec.template'],
    isClusterScoped: true,
    hasNoStatus: true,
  },
  {
    group: 'batch.volcano.sh',
    kind: 'Job',
    resource: 'jobs',
    templates: ['spec.tasks[].template'],
  },
  {
    group: 'batch.volcano.sh',
    kind: 'CronJob',
    resource: 'cronjobs',
    templates: ['spec.jobTemplate.spec.tasks[].template'],
  },
];

/** Fields that a container of the API has, and this project's containers have not. */
function notIn(project: string, fields: readonly string[]): readonly Refusal[] {
  return fields.map((field) => ({
    field: `containers[].${field}`,
    why: `${project} has no such field here`,
  }));
}

/** The driver or the executors: by a pod template, or by fields of their own. */
function sparkParts(spec: string): readonly PodParts[] {
  return ['driver', 'executor'].map((role) => ({
    at: `${spec}.${role}`,
    containers: ['', 'sidecars[]'],
    initContainers: 'initContainers',
    volumes: `.${spec}.volumes`,
    securityContext: 'podSecurityContext',
    metadata: '',
    name: `spark-kubernetes-${role}`,
    inherits: { image: `.${spec}.image` },
    unless: 'template',
    refuses: notIn('Spark', ['startupProbe', 'terminationMessagePath']),
  }));
}

function spark(kind: string, resource: string, spec: string): PodKind {
  return {
    group: 'sparkoperator.k8s.io',
    kind,
    resource,
    templates: [`${spec}.driver.template`, `${spec}.executor.template`],
    parts: sparkParts(spec),
  };
}

const sparkKinds: readonly PodKind[] = [
  spark('SparkApplication', 'sparkapplications', 'spec'),
  spark('ScheduledSparkApplication', 'scheduledsparkapplications', 'spec.template'),
];

/**
 * A step is a container without probes and hooks, and a task has no place for init containers, for
 * the pod's security context or for its annotations (tektoncd/pipeline pkg/apis/pipeline/v1).
 */
function taskParts(task: string): PodParts {
  return {
    at: task,
    containers: ['steps[]', 'sidecars[]'],
    volumes: 'volumes',
    name: 'unnamed',
    inherits: { container: 'stepTemplate' },
  };
}

const stepRefusals: readonly Refusal[] = [
  { field: 'initContainers', why: 'a Tekton task has none' },
  { field: 'securityContext', why: 'a Tekton task has none for its pod' },
  ...notIn('Tekton', ['lifecycle', 'startupProbe', 'terminationMessagePath']),
];

function tekton(kind: string, resource: string, tasks: readonly string[], ref?: string): PodKind {
  return {
    group: 'tekton.dev',
    kind,
    resource,
    parts: tasks.map(taskParts),
    refuses: stepRefusals,
    ...(ref !== undefined && { elsewhere: ref }),
  };
}

const pipelineTasks = (at: string): readonly string[] => [
  `${at}.tasks[].taskSpec`,
  `${at}.finally[].taskSpec`,
];

const tektonKinds: readonly PodKind[] = [
  tekton('Task', 'tasks', ['spec']),
  tekton('Pipeline', 'pipelines', pipelineTasks('spec'), 'spec.tasks'),
  tekton('TaskRun', 'taskruns', ['spec.taskSpec'], 'spec.taskRef'),
  {
    ...tekton('PipelineRun', 'pipelineruns', pipelineTasks('spec.pipelineSpec')),
    elsewhere: 'spec',
  },
  {
    group: 'tekton.dev',
    kind: 'StepAction',
    resource: 'stepactions',
    parts: [{ at: 'spec', containers: [''], name: 'step' }],
    refuses: [
      ...stepRefusals,
      { field: 'volumes', why: 'a Tekton step action has none: its task mounts them' },
    ],
  },
];

/** The kinds that Lithopod knows by itself. */
export const builtInKinds = new KindTable([
  ...kubernetesKinds,
  ...argoKinds,
  ...serverless,
  ...openshift,
  ...openKruise,
  ...batch,
  ...sparkKinds,
  ...tektonKinds,
]);
