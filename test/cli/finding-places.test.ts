/** Each finding points at the line of its own field, which its sentence need not name. */
import { expect } from 'chai';
import { cliWithProfiles } from './run.ts';
import type { CheckReport } from '../../src/cli/report/findings.ts';

/** The texts of the lines, without their indentation, that the findings of a code point at. */
async function linesOf(code: string, stdin: string): Promise<readonly string[]> {
  const argv = ['check', '-o', 'json', '--level', 'restricted'];
  const { stdout } = await cliWithProfiles(argv, { stdin });
  const { findings } = JSON.parse(stdout) as CheckReport;
  const lines = stdin.split('\n');
  return findings
    .filter((finding) => finding.code === code)
    .map(({ line, column }) => (lines[line - 1] ?? '').slice(column - 1));
}

function pod(spec: string, metadata = ''): string {
  return `apiVersion: v1\nkind: Pod\nmetadata:\n  name: a\n${metadata}spec:\n${spec}`;
}

describe('the line that a finding points at', () => {
  it('is that of the mount, where the container has the name of another mount', async () => {
    const text = pod(`  containers:
    - name: logs
      image: registry.test/tool
      volumeMounts:
        - { name: logs, mountPath: /logs }
        - { name: cache, mountPath: /tmp, readOnly: true }
        - { name: data, mountPath: /x, mountPropagation: Bidirectional }
  volumes:
    - { name: logs, emptyDir: {} }
    - { name: cache, emptyDir: {} }
    - { name: data, emptyDir: {} }
`);
    expect(await linesOf('read-only-mount', text)).to.deep.equal([
      '{ name: cache, mountPath: /tmp, readOnly: true }',
    ]);
    expect(await linesOf('propagation-narrowed', text)).to.deep.equal([
      '{ name: data, mountPath: /x, mountPropagation: Bidirectional }',
    ]);
  });

  it('is that of the probe or hook which removes files', async () => {
    const text = pod(`  containers:
    - name: tool
      image: registry.test/tool
      startupProbe: { exec: { command: ['true'] } }
      lifecycle:
        postStart: { exec: { command: [rm, /bin/unknown] } }
`);
    const hook = 'postStart: { exec: { command: [rm, /bin/unknown] } }';
    expect(await linesOf('removal-taken-out', text)).to.deep.equal([hook]);
    expect(await linesOf('binary-not-maskable', text)).to.deep.equal([hook]);
  });

  it('is that of each probe or hook which names a host', async () => {
    const text = pod(`  containers:
    - name: startupProbe
      image: registry.test/tool
      startupProbe: { httpGet: { port: 80 } }
      livenessProbe: { httpGet: { port: 80, host: a.test } }
      readinessProbe: { tcpSocket: { port: 80, host: b.test } }
      lifecycle:
        postStart: { httpGet: { port: 80 } }
        preStop: { httpGet: { port: 80, host: c.test } }
`);
    expect(await linesOf('host-probe', text)).to.deep.equal([
      'livenessProbe: { httpGet: { port: 80, host: a.test } }',
      'readinessProbe: { tcpSocket: { port: 80, host: b.test } }',
      'preStop: { httpGet: { port: 80, host: c.test } }',
    ]);
  });

  it('is that of the entry of a list', async () => {
    const text = pod(
      `  hostPID: true
  hostIPC: true
  securityContext:
    sysctls:
      - { name: net.ipv4.tcp_rmem, value: '1' }
      - { name: kernel.msgmax, value: '1' }
  containers:
    - name: tool
      image: registry.test/tool
      ports:
        - { containerPort: 80 }
        - { containerPort: 81, hostPort: 81 }
      securityContext:
        capabilities:
          add:
            - CHOWN
            - SYS_ADMIN
            - NET_ADMIN
      volumeMounts:
        - { name: plain, mountPath: /plain }
        - { name: node, mountPath: /node }
        - { name: plain, mountPath: /usr }
      volumeDevices:
        - { name: block, devicePath: /dev/x }
        - { name: block, devicePath: /tmp }
  volumes:
    - { name: plain, emptyDir: {} }
    - { name: node, hostPath: { path: /etc } }
`,
      `  annotations:
    a/b: c
    container.apparmor.security.beta.kubernetes.io/tool: unconfined
`,
    );
    for (const [code, ...expected] of [
      ['host-namespace', 'hostPID: true', 'hostIPC: true'],
      ['unsafe-sysctl', "{ name: kernel.msgmax, value: '1' }"],
      ['host-port', '{ containerPort: 81, hostPort: 81 }'],
      ['escape-capability-removed', 'SYS_ADMIN'],
      ['capability-removed', 'CHOWN'],
      ['volume-type', '{ name: node, hostPath: { path: /etc } }'],
      ['host-path-read-only', '{ name: node, mountPath: /node }'],
      ['system-directory-mounted', '{ name: plain, mountPath: /usr }'],
      ['device-at-path', '{ name: block, devicePath: /tmp }'],
      ['app-armor', 'container.apparmor.security.beta.kubernetes.io/tool: unconfined'],
    ] as const) {
      expect(await linesOf(code, text), code).to.deep.equal(expected);
    }
  });

  it('is that of the image, the variable or the pod’s own field that is to blame', async () => {
    const text = pod(`  securityContext: { runAsUser: 0 }
  containers:
    - name: api
      image: registry.corp/shop/api:2.1
      volumeMounts:
        - { name: plain, mountPath: /plain }
  volumes:
    - { name: plain, emptyDir: {} }
`);
    expect(await linesOf('no-profile', text)).to.deep.equal(['image: registry.corp/shop/api:2.1']);
    expect(await linesOf('root-requested', text)).to.deep.equal(['runAsUser: 0 }']);
  });

  it('is that of what is nearest, where the field is not written down', async () => {
    const text = pod(`  containers:
    - name: tool
      image: registry.test/tool
      securityContext:
        runAsUser: 5
`);
    expect(await linesOf('root-made-read-only', text)).to.deep.equal(['securityContext:']);
    expect(await linesOf('path-mounted', text)).to.deep.equal(['name: tool']);
    expect(await linesOf('seccomp-set', text)).to.deep.equal(['spec:']);
  });
});
