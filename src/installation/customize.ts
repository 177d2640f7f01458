/** What the flags of `lithopod install` change in the manifests. */
import type { Manifest } from './manifest.ts';

/** The changes that are asked for; what is absent stays as the manifests have it. */
export interface Customization {
  /** On which the webhook listens in its pod, or on its node. */
  readonly port?: number;
  readonly replicas?: number;
  readonly hostNetwork?: true;
  readonly image?: string;
}

/**
 * The ports on the node's own addresses under `hostNetwork`. Beside those of Kubernetes (10250 to
 * 10259), and cert-manager's choice for the first.
 */
export const hostPorts = { webhook: 10260, metrics: 10261 } as const;

interface Port {
  readonly name: string;
  readonly containerPort: number;
}

interface Container {
  readonly image: string;
  readonly args: readonly string[];
  readonly ports?: readonly Port[];
}

interface DeploymentSpec {
  readonly replicas: number;
  readonly selector: object;
  readonly template: {
    readonly metadata: { readonly annotations?: Readonly<Record<string, string>> };
    readonly spec: { readonly containers: readonly Container[] };
  };
}

interface NetworkPolicySpec {
  readonly podSelector: object;
  readonly ingress?: readonly { readonly ports: readonly { readonly port: number }[] }[];
}

/** The manifests with what is asked for. The given ones stay as they are. */
export function customize(
  manifests: readonly Manifest[],
  customization: Customization,
): readonly Manifest[] {
  const { image, replicas, hostNetwork } = customization;
  const ports = portsOf(customization);
  return manifests.flatMap((manifest) => {
    switch (manifest.kind) {
      case 'Deployment': {
        const webhook = isOfWebhook(manifest);
        let changed = image === undefined ? manifest : withImage(manifest, image);
        if (webhook) changed = withPorts(changed, ports);
        if (webhook && replicas !== undefined) changed = withSpec(changed, { replicas });
        return [webhook && hostNetwork === true ? onHostNetwork(changed) : changed];
      }
      case 'NetworkPolicy':
        // It does not reach pods on the host's network, and would only seem to protect them.
        if (hostNetwork === true && isAboutWebhook(manifest)) return [];
        return [isAboutWebhook(manifest) ? admitting(manifest, ports) : manifest];
      case 'PodDisruptionBudget':
        return [replicas === 1 ? lettingTheOnlyPodGo(manifest) : manifest];
      case 'Namespace':
        return [hostNetwork === true ? lettingHostNetworkIn(manifest) : manifest];
      default:
        return [manifest];
    }
  });
}

/** The ports by their names in the Deployment; what is not there stays as it is. */
type Ports = ReadonlyMap<string, number>;

/** The flags of `serve` by the names of its ports in the Deployment. */
const portFlags: Readonly<Record<string, string>> = { https: '--port', metrics: '--metrics-port' };

function portsOf({ port, hostNetwork }: Customization): Ports {
  const ports = new Map<string, number>();
  if (hostNetwork === true) {
    ports.set('https', hostPorts.webhook).set('metrics', hostPorts.metrics);
  }
  return port === undefined ? ports : ports.set('https', port);
}

const componentLabel = 'app.kubernetes.io/component';

function isOfWebhook({ metadata }: Manifest): boolean {
  return metadata.labels?.[componentLabel] === 'webhook';
}

function isAboutWebhook({ spec }: Manifest): boolean {
  const { matchLabels } = (spec as NetworkPolicySpec).podSelector as {
    readonly matchLabels?: Readonly<Record<string, string>>;
  };
  return matchLabels?.[componentLabel] === 'webhook';
}

function withSpec(manifest: Manifest, fields: object): Manifest {
  return { ...manifest, spec: { ...(manifest['spec'] as object), ...fields } };
}

function withContainers(manifest: Manifest, change: (container: Container) => Container): Manifest {
  const { template } = manifest['spec'] as DeploymentSpec;
  const containers = template.spec.containers.map(change);
  return withSpec(manifest, { template: { ...template, spec: { ...template.spec, containers } } });
}

function withImage(manifest: Manifest, image: string): Manifest {
  return withContainers(manifest, (container) => ({ ...container, image }));
}

function withPorts(manifest: Manifest, ports: Ports): Manifest {
  if (ports.size === 0) return manifest;
  const changed = withContainers(manifest, (container) => ({
    ...container,
    args: [
      ...container.args,
      ...[...ports].map(([name, port]) => `${portFlags[name] ?? ''}=${port}`),
    ],
    ports: (container.ports ?? []).map((each) => ({
      ...each,
      containerPort: ports.get(each.name) ?? each.containerPort,
    })),
  }));
  const metrics = ports.get('metrics');
  return metrics === undefined ? changed : scrapedAt(changed, metrics);
}

function scrapedAt(manifest: Manifest, port: number): Manifest {
  const { template } = manifest['spec'] as DeploymentSpec;
  const { metadata } = template;
  const annotations = { ...metadata.annotations, 'prometheus.io/port': String(port) };
  return withSpec(manifest, { template: { ...template, metadata: { ...metadata, annotations } } });
}

/**
 * On its node's network, one replica on a node: two cannot listen on one port. For the same reason
 * a rollout takes a pod away before it starts the next one, as it may find no node that is free.
 */
function onHostNetwork(manifest: Manifest): Manifest {
  const { selector, template } = manifest['spec'] as DeploymentSpec;
  const containers = template.spec.containers.map((container) => ({
    ...container,
    ports: (container.ports ?? []).map((port) => ({ ...port, hostPort: port.containerPort })),
  }));
  const affinity = {
    podAntiAffinity: {
      requiredDuringSchedulingIgnoredDuringExecution: [
        { topologyKey: 'kubernetes.io/hostname', labelSelector: selector },
      ],
    },
  };
  const spec = {
    ...template.spec,
    hostNetwork: true,
    dnsPolicy: 'ClusterFirstWithHostNet',
    affinity,
    containers,
  };
  return withSpec(manifest, {
    strategy: { type: 'RollingUpdate', rollingUpdate: { maxSurge: 0, maxUnavailable: 1 } },
    template: { ...template, spec },
  });
}

function admitting(manifest: Manifest, ports: Ports): Manifest {
  const port = ports.get('https');
  const { ingress = [] } = manifest['spec'] as NetworkPolicySpec;
  const [first, ...others] = ingress;
  if (port === undefined || first === undefined) return manifest;
  // The webhook's is the first, and metrics follow it.
  const [webhook, ...rest] = first.ports;
  return withSpec(manifest, {
    ingress: [{ ...first, ports: [{ ...webhook, port }, ...rest] }, ...others],
  });
}

/** Else no drain of its node would ever end. */
function lettingTheOnlyPodGo(manifest: Manifest): Manifest {
  const { minAvailable: _minAvailable, ...spec } = manifest['spec'] as Record<string, unknown>;
  return { ...manifest, spec: { ...spec, maxUnavailable: 1 } };
}

/** Pod Security `baseline` and `restricted` refuse every pod on the host's network. */
function lettingHostNetworkIn(manifest: Manifest): Manifest {
  const { metadata } = manifest;
  const labels = Object.entries(metadata.labels ?? {}).map(([key, value]) =>
    key.startsWith('pod-security.kubernetes.io/') ? [key, 'privileged'] : [key, value],
  );
  return {
    ...manifest,
    metadata: { ...metadata, labels: Object.fromEntries(labels) as Record<string, string> },
  };
}
