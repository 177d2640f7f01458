import { expect } from 'chai';
import fc from 'fast-check';
import { isLabel, nameProblems, newNameProblems } from '../../src/core/pod/object-names.ts';
import type { PodSpec } from '../../src/core/pod/pod.ts';

const apiLabel = /^[a-z0-9]([-a-z0-9]*[a-z0-9])?$/;

function told(spec: PodSpec): readonly string[] {
  return nameProblems(spec).map(({ field, message }) => `${field}: ${message}`);
}

describe('names that the API server refuses', () => {
  it('are just those that are no DNS-1123 label', () => {
    const near = fc.stringMatching(/^[-a-z0-9A.é\n]{0,66}$/);
    fc.assert(
      fc.property(fc.oneof(near, fc.string()), (text) => {
        expect(isLabel(text)).to.equal(text.length <= 63 && apiLabel.test(text));
      }),
      { numRuns: 2000 },
    );
  });

  it('are told in the words of the API', () => {
    expect(told({ containers: [{ name: 'Web' }], volumes: [{ name: '' }] })).to.deep.equal([
      'spec.volumes[0].name: Required value',
      `spec.containers[0].name: Invalid value: "Web": a lowercase RFC 1123 label must consist of lower case alphanumeric characters or '-', and must start and end with an alphanumeric character (e.g. 'my-name',  or '123-abc', regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?')`,
    ]);
    expect(told({ containers: [{ name: 'a'.repeat(64) }] })).to.deep.equal([
      `spec.containers[0].name: Invalid value: "${'a'.repeat(64)}": must be no more than 63 bytes`,
    ]);
  });

  it('stand twice, in whatever list', () => {
    const a = { name: 'a' };
    expect(told({ containers: [a], initContainers: [a], volumes: [a, a] })).to.deep.equal([
      'spec.volumes[1].name: Duplicate value: "a"',
      'spec.initContainers[0].name: Duplicate value: "a"',
    ]);
  });

  it('are not those of a container and a volume that share one', () => {
    expect(told({ containers: [{ name: 'a' }], volumes: [{ name: 'a' }] })).to.be.empty;
  });

  it('are told shortly, however long and many they are', () => {
    const name = `${'é'.repeat(100_000)}\n`;
    const text = JSON.stringify(told({ containers: Array(1000).fill({ name }) as [] }));
    expect(text.length).to.be.below(8192);
  });

  describe('of ephemeral containers', () => {
    const stored = { containers: [{ name: 'web' }], initContainers: [{ name: 'init' }] };

    it('are judged where the pod has them not yet', () => {
      const ephemeralContainers = [{ name: 'OLD' }, { name: 'NEW' }];
      const fields = newNameProblems({ ...stored, ephemeralContainers }, new Set(['OLD'])).map(
        ({ field }) => field,
      );
      expect(fields).to.deep.equal(['spec.ephemeralContainers[1].name']);
    });

    it('may be of no other container of the pod', () => {
      const ephemeralContainers = [{ name: 'web' }, { name: 'init' }, { name: 'x' }, { name: 'x' }];
      const faults = newNameProblems({ ...stored, ephemeralContainers }, new Set());
      expect(faults.map(({ reason }) => reason)).to.deep.equal(
        Array(3).fill('FieldValueDuplicate'),
      );
    });
  });
});
