import { expect } from 'chai';
import fc from 'fast-check';
import { podProblems } from '../../src/core/pod/read-pod.ts';
import { isWellFormed } from '../../src/core/pod/well-formed.ts';
import { pods } from '../pods/arbitrary.ts';

/** A pod in which every field that Lithopod reads is there, so that each can be spoilt. */
const action = {
  exec: { command: ['a'] },
  httpGet: { host: 'h', port: 1 },
  tcpSocket: { host: 'h', port: 1 },
};
const host = {
  appArmorProfile: { type: 'RuntimeDefault' },
  seLinuxOptions: { type: 't', user: 'u', role: 'r' },
  windowsOptions: { hostProcess: false },
};
const container = {
  name: 'a',
  image: 'b',
  imagePullPolicy: 'Always',
  command: ['a'],
  args: ['b'],
  workingDir: '/',
  restartPolicy: 'Always',
  env: [{ name: 'A', value: 'b' }],
  ports: [{ containerPort: 80, hostPort: 80 }],
  resources: { limits: { cpu: 1 }, requests: { cpu: 1 } },
  securityContext: {
    privileged: false,
    readOnlyRootFilesystem: false,
    allowPrivilegeEscalation: true,
    runAsNonRoot: true,
    runAsUser: 1,
    runAsGroup: 1,
    procMount: 'Default',
    capabilities: { add: ['A'], drop: ['B'] },
    seccompProfile: { type: 'RuntimeDefault' },
    ...host,
  },
  volumeMounts: [
    {
      name: 'v',
      mountPath: '/v',
      readOnly: true,
      subPath: 'a',
      subPathExpr: 'b',
      mountPropagation: 'None',
    },
  ],
  volumeDevices: [{ name: 'd', devicePath: '/d' }],
  startupProbe: action,
  livenessProbe: action,
  readinessProbe: action,
  lifecycle: { postStart: action, preStop: action },
};
const whole = {
  metadata: { name: 'a', generateName: 'b', namespace: 'c', annotations: { a: 'b' } },
  spec: {
    initContainers: [container],
    containers: [container],
    ephemeralContainers: [container],
    volumes: [{ name: 'v', emptyDir: {} }],
    securityContext: {
      runAsNonRoot: true,
      runAsUser: 1,
      runAsGroup: 1,
      fsGroup: 1,
      seccompProfile: { type: 'RuntimeDefault' },
      ...host,
      sysctls: [{ name: 'a', value: 'b' }],
    },
    hostNetwork: true,
    hostPID: true,
    hostIPC: true,
    os: { name: 'linux' },
    nodeSelector: { a: 'b' },
    affinity: {
      nodeAffinity: {
        requiredDuringSchedulingIgnoredDuringExecution: {
          nodeSelectorTerms: [{ matchExpressions: [{ key: 'a', operator: 'In', values: ['b'] }] }],
        },
      },
    },
  },
};

type Key = string | number;

/** The place of every value in it, its own among them. */
function placesIn(value: unknown, place: readonly Key[] = []): readonly (readonly Key[])[] {
  if (typeof value !== 'object' || value === null) return [place];
  const keys: readonly Key[] = Array.isArray(value) ? [...value.keys()] : Object.keys(value);
  return [
    place,
    ...keys.flatMap((key) => placesIn((value as Record<Key, unknown>)[key], [...place, key])),
  ];
}

/** A copy with another value at the place; `undefined` is no value. */
function spoilt(value: unknown, [key, ...rest]: readonly Key[], spoiler: unknown): unknown {
  if (key === undefined) return spoiler;
  const copy = (
    Array.isArray(value) ? [...(value as unknown[])] : { ...(value as object) }
  ) as Record<Key, unknown>;
  copy[key] = spoilt(copy[key], rest, spoiler);
  return copy;
}

const spoilers: readonly unknown[] = [
  undefined,
  null,
  true,
  7,
  'x',
  [],
  {},
  [null],
  ['x'],
  [{}],
  { a: 7 },
];

function agree(value: unknown): void {
  const problems = podProblems(value);
  expect(isWellFormed(value), JSON.stringify(problems)).to.equal(problems.length === 0);
}

describe('isWellFormed', () => {
  it('takes a pod with every field that is read', () => {
    expect(podProblems(whole)).to.deep.equal([]);
    expect(isWellFormed(whole)).to.equal(true);
  });

  it('says what the table of shapes says, whatever stands in whatever place', () => {
    let refused = 0;
    for (const place of placesIn(whole)) {
      for (const spoiler of spoilers) {
        const value = spoilt(whole, place, spoiler);
        agree(value);
        if (!isWellFormed(value)) refused++;
      }
    }
    expect(refused).to.be.greaterThan(1_000);
  });

  it('says what the table of shapes says of any pod', () => {
    fc.assert(fc.property(pods, agree), { numRuns: 300 });
    fc.assert(fc.property(fc.jsonValue(), agree), { numRuns: 300 });
  });
});
