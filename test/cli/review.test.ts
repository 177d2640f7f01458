import { expect } from 'chai';
import { parse } from 'yaml';
import { applyPatch } from '../../src/core/patch.ts';
import { cli, cliWithProfiles, toolPod, withFolder } from './run.ts';
import type { AdmissionReviewResponse } from '../../src/admission/answer-review.ts';
import type { Operation } from '../../src/core/patch.ts';

const pod = parse(toolPod('a')) as unknown;

function admissionReview(overrides: object = {}): string {
  return JSON.stringify({
    apiVersion: 'admission.k8s.io/v1',
    kind: 'AdmissionReview',
    request: {
      uid: 'u-1',
      operation: 'CREATE',
      resource: { group: '', version: 'v1', resource: 'pods' },
      object: pod,
    },
    ...overrides,
  });
}

describe('lithopod review', () => {
  it('answers as the webhook does: the patch is what harden does to the pod', async () => {
    const { code, stdout, stderr } = await cliWithProfiles(['review'], {
      stdin: admissionReview(),
    });
    expect({ code, stderr }).to.deep.equal({ code: 0, stderr: '' });
    const { response } = JSON.parse(stdout) as AdmissionReviewResponse;
    expect(response).to.include({ uid: 'u-1', allowed: true, patchType: 'JSONPatch' });
    const patch = JSON.parse(Buffer.from(response.patch ?? '', 'base64').toString()) as Operation[];
    const hardened = await cliWithProfiles(['harden'], { stdin: toolPod('a') });
    expect(applyPatch(pod, patch)).to.deep.equal(parse(hardened.stdout));
  });

  it('answers for other modes and levels, and reads a file', async () => {
    await withFolder({ 'review.json': admissionReview() }, async (folder) => {
      const argv = ['review', '--mode', 'warn', '--level', 'restricted', `${folder}/review.json`];
      const { code, stdout } = await cliWithProfiles(argv);
      expect(code).to.equal(0);
      const { response } = JSON.parse(stdout) as AdmissionReviewResponse;
      expect(response).not.to.have.property('patch');
      expect(response.warnings?.[0]).to.include('level "restricted"');
    });
  });

  it('refuses what nests so deep that the stack would end', async () => {
    const resources = { limits: { cpu: 'DEEP' } };
    const object = { spec: { containers: [{ name: 'web', image: 'cassandra', resources }] } };
    const body = admissionReview({
      request: {
        uid: 'u-1',
        operation: 'CREATE',
        resource: { group: '', version: 'v1', resource: 'pods' },
        object,
      },
    });
    const stdin = body.replace('"DEEP"', '['.repeat(60_000) + ']'.repeat(60_000));
    const { code, stdout, stderr } = await cli(['review'], { stdin });
    expect({ code, stdout, stderr }).to.deep.equal({
      code: 2,
      stdout: '',
      stderr: '<stdin>: error: the body nests too deep\n',
    });
  });

  it('refuses what is no review, with one sentence', async () => {
    const refusals: Readonly<Record<string, RegExp>> = {
      'not json': /^<stdin>: error: is not JSON: /,
      '{}': /^<stdin>: error: kind must be AdmissionReview, not absent\n$/,
      [admissionReview({ apiVersion: 'admission.k8s.io/v1beta1' })]: /^<stdin>: error: apiVersion /,
      [admissionReview({ request: {} })]: /^<stdin>: error: request\.uid /,
    };
    for (const [stdin, message] of Object.entries(refusals)) {
      const { code, stdout, stderr } = await cliWithProfiles(['review'], { stdin });
      expect({ code, stdout }).to.deep.equal({ code: 2, stdout: '' });
      expect(stderr).to.match(message);
    }
  });
});
