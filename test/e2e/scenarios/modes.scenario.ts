import { expect } from 'chai';

import type { AuditEvent } from '../control-plane/audit-log.ts';
import { until } from '../installation.ts';
import { sharedCluster, type Cluster } from './cluster.ts';
import { deployment, seeds } from './seeds.ts';
import { comparable, weaknesses, type StoredPod } from './stored-pod.ts';

const policy = 'lithopod-namespace-labels';

describe('the labels of a namespace', () => {
  let cluster: Cluster;
  let plain: StoredPod;

  before('start the cluster', async () => {
    cluster = await sharedCluster();
    await cluster.namespace('modes-plain');
    await cluster.api.create('/api/v1/namespaces/modes-plain/pods', privileged);
    plain = await cluster.api.readPod('modes-plain', 'web');
  });

  const privileged = seeds.find(({ name }) => name === 'nginx-privileged')!.pod('web');

  async function eventsOf(namespace: string): Promise<readonly AuditEvent[]> {
    const events = await cluster.installation.plane.auditEvents();
    return events.filter(({ objectRef }) => objectRef?.namespace === namespace);
  }

  describe('lithopod.dev/warn', () => {
    before(() => cluster.namespace('warned', { 'lithopod.dev/warn': 'immutable' }));

    it('warns who applies a pod, and changes nothing', async () => {
      const { stderr } = await cluster.kubectl(['-n', 'warned', 'apply', '-f', '-'], privileged);
      expect(stderr).to.match(
        /Warning: lithopod: level "immutable" would change this: .*privileged/,
      );
      const pod = await cluster.api.readPod('warned', 'web');
      expect(comparable(pod)).to.deep.equal(comparable(plain));
      expect(pod.metadata.annotations).not.to.have.property('lithopod.dev/hardened');
    });

    it('warns who applies a Deployment, and changes nothing', async () => {
      const apply = ['-n', 'warned', 'apply', '-o', 'json', '-f', '-'];
      const { stdout, stderr } = await cluster.kubectl(apply, deployment);
      expect(stderr).to.match(/Warning: lithopod: .*"app".*\/usr\/local\/apache2\/logs/);
      const { spec } = JSON.parse(stdout) as { spec: { template: StoredPod } };
      expect(spec.template.spec.volumes).to.have.length(1);
      expect(spec.template.metadata.annotations).to.be.undefined;
    });

    it('says nothing to who applies what is hard enough', async () => {
      await cluster.namespace('hardening', { 'lithopod.dev/enforce': 'immutable' });
      const { body } = await cluster.api.createPod('hardening', privileged, { dryRun: true });
      const { spec } = body as StoredPod;
      const hardened = { ...privileged, metadata: { name: 'hardened' }, spec };
      const { stderr } = await cluster.kubectl(['-n', 'warned', 'apply', '-f', '-'], hardened);
      expect(stderr).to.equal('');
    });
  });

  describe('lithopod.dev/audit', () => {
    before(() => cluster.namespace('audited', { 'lithopod.dev/audit': 'restricted' }));

    it('writes to the audit log what would change in a pod, and changes nothing', async () => {
      const { stderr } = await cluster.kubectl(['-n', 'audited', 'apply', '-f', '-'], privileged);
      expect(stderr).to.equal('');
      expect(comparable(await cluster.api.readPod('audited', 'web'))).to.deep.equal(
        comparable(plain),
      );
      const [event] = (await eventsOf('audited')).filter(
        ({ objectRef }) => objectRef?.resource === 'pods',
      );
      expect(event?.annotations).to.include({
        'audit-restricted.lithopod.dev/level': 'restricted',
        'audit-restricted.lithopod.dev/outcome': 'would-change',
      });
      expect(event?.annotations?.['audit-restricted.lithopod.dev/findings']).to.include(
        'privileged-removed(main)',
      );
    });

    it('writes it of a Deployment too', async () => {
      const { stderr } = await cluster.kubectl(['-n', 'audited', 'apply', '-f', '-'], deployment);
      expect(stderr).to.equal('');
      const [event] = (await eventsOf('audited')).filter(
        ({ objectRef }) => objectRef?.resource === 'deployments',
      );
      expect(event?.annotations?.['audit-restricted.lithopod.dev/findings']).to.include(
        'path-mounted(app)',
      );
    });
  });

  describe('lithopod.dev/enforce', () => {
    it('writes to the audit log what was changed', async () => {
      await cluster.namespace('recorded', { 'lithopod.dev/enforce': 'immutable' });
      await cluster.api.create('/api/v1/namespaces/recorded/pods', privileged);
      const [event] = await eventsOf('recorded');
      expect(event?.annotations).to.include({
        'enforce-immutable.lithopod.dev/level': 'immutable',
        'enforce-immutable.lithopod.dev/outcome': 'changed',
      });
    });

    it('is counted in the metrics', async () => {
      const text = await cluster.webhook.metrics();
      const line =
        /^lithopod_reviews_total\{operation="CREATE",mode="enforce",level="immutable",outcome="patched"\} (\d+)$/m;
      expect(Number(line.exec(text)?.[1])).to.be.above(0);
    });

    it('is refused with a mistyped value by the policy', async () => {
      const mistyped = ['create', '-f', '-'];
      const object = namespaceObject('refused', 'imutable');
      const { code, stderr } = await cluster.installation.kubectl(mistyped, object);
      expect(code).not.to.equal(0);
      expect(stderr).to.contain('label lithopod.dev/enforce has the value "imutable"');
    });

    it('hardens with a mistyped value where the policy was away, and warns', async () => {
      const binding = ['validatingadmissionpolicybinding', policy];
      const { stdout } = await cluster.kubectl(['get', ...binding, '-o', 'json']);
      await cluster.kubectl(['delete', ...binding]);
      await until('end of the policy', async () => {
        const create = ['create', '--dry-run=server', '-f', '-'];
        const tried = await cluster.installation.kubectl(create, namespaceObject('mistyped', 'x'));
        return tried.code === 0;
      });
      await cluster.namespace('mistyped', { 'lithopod.dev/enforce': 'imutable' });
      const { metadata, ...saved } = JSON.parse(stdout) as { metadata: { name: string } };
      await cluster.kubectl(['apply', '-f', '-'], { ...saved, metadata: { name: metadata.name } });

      const create = ['-n', 'mistyped', 'create', '-f', '-'];
      const { stderr } = await cluster.kubectl(create, seeds[0]!.pod('web'));
      expect(stderr).to.contain(
        'Warning: lithopod: the label lithopod.dev/enforce of this namespace is neither',
      );
      expect(weaknesses(await cluster.api.readPod('mistyped', 'web'))).to.deep.equal([]);
      const applied = await cluster.kubectl(['-n', 'mistyped', 'apply', '-f', '-'], deployment);
      expect(applied.stderr).to.contain(
        'Warning: lithopod: the label lithopod.dev/enforce of this namespace is neither',
      );
    });
  });

  describe('lithopod.dev/enforce, and a workload', () => {
    const demanding = { privileged: true, capabilities: { add: ['SYS_ADMIN'] } };
    const container = { name: 'app', image: 'httpd:2.4', securityContext: demanding };
    const template = {
      metadata: deployment.spec.template.metadata,
      spec: { containers: [container] },
    };
    const privilegedDeployment = { ...deployment, spec: { ...deployment.spec, template } };
    const taken = [
      'container "app" asked for privileged: true and runs with privileged: false',
      'container "app" asked for SYS_ADMIN and runs without',
    ];

    async function told(namespace: string, object: object): Promise<readonly string[]> {
      const { stderr } = await cluster.kubectl(['-n', namespace, 'apply', '-f', '-'], object);
      return stderr.split('\n').filter((line) => line.startsWith('Warning: '));
    }

    before(async () => {
      for (const [name, labels] of [
        ['noticed', {}],
        ['noticed-twice', { 'lithopod.dev/warn': 'immutable' }],
        ['noticed-beyond', { 'lithopod.dev/warn': 'restricted' }],
      ] as const) {
        await cluster.namespace(name, { 'lithopod.dev/enforce': 'immutable', ...labels });
      }
    });

    it('tells who applies a Deployment what its pods will not get, and stores it as it is', async () => {
      expect(await told('noticed', privilegedDeployment)).to.deep.equal(
        taken.map((text) => `Warning: lithopod: ${text}`),
      );
      const { body } = await cluster.api.call(
        'GET',
        '/apis/apps/v1/namespaces/noticed/deployments/app',
      );
      const { spec } = body as { spec: { template: StoredPod } };
      expect(spec.template.spec.containers[0]).to.deep.include({ securityContext: demanding });
      expect(spec.template.spec).not.to.have.property('volumes');
    });

    it('says the same of each kind, and of an update, and nothing where nothing was taken', async () => {
      const once = { template: { spec: { ...template.spec, restartPolicy: 'Never' } } };
      for (const [apiVersion, kind, spec] of [
        ['apps/v1', 'StatefulSet', { ...privilegedDeployment.spec, serviceName: 's' }],
        ['batch/v1', 'CronJob', { schedule: '0 0 1 1 *', jobTemplate: { spec: once } }],
      ] as const) {
        const object = { apiVersion, kind, metadata: { name: 'app' }, spec };
        expect(await told('noticed', object), kind).to.have.lengthOf(2);
      }
      const changed = { ...privilegedDeployment.spec, minReadySeconds: 5 };
      expect(await told('noticed', { ...privilegedDeployment, spec: changed })).to.have.lengthOf(2);
      const quiet = { ...deployment, metadata: { name: 'quiet' } };
      expect(await told('noticed', quiet)).to.deep.equal([]);
    });

    it('says it once where warn asks for no more, of workloads and of pods', async () => {
      const bare = {
        apiVersion: 'v1',
        kind: 'Pod',
        metadata: { name: 'bare' },
        spec: template.spec,
      };
      for (const object of [privilegedDeployment, bare]) {
        expect(await told('noticed-twice', object)).to.deep.equal(
          taken.map((text) => `Warning: lithopod: ${text}`),
        );
      }
    });

    it('leaves warn its say where that asks for more', async () => {
      const warnings = await told('noticed-beyond', deployment);
      expect(warnings).not.to.be.empty;
      for (const warning of warnings) {
        expect(warning).to.match(/^Warning: lithopod: level "restricted"/);
      }
    });

    it('leaves a name that is invalid to the API server, and says of it one thing', async () => {
      const bad = {
        ...privilegedDeployment,
        metadata: { name: 'bad' },
        spec: {
          ...privilegedDeployment.spec,
          template: { ...template, spec: { containers: [{ ...container, name: 'NO LABEL' }] } },
        },
      };
      const path = '/apis/apps/v1/namespaces/noticed/deployments';
      const { status, body, warnings } = await cluster.api.call('POST', path, bad);
      expect(status).to.equal(422);
      expect((body as { message: string }).message).to.match(/^Deployment.apps "bad" is invalid/);
      expect(warnings).to.have.lengthOf(1);
      expect(warnings[0]).to.include('spec.template.spec.containers[0].name');
    });

    it('is counted apart from what was patched', async () => {
      const text = await cluster.webhook.metrics();
      expect(text).to.match(
        /^lithopod_reviews_total\{operation="CREATE",mode="enforce",level="immutable",outcome="would-change"\} \d+$/m,
      );
    });
  });

  describe('several of them', () => {
    it('each do their part', async () => {
      await cluster.namespace('several', {
        'lithopod.dev/enforce': 'immutable',
        'lithopod.dev/warn': 'restricted',
        'lithopod.dev/audit': 'restricted',
      });
      const create = ['-n', 'several', 'create', '-f', '-'];
      const { stderr } = await cluster.kubectl(create, seeds[0]!.pod('web'));
      expect(stderr).to.contain('Warning: lithopod: level "restricted" would change this: ');
      expect(weaknesses(await cluster.api.readPod('several', 'web'))).to.deep.equal([]);
      const [event] = await eventsOf('several');
      expect(Object.keys(event?.annotations ?? {})).to.include.members([
        'audit-restricted.lithopod.dev/findings',
        'warn-restricted.lithopod.dev/findings',
        'enforce-immutable.lithopod.dev/findings',
      ]);
    });
  });
});

function namespaceObject(name: string, level: string): object {
  const metadata = { name, labels: { 'lithopod.dev/enforce': level } };
  return { apiVersion: 'v1', kind: 'Namespace', metadata };
}
