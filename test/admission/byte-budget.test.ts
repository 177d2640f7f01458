import { expect } from 'chai';

import { ByteBudget } from '../../src/admission/byte-budget.ts';

describe('a budget of bytes', () => {
  /** Holds, and notes who has started. */
  function holding(budget: ByteBudget): {
    readonly started: string[];
    readonly hold: (name: string, bytes: number) => () => void;
  } {
    const started: string[] = [];
    return { started, hold: (name, bytes) => budget.hold(bytes, () => started.push(name)) };
  }

  it('lets as many start as fit, and the next when one gives back', () => {
    const { started, hold } = holding(new ByteBudget(10));
    const first = hold('a', 4);
    hold('b', 6);
    hold('c', 1);
    expect(started).to.deep.equal(['a', 'b']);
    first();
    expect(started).to.deep.equal(['a', 'b', 'c']);
  });

  it('lets nobody pass who came later, however little they need', () => {
    const { started, hold } = holding(new ByteBudget(10));
    const first = hold('a', 5);
    hold('b', 10);
    hold('c', 1);
    expect(started).to.deep.equal(['a']);
    first();
    expect(started).to.deep.equal(['a', 'b']);
  });

  it('lets those of lower rank pass while they wait', () => {
    const budget = new ByteBudget(10);
    const started: string[] = [];
    const first = budget.hold(10, () => started.push('a'));
    for (const [name, rank] of [
      ['b', 5],
      ['c', 7],
      ['d', 5],
      ['e', 1],
    ] as const) {
      budget.hold(
        10,
        (release) => {
          started.push(name);
          release();
        },
        rank,
      );
    }
    first();
    expect(started).to.deep.equal(['a', 'e', 'b', 'd', 'c']);
  });

  it('is taken at once or not, and never ahead of those that wait', () => {
    const budget = new ByteBudget(10);
    expect([budget.take(6), budget.take(5), budget.take(4)]).to.deep.equal([true, false, true]);
    expect([budget.crowded, budget.missing]).to.deep.equal([false, 0]);
    let started = false;
    budget.hold(7, () => (started = true));
    expect([budget.crowded, budget.missing]).to.deep.equal([true, 7]);
    budget.give(6);
    expect([budget.take(1), budget.missing, started]).to.deep.equal([false, 1, false]);
    budget.give(4);
    expect([budget.take(1), budget.crowded, started]).to.deep.equal([true, false, true]);
  });

  it('may be overdrawn by what is there already', () => {
    const budget = new ByteBudget(10);
    budget.add(11);
    expect([budget.overdrawn, budget.take(1)]).to.deep.equal([true, false]);
    budget.give(11);
    expect([budget.overdrawn, budget.take(10)]).to.deep.equal([false, true]);
  });

  it('is given back once, however often', () => {
    const { started, hold } = holding(new ByteBudget(10));
    const first = hold('a', 5);
    hold('b', 5);
    hold('c', 5);
    hold('d', 5);
    first();
    first();
    expect(started).to.deep.equal(['a', 'b', 'c']);
  });

  it('forgets who gives up waiting, and lets the next pass', () => {
    const { started, hold } = holding(new ByteBudget(10));
    hold('a', 5);
    const waiting = hold('b', 10);
    hold('c', 5);
    waiting();
    waiting();
    expect(started).to.deep.equal(['a', 'c']);
    hold('d', 1);
    expect(started).to.deep.equal(['a', 'c']);
  });

  it('may be given back by the one who starts', () => {
    const budget = new ByteBudget(10);
    const started: number[] = [];
    for (let turn = 0; turn < 3; turn++) {
      budget.hold(10, (release) => {
        started.push(turn);
        release();
      });
    }
    expect(started).to.deep.equal([0, 1, 2]);
  });

  it('that is given back within a start lets each start once, in order', () => {
    const budget = new ByteBudget(10);
    const started: string[] = [];
    const first = budget.hold(10, () => started.push('a'));
    for (const name of ['b', 'c', 'd']) {
      budget.hold(5, (release) => {
        started.push(name);
        release();
      });
    }
    first();
    expect(started).to.deep.equal(['a', 'b', 'c', 'd']);
  });
});
