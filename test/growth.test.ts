/**
 * Hardening costs in proportion to the pod. Time cannot be tested, but what is read can be counted:
 * the pod is given as proxies that count, and four times the pod may cause no more than about four
 * times the reads. A loop over one list inside a loop over another would cause sixteen times as
 * many.
 */
import { expect } from 'chai';
import { loadCatalogue } from '../src/profile-files/catalogue-files.ts';
import { defaultPolicy } from '../src/core/context/context.ts';
import { harden } from '../src/core/harden.ts';
import { readPod } from '../src/core/pod/read-pod.ts';
import { aimedPods } from './hostile/aimed-pods.ts';
import type { Catalogue } from '../src/core/catalogue/match/catalogue.ts';
import type { Level } from '../src/core/findings/finding.ts';

/**
 * The value with every read of a property or of a list of keys counted, in it and in all that it
 * holds.
 */
function counting<T extends object>(value: T): { readonly value: T; readonly reads: () => number } {
  let reads = 0;
  const proxies = new WeakMap<object, object>();
  const wrap = (given: unknown): unknown => {
    if (typeof given !== 'object' || given === null) return given;
    // The same proxy for the same object: hardening tells what changed by identity.
    let proxy = proxies.get(given);
    if (proxy === undefined) {
      proxy = new Proxy(given, handler);
      proxies.set(given, proxy);
    }
    return proxy;
  };
  const handler: ProxyHandler<object> = {
    get(target, key, receiver) {
      reads++;
      return wrap(Reflect.get(target, key, receiver));
    },
    ownKeys(target) {
      reads++;
      return Reflect.ownKeys(target);
    },
  };
  return { value: wrap(value) as T, reads: () => reads };
}

function readsOf(pod: object, level: Level, catalogue: Catalogue): number {
  const counted = counting(pod);
  const read = readPod(counted.value);
  if (!read.ok) return counted.reads();
  const { patch } = harden(read.value, catalogue, { ...defaultPolicy, level });
  // The patch is read by who sends it.
  JSON.stringify(patch);
  return counted.reads();
}

describe('the cost of hardening, in reads of the pod', () => {
  let catalogue: Catalogue;

  before('load the catalogue', async () => {
    const loaded = await loadCatalogue();
    if (!loaded.ok) throw new Error(loaded.problems[0]?.message);
    catalogue = loaded.value;
  });

  it('is counted: a quadratic loop would show', () => {
    const { value, reads } = counting({ list: [{ name: 'a' }, { name: 'b' }, { name: 'c' }] });
    for (const { name } of value.list) value.list.find((each) => each.name === name);
    const once = counting({ list: [{ name: 'a' }, { name: 'b' }, { name: 'c' }] });
    for (const { name } of once.value.list) expect(name).to.be.a('string');
    expect(reads()).to.be.greaterThan(2 * once.reads());
  });

  const growth = (name: string, level: Level): number => {
    const shape = aimedPods[name]!;
    // Distinct objects each time: nothing may be known from the first.
    const [small, large] = [4_000, 16_000].map((bytes) => readsOf(shape(bytes), level, catalogue));
    return large! / small!;
  };

  for (const name of Object.keys(aimedPods)) {
    for (const level of ['immutable', 'restricted'] as const) {
      it(`grows with the pod at ${level}: ${name}`, () => {
        expect(growth(name, level)).to.be.lessThan(5.5);
      });
    }
  }
});
