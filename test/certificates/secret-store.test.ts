import { once } from 'node:events';
import { setTimeout as delay } from 'node:timers/promises';

import { expect } from 'chai';

import { makeKeeper } from '../../src/certificates/keeper.ts';
import { decoded } from '../../src/certificates/state.ts';
import { openTlsSecret } from '../../src/certificates/secret-store.ts';
import { success } from '../../src/core/values/result.ts';
import { SimulatedCluster } from './cluster.ts';

const silent = { info: () => undefined, error: () => undefined };

describe('openTlsSecret', function () {
  this.timeout(30_000);

  it('takes a pending certificate before its own ends, without being told again', async () => {
    const cluster = new SimulatedCluster(() => performance.now());
    const keeper = makeKeeper({
      store: cluster.store(),
      // No authority is established while this runs, so that each certificate stays pending.
      lifetimes: { authorityMs: 3_600_000, leafMs: 5_000, publishAheadMs: 3_600_000 },
      hosts: ['lithopod.lithopod-system.svc'],
      log: silent,
      now: Date.now,
      monotonicNow: () => performance.now(),
    });
    let tell = (): void => undefined;
    await keeper.look();
    const store = await openTlsSecret({
      name: 'lithopod-system/lithopod-tls',
      read: () => Promise.resolve(success(cluster.secret && { data: cluster.secret })),
      watch: (onChange) => {
        tell = onChange;
        return () => undefined;
      },
      log: silent,
      ended: new AbortController().signal,
    });
    if (!store.ok) throw new Error('no certificate');
    const first = store.value.current();

    cluster.putSecret(undefined);
    await keeper.look();
    tell();
    await store.value.reload();
    expect(decoded(cluster.secret ?? {}, 'pending')).to.equal('true');
    expect(store.value.current()).to.equal(first);

    const changed = new EventTarget();
    store.value.onChange(() => changed.dispatchEvent(new Event('change')));
    await Promise.race([once(changed, 'change'), delay(20_000, undefined, { ref: false })]);
    expect(store.value.current().certificate).to.equal(decoded(cluster.secret ?? {}, 'tls.crt'));
    expect(store.value.current()).not.to.equal(first);
    store.value.close();
  });
});
