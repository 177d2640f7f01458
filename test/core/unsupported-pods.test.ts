import { expect } from 'chai';
import { skipReason } from '../../src/core/context/unsupported-pods.ts';
import type { Pod, PodSpec } from '../../src/core/pod/pod.ts';

function pod(spec: Partial<PodSpec>, annotations?: Record<string, string>): Pod {
  return {
    ...(annotations && { metadata: { annotations } }),
    spec: { containers: [{ name: 'a' }], ...spec },
  };
}

type Term = readonly (readonly [key: string, operator: string, ...values: string[]])[] | null;

function affinity(...terms: readonly Term[]): Pod {
  const nodeSelectorTerms = terms.map((term) =>
    term === null
      ? {}
      : {
          matchExpressions: term.map(([key, operator, ...values]) => ({ key, operator, values })),
        },
  );
  return pod({
    affinity: {
      nodeAffinity: { requiredDuringSchedulingIgnoredDuringExecution: { nodeSelectorTerms } },
    },
  });
}

const os = 'kubernetes.io/os';

describe('skipReason', () => {
  for (const [title, given] of [
    ['os.name', pod({ os: { name: 'windows' } })],
    ['the node selector', pod({ nodeSelector: { [os]: 'windows' } })],
    ['the old label', pod({ nodeSelector: { 'beta.kubernetes.io/os': 'windows' } })],
    ['an affinity', affinity([[os, 'In', 'windows']])],
    [
      'an affinity of two terms',
      affinity(
        [
          ['disk', 'In', 'ssd'],
          [os, 'In', 'windows'],
        ],
        [['beta.kubernetes.io/os', 'In', 'windows']],
      ),
    ],
  ] as const) {
    it(`leaves a Windows pod alone that says so by ${title}`, () => {
      expect(skipReason(given)).to.include({ code: 'windows-pod', rule: 'unsupported-pod' });
    });
  }

  for (const [title, given] of [
    ['says nothing', pod({})],
    ['has nulls', pod({ os: null, nodeSelector: null, affinity: null })],
    ['says linux', pod({ os: { name: 'linux' }, nodeSelector: { [os]: 'windows' } })],
    ['selects linux nodes', pod({ nodeSelector: { [os]: 'linux' } })],
    ['allows linux by one term', affinity([[os, 'In', 'windows']], [[os, 'In', 'linux']])],
    ['allows both', affinity([[os, 'In', 'windows', 'linux']])],
    ['excludes windows', affinity([[os, 'NotIn', 'windows']])],
    ['has a term about something else', affinity([[os, 'In', 'windows']], [['disk', 'Exists']])],
    ['has an empty term', affinity([[os, 'In', 'windows']], null)],
    ['has no term', affinity()],
    [
      'only prefers windows',
      pod({
        affinity: {
          nodeAffinity: {
            preferredDuringSchedulingIgnoredDuringExecution: [
              {
                weight: 1,
                preference: {
                  matchExpressions: [{ key: os, operator: 'In', values: ['windows'] }],
                },
              },
            ],
          } as object,
        },
      }),
    ],
    [
      'has windowsOptions, which linux nodes ignore',
      pod({ securityContext: { windowsOptions: { hostProcess: true } } }),
    ],
  ] as const) {
    it(`treats a pod that ${title}`, () => {
      expect(skipReason(given)).to.equal(undefined);
    });
  }

  it('leaves mirror pods alone, whatever the value', () => {
    for (const value of ['', 'abc']) {
      expect(skipReason(pod({}, { 'kubernetes.io/config.mirror': value }))).to.include({
        code: 'mirror-pod',
      });
    }
    expect(skipReason(pod({}, { 'kubernetes.io/config.source': 'file' }))).to.equal(undefined);
  });
});
