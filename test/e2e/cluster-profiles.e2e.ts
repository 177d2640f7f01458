// ImageProfiles that people apply, and what becomes of the pods that come next.

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import { parse, stringify } from 'yaml';

import { startFollowingWebhook } from './following-webhook.ts';
import { until, type Installation } from './installation.ts';
import { cli } from '../cli/run.ts';
import type { Api } from './scenarios/api.ts';
import { startOurWebhook, type OurWebhook } from './scenarios/our-webhook.ts';
import { installedObjects, list } from './scenarios/cluster.ts';
import type { ControlPlane } from './control-plane/control-plane.ts';

const path = '/apis/lithopod.dev/v1alpha1/imageprofiles';
const evidence = [{ kind: 'source', ref: 'example/x Dockerfile', seen: '2026-11-29' }];
const namespace = 'cluster-profiles';
const manifests = join(import.meta.dirname, '../../manifests');
/** Which the overlay with a certificate of ours leaves out. */
const crds = ['05-crd-imageprofile.yaml', '06-crd-exemption.yaml'].map((file) =>
  join(manifests, file),
);
/** The webhook gets no other rights here than these. */
const rights = join(manifests, '26-rights-profiles.yaml');

interface Stored {
  readonly metadata: { readonly generation: number };
  readonly status?: {
    readonly conditions: readonly {
      readonly type: string;
      readonly status: string;
      readonly reason: string;
      readonly message: string;
      readonly observedGeneration: number;
      readonly lastTransitionTime: string;
    }[];
  };
}

function profile(name: string, spec: object): object {
  return {
    apiVersion: 'lithopod.dev/v1alpha1',
    kind: 'ImageProfile',
    metadata: { name },
    spec: { images: [`registry.corp/${name}`], evidence, ...spec },
  };
}

const writes = (at: string): object => ({ writable: [{ path: at, why: 'state' }] });

