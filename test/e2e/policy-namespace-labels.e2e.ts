import { expect } from 'chai';

import { startInstallation, unbind, until, type Installation } from './installation.ts';
import { openApi, reasonOf, type Answer, type Api } from './scenarios/api.ts';

const NAMESPACES = '/api/v1/namespaces';
const LABELS = ['enforce', 'audit', 'warn', 'require'].map((mode) => `lithopod.dev/${mode}`);
const NEVER_SELECTED = ['kube-system', 'kube-public', 'kube-node-lease', 'lithopod-system'];
/** All by which the API server stores a namespace's labels. */
const SUBRESOURCES = ['', '/status', '/finalize'];

type Labels = Readonly<Record<string, string | null>>;

describe('the policies on namespace labels', () => {
  let cluster: Installation;
  let api: Api;

  before(async () => {
    cluster = await startInstallation();
    api = await openApi(cluster.plane);
    await until('the policy', refusesTypos);
    const probe = { annotations: { 'lithopod.dev/warn': '' } };
    await until(
      'the warnings',
      async () => (await rehearse('probe', {}, probe)).warnings.length > 0,
    );
  });
  after(async () => {
    api.close();
    await cluster.stop();
  });

  async function refusesTypos(): Promise<boolean> {
    return (await rehearse('probe', { 'lithopod.dev/warn': 'typo' })).status === 422;
  }

  /** Creates a namespace as far as the API server's last check. */
  function rehearse(name: string, labels: Labels, metadata: object = {}): Promise<Answer> {
    return api.call('POST', `${NAMESPACES}?dryRun=All`, {
      metadata: { name, labels, ...metadata },
    });
  }

  /** Changes the labels that are given, and takes off those that are null. */
  function relabel(name: string, labels: Labels, metadata: object = {}): Promise<Answer> {
    return api.call('PATCH', `${NAMESPACES}/${name}`, { metadata: { labels, ...metadata } });
  }

  /** The same, as the whole object: finalize takes no patch. */
  async function put(name: string, subresource: string, labels: Labels): Promise<Answer> {
    const path = `${NAMESPACES}/${name}`;
    const { metadata, ...rest } = (await api.call('GET', path)).body as Stored;
    const merged = Object.entries({ ...metadata.labels, ...labels }).filter(([, v]) => v !== null);
    return api.call('PUT', path + subresource, {
      ...rest,
      metadata: { ...metadata, labels: Object.fromEntries(merged) },
    });
  }

  function many(count: number): Labels {
    return Object.fromEntries(Array.from({ length: count }, (_, i) => [`x${i}`, '']));
  }

  function labelsOf({ body }: Answer): object {
    return (body as Stored).metadata.labels;
  }

  function reason({ body }: Answer): string {
    return reasonOf(body);
  }

  describe('one refuses', () => {
    for (const key of LABELS) {
      it(`other values than the two levels for ${key}, the empty one too`, async () => {
        for (const value of ['immutable', 'restricted']) {
          expect((await cluster.namespace('typo', { [key]: value })).code, value).to.equal(0);
        }
        for (const value of ['imutable', 'Immutable', 'true', '']) {
          const { code, stderr } = await cluster.namespace('typo', { [key]: value });
          expect(code, value).not.to.equal(0);
          expect(stderr).to.contain(
            `label ${key} has the value "${value}"; allowed values are "immutable" and "restricted"`,
          );
        }
      });
    }

    it('a key below lithopod.dev/ that does not exist, whatever its value', async () => {
      for (const name of ['enforced', 'Enforce', 'enforce-version', 'hardened', 'profile', 'e']) {
        for (const value of ['immutable', '']) {
          const answer = await rehearse('unknown', { [`lithopod.dev/${name}`]: value });
          expect(answer.status, name).to.equal(422);
          expect(reason(answer)).to.contain(
            `label lithopod.dev/${name} is not known; known are ${LABELS.join(', ')}`,
          );
        }
      }
    });

    it('all at once, each by its name', async () => {
      const answer = await rehearse('several', {
        'lithopod.dev/enforce': 'a',
        'lithopod.dev/warn': 'b',
        'lithopod.dev/audit': 'immutable',
        'lithopod.dev/enfroce': 'immutable',
        'lithopod.dev/mode': 'c',
      });
      expect(reason(answer)).to.contain(
        'label lithopod.dev/enforce has the value "a", label lithopod.dev/warn has the value "b"; ' +
          'allowed values are "immutable" and "restricted". label lithopod.dev/enfroce, ' +
          `label lithopod.dev/mode is not known; known are ${LABELS.join(', ')}`,
      );
    });

    it('so many that they do not fit into a message, in general words', async () => {
      const unknown = Array.from({ length: 9_000 }, (_, i) => [
        `lithopod.dev/${'x'.repeat(55)}${i}`,
        '',
      ]);
      expect(reason(await rehearse('many', Object.fromEntries(unknown) as Labels))).to.contain(
        'a lithopod.dev label is one of lithopod.dev/enforce, audit, warn and require',
      );
    });

    it('nothing of a namespace without labels, or with labels that are not ours', async () => {
      const bare = { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'bare' } };
      expect((await cluster.kubectl(['create', '-f', '-'], bare)).code).to.equal(0);
      const answer = await rehearse('others', {
        'lithopod.dev': 'a',
        'example.com/enforce': 'b',
        'team.lithopod.dev/enforce': 'c',
        'team.lithopod.dev/enfroce': 'immutable',
        'lithopod.dev.example.com/enforce': 'd',
        enforce: 'e',
      });
      expect(answer).to.deep.include({ status: 201, warnings: [] });
    });

    for (const subresource of SUBRESOURCES) {
      it(`them on namespaces${subresource} too, which stores what is right`, async () => {
        const name = `by${subresource.replace('/', '-')}`;
        await api.create(NAMESPACES, { metadata: { name } });
        const wrong: readonly Labels[] = [
          { 'lithopod.dev/enforce': 'oops' },
          { 'lithopod.dev/enfroce': 'immutable' },
        ];
        for (const labels of wrong) {
          expect((await put(name, subresource, labels)).status).to.equal(422);
        }
        const right = { 'lithopod.dev/enforce': 'restricted' };
        expect((await put(name, subresource, right)).status).to.equal(200);
        expect(labelsOf(await api.call('GET', `${NAMESPACES}/${name}`))).to.include(right);
      });
    }

    it('a patch of namespaces/status', async () => {
      await api.create(NAMESPACES, { metadata: { name: 'patched' } });
      const patch = { metadata: { labels: { 'lithopod.dev/require': 'oops' } } };
      const { status } = await api.call('PATCH', `${NAMESPACES}/patched/status`, patch);
      expect(status).to.equal(422);
    });

    it('within the costs that the API server allows, more labels than it can store', async () => {
      const answer = await rehearse('many', { ...many(70_000), 'lithopod.dev/warn': 'oops' });
      expect(reason(answer)).to.contain('label lithopod.dev/warn has the value "oops"');
    });
  });

  describe('where a wrong label is older than the policy', () => {
    const older = {
      'lithopod.dev/enforce': 'oops',
      'lithopod.dev/enfroce': 'immutable',
    };

    before('make one while the policy is not bound', async () => {
      const bindAgain = await unbind(cluster, 'lithopod-namespace-labels');
      await until('its end', async () => (await cluster.namespace('older', older)).code === 0);
      await bindAgain();
      await until('the policy', refusesTypos);
    });

    for (const subresource of SUBRESOURCES) {
      it(`another label may change on namespaces${subresource}, but no wrong one`, async () => {
        const team = { team: `a${subresource.replace('/', '-')}` };
        expect(await put('older', subresource, team)).to.deep.include({
          status: 200,
          warnings: [],
        });
        for (const key of Object.keys(older)) {
          const { status } = await put('older', subresource, { [key]: 'worse' });
          expect(status, key).to.equal(422);
        }
      });
    }

    it('it can be mended one by one, and the namespace removed with the others', async () => {
      const mended = await relabel('older', { 'lithopod.dev/enforce': 'immutable' });
      expect(mended.status, reason(mended)).to.equal(200);
      expect(labelsOf(mended)).to.include({ 'lithopod.dev/enfroce': 'immutable' });

      // What a namespace controller does last. There is none here.
      expect((await api.call('DELETE', `${NAMESPACES}/older`)).status).to.equal(200);
      const { body } = await api.call('GET', `${NAMESPACES}/older`);
      const finalized = { ...(body as object), spec: { finalizers: [] } };
      expect((await api.call('PUT', `${NAMESPACES}/older/finalize`, finalized)).status).to.equal(
        200,
      );
      expect((await api.call('GET', `${NAMESPACES}/older`)).status).to.equal(404);
    });

    it('a namespace of many labels can be edited and removed', async () => {
      const labels = many(10_000);
      const made = await api.call('POST', NAMESPACES, { metadata: { name: 'large', labels } });
      expect(made.status, reason(made)).to.equal(201);
      expect((await put('large', '', { team: 'a' })).status).to.equal(200);
      expect((await put('large', '/status', { team: 'b' })).status).to.equal(200);
      expect((await relabel('large', { 'lithopod.dev/enfroce': 'immutable' })).status).to.equal(
        422,
      );
      expect((await relabel('large', { 'lithopod.dev/enforce': 'oops' })).status).to.equal(422);
      expect((await put('large', '/finalize', { team: 'c' })).status).to.equal(200);
    });
  });

  describe('the other warns, and lets pass', () => {
    /** Creates, and says what was warned of. */
    async function warnings(name: string, labels: Labels): Promise<readonly string[]> {
      const answer = await rehearse(name, labels);
      expect(answer.status, reason(answer)).to.equal(201);
      return answer.warnings;
    }

    for (const name of NEVER_SELECTED) {
      it(`that no label has an effect in ${name}, once`, async () => {
        await api.call('POST', NAMESPACES, { metadata: { name } }); // Most are there already.
        for (const key of LABELS) {
          const set = await relabel(name, { [key]: 'immutable' });
          expect(labelsOf(set)).to.include({ [key]: 'immutable' });
          expect(set.warnings, key).to.have.length(1);
          expect(set.warnings[0]).to.match(
            new RegExp(`${key} has no effect in ${name}, which Lithopod never selects$`),
          );
          expect((await relabel(name, { team: key.slice(-4) })).warnings).to.be.empty;
          expect((await relabel(name, { [key]: 'restricted' })).warnings).to.have.length(1);
          expect((await relabel(name, { [key]: null })).warnings).to.be.empty;
        }
      });
    }

    it('of all labels without effect in one sentence', async () => {
      const both = { 'lithopod.dev/warn': 'immutable', 'lithopod.dev/audit': 'immutable' };
      const { warnings } = await relabel('kube-public', both);
      expect(warnings).to.have.length(1);
      expect(warnings[0]).to.contain(
        'lithopod.dev/audit, lithopod.dev/warn has no effect in kube-public',
      );
    });

    for (const name of [
      ...['kube-flannel', 'calico-system', 'tigera-operator', 'cilium', 'cilium-secrets'],
      ...['csi-driver-nfs', 'longhorn-system', 'rook-ceph', 'ceph-csi-rbd', 'openebs'],
      ...['cert-manager', 'istio-system', 'linkerd', 'linkerd-cni', 'metallb-system'],
      ...['kyverno', 'gatekeeper-system', 'gpu-operator', 'nvidia-gpu-operator'],
      ...['openshift-sdn', 'vmware-system-csi', 'gke-managed-system', 'cattle-system'],
    ]) {
      it(`that ${name} looks like infrastructure by its name`, async () => {
        for (const key of ['lithopod.dev/enforce', 'lithopod.dev/require']) {
          const said = await warnings(name, { [key]: 'immutable' });
          expect(said, key).to.have.length(1);
          expect(said[0]).to.contain(
            `${name} looks like infrastructure by its name: under ${key} its pods do not get`,
          );
          expect(said[0]!.includes('none starts while Lithopod is down')).to.equal(
            key === 'lithopod.dev/enforce',
          );
        }
        const harmless = { 'lithopod.dev/audit': 'restricted', 'lithopod.dev/warn': 'restricted' };
        expect(await warnings(name, harmless)).to.be.empty;
        expect(await warnings(name, {})).to.be.empty;
      });
    }

    it('not of names that only begin like one, nor of an ordinary namespace', async () => {
      for (const name of ['shop', 'kubeflow', 'openshifters', 'csipher', 'my-istio', 'rooks']) {
        for (const pss of ['restricted', 'baseline', '']) {
          const labels = {
            'lithopod.dev/enforce': 'restricted',
            'lithopod.dev/require': 'restricted',
            'pod-security.kubernetes.io/warn': 'privileged',
            ...(pss !== '' && { 'pod-security.kubernetes.io/enforce': pss }),
          };
          expect(await warnings(name, labels), name).to.be.empty;
        }
      }
    });

    const privileged = { 'pod-security.kubernetes.io/enforce': 'privileged' };
    for (const [sign, labels] of [
      ['label pod-security.kubernetes.io/enforce: privileged', privileged],
      ['label openshift.io/run-level', { 'openshift.io/run-level': '1' }],
      ['label openshift.io/run-level', { 'openshift.io/run-level': '' }],
    ] as const) {
      it(`that a namespace looks so by its ${sign} (${Object.values(labels).join()})`, async () => {
        const said = await warnings('agents', { 'lithopod.dev/enforce': 'immutable', ...labels });
        expect(said).to.have.length(1);
        expect(said[0]).to.contain(`agents looks like infrastructure by its ${sign}: under`);
        expect(await warnings('agents', { 'lithopod.dev/warn': 'immutable', ...labels })).to.be
          .empty;
      });
    }

    it('of every sign and label in one sentence', async () => {
      const said = await warnings('kube-agents', {
        ...privileged,
        'openshift.io/run-level': '0',
        'lithopod.dev/enforce': 'immutable',
        'lithopod.dev/require': 'immutable',
      });
      expect(said).to.have.length(1);
      expect(said[0]).to.contain(
        'kube-agents looks like infrastructure by its name and its label ' +
          'pod-security.kubernetes.io/enforce: privileged and its label openshift.io/run-level: ' +
          'under lithopod.dev/enforce and lithopod.dev/require its pods',
      );
    });

    it('only when the label changes, and for a generated name too', async () => {
      const generated = await api.call('POST', NAMESPACES, {
        metadata: { generateName: 'rook-ceph-', labels: { 'lithopod.dev/enforce': 'immutable' } },
      });
      expect(generated.warnings).to.have.length(1);
      const { name } = (generated.body as Stored).metadata;
      expect((await relabel(name, { team: 'a' })).warnings).to.be.empty;
      expect((await relabel(name, privileged)).warnings).to.be.empty;
      expect((await relabel(name, { 'lithopod.dev/warn': 'restricted' })).warnings).to.be.empty;
      expect((await put(name, '/finalize', { team: 'b' })).warnings).to.be.empty;
      expect((await relabel(name, { 'lithopod.dev/enforce': 'restricted' })).warnings)
        .to.have //
        .length(1);
      expect((await relabel(name, { 'lithopod.dev/enforce': null })).warnings).to.be.empty;
    });

    for (const subresource of SUBRESOURCES) {
      it(`on namespaces${subresource}`, async () => {
        const name = `openebs${subresource.replace('/', '-')}`;
        await api.create(NAMESPACES, { metadata: { name } });
        const answer = await put(name, subresource, { 'lithopod.dev/enforce': 'immutable' });
        expect(answer.status).to.equal(200);
        expect(answer.warnings).to.have.length(1);
        expect(answer.warnings[0]).to.contain(`${name} looks like infrastructure by its name`);
      });
    }

    it('of an annotation where a label belongs, once', async () => {
      const annotations = { 'lithopod.dev/enforce': 'immutable', 'example.com/note': 'x' };
      await api.create(NAMESPACES, { metadata: { name: 'annotated' } });
      const { status, warnings } = await relabel('annotated', {}, { annotations });
      expect(status).to.equal(200);
      expect(warnings).to.have.length(1);
      expect(warnings[0]).to.contain(
        'annotation lithopod.dev/enforce has no effect on a namespace: Lithopod goes by labels',
      );
      expect((await relabel('annotated', { team: 'a' })).warnings).to.be.empty;
      const none = { annotations: { 'lithopod.dev/enforce': null } };
      expect((await relabel('annotated', {}, none)).warnings).to.be.empty;
    });

    it('to kubectl, which shows it and succeeds', async () => {
      const label = ['label', 'namespace', 'default', 'lithopod.dev/enforce=immutable'];
      expect(await cluster.kubectl(label)).to.include({ code: 0, stderr: '' });
      const calico = { 'lithopod.dev/enforce': 'immutable' };
      const { code, stderr } = await cluster.namespace('calico-apiserver', calico);
      expect(code).to.equal(0);
      expect(stderr).to.match(/^Warning: .*calico-apiserver looks like infrastructure/);
    });
  });
});

/** A namespace, as far as these tests look at it. */
interface Stored {
  readonly metadata: { readonly name: string; readonly labels: Readonly<Record<string, string>> };
}
