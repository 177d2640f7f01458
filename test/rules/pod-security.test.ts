import { expect } from 'chai';
import { hardened, hardenedContainer } from './hardened.ts';

function codes(spec: object, fields: object): readonly string[] {
  const setting = { level: 'restricted' } as const;
  return hardenedContainer({ ...fields }, setting, spec).codes('pod-security');
}

describe('pod-security', () => {
  for (const [title, spec, fields, expected] of [
    ['nothing', {}, {}, []],
    ['hostNetwork', { hostNetwork: true }, {}, ['host-namespace']],
    [
      'all namespaces',
      { hostNetwork: true, hostPID: true, hostIPC: true },
      {},
      ['host-namespace', 'host-namespace', 'host-namespace'],
    ],
    ['none of them', { hostNetwork: false, hostPID: null }, {}, []],
    ['hostPath', { volumes: [{ name: 'a', hostPath: { path: '/' } }] }, {}, ['volume-type']],
    ['nfs', { volumes: [{ name: 'a', nfs: {} }] }, {}, ['volume-type']],
    [
      'allowed volumes',
      {
        volumes: [
          { name: 'a', configMap: {} },
          { name: 'b', csi: {} },
          { name: 'c', image: {} },
          { name: 'd' },
        ],
      },
      {},
      [],
    ],
    ['a null source', { volumes: [{ name: 'a', hostPath: null, emptyDir: {} }] }, {}, []],
    ['host ports', {}, { ports: [{ hostPort: 80 }, { hostPort: 0 }, {}] }, ['host-port']],
    ['no host port', {}, { ports: [{ hostPort: 0 }, { hostPort: null }] }, []],
    [
      'ports on the network of the host',
      { hostNetwork: true },
      { ports: [{ containerPort: 80 }] },
      ['host-namespace', 'host-port'],
    ],
    ['ports on its own network', {}, { ports: [{ containerPort: 80 }] }, []],
    ['procMount', {}, { securityContext: { procMount: 'Unmasked' } }, ['proc-mount']],
    ['the default procMount', {}, { securityContext: { procMount: 'Default' } }, []],
    [
      'sysctls',
      {
        securityContext: {
          sysctls: [
            { name: 'kernel.msgmax', value: '1' },
            { name: 'net.ipv4.tcp_rmem', value: '1' },
          ],
        },
      },
      {},
      ['unsafe-sysctl'],
    ],
    [
      'SELinux options',
      { securityContext: { seLinuxOptions: { type: 'spc_t' } } },
      { securityContext: { seLinuxOptions: { user: 'system_u', role: 'system_r' } } },
      ['selinux-options', 'selinux-options'],
    ],
    [
      'allowed SELinux options',
      { securityContext: { seLinuxOptions: { level: 's0:c1', type: '', user: null } } },
      { securityContext: { seLinuxOptions: { type: 'container_engine_t', role: '' } } },
      [],
    ],
    [
      'AppArmor turned off',
      { securityContext: { appArmorProfile: { type: 'Unconfined' } } },
      { securityContext: { appArmorProfile: { type: 'Unconfined' } } },
      ['app-armor', 'app-armor'],
    ],
    [
      'AppArmor profiles',
      { securityContext: { appArmorProfile: { type: 'RuntimeDefault' } } },
      { securityContext: { appArmorProfile: { type: 'Localhost', localhostProfile: 'a' } } },
      [],
    ],
    [
      'processes of a Windows host',
      { securityContext: { windowsOptions: { hostProcess: true } } },
      { securityContext: { windowsOptions: { hostProcess: true } } },
      ['host-process', 'host-process'],
    ],
    ['Windows options', {}, { securityContext: { windowsOptions: { hostProcess: false } } }, []],
    [
      'hosts in probes and hooks',
      {},
      {
        startupProbe: { tcpSocket: { host: 'a' } },
        livenessProbe: { httpGet: { host: 'a' } },
        readinessProbe: { httpGet: { host: 'a' } },
        lifecycle: { postStart: { httpGet: { host: 'a' } }, preStop: { tcpSocket: { host: 'a' } } },
      },
      ['host-probe', 'host-probe', 'host-probe', 'host-probe', 'host-probe'],
    ],
    [
      'probes of the pod itself',
      {},
      { livenessProbe: { httpGet: { host: '' } }, readinessProbe: { tcpSocket: { host: null } } },
      [],
    ],
  ] as const) {
    it(`given ${title}, finds ${expected.join(', ') || 'nothing'}`, () => {
      expect(codes(spec, fields)).to.deep.equal(expected);
    });
  }

  describe('of the annotation that AppArmor had', () => {
    const key = 'container.apparmor.security.beta.kubernetes.io/app';
    const found = (value: string, fields: object = {}): readonly (string | undefined)[] =>
      hardened(
        {
          metadata: { annotations: { [key]: value } },
          spec: { containers: [{ name: 'app', image: 'plain', ...fields }] },
        },
        { level: 'restricted' },
      )
        .findings.filter(({ code }) => code === 'app-armor')
        .map(({ container }) => container);

    it('reports a profile that is none', () => {
      expect(found('unconfined')).to.deep.equal(['app']);
    });

    it('reports it once where the field says the same', () => {
      const securityContext = { appArmorProfile: { type: 'Unconfined' } };
      expect(found('unconfined', { securityContext })).to.deep.equal(['app']);
    });

    it('takes a profile for one', () => {
      for (const value of ['runtime/default', 'localhost/a', '']) {
        expect(found(value), value).to.deep.equal([]);
      }
    });
  });

  it('looks at the security context of a new ephemeral container, and not of one that is there', () => {
    const securityContext = { procMount: 'Unmasked', seLinuxOptions: { type: 'spc_t' } };
    const { findings } = hardened(
      {
        spec: {
          hostNetwork: true,
          containers: [{ name: 'app', image: 'plain', securityContext }],
          ephemeralContainers: [
            { name: 'old', image: 'plain', securityContext },
            { name: 'new', image: 'plain', securityContext },
          ],
        },
      },
      { level: 'restricted', subject: { scope: 'ephemeral-containers', existing: ['old'] } },
    );
    expect(
      findings
        .filter(({ rule }) => rule === 'pod-security')
        .map(({ code, container }) => `${code} ${container ?? ''}`),
    ).to.deep.equal(['proc-mount new', 'selinux-options new']);
  });
});
