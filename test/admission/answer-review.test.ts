import { expect } from 'chai';

import { catalogueOf, entry, profile } from '../pods/profiles.ts';
import { send } from './client.ts';
import { responseOf, patchOf, start, startReviews, stored, type Running } from './harness.ts';
import { bodyOf, deploymentOf, deployments, podWith, type TestPod } from './reviews.ts';

const levels = ['immutable', 'restricted'] as const;
const modes = ['enforce', 'audit', 'warn'] as const;

describe('a review over HTTPS', () => {
  let running: Running;
  before(async () => {
    running = await start();
  });
  after(() => running.stop());

  function lastLine() {
    return running.logLines().at(-1)!;
  }

  it('comes back with its uid, its version and a patch that applies', async () => {
    const pod = podWith();
    const answer = await running.send({ body: bodyOf(pod, { uid: 'here-and-back' }) });
    expect(answer.headers['content-type']).to.equal('application/json');
    const body = JSON.parse(answer.text) as Record<string, unknown>;
    expect(body).to.include({ apiVersion: 'admission.k8s.io/v1', kind: 'AdmissionReview' });
    expect(body).to.have.all.keys('apiVersion', 'kind', 'response');
    const response = responseOf(answer);
    expect(response).to.include({ uid: 'here-and-back', allowed: true, patchType: 'JSONPatch' });
    const hardened = stored(pod, answer);
    expect(hardened.spec.containers[0]!['securityContext']).to.deep.include({
      readOnlyRootFilesystem: true,
      privileged: false,
    });
    const mounts = hardened.spec.containers[0]!['volumeMounts'] as { mountPath: string }[];
    expect(mounts.map(({ mountPath }) => mountPath)).to.include.members([
      '/var/cache/nginx',
      '/var/run',
    ]);
  });

  it('gives no patch for its own outcome', async () => {
    const pod = podWith();
    const hardened = stored(pod, await running.send({ body: bodyOf(pod) }));
    const again = responseOf(await running.send({ body: bodyOf(hardened) }));
    expect(again).not.to.have.any.keys('patch', 'patchType');
    expect(lastLine()).to.include({ outcome: 'unchanged' });
  });

  for (const mode of modes) {
    for (const level of levels) {
      it(`answers /mutate/${mode}/${level}, with the timeout that the API server appends`, async () => {
        const pod = podWith();
        const path = `/mutate/${mode}/${level}?timeout=3s`;
        const answer = await running.send({ path, body: bodyOf(pod) });
        const hardened = stored(pod, answer);
        if (mode === 'enforce') {
          const spec = JSON.stringify(hardened.spec);
          expect(spec).to.include('"readOnlyRootFilesystem":true');
          expect(spec.includes('"allowPrivilegeEscalation":false')).to.equal(
            level === 'restricted',
          );
        } else {
          expect(responseOf(answer)).not.to.have.any.keys('patch', 'patchType');
          expect(hardened).to.deep.equal(pod);
        }
        expect(lastLine()).to.include({ level: 'info', mode, hardening: level });
      });
    }
  }

  it('takes /mutate for /mutate/enforce/immutable', async () => {
    const body = bodyOf(podWith());
    const [short, long] = [
      await running.send({ path: '/mutate?timeout=10s', body }),
      await running.send({ path: '/mutate/enforce/immutable', body }),
    ];
    expect(short.text).to.equal(long.text);
  });

  it('hardens and warns where the label names no level', async () => {
    const pod = podWith();
    const answer = await running.send({ path: '/mutate/enforce/unknown-level', body: bodyOf(pod) });
    expect(patchOf(answer)).to.deep.equal(patchOf(await running.send({ body: bodyOf(pod) })));
    expect(responseOf(answer).warnings?.[0]).to.match(
      /^lithopod: the label lithopod\.dev\/enforce of this namespace is neither/,
    );
  });

  it('warns about what the author asked for and does not get, and is silent otherwise', async () => {
    const quiet = responseOf(await running.send({ body: bodyOf(podWith()) }));
    expect(quiet).not.to.have.property('warnings');
    const pod = podWith({
      containers: [{ name: 'web', image: 'nginx', securityContext: { privileged: true } }],
    });
    const { warnings } = responseOf(await running.send({ body: bodyOf(pod) }));
    expect(warnings?.join()).to.match(/^lithopod: .*privileged/);
  });

  for (const [what, object, request] of [
    ['a pod', podWith(), {}],
    ['a Deployment', deploymentOf(podWith()), { resource: deployments }],
    [
      'an updated Deployment',
      deploymentOf(podWith()),
      { resource: deployments, operation: 'UPDATE' },
    ],
  ] as const) {
    it(`tells with warnings what it would change in ${what}`, async () => {
      const path = '/mutate/warn/immutable';
      const response = responseOf(await running.send({ path, body: bodyOf(object, request) }));
      expect(response).not.to.have.property('patch');
      expect(response.warnings?.join('\n')).to.include(
        'lithopod: level "immutable" would change this: ',
      );
      expect(lastLine()).to.include({ mode: 'warn', outcome: 'would-change' });
    });

    it(`tells the audit log what it would change in ${what}, and nobody else`, async () => {
      const path = '/mutate/audit/immutable';
      const response = responseOf(await running.send({ path, body: bodyOf(object, request) }));
      expect(response).not.to.have.any.keys('patch', 'warnings');
      const { auditAnnotations } = response;
      expect(auditAnnotations).to.include({ level: 'immutable', outcome: 'would-change' });
      expect(auditAnnotations?.['findings']).to.match(/read-only/);
      expect(Object.keys(auditAnnotations!).filter((key) => key.includes('/'))).to.be.empty;
    });
  }

  it('says in the audit log what it did change', async () => {
    const { auditAnnotations } = responseOf(await running.send({ body: bodyOf(podWith()) }));
    expect(auditAnnotations).to.include({ level: 'immutable', outcome: 'changed' });
  });

  describe('of a workload under enforce', () => {
    const request = { resource: deployments };
    const privileged = podWith({
      containers: [{ name: 'web', image: 'nginx', securityContext: { privileged: true } }],
    });

    for (const path of [
      '/mutate',
      ...levels.map((level) => `/mutate/enforce/${level}`),
      '/mutate/enforce/unknown-level',
    ]) {
      for (const operation of ['CREATE', 'UPDATE']) {
        it(`says at ${path}, on ${operation}, what its pods will be told, and patches nothing`, async () => {
          const body = bodyOf(deploymentOf(privileged), { ...request, operation });
          const response = responseOf(await running.send({ path, body }));
          expect(response.allowed).to.equal(true);
          expect(response).not.to.have.any.keys('patch', 'patchType', 'status');
          expect(lastLine()).to.include({ mode: 'enforce', outcome: 'would-change' });
          expect(response.auditAnnotations).to.include({ outcome: 'would-change' });
          const { warnings } = responseOf(await running.send({ path, body: bodyOf(privileged) }));
          expect(warnings).not.to.be.empty;
          expect(response.warnings).to.deep.equal(warnings);
        });
      }
    }

    it('is counted by what will become of its pods', async () => {
      const series = (outcome: string): string =>
        `lithopod_reviews_total{operation="CREATE",mode="enforce",level="immutable",outcome="${outcome}"}`;
      const hardened = stored(podWith(), await running.send({ body: bodyOf(podWith()) }));
      for (const [outcome, pod] of [
        ['would-change', podWith()],
        ['unchanged', hardened],
        ['skipped', podWith({ os: { name: 'windows' } })],
      ] as const) {
        const count = await running.metric(series(outcome));
        const { metadata } = pod;
        const object = { ...deploymentOf(pod), spec: { template: { metadata, spec: pod.spec } } };
        const answer = await running.send({ body: bodyOf(object, request) });
        expect(responseOf(answer), outcome).not.to.have.property('patch');
        expect(await running.metric(series(outcome)), outcome).to.equal(count + 1);
      }
    });

    it('says nothing of what its pods are given silently', async () => {
      const body = bodyOf(deploymentOf(podWith()), request);
      expect(responseOf(await running.send({ body }))).not.to.have.property('warnings');
    });

    for (const [what, object, resource] of [
      ['a custom resource', { apiVersion: 'argoproj.io/v1alpha1', kind: 'Rollout' }, 'rollouts'],
      ['one that is missing', null, 'deployments'],
      ['a template that cannot be read', misshapen(7), 'deployments'],
      [
        'a template of too many containers',
        misshapen(Array(1001).fill({ name: 'a' })),
        'deployments',
      ],
      [
        'a workload without a template',
        { apiVersion: 'apps/v1', kind: 'Deployment' },
        'deployments',
      ],
    ] as const) {
      it(`is allowed without a word: ${what}`, async () => {
        const body = bodyOf(object, { resource: { ...deployments, resource } });
        const answer = responseOf(await running.send({ body }));
        expect(answer).to.have.all.keys('uid', 'allowed');
        expect(answer.allowed).to.equal(true);
        expect(lastLine()).to.include({ outcome: 'skipped' });
      });
    }
  });

  for (const [what, request] of [
    ['DELETE of a pod', { operation: 'DELETE', object: null, oldObject: podWith() }],
    ['UPDATE of a pod', { operation: 'UPDATE', oldObject: podWith() }],
    [
      'CONNECT to pods/exec',
      { operation: 'CONNECT', subResource: 'exec', object: { kind: 'PodExecOptions' } },
    ],
    ['CREATE of pods/binding', { subResource: 'binding', object: { kind: 'Binding' } }],
    ['CREATE of pods/eviction', { subResource: 'eviction', object: null }],
    ['UPDATE of pods/status', { operation: 'UPDATE', subResource: 'status' }],
    ['UPDATE of pods/resize', { operation: 'UPDATE', subResource: 'resize' }],
    ['an operation of the future', { operation: 'REPLACE', object: null }],
    [
      'a Service',
      { resource: { group: '', version: 'v1', resource: 'services' }, object: { kind: 'Service' } },
    ],
    [
      'somebody else’s pods',
      { resource: { group: 'metrics.k8s.io', version: 'v1beta1', resource: 'pods' }, object: {} },
    ],
    [
      'deployments/scale',
      { resource: deployments, subResource: 'scale', object: { kind: 'Scale' } },
    ],
    ['DELETE of a Deployment', { resource: deployments, operation: 'DELETE', object: null }],
  ] as const) {
    for (const mode of modes) {
      it(`allows unchanged, under ${mode}: ${what}`, async () => {
        const path = `/mutate/${mode}/restricted`;
        const response = responseOf(await running.send({ path, body: bodyOf(podWith(), request) }));
        expect(response).to.have.all.keys('uid', 'allowed');
        expect(response.allowed).to.equal(true);
        expect(lastLine()).to.include({ outcome: 'skipped' });
      });
    }
  }

  describe('of ephemeral containers', () => {
    const subresource = { subResource: 'ephemeralcontainers', operation: 'UPDATE' };
    const old = podWith({ ephemeralContainers: [{ name: 'debug-1', image: 'busybox' }] });
    const grown = podWith({
      ephemeralContainers: [
        { name: 'debug-1', image: 'busybox' },
        { name: 'debug-2', image: 'busybox', securityContext: { privileged: true } },
      ],
    });

    it('hardens the new one and nothing else', async () => {
      const answer = await running.send({
        body: bodyOf(grown, { ...subresource, oldObject: old }),
      });
      const hardened = stored(grown, answer) as TestPod & {
        spec: { ephemeralContainers: { securityContext?: unknown }[] };
      };
      expect(hardened.spec.ephemeralContainers[1]!.securityContext).to.deep.include({
        privileged: false,
        readOnlyRootFilesystem: true,
      });
      const { ephemeralContainers, ...rest } = hardened.spec;
      expect(ephemeralContainers[0]).to.deep.equal({ name: 'debug-1', image: 'busybox' });
      expect(rest).to.deep.equal(podWith().spec);
      expect(hardened.metadata).to.deep.equal(grown.metadata);
      for (const { path } of patchOf(answer)) {
        expect(path).to.match(/^\/spec\/ephemeralContainers\/1\/securityContext/);
      }
    });

    it('has nothing to do where none is new', async () => {
      const response = responseOf(
        await running.send({ body: bodyOf(old, { ...subresource, oldObject: old }) }),
      );
      expect(response).not.to.have.property('patch');
    });

    it('refuses a review without the pod, before or after', async () => {
      for (const [object, oldObject, missing] of [
        [null, old, 'object'],
        [grown, null, 'oldObject'],
      ] as const) {
        const body = bodyOf(object, { ...subresource, oldObject });
        const { status, text } = await running.send({ body });
        expect(status).to.equal(400);
        expect(text).to.include(`request.${missing} is missing`);
      }
    });

    const windowsAffinity = {
      nodeAffinity: {
        requiredDuringSchedulingIgnoredDuringExecution: {
          nodeSelectorTerms: [
            {
              matchExpressions: [{ key: 'kubernetes.io/os', operator: 'In', values: ['windows'] }],
            },
          ],
        },
      },
    };
    const debug = { name: 'debug-2', image: 'busybox', securityContext: { privileged: true } };
    for (const [what, spec, annotations] of [
      ['a Windows node selector', { nodeSelector: { 'kubernetes.io/os': 'windows' } }, {}],
      ['a Windows os', { os: { name: 'windows' } }, {}],
      ['a Windows affinity', { affinity: windowsAffinity }, {}],
      ['the annotation of a mirror pod', {}, { 'kubernetes.io/config.mirror': 'x' }],
      ['a volume of no known shape', { volumes: 'none', hostPID: 'yes', containers: null }, {}],
      ['a thousand containers', { containers: Array(2000).fill({ name: 'NO LABEL' }) }, {}],
    ] as const) {
      for (const level of levels) {
        it(`reads nothing beside the new container at ${level}: ${what}`, async () => {
          const object = podWith(
            { ...spec, ephemeralContainers: [...(old.spec['ephemeralContainers'] as []), debug] },
            { name: 'web', namespace: 'sun', annotations },
          );
          const plain = podWith({ ephemeralContainers: object.spec['ephemeralContainers'] });
          const path = `/mutate/enforce/${level}`;
          const request = { ...subresource, oldObject: old };
          const [given, expected] = [
            await running.send({ path, body: bodyOf(object, request) }),
            await running.send({ path, body: bodyOf(plain, request) }),
          ];
          expect(responseOf(given)).to.deep.equal(responseOf(expected));
          const hardened = patchOf(given).find(({ path: at }) =>
            at.startsWith('/spec/ephemeralContainers/1/securityContext'),
          );
          expect(hardened, 'a patch of the new container').not.to.equal(undefined);
        });
      }
    }

    it('leaves the new container of a stored Windows pod alone', async () => {
      const spec = { nodeSelector: { 'kubernetes.io/os': 'windows' } };
      const body = bodyOf(grown, { ...subresource, oldObject: podWith(spec) });
      expect(responseOf(await running.send({ body }))).not.to.have.property('patch');
    });

    it('names a misshapen old pod as such', async () => {
      const oldObject = { spec: { containers: 'none' } };
      const { status, text } = await running.send({
        body: bodyOf(grown, { ...subresource, oldObject }),
      });
      expect(status).to.equal(400);
      expect(text).to.include('request.oldObject/spec/containers must be a list');
    });
  });

  describe('of names that the API server refuses', () => {
    const long = 'a'.repeat(64);
    const bad = podWith({ containers: [{ name: long, image: 'nginx' }] });

    it('is an answer in its words at enforce', async () => {
      for (const level of levels) {
        const path = `/mutate/enforce/${level}`;
        const response = responseOf(await running.send({ path, body: bodyOf(bad) }));
        expect(response).to.deep.include({ allowed: false });
        expect(response).not.to.have.any.keys('patch', 'warnings');
        expect(response.status).to.deep.include({
          code: 422,
          reason: 'Invalid',
          message: `Pod "web" is invalid: spec.containers[0].name: Invalid value: "${long}": must be no more than 63 bytes`,
        });
        expect(lastLine()).to.include({ outcome: 'rejected' });
      }
    });

    it('is one warning at warn, and nothing but an audit annotation at audit', async () => {
      const warned = responseOf(
        await running.send({ path: '/mutate/warn/immutable', body: bodyOf(bad) }),
      );
      expect(warned.allowed).to.equal(true);
      expect(warned.warnings).to.have.length(1);
      expect(warned.warnings![0]).to.include('spec.containers[0].name: Invalid value');
      const audited = responseOf(
        await running.send({ path: '/mutate/audit/immutable', body: bodyOf(bad) }),
      );
      expect(audited).to.deep.include({ allowed: true });
      expect(audited).not.to.have.property('warnings');
      expect(audited.auditAnnotations!['findings']).to.equal('invalid-name');
    });

    it('is one warning for a workload, with the place in its template', async () => {
      for (const mode of ['warn', 'audit', 'enforce'] as const) {
        const response = responseOf(
          await running.send({
            path: `/mutate/${mode}/immutable`,
            body: bodyOf(deploymentOf(bad), { resource: deployments }),
          }),
        );
        expect(response.allowed).to.equal(true);
        if (mode === 'audit') expect(response).not.to.have.property('warnings');
        else {
          expect(response.warnings).to.have.length(1);
          expect(response.warnings![0]).to.include('spec.template.spec.containers[0].name');
        }
      }
    });

    it('is not given for the names of anything else', async () => {
      const odd = podWith(
        {
          containers: [
            {
              name: 'web',
              image: 'nginx',
              env: [{ name: 'Not A Label', value: '' }],
              ports: [{ name: 'x'.repeat(100), containerPort: 1 }],
              volumeMounts: [{ name: 'NOT A VOLUME', mountPath: '/x' }],
            },
          ],
        },
        { name: 'a.pod.with.dots', generateName: 'X', labels: { ['k'.repeat(999)]: '' } },
      );
      expect(responseOf(await running.send({ body: bodyOf(odd) })).allowed).to.equal(true);
    });

    it('is given for new ephemeral containers, whatever the others are called', async () => {
      const request = { subResource: 'ephemeralcontainers', operation: 'UPDATE' };
      const one = podWith({ ephemeralContainers: [{ name: 'debug', image: 'busybox' }] });
      const two = podWith({
        containers: [{ name: 'NO LABEL' }],
        ephemeralContainers: [
          { name: 'debug', image: 'busybox' },
          { name: 'NO LABEL', image: 'busybox' },
        ],
      });
      const response = responseOf(
        await running.send({ body: bodyOf(two, { ...request, oldObject: one }) }),
      );
      expect(response.allowed).to.equal(false);
      expect(response.status!.details.causes.map(({ field }) => field)).to.deep.equal([
        'spec.ephemeralContainers[1].name',
      ]);
    });
  });

  it('takes an untrue annotation off a Windows pod, and leaves a mirror pod as it is', async () => {
    const annotations = { 'lithopod.dev/hardened': '{}' };
    const windows = podWith({ os: { name: 'windows' } }, { name: 'web', annotations });
    expect(patchOf(await running.send({ body: bodyOf(windows) }))).to.deep.equal([
      { op: 'remove', path: '/metadata/annotations/lithopod.dev~1hardened' },
    ]);
    const mirror = { ...annotations, 'kubernetes.io/config.mirror': 'x' };
    const answer = await running.send({
      body: bodyOf(podWith({}, { name: 'web', annotations: mirror })),
    });
    expect(responseOf(answer)).not.to.have.property('patch');
  });

  it('logs a pod that has no name yet by the prefix of its name', async () => {
    const pod = podWith({}, { generateName: 'web-7f9-', namespace: 'sun' });
    const answer = await running.send({ body: bodyOf(pod, { name: '', dryRun: true }) });
    expect(patchOf(answer)).not.to.be.empty;
    expect(lastLine()).to.include({
      name: 'web-7f9-*',
      namespace: 'sun',
      kind: 'Pod',
      operation: 'CREATE',
      dryRun: true,
      outcome: 'patched',
    });
  });

  it('answers a dry run as it would the real one', async () => {
    const [dry, real] = [
      await running.send({ body: bodyOf(podWith(), { dryRun: true }) }),
      await running.send({ body: bodyOf(podWith(), { dryRun: false }) }),
    ];
    expect(dry.text).to.equal(real.text);
    expect(lastLine()).not.to.have.property('dryRun');
  });

  it('writes one line a review, with its rules and its time', async () => {
    const count = running.logLines().length;
    await running.send({ body: bodyOf(podWith(), { uid: 'one-line' }) });
    const added = running.logLines().slice(count);
    expect(added).to.have.length(1);
    const line = added[0]!;
    expect(line).to.include({
      level: 'info',
      message: 'review',
      uid: 'one-line',
      namespace: 'sun',
      name: 'web',
      mode: 'enforce',
      hardening: 'immutable',
      outcome: 'patched',
    });
    expect(line['rules']).to.include.members(['read-only-root', 'writable-paths']);
    expect(line['milliseconds']).to.be.a('number').and.greaterThan(0);
  });

  for (const [code, pod] of [
    ['windows-pod', podWith({ os: { name: 'windows' } })],
    ['windows-pod', podWith({ nodeSelector: { 'kubernetes.io/os': 'windows' } })],
    [
      'mirror-pod',
      podWith({}, { name: 'etcd', annotations: { 'kubernetes.io/config.mirror': 'abc' } }),
    ],
  ] as const) {
    it(`leaves a ${code} alone and says why`, async () => {
      const response = responseOf(await running.send({ body: bodyOf(pod) }));
      expect(response).not.to.have.property('patch');
      expect(response.auditAnnotations).to.include({ outcome: 'unchanged', findings: code });
      expect(lastLine()).to.include({ outcome: 'skipped' });
    });
  }

  it('passes a pod without containers on: the API server says what is wrong with it', async () => {
    // How Go writes a list that nobody gave.
    const pod = { ...podWith(), spec: { containers: null } };
    const answer = await running.send({ body: bodyOf(pod) });
    expect(responseOf(answer)).to.include({ allowed: true });
    expect(stored(pod, answer)).to.deep.equal(pod);
  });
});

function misshapen(containers: unknown): Readonly<Record<string, unknown>> {
  return {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    spec: { template: { spec: { containers } } },
  };
}

describe('what an operator decides', () => {
  it('reaches the pod: emptyDir.mode is set where the cluster is said to have it', async () => {
    const catalogue = catalogueOf(
      profile('nginx', { writable: [entry('/tmp', { mode: '1777' })] }),
    );
    for (const emptyDirMode of [true, false]) {
      const policy = { unprofiled: 'default', masking: 'probes', emptyDirMode } as const;
      const reviews = await startReviews({ catalogue, policy });
      const pod = podWith();
      const { spec } = stored(pod, await send(reviews, { body: bodyOf(pod) }));
      await reviews.stop();
      const [volume] = spec['volumes'] as readonly { readonly emptyDir: object }[];
      expect(volume?.emptyDir).to.deep.equal(emptyDirMode ? { mode: 0o1777 } : {});
    }
  });
});
