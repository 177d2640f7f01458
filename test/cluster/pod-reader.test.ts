import { expect } from 'chai';
import { readConnection } from '../../src/cluster/kubeconfig.ts';
import { openPodReader } from '../../src/cluster/pod-reader.ts';
import { status, withApi } from './api-server.ts';
import type { PodReader } from '../../src/cluster/pod-reader.ts';
import type { Reply } from './api-server.ts';

function reader(kubeconfig: string): PodReader {
  const connection = readConnection({ kubeconfig }, {});
  if (!connection.ok) throw new Error('no connection');
  return openPodReader(connection.value);
}

/** The one problem of reading a pod, for an answer of the server. */
async function problem(reply: Reply): Promise<unknown> {
  return withApi(
    () => reply,
    async ({ kubeconfig }) => {
      const read = await reader(kubeconfig).readPod('shop', 'web');
      return read.ok ? 'read' : read.problems;
    },
  );
}

describe('the reader of pods', () => {
  it('gets the pod, its logs and events, its template and namespace, and does nothing else', async () => {
    await withApi(
      (path) => ({ body: path.endsWith('/log') ? 'a log' : { kind: 'Thing', items: [] } }),
      async ({ kubeconfig, asked }) => {
        const read = reader(kubeconfig);
        expect(await read.readPod('shop', 'web')).to.deep.equal({
          ok: true,
          value: { kind: 'Thing', items: [] },
        });
        for (const previous of [false, true]) {
          const log = await read.readLog('shop', 'web', 'main', previous);
          expect(log).to.deep.equal({ ok: true, value: 'a log' });
        }
        expect(await read.listEvents('shop', 'web', 'u-1')).to.deep.equal({ ok: true, value: [] });
        const owner = { apiVersion: 'apps/v1', kind: 'ReplicaSet', name: 'web-1', uid: 'u-2' };
        const source = { owner, api: 'apis/apps/v1', plural: 'replicasets', name: 'web-1' };
        for (const thing of [
          await read.readTemplateSource('shop', source),
          await read.readNamespace('shop'),
        ]) {
          expect(thing).to.deep.equal({ ok: true, value: { kind: 'Thing', items: [] } });
        }
        expect(asked).to.deep.equal([
          'GET /api/v1/namespaces/shop/pods/web',
          'GET /api/v1/namespaces/shop/pods/web/log?container=main&tailLines=1000&limitBytes=4194304',
          'GET /api/v1/namespaces/shop/pods/web/log?container=main&tailLines=1000&limitBytes=4194304&previous=true',
          'GET /api/v1/namespaces/shop/events?fieldSelector=involvedObject.kind%3DPod%2CinvolvedObject.name%3Dweb%2CinvolvedObject.uid%3Du-1&limit=500',
          'GET /apis/apps/v1/namespaces/shop/replicasets/web-1',
          'GET /api/v1/namespaces/shop',
        ]);
      },
    );
  });

  it('takes no name for a part of the path', async () => {
    await withApi(
      () => undefined,
      async ({ kubeconfig, asked }) => {
        await reader(kubeconfig).readPod('a/b', '../secrets/x?y');
        expect(asked).to.deep.equal(['GET /api/v1/namespaces/a%2Fb/pods/..%2Fsecrets%2Fx%3Fy']);
      },
    );
  });

  it('names what is missing: the pod, the right, the credentials', async () => {
    expect(await problem(status(404, 'pods "web" not found'))).to.deep.equal([
      {
        kind: 'not-found',
        message: 'there is no pod "web" in the namespace "shop" (pods "web" not found)',
      },
    ]);
    expect(await problem(status(403, 'pods "web" is forbidden: no'))).to.deep.equal([
      {
        kind: 'forbidden',
        message:
          'may not read pod "web": a Role of the namespace "shop" has to allow the verb "get" on "pods" (pods "web" is forbidden: no)',
      },
    ]);
    expect(await problem(status(401, 'Unauthorized')))
      .to.have.nested.property('[0].message')
      .that.matches(/^http:\S+ does not accept the credentials of the context "here"$/);
  });

  it('does not take a missing node for a missing pod', async () => {
    await withApi(
      () => status(404, 'nodes "gone" not found'),
      async ({ kubeconfig }) => {
        const log = await reader(kubeconfig).readLog('shop', 'web', 'main', false);
        expect(log).to.have.nested.property(
          'problems[0].message',
          'the log of container "main" cannot be read: nodes "gone" not found (HTTP 404)',
        );
      },
    );
  });

  it('tells of answers that are none of the API server’s', async () => {
    expect(await problem({ status: 502, body: '<html>Bad Gateway' })).to.deep.equal([
      { kind: 'refused', message: 'pod "web" cannot be read: <html>Bad Gateway (HTTP 502)' },
    ]);
    expect(await problem({ body: '<html>' })).to.deep.equal([
      { kind: 'refused', message: 'pod "web" cannot be read: the answer is not JSON' },
    ]);
    expect(await problem({ body: 'x'.repeat(9 * 1024 * 1024) }))
      .to.have.nested.property('[0].message')
      .that.matches(/the answer is larger than 8388608 bytes$/);
  });

  it('tells that nobody listens', async () => {
    const { url, read } = await withApi(
      () => undefined,
      ({ url, kubeconfig }) => Promise.resolve({ url, read: reader(kubeconfig) }),
    );
    expect(await read.readPod('shop', 'web')).to.deep.equal({
      ok: false,
      problems: [
        {
          kind: 'unreachable',
          message: `cannot reach ${url} (context "here"): connect ECONNREFUSED ${url.slice(7)}`,
        },
      ],
    });
  });

  it('takes the log of a container that has not run for an empty one, and no other refusal', async () => {
    const logs = async (message: string): Promise<unknown> =>
      withApi(
        () => status(400, message),
        async ({ kubeconfig }) => reader(kubeconfig).readLog('shop', 'web', 'main', true),
      );
    const empty = { ok: true, value: '' };
    expect(
      await logs('container "main" in pod "web" is waiting to start: ContainerCreating'),
    ).to.deep.equal(empty);
    expect(await logs('previous terminated container "main" in pod "web" not found')).to.deep.equal(
      empty,
    );
    expect(await logs('pod web does not have a host assigned')).to.deep.equal({
      ok: false,
      problems: [
        {
          kind: 'refused',
          message:
            'the log of container "main" cannot be read: pod web does not have a host assigned (HTTP 400)',
        },
      ],
    });
  });
});
