import { expect } from 'chai';
import { parseAllDocuments } from 'yaml';

import { cli } from '../cli/run.ts';
import { manifests as written, type Manifest } from '../manifests/read.ts';

interface Spec {
  readonly replicas: number;
  readonly strategy: { readonly rollingUpdate: object };
  readonly template: {
    readonly metadata: { readonly annotations: Readonly<Record<string, string>> };
    readonly spec: {
      readonly hostNetwork?: boolean;
      readonly affinity?: object;
      readonly containers: readonly {
        readonly image: string;
        readonly args: readonly string[];
        readonly ports: readonly {
          readonly name: string;
          readonly containerPort: number;
          readonly hostPort?: number;
        }[];
      }[];
    };
  };
}

async function install(...flags: readonly string[]): Promise<readonly Manifest[]> {
  const { code, stdout, stderr } = await cli(['install', ...flags]);
  expect(code, stderr).to.equal(0);
  return parseAllDocuments(stdout, { version: '1.1' }).map((each) => each.toJS() as Manifest);
}

function pick(manifests: readonly Manifest[], kind: string, name = 'lithopod'): Manifest {
  const found = manifests.filter((each) => each.kind === kind && each.metadata.name === name);
  expect(found, `${kind} ${name}`).to.have.length(1);
  return found[0]!;
}

function specOf(manifests: readonly Manifest[], name = 'lithopod'): Spec {
  return pick(manifests, 'Deployment', name)['spec'] as Spec;
}

/** What differs from the manifests as they are written, as `Kind/name`. */
function changed(manifests: readonly Manifest[]): readonly string[] {
  const text = (each: Manifest | undefined): string => JSON.stringify(each);
  const same = (a: Manifest, b: Manifest): boolean =>
    a.kind === b.kind && a.metadata.name === b.metadata.name;
  return written
    .filter((each) => text(manifests.find((other) => same(each, other))) !== text(each))
    .map(({ kind, metadata }) => `${kind}/${metadata.name}`)
    .sort();
}

