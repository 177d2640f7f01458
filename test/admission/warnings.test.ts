import { expect } from 'chai';

import { responseOf, start, type Running } from './harness.ts';
import { bodyOf, podWith, type TestContainer } from './reviews.ts';

/** Containers with two faults each, one of which shows the name of a mount: it may be any text. */
function many(count: number, name: (index: number) => string): readonly TestContainer[] {
  return Array.from({ length: count }, (_, index) => ({
    name: `c${index}`,
    image: 'nginx',
    securityContext: { privileged: true },
    volumeMounts: [{ name: name(index), mountPath: '/x', mountPropagation: 'Bidirectional' }],
  }));
}

function bytesOf(texts: readonly string[]): number {
  return texts.reduce((sum, text) => sum + Buffer.byteLength(text), 0);
}

describe('the warnings of a review', () => {
  let running: Running;
  before(async () => {
    running = await start();
  });
  after(() => running.stop());

  async function warningsOf(containers: readonly TestContainer[], path: string) {
    const answer = await running.send({ path, body: bodyOf(podWith({ containers })) });
    // What went over the wire is whole: a cut inside a character would show as this mark.
    expect(answer.text).not.to.include('\ufffd');
    return responseOf(answer).warnings ?? [];
  }

  for (const path of ['/mutate/enforce/immutable', '/mutate/warn/restricted']) {
    for (const [what, name] of [
      ['plain', (index: number) => `container-${index}`],
      ['long', (index: number) => `${'x'.repeat(300)}-${index}`],
      ['of two bytes', (index: number) => `${index}${'é'.repeat(200)}`],
      ['of three bytes', (index: number) => `${index}${'貝'.repeat(150)}`],
      ['of four bytes', (index: number) => `${index}${'🗿'.repeat(100)}`],
      ['shifted by one', (index: number) => `${index}a${'🗿'.repeat(100)}`],
      ['shifted by two', (index: number) => `${index}ab${'🗿'.repeat(100)}`],
      ['shifted by three', (index: number) => `${index}abc${'🗿'.repeat(100)}`],
    ] as const) {
      it(`stay within 256 and 4096 bytes at ${path}: hundreds of names that are ${what}`, async () => {
        const warnings = await warningsOf(many(400, name), path);
        for (const warning of warnings) {
          expect(Buffer.byteLength(warning)).to.be.at.most(256);
          expect(warning).to.match(/^lithopod: /);
        }
        expect(bytesOf(warnings)).to.be.at.most(4096).and.at.least(3000);
        expect(warnings.at(-1)).to.match(/^lithopod: and \d+ more of these$/);
      });
    }
  }

  it('count what did not fit', async () => {
    const warnings = await warningsOf(
      many(400, (index) => `c${index}`),
      '/mutate',
    );
    const rest = Number(/and (\d+) more/.exec(warnings.at(-1)!)![1]);
    // Two for each container: privileged, and the propagation of its mount.
    expect(warnings.length - 1 + rest).to.equal(800);
  });

  it('are all there where they fit', async () => {
    const warnings = await warningsOf(
      many(3, (index) => `c${index}`),
      '/mutate',
    );
    expect(warnings).to.have.length(6);
    expect(warnings.join()).not.to.match(/more of these|…/);
  });

  it('hold no control characters, for which the API server drops a warning', async () => {
    const warnings = await warningsOf(
      many(1, () => 'a\nb\u0000c\u007fd\u0085e'),
      '/mutate/warn/restricted',
    );
    expect(warnings).not.to.be.empty;
    for (const warning of warnings) expect(warning).not.to.match(/\p{Cc}/u);
  });

  it('do not keep the audit annotation from staying short', async () => {
    const containers = Array.from({ length: 1000 }, (_, index) => ({
      name: `container-with-a-long-name-${index}`,
    }));
    const answer = await running.send({
      path: '/mutate/audit/restricted',
      body: bodyOf(podWith({ containers })),
    });
    const { findings } = responseOf(answer).auditAnnotations!;
    expect(Buffer.byteLength(findings!)).to.be.at.most(8192).and.at.least(8000);
    expect(findings).to.match(/…$/);
  });
});
