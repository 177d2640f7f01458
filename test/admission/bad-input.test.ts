import { expect } from 'chai';

import { heard, open } from './client.ts';
import { patchOf, refusalOf, responseOf, start, type Running } from './harness.ts';
import { bodyOf, podWith, reviewOf, valuesIn } from './reviews.ts';

const mebibyte = 1024 * 1024;

/** A review of exactly so many bytes, made long by an annotation. */
function bodyOfSize(bytes: number): string {
  const filled = (length: number): string =>
    bodyOf(podWith({}, { name: 'web', annotations: { filler: 'x'.repeat(length) } }));
  return filled(bytes - filled(0).length);
}

function pieces(body: string, size: number): Buffer[] {
  const whole = Buffer.from(body);
  const parts: Buffer[] = [];
  for (let at = 0; at < whole.length; at += size) parts.push(whole.subarray(at, at + size));
  return parts;
}

function without(key: string): string {
  return JSON.stringify(
    Object.fromEntries(Object.entries(reviewOf(podWith())).filter(([name]) => name !== key)),
  );
}

/** A list in a list in a list. */
function nested(depth: number): string {
  return '['.repeat(depth) + ']'.repeat(depth);
}

describe('a request that is no review', () => {
  let running: Running;
  before(async () => {
    running = await start();
  });
  afterEach('the process lives and answers', async () => {
    expect(patchOf(await running.send({ body: bodyOf(podWith()) }))).not.to.be.empty;
  });
  after(() => running.stop());

  const prefix = 'Not a review that can be answered: ';
  for (const [what, body, sentence] of [
    ['an empty body', '', 'The body is not JSON.'],
    ['a text', 'hello', 'The body is not JSON.'],
    ['half a review', bodyOf(podWith()).slice(0, 200), 'The body is not JSON.'],
    ['two reviews', bodyOf(podWith()) + bodyOf(podWith()), 'The body is not JSON.'],
    ['null', 'null', `${prefix}the body is not a JSON object.`],
    ['a list', '[]', `${prefix}the body is not a JSON object.`],
    ['a number', '7', `${prefix}the body is not a JSON object.`],
    ['a string', '"x"', `${prefix}the body is not a JSON object.`],
    ['an empty object', '{}', `${prefix}kind must be AdmissionReview, not absent.`],
    [
      'another kind',
      JSON.stringify(podWith()),
      `${prefix}kind must be AdmissionReview, not "Pod".`,
    ],
    [
      'a kind that is no text',
      '{"kind":{"secret":1}}',
      `${prefix}kind must be AdmissionReview, not a object.`,
    ],
    [
      'no version',
      without('apiVersion'),
      `${prefix}apiVersion must be admission.k8s.io/v1, not absent.`,
    ],
    [
      'v1beta1',
      JSON.stringify({ ...reviewOf(podWith()), apiVersion: 'admission.k8s.io/v1beta1' }),
      `${prefix}apiVersion must be admission.k8s.io/v1, not "admission.k8s.io/v1beta1".`,
    ],
    ['no request', without('request'), `${prefix}the AdmissionReview has no request.`],
    [
      'a response',
      JSON.stringify({ ...reviewOf(null), request: null, response: { uid: 'x', allowed: true } }),
      `${prefix}the AdmissionReview has no request.`,
    ],
    [
      'no uid',
      bodyOf(podWith(), { uid: undefined }),
      `${prefix}request.uid must be a non-empty string.`,
    ],
    [
      'an empty uid',
      bodyOf(podWith(), { uid: '' }),
      `${prefix}request.uid must be a non-empty string.`,
    ],
    [
      'a number for a uid',
      bodyOf(podWith(), { uid: 7 }),
      `${prefix}request.uid must be a non-empty string.`,
    ],
    [
      'no resource',
      bodyOf(podWith(), { resource: undefined }),
      `${prefix}request.resource must name a group, version and resource.`,
    ],
    [
      'a text for a resource',
      bodyOf(podWith(), { resource: 'pods' }),
      `${prefix}request.resource must name a group, version and resource.`,
    ],
    [
      'no operation',
      bodyOf(podWith(), { operation: undefined }),
      `${prefix}request.operation must be a string.`,
    ],
    ['no object', bodyOf(undefined), `${prefix}request.object is missing.`],
    ['a null object', bodyOf(null), `${prefix}request.object is missing.`],
    ['a text for an object', bodyOf('pod'), `${prefix}request.object must be an object.`],
    [
      'a pod without a spec',
      bodyOf({ metadata: {} }),
      `${prefix}request.object/spec must be an object.`,
    ],
    [
      'a pod without containers',
      bodyOf({ spec: {} }),
      `${prefix}request.object/spec/containers must be a list.`,
    ],
    [
      'containers that are a text',
      bodyOf({ spec: { containers: 'web' } }),
      `${prefix}request.object/spec/containers must be a list.`,
    ],
    [
      'more containers than anything can run',
      bodyOf({
        spec: {
          containers: Array.from({ length: 600 }, (_, index) => ({ name: `c${index}` })),
          initContainers: Array.from({ length: 401 }, (_, index) => ({ name: `i${index}` })),
        },
      }),
      `${prefix}request.object/spec must have at most 1000 containers in all.`,
    ],
    [
      'a container that is null',
      bodyOf({ spec: { containers: [null] } }),
      `${prefix}request.object/spec/containers/0 must be an object.`,
    ],
    [
      'a container without a name',
      bodyOf({ spec: { containers: [{ name: 'a' }, { image: 'b' }] } }),
      `${prefix}request.object/spec/containers/1/name must be a string.`,
    ],
    [
      'a flag that is a text',
      bodyOf({ spec: { containers: [{ name: 'a', securityContext: { privileged: 'true' } }] } }),
      `${prefix}request.object/spec/containers/0/securityContext/privileged must be a boolean.`,
    ],
    [
      'mounts that are an object',
      bodyOf({ spec: { containers: [], initContainers: [{ name: 'a', volumeMounts: {} }] } }),
      `${prefix}request.object/spec/initContainers/0/volumeMounts must be a list.`,
    ],
    [
      'an annotation that is a number',
      bodyOf(podWith({}, { annotations: { 'a/b~c': 1 } })),
      `${prefix}request.object/metadata/annotations/a~1b~0c must be a string.`,
    ],
  ] as const) {
    it(`is refused with 400 and one sentence: ${what}`, async () => {
      const answer = await running.send({ body });
      expect(refusalOf(answer)).to.deep.equal([400, sentence]);
      expect(running.logLines().at(-1)).to.include({
        level: 'warn',
        message: 'review rejected',
        status: 400,
        reason: sentence,
      });
    });
  }

  it('is refused under audit and warn too, where a workload is misshapen', async () => {
    const object = {
      apiVersion: 'batch/v1',
      kind: 'CronJob',
      spec: { jobTemplate: { spec: { template: { spec: { containers: 7 } } } } },
    };
    const resource = { group: 'batch', version: 'v1', resource: 'cronjobs' };
    const { status, text } = await running.send({
      path: '/mutate/warn/immutable',
      body: bodyOf(object, { resource }),
    });
    expect(status).to.equal(400);
    expect(text).to.include(
      'request.object/spec/jobTemplate/spec/template/spec/containers must be a list',
    );
  });

  it('is answered with a short text however long its keys are', async () => {
    const annotations = { ['k'.repeat(mebibyte)]: 1 };
    const { status, text } = await running.send({ body: bodyOf(podWith({}, { annotations })) });
    expect(status).to.equal(400);
    expect(text.length).to.be.lessThan(1024);
  });

  it('is counted as rejected', async () => {
    const series =
      'lithopod_reviews_total{operation="other",mode="audit",level="restricted",outcome="rejected"}';
    const count = await running.metric(series);
    await running.send({ path: '/mutate/audit/restricted', body: '{}' });
    expect(await running.metric(series)).to.equal(count + 1);
  });

  for (const type of ['text/plain', 'application/yaml', 'application/jsonx', '', undefined]) {
    it(`is refused with 415 for the content type ${String(type)}`, async () => {
      const answer = await running.send({
        headers: type === undefined ? {} : { 'content-type': type },
        body: bodyOf(podWith()),
      });
      expect(refusalOf(answer)).to.deep.equal([
        415,
        'The content type of a review is application/json.',
      ]);
    });
  }

  for (const type of [
    'application/json; charset=utf-8',
    'Application/JSON',
    'application/json ;v=1',
  ]) {
    it(`may have the content type ${type}`, async () => {
      const answer = await running.send({
        headers: { 'content-type': type },
        body: bodyOf(podWith()),
      });
      expect(patchOf(answer)).not.to.be.empty;
    });
  }

  for (const method of ['GET', 'PUT', 'DELETE', 'PATCH', 'OPTIONS', 'HEAD']) {
    it(`is refused with 405 when it is a ${method}`, async () => {
      for (const path of ['/mutate', '/mutate/warn/restricted?timeout=3s']) {
        const { status, headers, text } = await running.send({
          method,
          path,
          body: bodyOf(podWith()),
        });
        expect([status, headers.allow]).to.deep.equal([405, 'POST']);
        expect(text).to.equal(method === 'HEAD' ? '' : 'Reviews are sent with POST.\n');
      }
    });
  }

  for (const path of [
    '/',
    '/mutate/',
    '/Mutate',
    '/mutate/enforce',
    '/mutate/enforce/baseline',
    '/mutate/enforce/immutable/x',
    '/mutate/audit/unknown-level',
    '/mutate/../mutate',
    '/%6dutate',
    '/%zz',
    '//',
    'http://[::1/mutate',
    '/metrics',
    '/readyz',
    '/constructor',
    '*',
  ]) {
    it(`is refused with 404 at ${path}`, async () => {
      for (const method of ['GET', 'POST']) {
        const { status, text } = await running.send({ method, path, body: bodyOf(podWith()) });
        expect(status, method).to.equal(404);
        expect(text).to.match(/^There is nothing here: reviews go to [^\n]*\n$/);
      }
    });
  }

  describe('because of its size', () => {
    it('is taken up to 8 MiB, in one piece or in many', async () => {
      const body = bodyOfSize(8 * mebibyte);
      expect(Buffer.byteLength(body)).to.equal(8 * mebibyte);
      for (const sent of [body, pieces(body, 65_536)]) {
        expect(responseOf(await running.send({ body: sent }))).to.include({ allowed: true });
      }
    });

    for (const [how, cutUp] of [
      ['in one piece', (body: string) => body],
      ['in many', (body: string) => pieces(body, 65_536)],
    ] as const) {
      for (const [name, size] of [
        ['one byte more', 8 * mebibyte + 1],
        ['9 MiB', 9 * mebibyte],
      ] as const) {
        it(`is refused with 413, which the client reads, for ${name} ${how}`, async () => {
          const answer = await running.send({ body: cutUp(bodyOfSize(size)) });
          expect(refusalOf(answer)).to.deep.equal([413, 'A review has at most 8 MiB.']);
        });
      }
    }

    it('is refused after it was sent where the connection ends with it', async () => {
      for (let turn = 0; turn < 5; turn++) {
        const headers = { 'content-type': 'application/json', connection: 'close' };
        const { status } = await running.send({ body: bodyOfSize(30 * mebibyte), headers });
        expect(status).to.equal(413);
      }
    });

    it('is refused before it is sent, and the connection goes on', async () => {
      const socket = await open(running);
      const length = 9 * mebibyte;
      socket.write(
        `POST /mutate HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: ${length}\r\n\r\n`,
      );
      expect(await heard(socket, (text) => text.includes('8 MiB.'))).to.match(/^HTTP\/1\.1 413 /);
      socket.write('x'.repeat(length));
      const body = bodyOf(podWith());
      socket.write(
        `POST /mutate HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: ${body.length}\r\n\r\n${body}`,
      );
      const next = await heard(socket, (text) => text.includes('"allowed":true'));
      expect(next).to.match(/^HTTP\/1\.1 200 /);
      socket.destroy();
    });
  });

  describe('because of the number of its values', () => {
    const emptyObjects = (count: number): string => Array(count).fill('{}').join(',');
    // Each is an element and an empty object.
    const around = bodyOf(podWith({ imagePullSecrets: [] }));
    const withValues = (count: number): string =>
      around.replace('"imagePullSecrets":[]', `"imagePullSecrets":[${emptyObjects(count)}]`);
    // The empty list counts as one.
    const most = Math.floor((200_001 - valuesIn(JSON.parse(around))) / 2);

    it('is taken up to 200,000', async () => {
      expect(patchOf(await running.send({ body: withValues(most) }))).not.to.be.empty;
    });

    it('is refused with 413 above', async () => {
      const answer = await running.send({ body: withValues(most + 1) });
      expect(refusalOf(answer)).to.deep.equal([413, 'A review has at most 200,000 values.']);
    });

    it('is taken whatever is in its managed fields', async () => {
      const body = bodyOf(podWith({}, { name: 'web', managedFields: [] })).replace(
        '"managedFields":[]',
        `"managedFields":[${emptyObjects(300_000)}]`,
      );
      expect(patchOf(await running.send({ body }))).not.to.be.empty;
    });
  });

  describe('because of its text', () => {
    it('is refused when it is not UTF-8', async () => {
      const [before, after] = bodyOf(podWith({}, { name: 'SPOT' })).split('SPOT');
      const body = Buffer.concat([
        Buffer.from(before!),
        Buffer.from([0xc3, 0x28]),
        Buffer.from(after!),
      ]);
      const answer = await running.send({ body });
      expect(refusalOf(answer)).to.deep.equal([400, 'The body is not UTF-8.']);
    });

    it('keeps characters whole that arrive in pieces', async () => {
      const mount = { name: 'wéb-🗿', mountPath: '/x', mountPropagation: 'Bidirectional' };
      const pod = podWith({
        containers: [{ name: 'web', image: 'nginx', volumeMounts: [mount] }],
      });
      const answer = await running.send({ body: pieces(bodyOf(pod), 1) });
      expect(responseOf(answer).warnings?.join()).to.include('mounts "wéb-🗿"');
    });

    it('reads the last of two equal keys, as the API server does', async () => {
      const body = bodyOf(podWith()).replace('"uid":"', '"uid":"first","uid":"');
      expect(responseOf(await running.send({ body })).uid).not.to.equal('first');
    });

    for (const [where, before, after] of [
      ['the review', '{"kind"', '{"__proto__":{"request":null,"kind":"x"},"kind"'],
      [
        'the request',
        '"request":{',
        '"request":{"__proto__":{"polluted":1},"constructor":{"prototype":{"polluted":1}},',
      ],
      [
        'a container',
        '{"name":"web","image"',
        '{"__proto__":{"securityContext":{"readOnlyRootFilesystem":true,"privileged":false}},"name":"web","image"',
      ],
      ['the spec', '"spec":{', '"spec":{"__proto__":{"os":{"name":"windows"}},'],
    ] as const) {
      it(`takes no defaults from a __proto__ key in ${where}`, async () => {
        const clean = bodyOf(podWith());
        const body = clean.replace(before, after);
        expect(body).not.to.equal(clean);
        const answer = await running.send({ body });
        const plain = await running.send({ body: clean });
        expect(patchOf(answer)).to.deep.equal(patchOf(plain));
        expect(({} as Record<string, unknown>)['polluted']).to.equal(undefined);
      });
    }

    it('keeps a key named __proto__ where the pod has one', async () => {
      const body = bodyOf(podWith({}, { name: 'web', annotations: { KEY: 'x' } })).replace(
        'KEY',
        '__proto__',
      );
      expect(patchOf(await running.send({ body })).some(({ path }) => path.includes('__proto__')))
        .to.be.false;
    });

    for (const [where, body] of [
      ['the body', nested(60_000)],
      ['the body, unfinished', '['.repeat(60_000)],
      ['the request', bodyOf(podWith(), { userInfo: 'DEEP' }).replace('"DEEP"', nested(60_000))],
      ['an unread field', bodyOf(podWith({ future: 'DEEP' })).replace('"DEEP"', nested(60_000))],
      [
        'the containers',
        bodyOf({ spec: { containers: 'DEEP' } }).replace('"DEEP"', nested(60_000)),
      ],
      [
        'a volume that is compared',
        bodyOf(podWith({ volumes: [{ name: 'lithopod-masks', downwardAPI: 'DEEP' }] })).replace(
          '"DEEP"',
          nested(60_000),
        ),
      ],
      [
        'a container that is moved',
        bodyOf(
          podWith({
            initContainers: [
              { name: 'web', image: 'nginx', env: [{ name: 'A', valueFrom: 'DEEP' }] },
            ],
          }),
        ).replace('"DEEP"', nested(60_000)),
      ],
      [
        'what a container that seeds takes over',
        bodyOf(
          podWith({ containers: [{ name: 'web', image: 'cassandra', resources: 'DEEP' }] }),
        ).replace('"DEEP"', `{"limits":{"cpu":${nested(60_000)}}}`),
      ],
    ] as const) {
      it(`does no harm with 60,000 levels in ${where}`, async () => {
        for (const path of ['/mutate/enforce/restricted', '/mutate/warn/restricted']) {
          const answer = await running.send({ path, body });
          if (answer.status === 200) responseOf(answer);
          else expect(refusalOf(answer)[0]).to.equal(400);
        }
      });
    }

    it('is told so where it would have to be gone through', async () => {
      const containers = [{ name: 'web', image: 'cassandra', resources: 'DEEP' }];
      const limits = `{"limits":{"cpu":${nested(60_000)}}}`;
      const body = bodyOf(podWith({ containers })).replace('"DEEP"', limits);
      expect(refusalOf(await running.send({ body }))).to.deep.equal([
        400,
        'The body nests too deep.',
      ]);
      expect(running.logText()).not.to.include('review failed');
    });
  });
});
