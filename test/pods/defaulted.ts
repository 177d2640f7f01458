/**
 * A pod as the API server hands it to a webhook that it calls again: decoded (no nulls, no empty
 * lists), with the defaults of kubernetes v1.34 pkg/apis/core/v1/defaults.go filled in, and with
 * the service account's token mounted in every container that has nothing there
 * (plugin/pkg/admission/serviceaccount/admission.go), also in those that another plugin added in
 * between.
 */
import type { Container, Pod, Volume } from '../../src/core/pod/pod.ts';

type Fields = Readonly<Record<string, unknown>>;

const tokenPath = '/var/run/secrets/kubernetes.io/serviceaccount';
const tokenVolume = 'kube-api-access-x7k2p';

/** The pod after a round through the API server. The input is left alone. */
export function defaulted(pod: Pod): Pod {
  const { metadata, spec } = compact(structuredClone(pod)) as Pod;
  const lists = {
    containers: spec.containers.map((container) => defaultContainer(container, true)),
    ...(spec.initContainers && {
      initContainers: spec.initContainers.map((container) => defaultContainer(container, true)),
    }),
    ...(spec.ephemeralContainers && {
      ephemeralContainers: spec.ephemeralContainers.map((container) =>
        defaultContainer(container, false),
      ),
    }),
  };
  const volumes = (spec.volumes ?? []).map(defaultVolume);
  return {
    ...(metadata && { metadata }),
    spec: {
      dnsPolicy: 'ClusterFirst',
      enableServiceLinks: true,
      restartPolicy: 'Always',
      schedulerName: 'default-scheduler',
      serviceAccountName: 'default',
      terminationGracePeriodSeconds: 30,
      ...spec,
      ...lists,
      securityContext: spec.securityContext ?? {},
      volumes: volumes.some(({ name }) => name === tokenVolume)
        ? volumes
        : [...volumes, tokenSource],
    } as Pod['spec'],
  };
}

const tokenSource: Volume = {
  name: tokenVolume,
  projected: {
    defaultMode: 420,
    sources: [{ serviceAccountToken: { expirationSeconds: 3607, path: 'token' } }],
  },
};

function defaultContainer(container: Container, withToken: boolean): Container {
  const mounts = container.volumeMounts ?? [];
  const token = { name: tokenVolume, readOnly: true, mountPath: tokenPath };
  const missing = withToken && !mounts.some(({ mountPath }) => mountPath === tokenPath);
  const all = missing ? [...mounts, token] : mounts;
  return {
    imagePullPolicy: /:(?!latest$)[^/]*$/.test(container.image ?? '') ? 'IfNotPresent' : 'Always',
    terminationMessagePath: '/dev/termination-log',
    terminationMessagePolicy: 'File',
    ...container,
    resources: defaultResources(container.resources),
    ...(all.length > 0 && { volumeMounts: all }),
    ...Object.fromEntries(
      (['startupProbe', 'livenessProbe', 'readinessProbe'] as const)
        .filter((key) => container[key])
        .map((key) => [key, { ...probeDefaults, ...container[key] }]),
    ),
  } as Container;
}

const probeDefaults = {
  timeoutSeconds: 1,
  periodSeconds: 10,
  successThreshold: 1,
  failureThreshold: 3,
};

/** What is limited and not requested is requested. */
function defaultResources(resources: Container['resources']): Container['resources'] {
  if (!resources?.limits) return resources ?? {};
  return { ...resources, requests: { ...resources.limits, ...resources.requests } };
}

function defaultVolume(volume: Volume): Volume {
  const [kind] = Object.keys(volume).filter((key) => key !== 'name');
  if (kind === undefined) return { ...volume, emptyDir: {} };
  const source = volume[kind] as Fields;
  switch (kind) {
    case 'emptyDir':
      return { ...volume, emptyDir: canonicalSize(source) };
    case 'configMap':
    case 'secret':
    case 'projected':
      return { ...volume, [kind]: { defaultMode: 420, ...source } };
    case 'downwardAPI':
      return { ...volume, downwardAPI: { defaultMode: 420, ...withFieldVersions(source) } };
    case 'hostPath':
      return { ...volume, hostPath: { type: '', ...source } };
    default:
      return volume;
  }
}

/** Quantities are stored in their canonical form. */
function canonicalSize(emptyDir: Fields): Fields {
  return emptyDir['sizeLimit'] === '1024Mi' ? { ...emptyDir, sizeLimit: '1Gi' } : emptyDir;
}

function withFieldVersions(source: Fields): Fields {
  const items = source['items'] as readonly Fields[] | undefined;
  if (!items) return source;
  return {
    ...source,
    items: items.map((item) => ({
      ...item,
      ...(item['fieldRef'] !== undefined && {
        fieldRef: { apiVersion: 'v1', ...(item['fieldRef'] as Fields) },
      }),
    })),
  };
}

/**
 * Without nulls and, but for `containers`, without empty lists: that is what decoding and
 * `omitempty` leave.
 */
function compact(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(compact);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value)
      .filter(([, field]) => field != null && !(Array.isArray(field) && field.length === 0))
      .map(([key, field]) => [key, compact(field)]),
  );
}
