import { expect } from 'chai';

import {
  bytesOf,
  firstIdentity,
  helperFor,
  targetOf,
  type HelperOptions,
  type Target,
} from '../../../src/core/learn/helper.ts';

const options: HelperOptions = { image: 'registry.example/lithopod:1' };

interface PodParts {
  readonly spec?: object;
  readonly container?: object;
  readonly status?: object;
  readonly more?: readonly object[];
}

/** A pod with the container `main`, which runs. */
function podOf({ spec = {}, container = {}, status = {}, more = [] }: PodParts = {}): object {
  return {
    metadata: { name: 'web', namespace: 'shop' },
    spec: { containers: [{ name: 'main', image: 'nginx', ...container }, ...more], ...spec },
    status: {
      phase: 'Running',
      containerStatuses: [
        {
          name: 'main',
          state: { running: {} },
          containerID: 'containerd://abc',
          imageID: `docker.io/library/nginx@sha256:${'0'.repeat(64)}`,
          ...status,
        },
      ],
    },
  };
}

function target(parts: PodParts = {}, chosen: Partial<HelperOptions> = {}): Target {
  const found = targetOf(podOf(parts), { ...options, ...chosen });
  if (!found.ok) throw new Error(found.problems.map(({ message }) => message).join(' '));
  return found.value;
}

function refusal(pod: unknown, chosen: Partial<HelperOptions> = {}): string {
  const found = targetOf(pod, { ...options, ...chosen });
  return found.ok ? 'none' : found.problems.map(({ message }) => message).join(' ');
}

describe('the helper that looks at a container', () => {
  it('is the target of its container, by digest and runtime', () => {
    const { looked, id } = target({ container: { volumeMounts: [{ mountPath: '/data' }] } });
    expect(looked).to.deep.equal({
      image: 'nginx',
      digest: `sha256:${'0'.repeat(64)}`,
      runtime: 'containerd',
      mountPaths: ['/data'],
    });
    expect(id).to.equal('abc');
  });

  const refused: Readonly<Record<string, [unknown, RegExp]>> = {
    'Windows by its os': [podOf({ spec: { os: { name: 'windows' } } }), /runs on Windows/],
    'Windows by its selector': [
      podOf({ spec: { nodeSelector: { 'kubernetes.io/os': 'windows' } } }),
      /runs on Windows/,
    ],
    gVisor: [podOf({ spec: { runtimeClassName: 'gvisor' } }), /sandbox/],
    Kata: [podOf({ spec: { runtimeClassName: 'kata-qemu' } }), /sandbox/],
    'what has ended': [{ status: { phase: 'Succeeded' } }, /is Succeeded/],
    'a choice of two': [podOf({ more: [{ name: 'side' }] }), /choose one by -c: main, side/],
    'a container that waits': [podOf({ status: { state: { waiting: {} } } }), /does not run/],
    'a small limit': [
      podOf({ container: { resources: { limits: { memory: '32Mi' } } } }),
      /may have 32 MiB of memory.*--force/,
    ],
    'no pod': ['text', /is not running/],
  };
  for (const [name, [pod, message]] of Object.entries(refused)) {
    it(`refuses ${name}`, () => {
      expect(refusal(pod)).to.match(message);
    });
  }

  it('adds up limits only where every container has one', () => {
    const limit = (memory: string): object => ({ resources: { limits: { memory } } });
    const small = limit('24Mi');
    const two = { container: small, more: [{ name: 'side', ...limit('24Mi') }] };
    expect(refusal(podOf(two), { container: 'main' })).to.equal('none');
    expect(refusal(podOf({ container: small }), { force: true })).to.equal('none');
    const one = { container: small, more: [{ name: 'side' }] };
    expect(refusal(podOf(one), { container: 'main' })).to.equal('none');
    expect(refusal(podOf({ spec: limit('1Gi'), container: small }))).to.equal('none');
  });

  it('reads quantities of the API', () => {
    expect(['64Mi', '1e3', '1500m', '2G', 7, '', 'x', '1Zi', null].map(bytesOf)).to.deep.equal([
      67_108_864,
      1000,
      1.5,
      2_000_000_000,
      7,
      undefined,
      undefined,
      undefined,
      undefined,
    ]);
  });

  it('runs as the user that is known, else as root, else as its own', () => {
    const of = (parts: PodParts): unknown => firstIdentity(target(parts));
    expect(of({})).to.equal('root');
    expect(of({ spec: { securityContext: { runAsNonRoot: true } } })).to.equal('own');
    expect(of({ container: { securityContext: { runAsUser: 7, runAsGroup: 8 } } })).to.deep.equal({
      uid: 7,
      gid: 8,
    });
    expect(
      of({
        container: { securityContext: { runAsUser: 7 } },
        status: { user: { linux: { uid: 7, gid: 0 } } },
      }),
    ).to.deep.equal({ uid: 7, gid: 0 });
  });

  it('has the security context of its target, and a read-only root', () => {
    const securityContext = {
      runAsUser: 7,
      runAsNonRoot: true,
      allowPrivilegeEscalation: false,
      capabilities: { drop: ['ALL'] },
    };
    const found = target({ container: { securityContext } });
    expect(helperFor(found, { uid: 9, gid: 9 }, { ...options, watch: '24h' })).to.deep.include({
      name: 'lithopod-learn',
      targetContainerName: 'main',
      args: ['--watch=24h'],
      securityContext: {
        ...securityContext,
        runAsUser: 9,
        runAsGroup: 9,
        readOnlyRootFilesystem: true,
      },
    });
  });

  it('gets another name where the pod has one, and the id where processes are shared', () => {
    const found = target({
      spec: {
        shareProcessNamespace: true,
        ephemeralContainers: [{ name: 'lithopod-learn', targetContainerName: 'main' }],
      },
    });
    expect(found.helpers).to.deep.equal([{ name: 'lithopod-learn', target: 'main' }]);
    expect(helperFor(found, 'root', options)).to.deep.include({
      name: 'lithopod-learn-2',
      args: ['--container=abc'],
    });
  });
});
