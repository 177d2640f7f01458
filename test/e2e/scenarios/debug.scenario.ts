import { expect } from 'chai';

import type { CommandResult } from '../control-plane/owned-process.ts';
import { until } from '../installation.ts';
import { sharedCluster, type Cluster } from './cluster.ts';
import { seeds } from './seeds.ts';
import { weaknesses, type StoredContainer } from './stored-pod.ts';

describe('kubectl debug', () => {
  let cluster: Cluster;

  before('start the cluster', async () => {
    cluster = await sharedCluster();
    await cluster.namespace('debugged', { 'lithopod.dev/enforce': 'immutable' });
    await cluster.api.create('/api/v1/namespaces/debugged/pods', seeds[0]!.pod('web'));
  });

  function debug(
    namespace: string,
    name: string,
    flags: readonly string[] = [],
  ): Promise<CommandResult> {
    const target = ['-n', namespace, 'debug', 'web', '--image=busybox', '--target=main'];
    const detached = ['--attach=false', `--container=${name}`, ...flags];
    return cluster.kubectl([...target, ...detached, '--', 'sleep', '1d']);
  }

  async function ephemeral(namespace: string): Promise<readonly StoredContainer[]> {
    return (await cluster.api.readPod(namespace, 'web')).spec.ephemeralContainers ?? [];
  }

  it('works twice on a hardened pod, with a read-only root each time', async () => {
    await debug('debugged', 'first');
    await debug('debugged', 'second');
    const containers = await ephemeral('debugged');
    expect(containers.map(({ name }) => name)).to.deep.equal(['first', 'second']);
    expect(weaknesses(await cluster.api.readPod('debugged', 'web'))).to.deep.equal([]);
  });

  for (const profile of ['general', 'baseline', 'restricted', 'netadmin', 'sysadmin']) {
    it(`gets no privileges with --profile=${profile}`, async () => {
      const { stderr } = await debug('debugged', `as-${profile}`, [`--profile=${profile}`]);
      const added = (await ephemeral('debugged')).at(-1)!;
      expect(added.name).to.equal(`as-${profile}`);
      expect(added.securityContext).to.include({ readOnlyRootFilesystem: true });
      expect(added.securityContext?.privileged ?? false).to.be.false;
      expect(weaknesses(await cluster.api.readPod('debugged', 'web'))).to.deep.equal([]);
      if (profile === 'sysadmin') {
        expect(stderr).to.match(/Warning: lithopod: .*"as-sysadmin".*privileged/);
      } else {
        expect(stderr).not.to.contain('Warning: lithopod');
      }
    });
  }

  it('works at restricted, with all capabilities dropped', async () => {
    await cluster.namespace('debugged-strictly', { 'lithopod.dev/enforce': 'restricted' });
    await cluster.api.create('/api/v1/namespaces/debugged-strictly/pods', seeds[0]!.pod('web'));
    await debug('debugged-strictly', 'first', ['--profile=sysadmin']);
    await debug('debugged-strictly', 'second');
    const containers = await ephemeral('debugged-strictly');
    expect(containers).to.have.length(2);
    for (const { securityContext } of containers) {
      expect(securityContext).to.include({ allowPrivilegeEscalation: false });
      expect(securityContext?.capabilities).to.deep.equal({ drop: ['ALL'] });
    }
    expect(weaknesses(await cluster.api.readPod('debugged-strictly', 'web'))).to.deep.equal([]);
  });

  it('works on a pod from before the label, whose first ephemeral container stays as it is', async () => {
    await cluster.namespace('older');
    await cluster.api.create('/api/v1/namespaces/older/pods', seeds[0]!.pod('web'));
    await debug('older', 'privileged', ['--profile=sysadmin']);
    const [before] = await ephemeral('older');
    expect(before?.securityContext).to.include({ privileged: true });

    await cluster.kubectl(['label', 'namespace', 'older', 'lithopod.dev/enforce=immutable']);
    await until('label', async () => {
      const pod = seeds[0]!.pod('probe');
      const { body } = await cluster.api.createPod('older', pod, { dryRun: true });
      return weaknesses(body as never).length === 0;
    });
    await debug('older', 'second', ['--profile=sysadmin']);
    const [first, second] = await ephemeral('older');
    expect(first).to.deep.equal(before);
    expect(second?.securityContext).to.include({ readOnlyRootFilesystem: true, privileged: false });
  });

  it('copies a pod with --copy-to, and the copy is hardened too', async () => {
    const copy = ['-n', 'debugged', 'debug', 'web', '--copy-to=copy', '--image=busybox'];
    await cluster.kubectl([...copy, '--attach=false', '--profile=sysadmin', '--', 'sleep', '1d']);
    const pod = await cluster.api.readPod('debugged', 'copy');
    expect(pod.spec.containers).to.have.length(2);
    expect(weaknesses(pod)).to.deep.equal([]);
  });
});
