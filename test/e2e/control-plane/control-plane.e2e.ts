import { spawn } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as delay } from 'node:timers/promises';

import { CoreV1Api, KubeConfig } from '@kubernetes/client-node';
import { expect } from 'chai';

import { startControlPlane, type ControlPlane } from './control-plane.ts';

const START_MS = 240_000;

const pod = {
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: { name: 'web', namespace: 'smoke' },
  spec: { containers: [{ name: 'web', image: 'nginx:1.29' }] },
};

describe('the control plane', function () {
  this.timeout(START_MS);
  let plane: ControlPlane;

  before('start', async () => {
    plane = await startControlPlane();
  });

  after('stop', () => plane.stop());

  it('answers kubectl with a released version', async () => {
    const { code, stdout, stderr } = await plane.kubectl(['version', '--output=json']);

    expect(code, stderr).to.equal(0);
    expect(JSON.parse(stdout))
      .to.have.nested.property('serverVersion.gitVersion')
      .match(/^v1\.\d+/);
  });

  it('keeps a pod that kubectl created, without adding a service account', async () => {
    const namespace = await plane.kubectl(['create', 'namespace', 'smoke']);
    const created = await plane.kubectl(['create', '-f', '-'], { input: JSON.stringify(pod) });
    const read = await plane.kubectl(['-n', 'smoke', 'get', 'pod', 'web', '--output=json']);

    expect(namespace.code, namespace.stderr).to.equal(0);
    expect(created.code, created.stderr).to.equal(0);
    expect(JSON.parse(read.stdout)).to.have.nested.property(
      'spec.containers[0].image',
      'nginx:1.29',
    );
    expect(JSON.parse(read.stdout)).not.to.have.nested.property('spec.volumes');
  });

  it('lets the client library in through the kubeconfig', async () => {
    const config = new KubeConfig();
    config.loadFromFile(plane.kubeconfig);
    const read = await config
      .makeApiClient(CoreV1Api)
      .readNamespacedPod({ name: 'web', namespace: 'smoke' });

    expect(read.spec?.containers[0]?.image).to.equal('nginx:1.29');
  });

  it('reports what kubectl was refused as a result', async () => {
    const { code, stderr } = await plane.kubectl(['get', 'pod', 'nobody']);

    expect(code).to.equal(1);
    expect(stderr).to.include('NotFound');
  });

  it('runs beside another one, which leaves neither process nor folder', async () => {
    const other = await startControlPlane({ serviceAccounts: true });
    const running = other.servers.filter(isAlive);
    const refused = await other.kubectl(['-n', 'default', 'create', '-f', '-'], {
      input: JSON.stringify({ ...pod, metadata: { name: 'web' } }),
    });
    await other.stop();
    await other.stop();

    expect(running).to.have.length(2);
    expect(refused.stderr).to.include('error looking up service account default/default');
    expect(other.servers.filter(isAlive)).to.be.empty;
    expect(existsSync(other.dir)).to.be.false;
    expect(plane.servers.filter(isAlive)).to.have.length(2);
  });

  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    it(`ends with a process that ${signal} ends`, async () => {
      const left = await interrupted(signal);

      expect(left.endedBy).to.equal(signal);
      expect(left.servers.filter(isAlive)).to.be.empty;
      expect(existsSync(left.dir)).to.be.false;
    });
  }
});

/** Starts a control plane in a process of its own and interrupts that process. */
async function interrupted(
  signal: NodeJS.Signals,
): Promise<Pick<ControlPlane, 'dir' | 'servers'> & { endedBy: NodeJS.Signals | null }> {
  const script = `
    import { startControlPlane } from ${JSON.stringify(join(import.meta.dirname, 'control-plane.ts'))};
    const { dir, servers } = await startControlPlane();
    console.log(JSON.stringify({ dir, servers }));
    setInterval(() => {}, 1000);`;
  const child = spawn(process.execPath, ['--import=tsx', '--input-type=module', '--eval', script], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const ended = new Promise<NodeJS.Signals | null>((resolve) => {
    child.once('exit', (_code, by) => {
      resolve(by);
    });
  });
  let started: Pick<ControlPlane, 'dir' | 'servers'> | undefined;
  for await (const line of createInterface(child.stdout)) {
    started = JSON.parse(line) as Pick<ControlPlane, 'dir' | 'servers'>;
    child.kill(signal);
  }
  const endedBy = await ended;
  if (!started) throw new Error('the interrupted process never had a control plane');
  await delay(500); // SIGKILL is sent by then, but not waited for.
  return { ...started, endedBy };
}

/**
 * A killed process whose new parent has not collected it yet is dead, though it still has its
 * number.
 */
function isAlive({ pid }: { readonly pid: number }): boolean {
  try {
    process.kill(pid, 0);
  } catch {
    return false;
  }
  const stat = `/proc/${pid}/stat`;
  return !existsSync(stat) || !/\) [ZX] /.test(readFileSync(stat, 'utf8'));
}
