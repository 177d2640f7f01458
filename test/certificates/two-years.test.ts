/**
 * Two years in the life of the certificates, with a clock that the test moves: keepers, replicas
 * that read late, and an API server and people who do what they do.
 */
import { expect } from 'chai';

import { defaultLifetimes } from '../../src/certificates/lifecycle.ts';
import { makeKeeper, type Keeper } from '../../src/certificates/keeper.ts';
import { decoded } from '../../src/certificates/state.ts';
import { isTrusted } from '../../src/tls/chain.ts';
import { randomFrom } from '../documents/random-text.ts';
import type { TlsPair } from '../../src/tls/pair.ts';
import { SimulatedCluster, SimulatedReplica } from './cluster.ts';

const minute = 60_000;
const hour = 60 * minute;
const day = 24 * hour;
const { publishAheadMs } = defaultLifetimes;
const start = Date.UTC(2027, 0, 1);
/** How late a replica may read the Secret. */
const lateMs = 12 * hour;

describe('two years of certificates', function () {
  this.timeout(120_000);

  for (const seed of [1, 2]) {
    it(`are served as API servers trust them, whatever happens (seed ${seed})`, async () => {
      const random = randomFrom(seed);
      const between = (from: number, to: number): number => from + random(to - from + 1);
      let elapsed = 0;
      /** How far the wall clock is off. */
      let skew = 0;
      const now = (): number => start + elapsed + skew;
      const cluster = new SimulatedCluster(() => elapsed);
      const hosts = ['lithopod.lithopod-system.svc'] as const;
      const newKeeper = (): Keeper =>
        makeKeeper({
          store: cluster.store(),
          lifetimes: defaultLifetimes,
          hosts: [hosts[0]],
          log: { info: () => undefined, error: () => undefined },
          now,
          monotonicNow: () => elapsed,
        });

      // What happens next, and when: the keepers' looks, the replicas' readings, the accidents.
      const events: { at: number; readonly run: () => Promise<void> | void }[] = [];
      const later = (delay: number, run: () => Promise<void> | void): void => {
        events.push({ at: elapsed + delay, run });
      };

      const keepers = [newKeeper(), newKeeper()];
      const looks: number[] = [0, 0];
      const look = async (index: number): Promise<void> => {
        const number = ++looks[index]!;
        const wait = await keepers[index]!.look();
        readSoon();
        // A look that something else brought forward takes the place of this one.
        const isStopped = cluster.refuses || cluster.isAway;
        later(isStopped ? 4 * hour : Math.min(wait, day), async () => {
          if (looks[index] === number) await look(index);
        });
      };
      const lookNow = async (): Promise<void> => {
        for (const index of keepers.keys()) await look(index);
      };

      const replicas = [new SimulatedReplica(), new SimulatedReplica()];
      let seen = '';
      /** Each replica reads a change some time after it. */
      const readSoon = (): void => {
        const text = JSON.stringify(cluster.secret);
        if (text === seen) return;
        seen = text;
        for (const index of replicas.keys()) {
          later(random(5) > 0 ? between(0, 2_000) : between(0, lateMs), () => {
            replicas[index]!.read(cluster.secret, now());
          });
        }
      };

      // What was trusted stays so with the same bundle until the leaf expires: not verified again.
      let trusted = new Map<string, number>();
      const verify = (pair: TlsPair, bundle: string, at: string): void => {
        const key = pair.certificate + bundle;
        const since = trusted.get(key);
        if (since !== undefined && since <= now() && now() < pair.expiry.getTime()) return;
        expect(isTrusted(pair.certificate, bundle, now()), at).to.be.true;
        if (trusted.size > 100) trusted = new Map();
        trusted.set(key, now());
      };

      const counts = { leaves: new Set<string>(), authorities: new Set<string>(), checks: 0 };
      const check = (): void => {
        const before = cluster.publishedBefore(publishAheadMs);
        const latest = cluster.publishedBefore(0);
        for (const { pair, isProvisional } of replicas) {
          if (pair === undefined || isProvisional) continue;
          counts.checks++;
          counts.leaves.add(pair.certificate);
          const at = `${new Date(now()).toISOString()}, day ${elapsed / day}`;
          verify(pair, before, `ten minutes ago: ${at}`);
          verify(pair, latest, at);
        }
        for (const { bundle } of cluster.history.splice(0, cluster.history.length - 20)) {
          for (const block of bundle.split('-----END')) counts.authorities.add(block);
        }
      };

      const accidents: readonly (() => Promise<void> | void)[] = [
        async () => {
          cluster.putSecret(undefined);
          await lookNow();
        },
        async () => {
          const keys = Object.keys(cluster.secret ?? {});
          const key = keys[random(keys.length)] ?? 'tls.crt';
          cluster.putSecret({ ...cluster.secret, [key]: random(2) === 0 ? '' : 'Z2FyYmxlZA==' });
          readSoon();
          await lookNow();
        },
        () => {
          if (cluster.refuses) return;
          cluster.refuses = true;
          later(between(minute, day), async () => {
            cluster.refuses = false;
            await lookNow();
          });
        },
        () => {
          if (cluster.isAway) return;
          cluster.isAway = true;
          later(between(minute, day), async () => {
            cluster.isAway = false;
            await lookNow();
          });
        },
        () => {
          skew = between(-hour / 2, hour / 2);
        },
        async () => {
          const index = random(keepers.length);
          keepers[index] = newKeeper();
          await look(index);
        },
        () => {
          const index = random(replicas.length);
          replicas[index] = new SimulatedReplica();
          replicas[index].read(cluster.secret, now());
        },
        async () => {
          cluster.putBundles(undefined);
          await lookNow();
          later(between(minute, hour), async () => {
            cluster.putBundles(['', '', '']);
            await lookNow();
          });
        },
      ];
      const nextAccident = (): void => {
        later(between(0, 6 * day), async () => {
          await accidents[random(accidents.length)]!();
          nextAccident();
        });
      };

      await lookNow();
      for (const replica of replicas) replica.read(cluster.secret, now());
      nextAccident();
      while (elapsed < 2 * 365 * day) {
        const index = events.reduce((a, { at }, b) => (at < events[a]!.at ? b : a), 0);
        const [event] = events.splice(index, 1);
        elapsed = Math.max(elapsed, event!.at);
        await event!.run();
        check();
      }
      expect(counts.leaves.size).to.be.greaterThan(100);
      expect(counts.authorities.size).to.be.greaterThan(3);
      expect(decoded(cluster.secret ?? {}, 'ca.crt').match(/BEGIN/g)?.length).to.be.within(1, 8);
    });
  }
});
