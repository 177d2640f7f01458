/** The manifests that `lithopod install` prints, and its flags as far as they can be wrong. */
import { Document, visit } from 'yaml';
import { parseReference } from '../core/images/image-reference.ts';
import { customize, hostPorts } from './customize.ts';
import { buildKustomization } from './kustomize.ts';
import { namespaceProblem } from './namespace-name.ts';
import type { Problem } from '../core/values/result.ts';
import type { Customization } from './customize.ts';
import type { Manifest, ReadText } from './manifest.ts';

export interface InstallOptions extends Customization {
  readonly namespace: string;
  /** Certificates by cert-manager, and no `lithopod rotate`. */
  readonly certManager?: true;
}

/** More would not fit into the quota of the manifests, beside those of a rollout. */
const maxReplicas = 90;
/** Below it a port is for root alone, on many nodes. */
const minPort = 1024;
const maxPort = 65_535;
const metricsPort = 8080;

/** Who listens on a node of Kubernetes already. */
const nodePorts: Readonly<Record<number, string>> = {
  2379: 'etcd',
  2380: 'etcd',
  6443: 'the API server',
  10248: 'the kubelet',
  10249: 'kube-proxy',
  10250: 'the kubelet',
  10255: 'the kubelet',
  10256: 'kube-proxy',
  10257: 'the controller manager',
  10259: 'the scheduler',
};
/** Of Services of type NodePort, unless the API server is set to another range. */
const servicePorts = { from: 30_000, to: 32_767 };

/** Everything that is wrong with the options. */
export function installProblems(options: InstallOptions): readonly Problem[] {
  const { namespace, port, replicas, hostNetwork, image } = options;
  const messages: string[] = [];
  const wrongNamespace = namespaceProblem(namespace);
  if (wrongNamespace !== undefined) messages.push(`--namespace: "${namespace}" ${wrongNamespace}`);
  if (port !== undefined) {
    const wrongPort = portProblem(port, hostNetwork === true);
    if (wrongPort !== undefined) messages.push(`--port: ${wrongPort}`);
  }
  if (replicas !== undefined && !isBetween(replicas, 1, maxReplicas)) {
    messages.push(`--replicas: must be a whole number from 1 to ${maxReplicas}`);
  }
  if (image !== undefined) {
    const reference = parseReference(image);
    if (!reference.ok)
      messages.push(...reference.problems.map((each) => `--image: ${each.message}`));
  }
  return messages.map((message) => ({ message }));
}

function portProblem(port: number, hostNetwork: boolean): string | undefined {
  if (!isBetween(port, minPort, maxPort)) {
    return `must be a whole number from ${minPort} to ${maxPort}: the webhook runs as a user who may not open ports below; its Service has port 443 in any case`;
  }
  if (!hostNetwork) {
    return port === metricsPort
      ? `${port} is where the webhook has its metrics: choose another`
      : undefined;
  }
  if (port === hostPorts.metrics) {
    return `${port} is where the webhook has its metrics under --host-network: choose another`;
  }
  const owner = nodePorts[port];
  if (owner !== undefined) {
    return `${port} is ${owner}’s on a node: under --host-network choose another, such as ${hostPorts.webhook}`;
  }
  return isBetween(port, servicePorts.from, servicePorts.to)
    ? `${port} is among those that Services of type NodePort get: under --host-network choose another, such as ${hostPorts.webhook}`
    : undefined;
}

function isBetween(value: number, from: number, to: number): boolean {
  return Number.isInteger(value) && value >= from && value <= to;
}

/** What somebody should know before such an installation is applied; mostly nothing. */
export function installWarnings({ replicas, hostNetwork }: InstallOptions): readonly string[] {
  return [
    ...(replicas === 1
      ? [
          'one replica: while it restarts, is updated, or its node is drained, enforced namespaces accept no pods',
        ]
      : []),
    ...(hostNetwork === true
      ? [
          `on the host’s network no NetworkPolicy holds: whoever reaches a node reaches the webhook and, at port ${hostPorts.metrics}, its metrics`,
        ]
      : []),
  ];
}

/** All objects of such an installation, in an order in which they can be applied. */
export function installationManifests(
  options: InstallOptions,
  read: ReadText,
): readonly Manifest[] {
  const folder = options.certManager === true ? 'overlays/cert-manager' : 'manifests';
  const built = buildKustomization(folder, options.namespace, read);
  return webhooksLast(customize(built, options));
}

/** When API servers begin to ask, all that answers them is there. */
function webhooksLast(manifests: readonly Manifest[]): readonly Manifest[] {
  const isWebhook = ({ kind }: Manifest): boolean => kind.endsWith('WebhookConfiguration');
  return [...manifests.filter((each) => !isWebhook(each)), ...manifests.filter(isWebhook)];
}

/** As YAML that says the same under version 1.1, which kubectl reads, and 1.2. */
export function printManifests(manifests: readonly Manifest[]): string {
  return manifests.map(printManifest).join('---\n');
}

function printManifest(manifest: Manifest): string {
  const document = new Document(manifest, { version: '1.1', aliasDuplicateObjects: false });
  visit(document, {
    Scalar(_key, node) {
      // 0o7 is a number in one version only.
      if (typeof node.value === 'string' && /^[-+.\d]/.test(node.value)) node.type = 'QUOTE_SINGLE';
    },
  });
  return document.toString({ lineWidth: 0, singleQuote: true, directives: false });
}
