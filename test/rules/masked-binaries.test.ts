import { expect } from 'chai';
import { hardened, hardenedContainer } from './hardened.ts';

import { catalogueOf, entry, profile } from '../pods/profiles.ts';
import type { Probe } from '../../src/core/pod/pod.ts';

const catalogue = catalogueOf(
  profile('app', {
    writable: [entry('/run'), entry('/etc/app', { contents: 'seeded' })],
    maskable: ['/bin/bash', '/usr/bin/touch'],
  }),
);

function probed(
  command: readonly string[],
  fields: object = {},
  spec: object = {},
): ReturnType<typeof hardened> {
  return hardenedContainer(
    { image: 'app', startupProbe: { exec: { command }, periodSeconds: 5 } as Probe, ...fields },
    { catalogue },
    spec,
  );
}

function masks({ container }: ReturnType<typeof hardened>): readonly string[] {
  return (container.volumeMounts ?? [])
    .filter(({ subPath }) => subPath === 'masked')
    .map(({ mountPath }) => mountPath);
}

describe('masked-binaries', () => {
  it('masks what a probe removes, and takes the probe away', () => {
    const result = probed(['rm', '/bin/touch', '/usr/bin/bash']);
    expect(result.container).not.to.have.property('startupProbe');
    expect(masks(result)).to.deep.equal(['/bin/touch', '/usr/bin/bash']);
    expect(result.container.volumeMounts?.at(-1)).to.deep.equal({
      name: 'lithopod-masks',
      mountPath: '/usr/bin/bash',
      subPath: 'masked',
      readOnly: true,
    });
    expect(result.codes('masked-binaries')).to.deep.equal([
      'removal-taken-out',
      'binary-masked',
      'binary-masked',
    ]);
  });

  it('keeps what else the probe does', () => {
    const result = probed(['sh', '-c', 'rm /bin/bash && test -e /run/ready']);
    expect(result.container.startupProbe).to.deep.equal({
      exec: { command: ['sh', '-c', 'true && test -e /run/ready'] },
      periodSeconds: 5,
    });
  });

  it('leaves removals below a path that is writable, by the author’s mount or by ours', () => {
    for (const file of ['/run/lock', '/var/run/x', '/etc/app/default.conf', '/data/x']) {
      const result = probed(
        ['rm', '-f', file],
        { volumeMounts: [{ name: 'data', mountPath: '/data' }] },
        { volumes: [{ name: 'data', emptyDir: {} }] },
      );
      expect(result.container.startupProbe?.exec?.command, file).to.deep.equal(['rm', '-f', file]);
      expect(result.codes('masked-binaries')).to.deep.equal([]);
    }
  });

  it('takes the removal out where it does not mask, and says why', () => {
    const other = probed(['rm', '/bin/ls']);
    expect(other.container).not.to.have.property('startupProbe');
    expect(other.codes('masked-binaries')).to.deep.equal([
      'removal-taken-out',
      'binary-not-maskable',
    ]);
    for (const fields of [
      { command: ['/usr/bin/bash', '-c', 'run'] },
      { args: ['touch /run/x'] },
      { readinessProbe: { exec: { command: ['bash'] } } },
      { lifecycle: { preStop: { exec: { command: ['touch', '/run/x'] } } } },
    ]) {
      const used = probed(['rm', '/bin/bash', '/bin/touch'], fields);
      expect(used.codes('masked-binaries')).to.include('binary-in-use');
      expect(masks(used)).to.have.length(1);
    }
    expect(masks(probed(['rm', '/bin/bash'], { command: ['bashful'] }))).to.have.length(1);
  });

  it('takes relative paths from the working directory', () => {
    expect(masks(probed(['rm', 'bash'], { workingDir: '/bin' }))).to.deep.equal(['/bin/bash']);
    expect(probed(['rm', 'bash']).codes('masked-binaries')).to.deep.equal([
      'removal-not-understood',
    ]);
  });

  it('says what it does not understand, on every pass', () => {
    const first = probed(['sh', '-c', 'rm $FILE']);
    const codes = ['removal-not-understood'];
    expect(first.codes('masked-binaries')).to.deep.equal(codes);
    expect(hardened(first.pod, { catalogue }).codes('masked-binaries')).to.deep.equal(codes);
  });

  it('reads no more than a script that Linux would execute, and says so', () => {
    const padding = '#'.repeat(131_072);
    expect(masks(probed(['sh', '-c', `rm /bin/bash ${padding.slice(0, 131_000)}`]))).to.have.length(
      1,
    );
    const long = probed(['sh', '-c', `rm /bin/bash ${padding}`]);
    expect(long.codes('masked-binaries')).to.deep.equal(['removal-not-understood']);
    expect(long.container.startupProbe?.exec?.command).to.have.length(3);
    expect(probed(['sh', '-c', padding]).codes('masked-binaries')).to.deep.equal([]);
  });

  it('takes out nothing of more files beside more mounts than it looks at, on every pass', () => {
    const volumeMounts = Array.from({ length: 100 }, (_, index) => ({
      name: 'own',
      mountPath: `/own/${index}`,
    }));
    const files = Array.from({ length: 400 }, (_, index) => `/bin/${index}`);
    const { pod, container, codes } = probed(['rm', ...files], { volumeMounts });
    // A part would leave room for more in a second pass.
    expect(container.startupProbe?.exec?.command).to.deep.equal(['rm', ...files]);
    expect(codes('masked-binaries')).to.deep.equal(['removal-not-understood']);
    const second = hardened(pod, { catalogue });
    expect(second.pod).to.equal(pod);
    expect(second.codes('masked-binaries')).to.deep.equal(['removal-not-understood']);
  });

  it('cleans postStart hooks, and keeps the rest of the lifecycle', () => {
    const postStart = { exec: { command: ['rm', '/bin/bash'] } };
    const preStop = { httpGet: { path: '/', port: 80 } } as Probe;
    const alone = hardenedContainer({ image: 'app', lifecycle: { postStart } }, { catalogue });
    expect(alone.container).not.to.have.property('lifecycle');
    const both = hardenedContainer(
      { image: 'app', lifecycle: { postStart, preStop } },
      { catalogue },
    );
    expect(both.container.lifecycle).to.deep.equal({ preStop });
    expect(masks(both)).to.deep.equal(['/bin/bash']);
  });

  it('leaves other probes', () => {
    const livenessProbe = { exec: { command: ['rm', '/bin/bash'] } };
    const result = hardenedContainer({ image: 'app', livenessProbe }, { catalogue });
    expect(result.container.livenessProbe).to.equal(livenessProbe);
    expect(masks(result)).to.deep.equal([]);
  });

  it('covers nothing that the author mounts, by whatever spelling', () => {
    for (const mountPath of ['/bin/bash', '/usr/bin/bash', '/bin', '/usr/bin', '/usr']) {
      const result = probed(
        ['rm', '/bin/bash'],
        { volumeMounts: [{ name: 'tools', mountPath, readOnly: true }] },
        { volumes: [{ name: 'tools', configMap: { name: 'tools' } }] },
      );
      expect(masks(result), mountPath).to.deep.equal([]);
    }
  });

  it('masks all that the profile lists where the policy says so, each once', () => {
    const always = { catalogue, masking: 'always' } as const;
    const first = hardened(
      {
        spec: {
          containers: [
            {
              name: 'app',
              image: 'app',
              startupProbe: { exec: { command: ['rm', '/bin/touch'] } },
            },
          ],
        },
      },
      always,
    );
    expect(masks(first)).to.have.members(['/bin/touch', '/bin/bash']);
    expect(hardened(first.pod, always).pod).to.equal(first.pod);
    const [seed] = first.pod.spec.initContainers!;
    expect(seed?.volumeMounts).to.have.length(1);
  });

  it('uses its volume again after the API server filled in the version, and no other', () => {
    const items = [{ path: 'masked', fieldRef: { apiVersion: 'v1', fieldPath: 'metadata.name' } }];
    const own = { name: 'lithopod-masks', downwardAPI: { defaultMode: 292, items } };
    expect(probed(['rm', '/bin/bash'], {}, { volumes: [own] }).pod.spec.volumes![0]).to.equal(own);
    const other = { name: 'lithopod-masks', emptyDir: {} };
    const { container } = probed(['rm', '/bin/bash'], {}, { volumes: [other] });
    expect(container.volumeMounts?.at(-1)?.name).not.to.equal('lithopod-masks');
  });
});