describe('profiles of the cluster', () => {
  let installation: Installation;
  let plane: ControlPlane;
  let api: Api;
  let webhook: OurWebhook;
  let kubeconfig: string;

  before(async () => {
    const started = await startFollowingWebhook([...crds, rights]);
    ({ installation, api, webhook, kubeconfig } = started);
    ({ plane } = installation);
    const objects = await installedObjects(installation, webhook.port);
    const webhooks = objects.filter(({ kind }) => kind.startsWith('Mutating'));
    await installation.kubectl(['apply', '-f', '-'], list(webhooks));
    await installation.namespace(namespace, { 'lithopod.dev/enforce': 'immutable' });
    await until('hardening', async () => (await pathsFor('nginx')).length > 0);
  });
  after(async () => {
    await webhook.stop();
    api.close();
    await installation.stop();
  });

  /** What a pod of the image gets to write to. */
  const pathsFor = async (image: string): Promise<readonly string[]> => {
    const pod = {
      apiVersion: 'v1',
      kind: 'Pod',
      metadata: { name: 'pod' },
      spec: { containers: [{ name: 'main', image }] },
    };
    const { body } = await api.createPod(namespace, pod, { dryRun: true });
    const { spec } = body as {
      spec?: { containers: { volumeMounts?: { mountPath: string }[] }[] };
    };
    return (spec?.containers[0]?.volumeMounts ?? []).map(({ mountPath }) => mountPath);
  };

  const apply = async (object: object): Promise<void> => {
    const { code, stderr } = await installation.kubectl(
      ['apply', '--server-side', '-f', '-'],
      object,
    );
    expect(code, stderr).to.equal(0);
  };
  const remove = (name: string): Promise<unknown> => api.call('DELETE', `${path}/${name}`);

  const conditionOf = async (name: string) => {
    const { body } = await api.call('GET', `${path}/${name}`);
    const stored = body as Stored;
    const [condition] = stored.status?.conditions ?? [];
    return condition?.observedGeneration === stored.metadata.generation ? condition : undefined;
  };
  const untilReason = (name: string, reason: string): Promise<void> =>
    until(`${reason} of ${name}`, async () => (await conditionOf(name))?.reason === reason);

  it('harden pods as soon as they are applied, and say that they do', async () => {
    await apply(profile('shop', writes('/srv/shop')));
    await until('the profile', async () =>
      (await pathsFor('registry.corp/shop')).includes('/srv/shop'),
    );
    await untilReason('shop', 'InUse');
    expect(await conditionOf('shop')).to.deep.include({ type: 'Ready', status: 'True' });
    expect(await webhook.metrics()).to.include('lithopod_profiles{source="cluster"} 1');
    const { stdout } = await installation.kubectl(['get', 'iprof', 'shop']);
    expect(stdout).to.match(/\nshop +True +InUse +\["registry\.corp\/shop"\] /);
  });

  it('are taken again where they change', async () => {
    await apply(profile('shop', writes('/srv/other')));
    await until('the change', async () =>
      (await pathsFor('registry.corp/shop')).includes('/srv/other'),
    );
    await untilReason('shop', 'InUse');
  });

  it('are not ready where they have a problem, while the others go on', async () => {
    await apply(profile('broken', { data: [{ path: '/etc/ssl', why: 'certificates' }] }));
    await untilReason('broken', 'Invalid');
    expect(await conditionOf('broken')).to.include({ status: 'False' });
    expect((await conditionOf('broken'))?.message).to.include('/etc/ssl/certs');
    expect(await pathsFor('registry.corp/shop')).to.include('/srv/other');
    expect(await webhook.metrics()).to.include('lithopod_unready_objects{kind="ImageProfile"} 1');
    await apply(profile('broken', writes('/srv/fixed')));
    await untilReason('broken', 'InUse');
  });

  it('beat the built-in ones, which come back with their end', async () => {
    const before = await pathsFor('nginx');
    await apply(profile('our-nginx', { images: ['docker.io/library/nginx'], ...writes('/srv/n') }));
    await until('the profile', async () => (await pathsFor('nginx')).includes('/srv/n'));
    await untilReason('our-nginx', 'InPlaceOfAnother');
    await remove('our-nginx');
    await until('the built-in one', async () => !(await pathsFor('nginx')).includes('/srv/n'));
    expect(await pathsFor('nginx')).to.deep.equal(before);
  });

  it('of two for the same images leave the older one', async () => {
    await apply(profile('one', { images: ['registry.corp/same'], ...writes('/srv/one') }));
    await untilReason('one', 'InUse');
    await apply(profile('another', { images: ['registry.corp/same'], ...writes('/srv/two') }));
    // Of one second the first by name holds.
    const older = (await createdAt('one')) === (await createdAt('another')) ? 'another' : 'one';
    const younger = older === 'one' ? 'another' : 'one';
    await untilReason(younger, 'OlderProfileHolds');
    await untilReason(older, 'InUse');
    await remove(older);
    await untilReason(younger, 'InUse');
  });

  const createdAt = async (name: string): Promise<string> => {
    const { body } = await api.call('GET', `${path}/${name}`);
    return (body as { metadata: { creationTimestamp: string } }).metadata.creationTimestamp;
  };

  it('are written to once by each replica, whose conditions are the same', async () => {
    await apply(profile('calm', writes('/srv/calm')));
    await untilReason('calm', 'InUse');
    const { body: first } = await api.call('GET', `${path}/calm`);
    const second = await startOurWebhook(readSecret(), plane.dir, { kubeconfig });
    await until('the list', () =>
      Promise.resolve(
        second.log.some(({ message }) => message === 'profiles of the cluster taken'),
      ),
    );
    // Both see this change, and whatever either wrote before it.
    await apply(profile('bell', writes('/srv/bell')));
    await untilReason('bell', 'InUse');
    const { body: last } = await api.call('GET', `${path}/calm`);
    expect(last).to.deep.equal(first);
    await second.stop();
  });

  const readSecret = (): string => {
    const read = (name: string): string => readFileSync(join(plane.dir, name)).toString('base64');
    return stringify({ data: { 'tls.crt': read('tls.crt'), 'tls.key': read('tls.key') } });
  };

  it('stay in use while the API server is away, and are followed when it is back', async () => {
    await plane.restartApiServer();
    await until('hardening', async () =>
      (await pathsFor('registry.corp/shop')).includes('/srv/other'),
    );
    await apply(profile('shop', writes('/srv/third')));
    await until('the change', async () =>
      (await pathsFor('registry.corp/shop')).includes('/srv/third'),
    );
    await until('the watch', async () =>
      (await webhook.metrics()).includes('lithopod_watch_up{kind="ImageProfile"} 1'),
    );
  });

  it('are pushed and pulled by the command line', async () => {
    const choice = ['--kubeconfig', plane.kubeconfig];
    const text = stringify(profile('pushed', writes('/srv/pushed')));
    const push = (...more: readonly string[]) =>
      cli(['profiles', 'push', '-', ...choice, ...more], { stdin: text });
    expect(await push('--dry-run')).to.include({
      code: 0,
      stdout: 'imageprofile/pushed applied (dry run)\n',
    });
    expect((await api.call('GET', `${path}/pushed`)).status).to.equal(404);
    expect(await push()).to.include({ code: 0, stdout: 'imageprofile/pushed applied\n' });
    await untilReason('pushed', 'InUse');
    const pulled = await cli(['profiles', 'pull', 'pushed', ...choice]);
    // The API server keeps the fields of a map in an order of its own.
    expect(parse(pulled.stdout)).to.deep.equal(parse(text));
    const all = await cli(['profiles', 'pull', ...choice]);
    expect(all.stdout).to.include('name: shop').and.not.include('conditions');
    // Another manager has set the same field to another value.
    await apply(profile('pushed', { user: { uid: 7, gid: 7 } }));
    const other = { stdin: stringify(profile('pushed', { user: { uid: 8, gid: 7 } })) };
    const conflict = await cli(['profiles', 'push', '-', ...choice], other);
    expect(conflict).to.include({ code: 1, stdout: '' });
    expect(conflict.stderr).to.include('.spec.user.uid').and.include('--force-conflicts');
    const forced = await cli(['profiles', 'push', '-', '--force-conflicts', ...choice], other);
    expect(forced).to.include({ code: 0, stderr: '' });
    // One that the lint refuses is not even sent.
    const wrong = { stdin: stringify(profile('wrong', { data: [{ path: '/etc', why: 'x' }] })) };
    const refused = await cli(['profiles', 'push', '-', ...choice], wrong);
    expect(refused).to.include({ code: 2, stdout: '' });
    expect(refused.stderr).to.include('system directory');
    expect(await cli(['profiles', 'pull', 'nobody', ...choice])).to.include({ code: 2 });
  });

  it('are all that the service account may do anything with', async () => {
    const { stdout } = await plane.kubectl([
      ...['auth', 'can-i', '--list', '--no-headers'],
      '--as=system:serviceaccount:lithopod-system:lithopod',
      '--as-group=system:serviceaccounts',
    ]);
    const ours = stdout.split('\n').filter((line) => line.includes('lithopod.dev'));
    expect(ours.map((line) => line.replace(/ +/g, ' ').trim()).sort()).to.deep.equal([
      'exemptions.lithopod.dev [] [] [get list watch]',
      'exemptions.lithopod.dev/status [] [] [patch]',
      'imageprofiles.lithopod.dev [] [] [get list watch]',
      'imageprofiles.lithopod.dev/status [] [] [patch]',
    ]);
  });

  it('that cannot be read are said to be so, and the webhook is ready all the same', async () => {
    await installation.kubectl(['delete', '-f', rights]);
    const other = await startOurWebhook(readSecret(), plane.dir, { kubeconfig });
    await until('the error', () =>
      Promise.resolve(
        other.log.some(
          ({ level, problem }) => level === 'error' && String(problem).includes('imageprofiles'),
        ),
      ),
    );
    expect(await other.metrics()).to.include('lithopod_watch_up{kind="ImageProfile"} 0');
    await installation.kubectl(['apply', '-f', rights]);
    await until('the watch', async () =>
      (await other.metrics()).includes('lithopod_watch_up{kind="ImageProfile"} 1'),
    );
    await until('the profiles', async () =>
      /lithopod_profiles\{source="cluster"\} [1-9]/.test(await other.metrics()),
    );
    await other.stop();
  });
});