describe('lithopod install', () => {
  it('prints the manifests, the namespace before what is in it and the webhook last', async () => {
    const all = await install();
    expect(changed(all)).to.deep.equal([]);
    const kinds = all.map(({ kind }) => kind);
    expect(kinds.at(-1)).to.equal('MutatingWebhookConfiguration');
    expect(kinds.indexOf('Namespace')).to.be.lessThan(
      all.findIndex(({ metadata }) => metadata.namespace !== undefined),
    );
    const byCertManager = await install('--cert-manager');
    expect(byCertManager.at(-1)?.kind).to.equal('MutatingWebhookConfiguration');
  });

  it('changes the port wherever it is, and nothing else', async () => {
    const all = await install('--port', '10250');
    expect(changed(all)).to.deep.equal(['Deployment/lithopod', 'NetworkPolicy/lithopod']);
    const [container] = specOf(all).template.spec.containers;
    expect(container!.args).to.include('--port=10250');
    expect(container!.ports.map(({ containerPort }) => containerPort)).to.deep.equal([10250, 8080]);
    expect(JSON.stringify(pick(all, 'NetworkPolicy')))
      .to.contain('10250')
      .and.not.contain('8443');
  });

  it('changes how many answer, and lets the only one be evicted', async () => {
    const three = await install('--replicas', '3');
    expect(changed(three)).to.deep.equal(['Deployment/lithopod']);
    expect(specOf(three).replicas).to.equal(3);
    const { stderr } = await cli(['install', '--replicas', '1']);
    expect(stderr).to.match(/^warning: one replica: .*enforced namespaces accept no pods\n$/);
    const one = await install('--replicas', '1');
    expect(changed(one)).to.deep.equal(['Deployment/lithopod', 'PodDisruptionBudget/lithopod']);
    expect(pick(one, 'PodDisruptionBudget')['spec'])
      .to.include({ maxUnavailable: 1 })
      .and.not.have.property('minAvailable');
  });

  it('takes both Deployments to another image', async () => {
    const all = await install('--image', 'registry.corp/lithopod@sha256:' + 'a'.repeat(64));
    expect(changed(all)).to.deep.equal(['Deployment/lithopod', 'Deployment/lithopod-rotate']);
    for (const name of ['lithopod', 'lithopod-rotate']) {
      expect(specOf(all, name).template.spec.containers[0]!.image).to.match(/^registry\.corp/);
    }
  });

  it('puts the webhook alone on the network of the nodes, one replica on each', async () => {
    const all = await install('--host-network');
    expect(changed(all)).to.deep.equal([
      'Deployment/lithopod',
      'Namespace/lithopod-system',
      'NetworkPolicy/lithopod',
    ]);
    const spec = specOf(all);
    const { hostNetwork, affinity, containers } = spec.template.spec;
    expect(hostNetwork).to.equal(true);
    expect(containers[0]!.args).to.include.members(['--port=10260', '--metrics-port=10261']);
    expect(containers[0]!.ports).to.deep.equal([
      { name: 'https', containerPort: 10260, protocol: 'TCP', hostPort: 10260 },
      { name: 'metrics', containerPort: 10261, protocol: 'TCP', hostPort: 10261 },
    ]);
    expect(spec.template.metadata.annotations).to.include({ 'prometheus.io/port': '10261' });
    expect(affinity).to.deep.equal({
      podAntiAffinity: {
        requiredDuringSchedulingIgnoredDuringExecution: [
          {
            topologyKey: 'kubernetes.io/hostname',
            labelSelector: {
              matchLabels: {
                'app.kubernetes.io/name': 'lithopod',
                'app.kubernetes.io/component': 'webhook',
              },
            },
          },
        ],
      },
    });
    // Where every node has one there is no room for one more during a rollout.
    expect(spec.strategy.rollingUpdate).to.deep.equal({ maxSurge: 0, maxUnavailable: 1 });
    const { metadata } = pick(all, 'Namespace', 'lithopod-system');
    expect(metadata).to.deep.include({
      labels: {
        'app.kubernetes.io/name': 'lithopod',
        'pod-security.kubernetes.io/enforce': 'privileged',
        'pod-security.kubernetes.io/audit': 'privileged',
        'pod-security.kubernetes.io/warn': 'privileged',
      },
    });
    expect(all.some((each) => each.kind === 'NetworkPolicy')).to.equal(true);
    expect(specOf(all, 'lithopod-rotate').template.spec).not.to.have.property('hostNetwork');
  });

  it('goes together: every flag at once', async () => {
    const all = await install(
      ...['--cert-manager', '--host-network', '--port=11000', '--replicas=3'],
      ...['--namespace=stone', '--image=registry.corp/lithopod:1'],
    );
    const [container] = specOf(all).template.spec.containers;
    expect(container!.args).to.deep.equal([
      'serve',
      '--tls-cert=/etc/lithopod/tls/tls.crt',
      '--tls-key=/etc/lithopod/tls/tls.key',
      '--port=11000',
      '--metrics-port=10261',
    ]);
    expect(pick(all, 'Certificate')['spec']).to.deep.include({
      dnsNames: ['lithopod.stone.svc', 'lithopod.stone.svc.cluster.local'],
    });
  });

  for (const [flags, message] of [
    [['--namespace', 'Stone'], /^error: --namespace: "Stone" is no name of a namespace/],
    [['--namespace', ''], /^error: --namespace: "" is no name of a namespace/],
    [['--namespace', 'a.b'], /is no name of a namespace/],
    [['--namespace', '-a'], /is no name of a namespace/],
    [['--namespace', 'x'.repeat(64)], /is no name of a namespace/],
    [['--namespace', 'default'], /cannot be Lithopod’s own: no pod of its namespace is hardened/],
    [['--namespace', 'kube-system'], /names that begin with kube- are reserved for Kubernetes/],
    [['--namespace', 'kube-stone'], /names that begin with kube- are reserved for Kubernetes/],
    [['--port', '443'], /^error: --port: must be a whole number from 1024 to 65535/],
    [['--port', '65536'], /^error: --port: must be a whole number from 1024 to 65535/],
    [['--port', '8080'], /8080 is where the webhook has its metrics/],
    [['--port', '-1'], /It takes a whole number\./],
    [['--port', '1e4'], /It takes a whole number\./],
    [['--port', ''], /It takes a whole number\./],
    [['--host-network', '--port', '10250'], /10250 is the kubelet’s on a node/],
    [['--host-network', '--port', '10261'], /10261 is where the webhook has its metrics under/],
    [['--host-network', '--port', '30001'], /among those that Services of type NodePort get/],
    [['--replicas', '0'], /^error: --replicas: must be a whole number from 1 to 90/],
    [['--replicas', '91'], /^error: --replicas: must be a whole number from 1 to 90/],
    [['--replicas', 'two'], /It takes a whole number\./],
    [['--image', 'nginx:no tag'], /^error: --image: /],
    [['--image', ''], /^error: --image: The image reference is empty/],
    [['--unknown'], /unknown option '--unknown'/],
    [['manifests'], /too many arguments/],
  ] as const) {
    it(`refuses ${flags.join(' ')}`, async () => {
      const { code, stdout, stderr } = await cli(['install', ...flags]);
      expect({ code, stdout }).to.deep.equal({ code: 2, stdout: '' });
      expect(stderr)
        .to.match(message)
        .and.match(/^[^\n]+\n$/);
    });
  }

  it('says all that is wrong at once', async () => {
    const { stderr } = await cli(['install', '--namespace=default', '--port=1', '--replicas=0']);
    expect(stderr.match(/^error: --/gm)).to.have.length(3);
  });
});
