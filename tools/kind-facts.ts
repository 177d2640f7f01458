/**
 * `npx tsx tools/kind-facts.ts FOLDER > test/kinds/facts.json`: what the custom resource
 * definitions of each known kind say of the fields that Lithopod writes. FOLDER holds a clone of
 * each repository as OWNER+NAME/repo, which is read with git. The definitions themselves are not
 * kept.
 */
import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { parse } from 'yaml';
import { builtInKinds } from '../src/core/kinds/built-in.ts';
import type { PodKind } from '../src/core/kinds/kind.ts';

const containerFields = [
  'env',
  'lifecycle',
  'startupProbe',
  'terminationMessagePath',
  'volumeMounts[].name',
  'volumeMounts[].mountPath',
  'volumeMounts[].subPath',
  'volumeMounts[].readOnly',
  'volumeMounts[].mountPropagation',
  'volumeMounts[].recursiveReadOnly',
  'securityContext.privileged',
  'securityContext.readOnlyRootFilesystem',
  'securityContext.allowPrivilegeEscalation',
  'securityContext.runAsNonRoot',
  'securityContext.runAsUser',
  'securityContext.runAsGroup',
  'securityContext.capabilities.add',
  'securityContext.capabilities.drop',
  'securityContext.seccompProfile.type',
];
const podSecurityFields = ['runAsNonRoot', 'fsGroup', 'seccompProfile.type', 'sysctls[].name'];
const volumeFields = ['name', 'emptyDir.medium', 'emptyDir.sizeLimit', 'downwardAPI.items'];
const seedFields = ['name', 'image', 'command', 'volumeMounts[].name', 'securityContext.runAsUser'];

interface Source {
  readonly repo: string;
  readonly ref?: string;
  /** `%` stands for the resource. */
  readonly file: string;
}

const sources: Readonly<Record<string, Source>> = {
  'argoproj.io/AnalysisRun': rollouts('analysis-run'),
  'argoproj.io/AnalysisTemplate': rollouts('analysis-template'),
  'argoproj.io/ClusterAnalysisTemplate': rollouts('cluster-analysis-template'),
  'argoproj.io/Rollout': rollouts('rollout'),
  'argoproj.io/Experiment': rollouts('experiment'),
  'argoproj.io': {
    repo: 'argoproj/argo-workflows',
    file: 'manifests/base/crds/full/argoproj.io_%.yaml',
  },
  'serving.knative.dev/Service': knative('service'),
  'serving.knative.dev/Configuration': knative('configuration'),
  'serving.knative.dev/Revision': knative('revision'),
  'keda.sh': { repo: 'kedacore/keda', file: 'config/crd/bases/keda.sh_%.yaml' },
  'apps.kruise.io': { repo: 'openkruise/kruise', file: 'config/crd/bases/apps.kruise.io_%.yaml' },
  'jobset.x-k8s.io': {
    repo: 'kubernetes-sigs/jobset',
    file: 'config/components/crd/bases/jobset.x-k8s.io_%.yaml',
  },
  'leaderworkerset.x-k8s.io': {
    repo: 'kubernetes-sigs/lws',
    file: 'config/crd/bases/leaderworkerset.x-k8s.io_%.yaml',
  },
  'ray.io': { repo: 'ray-project/kuberay', file: 'ray-operator/config/crd/bases/ray.io_%.yaml' },
  'kubeflow.org/Notebook': {
    repo: 'kubeflow/kubeflow',
    ref: '4bf108b41^',
    file: 'components/notebook-controller/config/crd/bases/kubeflow.org_%.yaml',
  },
  'kubeflow.org/MPIJob': {
    repo: 'kubeflow/mpi-operator',
    file: 'manifests/base/kubeflow.org_mpijobs.yaml',
  },
  'kubeflow.org': {
    repo: 'kubeflow/training-operator',
    ref: 'release-1.9',
    file: 'manifests/base/crds/kubeflow.org_%.yaml',
  },
  'trainer.kubeflow.org': {
    repo: 'kubeflow/training-operator',
    file: 'manifests/base/crds/trainer.kubeflow.org_%.yaml',
  },
  'batch.volcano.sh': {
    repo: 'volcano-sh/volcano',
    file: 'config/crd/volcano/bases/batch.volcano.sh_%.yaml',
  },
  'sparkoperator.k8s.io': {
    repo: 'kubeflow/spark-operator',
    file: 'config/crd/bases/sparkoperator.k8s.io_%.yaml',
  },
  'tekton.dev/Task': tekton('task'),
  'tekton.dev/TaskRun': tekton('taskrun'),
  'tekton.dev/Pipeline': tekton('pipeline'),
  'tekton.dev/PipelineRun': tekton('pipelinerun'),
  'tekton.dev/StepAction': tekton('stepaction'),
};

function rollouts(name: string): Source {
  return { repo: 'argoproj/argo-rollouts', file: `manifests/crds/${name}-crd.yaml` };
}

function knative(name: string): Source {
  return { repo: 'knative/serving', file: `config/core/300-resources/${name}.yaml` };
}

function tekton(name: string): Source {
  return { repo: 'tektoncd/pipeline', file: `config/300-crds/300-${name}.yaml` };
}

interface Schema {
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly items?: Schema;
  readonly additionalProperties?: Schema | boolean;
  readonly 'x-kubernetes-preserve-unknown-fields'?: boolean;
}

