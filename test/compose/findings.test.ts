/** What is found in Compose files, by code. */
import { join } from 'node:path';
import { expect } from 'chai';
import { cli, withFolder } from '../cli/run.ts';
import type { CheckReport } from '../../src/cli/report/findings.ts';

/** The findings of a file, as `check` gives them. */
async function findingsOf(stdin: string, level = 'immutable'): Promise<CheckReport['findings']> {
  const { stdout, stderr } = await cli(['check', '--level', level, '-o', 'json', '-'], { stdin });
  expect(stderr).to.equal('');
  return (JSON.parse(stdout) as CheckReport).findings;
}

const service = (lines: string): string => `services:\n  a:\n${lines.replace(/^/gm, '    ')}\n`;
const nginx = 'image: nginx:1.27\n';

const cases = [
  ['service-without-image', service('command: x'), 'has neither image nor build', 2],
  ['included-file', `include: [b.yaml]\n${service(nginx)}`, 'b.yaml, which is included', 1],
  ['extends-unknown', service(`${nginx}extends: {file: no/b.yaml, service: b}`), 'no/b.yaml', 4],
  ['privileged-removed', service(`${nginx}privileged: true`), 'privileged: true', 4],
  ['escape-capability-removed', service(`${nginx}cap_add: [SYS_ADMIN]`), 'SYS_ADMIN', 4],
  ['escape-capability-dropped', service(`${nginx}cap_add: [all]`), 'all capabilities', 4],
  ['host-socket', service(`${nginx}devices: [/dev/fuse]`), '/dev/fuse', 4],
  ['host-socket', service(`${nginx}device_cgroup_rules: ['c 1:3 mr']`), 'devices of c 1:3', 4],
  [
    'privileged-removed',
    service(`${nginx}post_start: [{command: x, privileged: true}]`),
    'a privileged hook',
    4,
  ],
  [
    'privileged-removed',
    service(`${nginx}pre_stop: [{command: x, privileged: 'true'}]`),
    'a privileged hook',
    4,
  ],
  [
    'privileged-removed',
    service(`${nginx}develop: {watch: [{action: sync+exec, exec: {privileged: true}}]}`),
    'a privileged hook',
    4,
  ],
  ['not-synced', service(`${nginx}develop: {watch: [{action: sync}]}`), 'watch cannot copy', 4],
  ['host-socket', service(`${nginx}use_api_socket: true`), '/var/run/docker.sock', 4],
  [
    'copied-into-container',
    service(`${nginx}use_api_socket: true`),
    'keeps a writable root: docker compose copies the credentials of use_api_socket',
    4,
  ],
  ['host-path-read-only', service(`${nginx}volumes: ['/etc:/x']`), 'binds /etc at /x', 4],
  ['root-made-read-only', service(nginx), 'runs with read_only: true', 2],
  ['path-mounted', service(nginx), 'gets a tmpfs at /tmp', 2],
  ['path-seeded', service('image: zookeeper:3.8'), 'with the image', 2],
  ['data-not-persistent', service('image: redis:7'), 'anonymous volume of its image', 2],
  [
    'mount-not-owned',
    service(`${nginx}user: '101'\ntmpfs: [/run, /tmp]`),
    "a tmpfs of root's at /run",
    5,
  ],
  ['no-profile', service('build: .'), 'for which there is no profile', 2],
  ['windows-pod', service('image: mcr.microsoft.com/windows/nanoserver:1'), 'Windows', 3],
] as const;

const restricted = [
  ['capabilities-dropped', service(nginx), 'cap_drop: [ALL]', 2],
  ['escalation-disabled', service(nginx), 'no-new-privileges', 2],
  ['seccomp-overridden', service(`${nginx}security_opt: ['seccomp:unconfined']`), 'seccomp', 4],
  ['user-set', service(nginx), 'runs as user 101', 2],
  ['user-unknown', service('image: x'), 'may run as root', 2],
  ['root-requested', service(`${nginx}user: root`), 'asks for user: root', 4],
  ['host-namespace', service(`${nginx}pid: host`), 'uses pid: host', 4],
  ['unsafe-sysctl', service(`${nginx}sysctls: {kernel.x: 1}`), 'kernel.x', 4],
  ['proc-mount', service(`${nginx}security_opt: ['systempaths=unconfined']`), 'systempaths', 4],
  ['swarm-ignores', service(`${nginx}deploy: {placement: {}}`), 'docker stack deploy', 2],
] as const;

describe('the findings of Compose files', () => {
  for (const [level, all] of [
    ['immutable', cases],
    ['restricted', restricted],
  ] as const) {
    for (const [code, text, detail, line] of all) {
      it(`${code} at ${level}`, async () => {
        const found = (await findingsOf(text, level)).find((finding) => finding.code === code);
        expect(found?.detail).to.include(detail);
        expect(found?.line).to.equal(line);
        if (code !== 'included-file') expect(found?.detail).to.match(/^service "a"/);
      });
    }
  }

  it('nothing for what a program of the host provides: no container runs', async () => {
    expect(await findingsOf(service('provider: {type: model}'))).to.deep.equal([]);
  });

  it('service-without-image is told by compose too, which leaves it as it is', async () => {
    const stdin = service('command: x');
    const { code, stdout, stderr } = await cli(['compose', '-'], { stdin });
    expect({ code, stdout }).to.deep.equal({ code: 0, stdout: stdin });
    expect(stderr).to.match(/^<stdin>:2:3: warning: service "a" has neither image nor build here/);
  });

  it('inherited-setting: what a file that was not given adds to a list', () =>
    withFolder(
      {
        'a.yaml': service('extends: {file: b.yaml, service: b}'),
        'b.yaml': `services:\n  b:\n    image: nginx\n    cap_add: [SYS_ADMIN]\n`,
      },
      async (folder) => {
        const { stdout } = await cli(['check', '-o', 'json', join(folder, 'a.yaml')]);
        const { findings } = JSON.parse(stdout) as CheckReport;
        const found = findings.find(({ code }) => code === 'inherited-setting');
        expect(found?.detail).to.match(/^service "a" has cap_add: SYS_ADMIN from .*b\.yaml/);
      },
    ));
});
