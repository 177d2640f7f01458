import { expect } from 'chai';

import { find, type Selector } from './read.ts';

describe('the Deployment', () => {
  interface Probe {
    readonly httpGet: { readonly path: string; readonly port: string };
  }
  interface Container {
    readonly args: readonly string[];
    readonly ports: readonly { readonly name: string; readonly containerPort: number }[];
    readonly startupProbe: Probe;
    readonly readinessProbe: Probe;
    readonly livenessProbe: Probe;
    readonly volumeMounts: readonly { readonly mountPath: string; readonly readOnly: boolean }[];
    readonly [field: string]: unknown;
  }
  interface Deployment {
    readonly spec: {
      readonly selector: { readonly matchLabels: Record<string, string> };
      readonly template: {
        readonly metadata: { readonly labels: Record<string, string> };
        readonly spec: {
          readonly containers: readonly Container[];
          readonly [field: string]: unknown;
        };
      };
    };
  }
  const { spec } = find('Deployment') as Deployment;
  const pod = spec.template.spec;
  const [only, ...others] = pod.containers;
  const container = only!;

  it('has two replicas, of which none goes before its successor is ready', () => {
    expect(spec).to.have.nested.include({
      replicas: 2,
      'strategy.rollingUpdate.maxUnavailable': 0,
      'strategy.rollingUpdate.maxSurge': 1,
    });
  });

  it('is as hard as Lithopod makes others, to the last field', () => {
    expect(others).to.be.empty;
    expect(container['securityContext']).to.deep.equal({
      readOnlyRootFilesystem: true,
      privileged: false,
      allowPrivilegeEscalation: false,
      runAsNonRoot: true,
      runAsUser: 65532,
      runAsGroup: 65532,
      capabilities: { drop: ['ALL'] },
      seccompProfile: { type: 'RuntimeDefault' },
    });
    expect(pod['securityContext']).to.deep.equal({
      runAsNonRoot: true,
      runAsUser: 65532,
      runAsGroup: 65532,
      fsGroup: 65532,
      seccompProfile: { type: 'RuntimeDefault' },
    });
    expect(pod).to.include({ automountServiceAccountToken: true, enableServiceLinks: false });
  });

  it('mounts nothing, so that it writes nowhere', () => {
    expect(container.volumeMounts).to.deep.equal([]);
    expect(pod['volumes']).to.deep.equal([]);
  });

  it('serves with the Secret that rotate keeps, and rotate is as hard as it is', () => {
    expect(container.args).to.deep.equal([
      'serve',
      '--tls-secret=$(POD_NAMESPACE)/lithopod-tls',
      '--cluster-profiles',
    ]);
    const rotate = (find('Deployment', 'lithopod-rotate') as Deployment).spec.template.spec;
    const [rotating] = rotate.containers;
    expect(rotating!.args).to.deep.equal(['rotate', '--tls-secret=$(POD_NAMESPACE)/lithopod-tls']);
    for (const each of [container, rotating!]) {
      const fieldRef = { fieldPath: 'metadata.namespace' };
      expect(each['env']).to.deep.equal([{ name: 'POD_NAMESPACE', valueFrom: { fieldRef } }]);
    }
    expect(rotating).to.not.have.any.keys('ports', 'livenessProbe', 'readinessProbe');
    expect(rotating).to.deep.include({
      image: container['image'],
      securityContext: container['securityContext'],
    });
    expect(rotate).to.deep.include({
      serviceAccountName: 'lithopod-rotate',
      securityContext: pod['securityContext'],
    });
  });

  it('has two ports', () => {
    expect(container).to.include({ image: 'ghcr.io/lithopod/lithopod:0.1.0' });
    expect(container.ports.map(({ name, containerPort }) => [name, containerPort])).to.deep.equal([
      ['https', 8443],
      ['metrics', 8080],
    ]);
  });

  it('is probed on the plain port', () => {
    const get = ({ httpGet }: Probe): object => httpGet;
    expect(get(container.startupProbe)).to.deep.equal({ path: '/readyz', port: 'metrics' });
    expect(get(container.readinessProbe)).to.deep.equal({ path: '/readyz', port: 'metrics' });
    expect(get(container.livenessProbe)).to.deep.equal({ path: '/healthz', port: 'metrics' });
  });

  it('asks for what it needs and is not throttled', () => {
    expect(container['resources']).to.have.all.keys('requests', 'limits');
    expect(container['resources']).to.have.property('requests').with.all.keys('cpu', 'memory');
    expect(container['resources']).to.have.property('limits').with.all.keys('memory');
  });

  it('spreads over nodes and zones where there are several', () => {
    const constraints = pod['topologySpreadConstraints'] as readonly {
      topologyKey: string;
      whenUnsatisfiable: string;
      labelSelector: object;
    }[];
    expect(constraints.map(({ topologyKey }) => topologyKey)).to.deep.equal([
      'kubernetes.io/hostname',
      'topology.kubernetes.io/zone',
    ]);
    for (const { whenUnsatisfiable, labelSelector } of constraints) {
      expect(whenUnsatisfiable).to.equal('ScheduleAnyway');
      expect(labelSelector).to.deep.equal(spec.selector);
    }
  });

  it('may have its priority class: a quota admits it', () => {
    const quota = find('ResourceQuota', 'lithopod-critical-pods') as {
      spec: { scopeSelector: Selector };
    };
    expect(quota.spec.scopeSelector.matchExpressions).to.deep.equal([
      { scopeName: 'PriorityClass', operator: 'In', values: [pod['priorityClassName']] },
    ]);
  });

  it('is what each selector selects', () => {
    const labels = spec.template.metadata.labels;
    const selectors: Record<string, string>[] = [
      spec.selector.matchLabels,
      (find('Service') as { spec: { selector: Record<string, string> } }).spec.selector,
      (
        find('Service', 'lithopod-metrics') as {
          spec: { selector: Record<string, string> };
        }
      ).spec.selector,
      (
        find('PodDisruptionBudget') as {
          spec: { selector: { matchLabels: Record<string, string> } };
        }
      ).spec.selector.matchLabels,
      (
        find('NetworkPolicy') as {
          spec: { podSelector: { matchLabels: Record<string, string> } };
        }
      ).spec.podSelector.matchLabels,
    ];
    for (const selector of selectors) {
      expect(selector).not.to.be.empty;
      expect(labels).to.include(selector);
    }
  });
});
