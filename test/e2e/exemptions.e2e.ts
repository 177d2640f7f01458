// Exemptions that people apply: what the API server refuses of them, and what they let through.

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import { stringify } from 'yaml';

import { validSpec, wrongSpecs } from '../exemptions/wrong-specs.ts';
import type { ControlPlane } from './control-plane/control-plane.ts';
import { startFollowingWebhook } from './following-webhook.ts';
import { until, type Installation } from './installation.ts';
import type { Answer, Api } from './scenarios/api.ts';
import { installedObjects, list } from './scenarios/cluster.ts';
import { startOurWebhook, type OurWebhook } from './scenarios/our-webhook.ts';

const root = join(import.meta.dirname, '../..');
const manifest = (name: string): string => join(root, 'manifests', name);
/** Those of the kinds, which the overlay with a certificate of ours leaves out. */
const added = [
  '05-crd-imageprofile.yaml',
  '06-crd-exemption.yaml',
  '26-rights-profiles.yaml',
  '66-policy-exemptions.yaml',
].map(manifest);

const ns = 'exemptions';
const path = (name = '', namespace = ns): string =>
  `/apis/lithopod.dev/v1alpha1/namespaces/${namespace}/exemptions${name && `/${name}`}`;

const image = 'registry.corp/agent:1';

function exemption(name: string, spec: object = {}): object {
  return {
    apiVersion: 'lithopod.dev/v1alpha1',
    kind: 'Exemption',
    metadata: { name },
    spec: { ...validSpec, images: ['registry.corp/agent'], ...spec },
  };
}

function pod(name: string, more: object = {}, spec: object = {}): object {
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name, ...more },
    spec: {
      containers: [{ name: 'agent', image, securityContext: { privileged: true } }],
      ...spec,
    },
  };
}

interface Created {
  readonly metadata?: { readonly annotations?: Readonly<Record<string, string>> };
  readonly spec?: {
    readonly containers: readonly { readonly securityContext: { readonly privileged: boolean } }[];
  };
}

