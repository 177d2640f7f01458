import { expect } from 'chai';
import { podTemplates } from '../../src/core/pod/pod-templates.ts';

const pod = { metadata: { labels: { app: 'web' } }, spec: { containers: [{ name: 'a' }] } };

function workload(apiVersion: string, kind: string, rest: object = { spec: { template: pod } }) {
  return { apiVersion, kind, metadata: { name: 'web', namespace: 'sun' }, ...rest };
}

describe('podTemplates', () => {
  const cronJob = { spec: { jobTemplate: { spec: { template: pod } } } };
  for (const [apiVersion, kind, pointer, rest] of [
    ['v1', 'PodTemplate', '/template', { template: pod }],
    ['v1', 'ReplicationController', '/spec/template', undefined],
    ['apps/v1', 'Deployment', '/spec/template', undefined],
    ['apps/v1', 'StatefulSet', '/spec/template', undefined],
    ['apps/v1', 'DaemonSet', '/spec/template', undefined],
    ['apps/v1', 'ReplicaSet', '/spec/template', undefined],
    ['apps/v1beta1', 'Deployment', '/spec/template', undefined],
    ['apps/v1beta2', 'StatefulSet', '/spec/template', undefined],
    ['extensions/v1beta1', 'Deployment', '/spec/template', undefined],
    ['extensions/v1beta1', 'DaemonSet', '/spec/template', undefined],
    ['batch/v1', 'Job', '/spec/template', undefined],
    ['batch/v1', 'CronJob', '/spec/jobTemplate/spec/template', cronJob],
    ['batch/v1beta1', 'CronJob', '/spec/jobTemplate/spec/template', cronJob],
  ] as const) {
    it(`finds the template of ${apiVersion} ${kind}`, () => {
      expect(podTemplates(workload(apiVersion, kind, rest))).to.deep.equal([
        { pointer, kind, name: 'web', namespace: 'sun', claims: [], pod },
      ]);
    });
  }

  it('takes a Pod itself, by reference', () => {
    const object = {
      apiVersion: 'v1',
      kind: 'Pod',
      metadata: { generateName: 'web-' },
      spec: pod.spec,
    };
    const [location, ...others] = podTemplates(object);
    expect(others).to.deep.equal([]);
    expect(location).to.deep.include({ pointer: '', kind: 'Pod', name: 'web-', claims: [] });
    expect(location).not.to.have.property('namespace');
    expect(location!.pod).to.equal(object);
  });

  it("names a StatefulSet's claim templates and nobody else's", () => {
    const spec = {
      template: pod,
      volumeClaimTemplates: [
        { metadata: { name: 'data' } },
        null,
        { metadata: {} },
        { metadata: { name: 'log' } },
      ],
    };
    expect(podTemplates(workload('apps/v1', 'StatefulSet', { spec }))[0]!.claims).to.deep.equal([
      'data',
      'log',
    ]);
    expect(podTemplates(workload('apps/v1', 'Deployment', { spec }))[0]!.claims).to.deep.equal([]);
  });

  it('passes over kinds that only look like ours', () => {
    for (const [apiVersion, kind] of [
      ['foo.example.com/v1', 'Deployment'],
      ['apps', 'Deployment'],
      ['v1', 'Deployment'],
      ['apps/v1', 'Pod'],
      ['extensions/v1beta1', 'StatefulSet'],
      ['apps/v1', 'deployment'],
      ['constructor', 'Pod'],
      ['v1', 'Service'],
    ] as const) {
      expect(podTemplates(workload(apiVersion, kind)), `${apiVersion} ${kind}`).to.deep.equal([]);
    }
  });

  it('passes over what is no object, and templates that are none', () => {
    for (const object of [
      undefined,
      null,
      'Pod',
      7,
      [],
      {},
      { kind: 'Pod' },
      { apiVersion: 'v1' },
    ]) {
      expect(podTemplates(object)).to.deep.equal([]);
    }
    for (const rest of [
      {},
      { spec: null },
      { spec: [] },
      { spec: { template: null } },
      { spec: { template: 'x' } },
    ]) {
      expect(podTemplates(workload('apps/v1', 'Deployment', rest))).to.deep.equal([]);
    }
  });

  it('goes into Lists and typed lists, in order', () => {
    const list = workload('v1', 'List', {
      items: [
        workload('v1', 'Service'),
        workload('apps/v1', 'Deployment'),
        workload('v1', 'List', { items: [{ ...workload('v1', 'Pod', pod) }] }),
        workload('foo.example.com/v1', 'Deployment'),
      ],
    });
    expect(podTemplates(list).map(({ pointer, kind }) => [pointer, kind])).to.deep.equal([
      ['/items/1/spec/template', 'Deployment'],
      ['/items/2/items/0', 'Pod'],
    ]);
    const typed = workload('apps/v1', 'DeploymentList', {
      items: [{ spec: { template: pod } }, null],
    });
    expect(podTemplates(typed)).to.deep.equal([
      { pointer: '/items/0/spec/template', kind: 'Deployment', name: '', claims: [], pod },
    ]);
    expect(podTemplates(workload('v1', 'PodList', { items: [pod] }))[0]!.pointer).to.equal(
      '/items/0',
    );
    const custom = workload('foo.example.com/v1', 'DeploymentList', {
      items: [workload('apps/v1', 'Deployment')],
    });
    expect(podTemplates(custom)).to.deep.equal([]);
    expect(podTemplates(workload('v1', 'List', { items: [pod] }))).to.deep.equal([]);
    expect(podTemplates(workload('v1', 'List', { items: {} }))).to.deep.equal([]);
  });

  it('ends on lists nested deeper than anyone writes them', () => {
    const nest = (depth: number): unknown =>
      depth === 0
        ? workload('v1', 'Pod', pod)
        : { apiVersion: 'v1', kind: 'List', items: [nest(depth - 1)] };
    expect(podTemplates(nest(8))).to.have.length(1);
    expect(podTemplates(nest(9))).to.have.length(0);
  });
});
