import { expect } from 'chai';

import { escapeCapabilities } from '../../src/core/pod/capabilities.ts';
import type { CommandResult } from './control-plane/owned-process.ts';
import {
  container,
  pod,
  startInstallation,
  unbind,
  until,
  type Installation,
  type Manifest,
} from './installation.ts';

const hardened = {
  readOnlyRootFilesystem: true,
  allowPrivilegeEscalation: false,
  runAsNonRoot: true,
  capabilities: { drop: ['ALL'] },
  seccompProfile: { type: 'RuntimeDefault' },
};
const readOnly = { readOnlyRootFilesystem: true };
const escapes = escapeCapabilities
  .filter(({ onlyWithHostPID }) => !onlyWithHostPID)
  .map(({ name }) => name);
const escaping = /capability that reaches the root or the node .* in main/;

/** A pod with one container, whose security context is the one given. */
function podWith(securityContext: object): Manifest {
  return pod({ containers: [container(securityContext)] });
}

function affinityTo(...oses: readonly (readonly string[])[]): object {
  const nodeSelectorTerms = oses.map((values) => ({
    matchExpressions: [{ key: 'kubernetes.io/os', operator: 'In', values }],
  }));
  return {
    affinity: {
      nodeAffinity: { requiredDuringSchedulingIgnoredDuringExecution: { nodeSelectorTerms } },
    },
  };
}

