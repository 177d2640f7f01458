import { expect } from 'chai';

import type { Catalogue } from '../../src/core/catalogue/match/catalogue.ts';
import { loadCatalogue } from '../../src/profile-files/catalogue-files.ts';
import { get, send } from './client.ts';
import {
  refusalOf,
  responseOf,
  start,
  startReviews,
  valueOf,
  type BareServer,
  type Running,
} from './harness.ts';
import { bodyOf, deploymentOf, deployments, podWith } from './reviews.ts';

const secret = 'hunter2-MARKER';

/** A catalogue that fails as a bug of ours would. */
async function brokenCatalogue(error: unknown): Promise<Catalogue> {
  const whole = valueOf(await loadCatalogue());
  return {
    ...whole,
    match: (image) => {
      if (image === 'fine') return whole.match(image);
      throw error;
    },
  };
}

describe('a fault of our own', () => {
  for (const [what, error] of [
    ['an Error', new TypeError(`Cannot create property 'x' on string '${secret}'`)],
    ['an Error of several lines', new Error(`${secret}\n    at ${secret}`)],
    ['an Error whose stack is gone', Object.assign(new Error(secret), { stack: undefined })],
    ['a text', secret],
    ['nothing', undefined],
  ] as const) {
    describe(`(${what} is thrown)`, () => {
      let reviews: BareServer;
      before(async () => {
        reviews = await startReviews({ catalogue: await brokenCatalogue(error) });
      });
      after(() => reviews.stop());

      it('is answered with 500 and never with a refusal of the pod', async () => {
        for (const path of ['/mutate', '/mutate/warn/restricted']) {
          const answer = await send(reviews, { path, body: bodyOf(podWith()) });
          expect(refusalOf(answer)).to.deep.equal([
            500,
            'Lithopod failed to answer this review; its log says more.',
          ]);
        }
      });

      it('is logged with its place and without what it says', () => {
        const line = reviews.logLines().find(({ message }) => message === 'review failed');
        expect(line).to.include({ level: 'error', mode: 'enforce', hardening: 'immutable' });
        if (what === 'an Error') {
          expect(line!['stack']).to.match(/^TypeError\n {4}at .*faults\.test\.ts/);
        }
        expect(reviews.logText()).not.to.include(secret);
      });

      it('is counted as an error', async () => {
        const { text } = await reviews.metrics.render();
        expect(text).to.include(
          'lithopod_reviews_total{operation="other",mode="warn",level="restricted",outcome="error"} 1\n',
        );
      });

      it('touches no other review', async () => {
        const pod = podWith({ containers: [{ name: 'web', image: 'fine' }] });
        expect(responseOf(await send(reviews, { body: bodyOf(pod) }))).to.include({
          allowed: true,
        });
      });
    });
  }

  it('in the metrics is a fault too, and does not end the process', async () => {
    const reviews = await startReviews({});
    reviews.metrics.observe = () => {
      throw new Error(secret);
    };
    try {
      const { status } = await send(reviews, { body: bodyOf(podWith()) });
      expect(status).to.equal(200);
      expect((await send(reviews, { body: '{' })).status).to.equal(400);
      expect(reviews.logText()).not.to.include(secret);
      expect(reviews.logLines().map(({ message }) => message)).to.include('review not recorded');
    } finally {
      await reviews.stop();
    }
  });
});

describe('what a pod holds', () => {
  let running: Running;
  before(async () => {
    running = await start();
  });
  after(() => running.stop());

  const container = {
    name: 'web',
    image: 'nginx',
    command: ['sh', '-c', `echo ${secret}`],
    args: [secret],
    workingDir: `/${secret}`,
    env: [{ name: 'PASSWORD', value: secret }],
    resources: { limits: { [secret]: secret } },
    startupProbe: { exec: { command: ['sh', '-c', `rm /bin/bash; login ${secret}`] } },
    lifecycle: { preStop: { exec: { command: ['sh', '-c', `echo $(rm ${secret})`] } } },
    securityContext: { privileged: true, capabilities: { add: ['SYS_ADMIN'] } },
  };
  const metadata = {
    name: 'web',
    annotations: { 'kubectl.kubernetes.io/last-applied-configuration': secret },
    labels: { a: secret },
    managedFields: [{ manager: secret }],
  };
  const pod = podWith(
    { containers: [container], volumes: [{ name: 'a', secret: { secretName: secret } }] },
    metadata,
  );
  const misshapen = [
    { ...container, env: secret },
    { ...container, env: [secret] },
    { ...container, env: [{ name: 'PASSWORD', value: { secret } }] },
    { ...container, command: secret },
    { ...container, args: [{ secret }] },
    { ...container, startupProbe: secret },
    secret,
  ];
  const bodies = [
    bodyOf(pod),
    bodyOf(pod, { dryRun: true }),
    bodyOf(pod, { subResource: 'ephemeralcontainers', operation: 'UPDATE', oldObject: pod }),
    bodyOf(deploymentOf(pod), { resource: deployments }),
    bodyOf(pod, { operation: 'UPDATE', oldObject: pod }),
    bodyOf(null, { operation: 'DELETE', oldObject: pod }),
    JSON.stringify(pod),
    bodyOf(pod).slice(0, -20),
    bodyOf(pod).replace('{"kind"', `{"${secret}`),
    bodyOf(pod).replace('AdmissionReview', 'admissionreview'),
    bodyOf(pod, { userInfo: { username: secret, extra: { token: [secret] } } }),
    bodyOf(podWith({}, { annotations: { a: { secret } } })),
    ...misshapen.map((each) => bodyOf(podWith({ containers: [each] }))),
  ];

  it('is in no log line, no metric and no answer, but for the parts of a patch that need it', async () => {
    for (const level of ['immutable', 'restricted']) {
      for (const mode of ['enforce', 'audit', 'warn']) {
        for (const body of bodies) {
          const answer = await running.send({ path: `/mutate/${mode}/${level}`, body });
          // In base64, and of the author's own pod.
          expect(answer.text.replace(/"patch":"[^"]*"/, ''), body).not.to.include(secret);
        }
      }
    }
    expect(running.logLines()).to.have.length(bodies.length * 6);
    expect(running.logText()).not.to.include(secret);
    expect((await get(running.service.metricsPort, '/metrics')).text).not.to.include(secret);
  });

  it('does not make a log line long', async () => {
    const long = 'x'.repeat(1024 * 1024);
    await running.send({
      body: bodyOf(podWith({}, { name: long, generateName: long }), {
        uid: long,
        name: long,
        namespace: long,
        operation: long,
        kind: { kind: long },
      }),
    });
    await running.send({
      body: bodyOf(podWith({}, { generateName: long }), { name: '' }),
    });
    for (const line of running.logText().split('\n')) expect(line.length).to.be.lessThan(4096);
  });
});