/** 'open' where the schema keeps whatever is there; undefined where it drops it. */
function at(schema: Schema | undefined, path: string): Schema | 'open' | undefined {
  let current = schema;
  for (const step of path === '' ? [] : path.replaceAll('[]', '.[]').split('.')) {
    if (current === undefined) return undefined;
    const next: Schema | boolean | undefined =
      step === '[]'
        ? (current.items ?? current.additionalProperties)
        : (current.properties?.[step] ??
          (typeof current.additionalProperties === 'object'
            ? current.additionalProperties
            : undefined));
    if (typeof next !== 'object') {
      return current['x-kubernetes-preserve-unknown-fields'] === true ? 'open' : undefined;
    }
    current = next;
  }
  if (current?.properties === undefined && current?.items === undefined) {
    if (current?.['x-kubernetes-preserve-unknown-fields'] === true) return 'open';
  }
  return current;
}

interface Place {
  readonly path: string;
  /** The field of a pod, and where the schema should have it. */
  readonly fields: readonly (readonly [string, string])[];
}

function placesOf({ templates = [], podSpecs = [], parts = [] }: PodKind): readonly Place[] {
  const join = (...steps: readonly string[]): string =>
    steps.filter((step) => step !== '').join('.');
  const spec = (path: string) => [
    ...containerFields.map((field) => pair('containers[]', join(path, 'containers[]'), field)),
    ...podSecurityFields.map((f) => pair('securityContext', join(path, 'securityContext'), f)),
    ...volumeFields.map((field) => pair('volumes[]', join(path, 'volumes[]'), field)),
    ...seedFields.map((field) => pair('initContainers[]', join(path, 'initContainers[]'), field)),
  ];
  const pair = (of: string, place: string, field: string) =>
    [`${of}.${field}`, join(place, field)] as const;
  return [
    ...templates.map((path) => ({
      path,
      fields: [
        // The API has them of every object.
        ...(path === ''
          ? []
          : [['metadata.annotations', join(path, 'metadata.annotations')] as const]),
        ...spec(join(path, 'spec')),
      ],
    })),
    ...podSpecs.map((path) => ({ path, fields: spec(path) })),
    ...parts.map((part) => {
      const of = (path: string): string =>
        path.startsWith('.') ? path.slice(1) : join(part.at, path);
      return {
        path: part.at,
        fields: [
          ...part.containers.flatMap((path) =>
            containerFields.map((field) => pair('containers[]', of(path), field)),
          ),
          ...(part.metadata === undefined
            ? []
            : [pair('metadata', of(part.metadata), 'annotations')]),
          ...(part.securityContext === undefined
            ? []
            : podSecurityFields.map((field) =>
                pair('securityContext', of(part.securityContext ?? ''), field),
              )),
          ...(part.volumes === undefined
            ? []
            : volumeFields.map((field) => pair('volumes[]', `${of(part.volumes ?? '')}[]`, field))),
          ...(part.initContainers === undefined
            ? []
            : seedFields.map((field) =>
                pair('initContainers[]', `${of(part.initContainers ?? '')}[]`, field),
              )),
        ],
      };
    }),
  ];
}

const [folder = ''] = process.argv.slice(2);
const facts: Record<string, unknown> = {
  // No custom resource: an API server of its own, with a PodTemplateSpec of k8s.io/api.
  'apps.openshift.io/DeploymentConfig': {
    repo: 'openshift/api',
    commit: 'fc7deb0d5735b431e91425bbf5b56b5d1c874459',
    file: 'apps/v1/types.go',
    version: 'v1',
    resource: 'deploymentconfigs',
    scope: 'Namespaced',
    status: true,
    places: { 'spec.template': { missing: [] } },
  },
};
for (const kind of builtInKinds.kinds) {
  const key = `${kind.group}/${kind.kind}`;
  const source = sources[key] ?? sources[kind.group];
  if (source === undefined) continue;
  const git = (...args: readonly string[]): string =>
    execFileSync('git', ['-C', join(folder, source.repo.replace('/', '+'), 'repo'), ...args], {
      encoding: 'utf8',
      maxBuffer: 64 * 1024 * 1024,
    });
  const commit = git('rev-parse', source.ref ?? 'HEAD').trim();
  const file = source.file.replace('%', kind.resource ?? '');
  // Templates of kustomize and ko inside are comments or texts.
  const definition = parse(git('show', `${commit}:${file}`)) as Definition;
  const versions = definition.spec.versions.filter(({ served }) => served);
  const version = versions.find(({ storage }) => storage) ?? versions[0];
  const schema = version?.schema?.openAPIV3Schema;
  const places = placesOf(kind).map(({ path, fields }) => {
    const found = fields.map(([field, place]) => [field, at(schema, place)] as const);
    const missing = found.filter(([, is]) => is === undefined).map(([field]) => field);
    const isOpen = found.every(([, is]) => is === 'open');
    return [path, { ...(isOpen && { open: true }), missing: [...new Set(missing)] }] as const;
  });
  facts[key] = {
    repo: source.repo,
    commit,
    file,
    version: version?.name,
    resource: definition.spec.names.plural,
    scope: definition.spec.scope,
    status: version?.subresources?.status !== undefined,
    places: Object.fromEntries(places),
  };
}
process.stdout.write(`${JSON.stringify(facts, null, 2)}\n`);

interface Definition {
  readonly spec: {
    readonly scope: string;
    readonly names: { readonly plural: string };
    readonly versions: readonly {
      readonly name: string;
      readonly served: boolean;
      readonly storage: boolean;
      readonly subresources?: { readonly status?: unknown };
      readonly schema?: { readonly openAPIV3Schema?: Schema };
    }[];
  };
}
