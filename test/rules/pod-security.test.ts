import { expect } from 'chai';
import { hardenedContainer } from './hardened.ts';

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
  ] as const) {
    it(`given ${title}, finds ${expected.join(', ') || 'nothing'}`, () => {
      expect(codes(spec, fields)).to.deep.equal(expected);
    });
  }
});