describe('the policies behind lithopod.dev/require', () => {
  let cluster: Installation;

  before(async () => {
    cluster = await startInstallation();
    for (const level of ['immutable', 'restricted']) {
      await cluster.namespace(`require-${level}`, { 'lithopod.dev/require': level });
    }
    await cluster.namespace('free', {});
    for (const level of ['immutable', 'restricted']) {
      await until(
        'the policy',
        async () => (await cluster.rehearse(podWith({}), `require-${level}`)).code !== 0,
      );
    }
  });
  after(() => cluster.stop());

  it('judge no pod of another namespace', async () => {
    expect((await cluster.rehearse(podWith({ privileged: true }), 'free')).code).to.equal(0);
  });

  const many = (volumes: number, mounts: number, source: object): Manifest =>
    pod({
      containers: Array.from({ length: 3 }, (_, index) => ({
        ...container(readOnly, `c${index}`),
        volumeMounts: Array.from({ length: mounts / 3 }, (_mount, place) => ({
          name: `v${place % volumes}`,
          mountPath: `/m${place}`,
        })),
      })),
      volumes: Array.from({ length: volumes }, (_, index) => ({ name: `v${index}`, ...source })),
    });
  const data = { hostPath: { path: '/data' } };

  const admitted: Record<string, Manifest> = {
    'a read-only root': podWith(readOnly),
    'ALL added without those that reach the root or the node': podWith({
      ...readOnly,
      capabilities: { add: ['ALL'], drop: escapes },
    }),
    'another capability': podWith({ ...readOnly, capabilities: { add: ['NET_ADMIN'] } }),
    'as many mounts of the node as are read': many(40, 600, data),
    'any number of other mounts': many(1_100, 3_300, { emptyDir: {} }),
    'Windows by os': {
      ...pod({ containers: [{ name: 'main', image: 'iis' }], os: { name: 'windows' } }),
    },
    'Windows by node selector': pod({
      containers: [{ name: 'main', image: 'iis' }],
      nodeSelector: { 'kubernetes.io/os': 'windows' },
    }),
    'Windows by its old label': pod({
      containers: [{ name: 'main', image: 'iis' }],
      nodeSelector: { 'beta.kubernetes.io/os': 'windows' },
    }),
    'Windows by affinity': pod({
      containers: [{ name: 'main', image: 'iis' }],
      ...affinityTo(['windows'], ['windows', 'windows']),
    }),
    'a mirror pod': pod(
      { containers: [container({})], nodeName: 'node-1' },
      { annotations: { 'kubernetes.io/config.mirror': 'x' } },
    ),
  };
  for (const [what, object] of Object.entries(admitted)) {
    it(`admit ${what} at immutable`, async () => {
      const { code, stderr } = await cluster.rehearse(object, 'require-immutable');
      expect(code, stderr).to.equal(0);
    });
  }

  const refused: Record<string, [Manifest, RegExp]> = {
    'no security context': [
      pod({ containers: [{ name: 'main', image: 'nginx' }] }),
      /readOnlyRootFilesystem is not true in main/,
    ],
    'more mounts than are read where one may be of the node': [
      many(1, 2_001, data),
      /more than 1000 volumes or 2000 mounts/,
    ],
    'more volumes than are read where one may be of the node': [
      many(1_001, 3, data),
      /more than 1000 volumes or 2000 mounts/,
    ],
    'more containers than are read': [
      pod({ containers: Array.from({ length: 2_001 }, (_, i) => container(readOnly, `c${i}`)) }),
      /more than 2000 containers/,
    ],
    'a hostPath of the node’s own, in each container that writes there': [
      pod({
        containers: ['one', 'two', 'three'].map((name) => ({
          ...container(readOnly, name),
          volumeMounts: [
            { name: 'v', mountPath: '/host', subPath: name === 'two' ? 'log' : 'run' },
          ],
        })),
        volumes: [{ name: 'v', hostPath: { path: '/var' } }],
      }),
      /a hostPath shows .* in one, three$/m,
    ],
    'a termination message over a binary': [
      pod({ containers: [{ ...container(readOnly), terminationMessagePath: '/usr/bin/tool' }] }),
      /terminationMessagePath is in a system directory .* in main$/m,
    ],
    'a writable init container': [
      pod({ initContainers: [container({}, 'init'), container(readOnly, 'other')] }),
      /readOnlyRootFilesystem is not true in init$/m,
    ],
    'a writable sidecar': [
      pod({ initContainers: [{ ...container({}, 'mesh'), restartPolicy: 'Always' }] }),
      /is not true in mesh/,
    ],
    'a root that is false': [podWith({ readOnlyRootFilesystem: false }), /is not true in main/],
    'a privileged container': [
      podWith({ ...readOnly, privileged: true }),
      /privileged is true in main/,
    ],
    'affinity that allows Linux too': [
      pod({ containers: [container({})], ...affinityTo(['windows'], ['linux', 'windows']) }),
      /is not true in main/,
    ],
    'more terms of affinity than are read': [
      pod({
        containers: [container({})],
        ...affinityTo(...Array.from({ length: 101 }, () => ['windows'])),
      }),
      /is not true in main/,
    ],
    'affinity to no value but Windows in part': [
      pod({ containers: [container({})], ...affinityTo(['windows', 'windows-like']) }),
      /is not true in main/,
    ],
    'affinity with one free term': [
      pod({ containers: [container({})], ...affinityTo(['windows'], ['linux']) }),
      /is not true in main/,
    ],
    'another node selector': [
      pod({ containers: [container({})], nodeSelector: { 'kubernetes.io/os': 'linux' } }),
      /is not true in main/,
    ],
    'SYS_ADMIN added while ALL is dropped': [
      podWith({ ...readOnly, capabilities: { add: ['SYS_ADMIN'], drop: ['ALL'] } }),
      escaping,
    ],
    'ALL added and CAP_SYS_ADMIN dropped, which containerd does not understand': [
      podWith({ ...readOnly, capabilities: { add: ['ALL'], drop: ['CAP_SYS_ADMIN'] } }),
      escaping,
    ],
  };
  refused['ALL added and one of them not dropped by name'] = [
    podWith({ ...readOnly, capabilities: { add: ['ALL'], drop: ['ALL', ...escapes.slice(1)] } }),
    escaping,
  ];
  refused['ALL added and two dropped in one name'] = [
    podWith({
      ...readOnly,
      capabilities: { add: ['ALL'], drop: [escapes.slice(0, 2).join(','), ...escapes.slice(2)] },
    }),
    escaping,
  ];
  for (const name of ['SYS_ADMIN', 'CAP_SYS_ADMIN', 'sys_admin', 'Cap_Sys_Admin', 'ALL', 'all']) {
    refused[`the capability ${name}`] = [
      podWith({ ...readOnly, capabilities: { add: [name] } }),
      escaping,
    ];
  }
  for (const [what, [object, message]] of Object.entries(refused)) {
    it(`refuse ${what}, at either level`, async () => {
      const atImmutable = await cluster.rehearse(object, 'require-immutable');
      expect(atImmutable.code).not.to.equal(0);
      expect(atImmutable.stderr).to.match(message);
      // Both policies refuse, and the API server passes on what either of them says.
      const atRestricted = await cluster.rehearse(object, 'require-restricted');
      expect(atRestricted.code).not.to.equal(0);
      expect(atRestricted.stderr).to.match(/'lithopod-require-(immutable|restricted)'/);
    });
  }

  it('admit a hardened pod at restricted', async () => {
    const { code, stderr } = await cluster.rehearse(podWith(hardened), 'require-restricted');
    expect(code, stderr).to.equal(0);
  });

  it('admit what the pod says for its containers at restricted', async () => {
    const { runAsNonRoot, seccompProfile, ...rest } = hardened;
    const spec = {
      containers: [container(rest)],
      securityContext: { runAsNonRoot, seccompProfile },
    };
    const { code, stderr } = await cluster.rehearse(pod(spec), 'require-restricted');
    expect(code, stderr).to.equal(0);
  });

  const weaker: Record<string, [object, RegExp]> = {
    'escalation left open': [
      { allowPrivilegeEscalation: undefined },
      /allowPrivilegeEscalation is not false/,
    ],
    'nothing dropped': [{ capabilities: undefined }, /capabilities must be dropped/],
    'some dropped': [{ capabilities: { drop: ['NET_RAW'] } }, /capabilities must be dropped/],
    'one added': [
      { capabilities: { drop: ['ALL'], add: ['CHOWN'] } },
      /capabilities must be dropped/,
    ],
    'no seccomp': [{ seccompProfile: undefined }, /seccomp/],
    'seccomp off': [{ seccompProfile: { type: 'Unconfined' } }, /seccomp/],
    'perhaps root': [{ runAsNonRoot: undefined }, /runAsNonRoot is not true/],
    'root by number': [{ runAsUser: 0 }, /runAsNonRoot is not true/],
  };
  for (const [what, [change, message]] of Object.entries(weaker)) {
    it(`refuse ${what} at restricted, and take it at immutable`, async () => {
      const object = podWith({ ...hardened, ...change });
      const { code, stderr } = await cluster.rehearse(object, 'require-restricted');
      expect(code).not.to.equal(0);
      expect(stderr).to.match(message);
      const atImmutable = await cluster.rehearse(object, 'require-immutable');
      expect(atImmutable.code, atImmutable.stderr).to.equal(0);
    });
  }

  it('judge the new ephemeral container only, and no other update', async () => {
    const inNamespace = ['-n', 'require-immutable'];
    const bindAgain = await unbind(cluster, 'lithopod-require-immutable');
    await until(
      'its end',
      async () => (await cluster.rehearse(podWith({}), 'require-immutable')).code === 0,
    );
    const older = pod({ containers: [container({})] }, { name: 'older' });
    await cluster.kubectl([...inNamespace, 'create', '-f', '-'], older);
    const debug = (
      name: string,
      securityContext: object,
      beside: { readonly spec?: object } = {},
    ): Promise<CommandResult> => {
      const ephemeralContainers = [container(securityContext, name)];
      const patch = JSON.stringify({ ...beside, spec: { ...beside.spec, ephemeralContainers } });
      return cluster.kubectl([
        ...inNamespace,
        'patch',
        'pod',
        'older',
        '--subresource=ephemeralcontainers',
        '-p',
        patch,
      ]);
    };
    expect((await debug('before', {})).code).to.equal(0);
    await bindAgain();
    await until(
      'the policy',
      async () => (await cluster.rehearse(podWith({}), 'require-immutable')).code !== 0,
    );

    const writable = await debug('writable', {});
    expect(writable.code).not.to.equal(0);
    expect(writable.stderr).to.match(/readOnlyRootFilesystem is not true in writable$/m);
    const good = await debug('good', readOnly);
    expect(good.code, good.stderr).to.equal(0);
    // What else is in the patch is thrown away before the policy sees it, and makes no Windows pod
    // of this one.
    const spoofs = [
      { spec: { nodeSelector: { 'kubernetes.io/os': 'windows' } } },
      { spec: { os: { name: 'windows' } } },
      { spec: affinityTo(['windows']) },
      { metadata: { annotations: { 'kubernetes.io/config.mirror': 'x' } } },
    ];
    for (const spoof of spoofs) {
      const spoofed = await debug('spoofed', { privileged: true }, spoof);
      expect(spoofed.code).not.to.equal(0);
      expect(spoofed.stderr).to.match(/readOnlyRootFilesystem is not true in spoofed$/m);
    }
    const labelled = await cluster.kubectl([...inNamespace, 'label', 'pod', 'older', 'a=b']);
    expect(labelled.code, labelled.stderr).to.equal(0);
  });
});
