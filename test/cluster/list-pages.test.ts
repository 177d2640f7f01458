import { expect } from 'chai';
import { readConnection } from '../../src/cluster/kubeconfig.ts';
import { listObjectPages } from '../../src/cluster/list-pages.ts';
import { status, withApi } from './api-server.ts';
import type { Reply } from './api-server.ts';

/** Together more than is read of one answer. */
const pods = Array.from({ length: 40 }, (_, index) => ({
  metadata: { name: `p${index}`, annotations: { long: 'x'.repeat(400_000) } },
}));

function page(query: URLSearchParams): Reply {
  const from = Number(query.get('continue') ?? 0);
  const to = from + Number(query.get('limit'));
  const next = to < pods.length ? { continue: String(to) } : {};
  return { body: { metadata: next, items: pods.slice(from, to) } };
}

async function names(answer: (query: URLSearchParams) => Reply): Promise<readonly string[]> {
  return withApi(
    (_, query) => answer(query),
    async ({ kubeconfig }) => {
      const connection = readConnection({ kubeconfig }, {});
      if (!connection.ok) throw new Error('no kubeconfig');
      const about = { path: '/api/v1/pods', what: 'the pods', resource: 'pods' };
      const found: string[] = [];
      for await (const each of listObjectPages(connection.value, about, 500)) {
        if (!each.ok) return each.problems.map(({ kind, message }) => `${kind}: ${message}`);
        const items = each.value.items as readonly { readonly metadata: { name: string } }[];
        found.push(...items.map(({ metadata }) => metadata.name));
      }
      return found;
    },
  );
}

describe('a list in pages', function () {
  this.timeout(20_000);

  it('asks for smaller pages where one is more than is read', async () => {
    expect(await names(page)).to.deep.equal(pods.map(({ metadata }) => metadata.name));
  });

  it('gives up where one object alone is', async () => {
    const [first] = await names(() => ({ body: 'x'.repeat(9 * 1024 * 1024) }));
    expect(first).to.match(/^too-large: cannot reach .*: the answer is larger than 8388608 bytes$/);
  });

  it('says which right is missing for the whole cluster', async () => {
    const [first] = await names(() => status(403, 'no'));
    expect(first).to.equal(
      'forbidden: may not read the pods: a ClusterRole has to allow the verb "list" on "pods" (no)',
    );
  });
});