describe('exemptions', () => {
  let installation: Installation;
  let plane: ControlPlane;
  let api: Api;
  let webhook: OurWebhook;

  before(async () => {
    ({ installation, api, webhook } = await startFollowingWebhook(added));
    ({ plane } = installation);
    const objects = await installedObjects(installation, webhook.port);
    const webhooks = objects.filter(({ kind }) => kind.startsWith('Mutating'));
    await installation.kubectl(['apply', '-f', '-'], list(webhooks));
    await installation.namespace(ns, { 'lithopod.dev/enforce': 'immutable' });
    await installation.namespace('elsewhere', { 'lithopod.dev/enforce': 'immutable' });
    await until('hardening', async () => !(await isPrivileged(pod('first'))));
  });
  after(async () => {
    await webhook.stop();
    api.close();
    await installation.stop();
  });

  const create = (object: object, dryRun = false): Promise<Answer> =>
    api.call('POST', `${path()}${dryRun ? '?dryRun=All' : ''}`, object);
  const grant = async (name: string, spec: object = {}): Promise<void> => {
    const { status, body } = await create(exemption(name, spec));
    expect(status, JSON.stringify(body)).to.equal(201);
  };
  const revoke = (name: string): Promise<Answer> => api.call('DELETE', path(name));
  const isPrivileged = async (object: object, namespace = ns): Promise<boolean> => {
    const { body } = await api.createPod(namespace, object, { dryRun: true });
    const { spec } = body as Created;
    return spec?.containers[0]?.securityContext.privileged ?? false;
  };
  const conditionOf = async (name: string, type: string) => {
    const { body } = await api.call('GET', path(name));
    const { status } = body as {
      status?: { conditions: { type: string; status: string; reason: string; message: string }[] };
    };
    return status?.conditions.find((each) => each.type === type);
  };

  describe('are refused by the API server', () => {
    it('nowhere where they are right', async () => {
      for (const spec of [
        {},
        { images: [`sha256:${'a'.repeat(64)}`] },
        { images: [`registry.corp/agent@sha256:${'a'.repeat(64)}`, 'registry.corp/*/x:>=1 <2'] },
        { expires: '2099-01-01T10:00:00+02:00', ticket: 'OPS-1' },
        {
          podSelector: {
            matchLabels: { app: 'x' },
            matchExpressions: [{ key: 'a.io/b', operator: 'NotIn', values: ['c'] }],
          },
          containers: ['agent'],
          serviceAccountName: 'agent',
        },
      ]) {
        const { status, body } = await create(exemption('right', spec), true);
        expect(status, JSON.stringify(body)).to.equal(201);
      }
    });

    for (const [what, spec] of wrongSpecs) {
      it(`with ${what}`, async () => {
        const sent = await api.call(
          'POST',
          `${path()}?dryRun=All&fieldValidation=Strict`,
          exemption('wrong', spec),
        );
        expect(sent.status, JSON.stringify(sent.body)).to.be.oneOf([400, 422]);
      });
    }

    it('that have ended before they begin', async () => {
      const { status, body } = await create(exemption('late', { expires: '2026-01-01' }), true);
      expect(status).to.equal(422);
      expect(JSON.stringify(body)).to.include('would never be in force');
    });

    it('in a namespace with `require`', async () => {
      await installation.namespace('strict', {
        'lithopod.dev/enforce': 'immutable',
        'lithopod.dev/require': 'immutable',
      });
      const { status, body } = await api.call('POST', path('', 'strict'), exemption('one'));
      expect(status).to.equal(403);
      expect(JSON.stringify(body)).to.include('under which no exemption applies');
    });

    it('that last longer than a policy lets them', async () => {
      const limit = join(root, 'overlays/exemption-limit/policy.yaml');
      const { code, stderr } = await installation.kubectl(['apply', '-f', limit]);
      expect(code, stderr).to.equal(0);
      const soon = new Date(Date.now() + 80 * 24 * 3_600_000).toISOString().slice(0, 10);
      await until('the policy', async () => (await create(exemption('x'), true)).status === 422);
      expect((await create(exemption('x', { expires: soon }), true)).status).to.equal(201);
      const { body } = await create(exemption('x'), true);
      expect(JSON.stringify(body)).to.include('more than 90 days after its creation');
      await installation.kubectl(['delete', '-f', limit]);
      await until('its end', async () => (await create(exemption('x'), true)).status === 201);
    });
  });

  it('let through the pods of their namespace alone, and say so', async () => {
    await grant('agent');
    await until('the exemption', () => isPrivileged(pod('one')));
    expect(await isPrivileged(pod('one'), 'elsewhere')).to.equal(false);
    const { body, warnings } = await api.createPod(ns, pod('seen'));
    const { metadata, spec } = body as Created;
    expect(spec?.containers[0]?.securityContext).to.include({
      privileged: true,
      readOnlyRootFilesystem: true,
    });
    expect(
      JSON.parse(metadata?.annotations?.['lithopod.dev/hardened'] ?? ''),
    ).to.have.nested.property('agent.exempt.no-privileged', 'agent');
    expect(warnings).to.include(
      'lithopod: container "agent" is spared the rule "no-privileged" by the Exemption agent, until 2099-02-01T00:00:00Z',
    );
    await until(
      'its condition',
      async () => (await conditionOf('agent', 'Matched'))?.status === 'True',
    );
    expect((await conditionOf('agent', 'Matched'))?.message).to.include('seen at ');
    expect(await conditionOf('agent', 'Ready')).to.include({ status: 'True', reason: 'InForce' });
    expect(await webhook.metrics()).to.include('lithopod_exemptions{state="in-force"} 1');
    const shown = await installation.kubectl(['-n', ns, 'get', 'exempt', 'agent']);
    expect(shown.stdout).to.match(/\nagent +True +InForce +True +\["no-privileged"\] +2099-01-31 /);
    await revoke('agent');
    await until('its end', async () => !(await isPrivileged(pod('one'))));
  });

  it('say that they never matched', async () => {
    await grant('idle', { images: ['registry.corp/other'] });
    await until(
      'its condition',
      async () => (await conditionOf('idle', 'Matched'))?.status === 'False',
    );
    expect(await conditionOf('idle', 'Matched')).to.include({ reason: 'NeverMatched' });
    expect(await isPrivileged(pod('one'))).to.equal(false);
    await revoke('idle');
  });

  it('are for the pods that they select', async () => {
    await grant('selected', {
      podSelector: { matchLabels: { app: 'agent' } },
      serviceAccountName: 'default',
    });
    const labelled = pod('one', { labels: { app: 'agent' } });
    await until('the exemption', () => isPrivileged(labelled));
    expect(await isPrivileged(pod('one'))).to.equal(false);
    await api.create(`/api/v1/namespaces/${ns}/serviceaccounts`, {
      apiVersion: 'v1',
      kind: 'ServiceAccount',
      metadata: { name: 'other' },
    });
    const other = pod('one', { labels: { app: 'agent' } }, { serviceAccountName: 'other' });
    expect(await isPrivileged(other)).to.equal(false);
    await revoke('selected');
    await until('its end', async () => !(await isPrivileged(labelled)));
  });

  it('are asked for the stored pod where an ephemeral container comes', async () => {
    await grant('debugger', { podSelector: { matchLabels: { app: 'agent' } } });
    await until('the exemption', () => isPrivileged(pod('x', { labels: { app: 'agent' } })));
    const added = async (name: string, labels: object, claimed: object): Promise<boolean> => {
      await api.createPod(ns, pod(name, { labels }));
      const { body } = await api.call(
        'PATCH',
        `/api/v1/namespaces/${ns}/pods/${name}/ephemeralcontainers?dryRun=All`,
        {
          metadata: { labels: claimed },
          spec: {
            ephemeralContainers: [{ name: 'debug', image, securityContext: { privileged: true } }],
          },
        },
      );
      const { spec } = body as {
        spec: { ephemeralContainers: { securityContext: { privileged: boolean } }[] };
      };
      return spec.ephemeralContainers[0]!.securityContext.privileged;
    };
    expect(await added('with', { app: 'agent' }, { app: 'agent' })).to.equal(true);
    // Labels that the caller writes beside the container are not those of the pod.
    expect(await added('without', {}, { app: 'agent' })).to.equal(false);
    await revoke('debugger');
    await until(
      'its end',
      async () => !(await isPrivileged(pod('x', { labels: { app: 'agent' } }))),
    );
  });

  it('end by themselves', async () => {
    const expires = `${new Date(Date.now() + 6_000).toISOString().slice(0, 19)}Z`;
    await grant('short', { expires });
    await until('the exemption', () => isPrivileged(pod('one')));
    expect(await conditionOf('short', 'Ready')).to.satisfy(
      (each?: { reason: string }) => each === undefined || each.reason === 'EndsSoon',
    );
    await until('its end', async () => !(await isPrivileged(pod('one'))));
    await until(
      'its condition',
      async () => (await conditionOf('short', 'Ready'))?.reason === 'Ended',
    );
    expect(await conditionOf('short', 'Ready')).to.include({ status: 'False' });
    await revoke('short');
  });

  it('do not apply under `require`, whose policy refuses the pod', async () => {
    await installation.namespace('becomes-strict', { 'lithopod.dev/enforce': 'immutable' });
    const { status } = await api.call('POST', path('', 'becomes-strict'), exemption('agent'));
    expect(status).to.equal(201);
    await until('the exemption', () => isPrivileged(pod('one'), 'becomes-strict'));
    await installation.kubectl(['label', 'ns', 'becomes-strict', 'lithopod.dev/require=immutable']);
    await until('the policy', async () => {
      const answer = await api.createPod('becomes-strict', pod('one'), { dryRun: true });
      return answer.status === 422 || answer.status === 403;
    });
  });

  it('are granted by whom a RoleBinding lets', async () => {
    const as = '--as=jane';
    const may = ['auth', 'can-i', 'create', 'exemptions.lithopod.dev', '-n', ns, as];
    for (const role of ['admin', 'edit']) {
      await installation.kubectl([
        ...['-n', ns, 'create', 'rolebinding', `jane-${role}`],
        ...[`--clusterrole=${role}`, '--user=jane'],
      ]);
    }
    expect((await plane.kubectl(may)).stdout.trim()).to.equal('no');
    await installation.kubectl([
      ...['-n', ns, 'create', 'rolebinding', 'jane-grants'],
      ...['--clusterrole=lithopod-grant-exemptions', '--user=jane'],
    ]);
    await until('the right', async () => (await plane.kubectl(may)).stdout.trim() === 'yes');
    const elsewhere = may.map((word) => (word === ns ? 'elsewhere' : word));
    expect((await plane.kubectl(elsewhere)).stdout.trim()).to.equal('no');
  });

  it('stay in force while the API server restarts', async () => {
    await grant('lasting');
    await until('the exemption', () => isPrivileged(pod('one')));
    await plane.restartApiServer();
    await until('hardening', () => isPrivileged(pod('one')));
    await revoke('lasting');
    await until('its end', async () => !(await isPrivileged(pod('one'))));
  });

  it('keep a second replica from writing what the first one wrote', async () => {
    await grant('calm');
    await until('its condition', async () => (await conditionOf('calm', 'Ready')) !== undefined);
    const { body: first } = await api.call('GET', path('calm'));
    const read = (name: string): string => readFileSync(join(plane.dir, name)).toString('base64');
    const secret = stringify({ data: { 'tls.crt': read('tls.crt'), 'tls.key': read('tls.key') } });
    const second = await startOurWebhook(secret, plane.dir, {
      kubeconfig: join(plane.dir, 'account.kubeconfig'),
    });
    await until('the list', () =>
      Promise.resolve(
        second.log.some(({ message }) => message === 'exemptions of the cluster taken'),
      ),
    );
    await grant('bell');
    await until('its condition', async () => (await conditionOf('bell', 'Ready')) !== undefined);
    expect((await api.call('GET', path('calm'))).body).to.deep.equal(first);
    await second.stop();
  });
});
