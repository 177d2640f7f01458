import { expect } from 'chai';

import { ByteBudget } from '../../src/admission/byte-budget.ts';

describe('a budget of bytes', () => {
  /** Reserves, and records who has started. */
  function recorded(budget: ByteBudget): {
    readonly started: string[];
    readonly reserve: (name: string, bytes: number) => () => void;
  } {
    const started: string[] = [];
    return { started, reserve: (name, bytes) => budget.reserve(bytes, () => started.push(name)) };
  }

  it('lets as many start as fit, and the next when one gives back', () => {
    const { started, reserve } = recorded(new ByteBudget(10));
    const first = reserve('a', 4);
    reserve('b', 6);
    reserve('c', 1);
    expect(started).to.deep.equal(['a', 'b']);
    first();
    expect(started).to.deep.equal(['a', 'b', 'c']);
  });

  it('lets nobody pass who came later, however little they need', () => {
    const { started, reserve } = recorded(new ByteBudget(10));
    const first = reserve('a', 5);
    reserve('b', 10);
    reserve('c', 1);
    expect(started).to.deep.equal(['a']);
    first();
    expect(started).to.deep.equal(['a', 'b']);
  });

  it('lets those of lower rank pass while they wait', () => {
    const budget = new ByteBudget(10);
    const started: string[] = [];
    const first = budget.reserve(10, () => started.push('a'));
    for (const [name, rank] of [
      ['b', 5],
      ['c', 7],
      ['d', 5],
      ['e', 1],
    ] as const) {
      budget.reserve(
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
    expect([budget.tryReserve(6), budget.tryReserve(5), budget.tryReserve(4)]).to.deep.equal([
      true,
      false,
      true,
    ]);
    expect([budget.hasQueue, budget.shortfall]).to.deep.equal([false, 0]);
    let started = false;
    budget.reserve(7, () => (started = true));
    expect([budget.hasQueue, budget.shortfall]).to.deep.equal([true, 7]);
    budget.giveBack(6);
    expect([budget.tryReserve(1), budget.shortfall, started]).to.deep.equal([false, 1, false]);
    budget.giveBack(4);
    expect([budget.tryReserve(1), budget.hasQueue, started]).to.deep.equal([true, false, true]);
  });

  it('may be overdrawn by what is there already', () => {
    const budget = new ByteBudget(10);
    budget.reserveAnyway(11);
    expect([budget.isExceeded, budget.tryReserve(1)]).to.deep.equal([true, false]);
    budget.giveBack(11);
    expect([budget.isExceeded, budget.tryReserve(10)]).to.deep.equal([false, true]);
  });

  it('is given back once, however often', () => {
    const { started, reserve } = recorded(new ByteBudget(10));
    const first = reserve('a', 5);
    reserve('b', 5);
    reserve('c', 5);
    reserve('d', 5);
    first();
    first();
    expect(started).to.deep.equal(['a', 'b', 'c']);
  });

  it('forgets who gives up waiting, and lets the next pass', () => {
    const { started, reserve } = recorded(new ByteBudget(10));
    reserve('a', 5);
    const waiting = reserve('b', 10);
    reserve('c', 5);
    waiting();
    waiting();
    expect(started).to.deep.equal(['a', 'c']);
    reserve('d', 1);
    expect(started).to.deep.equal(['a', 'c']);
  });

  it('may be given back by the one who starts', () => {
    const budget = new ByteBudget(10);
    const started: number[] = [];
    for (let turn = 0; turn < 3; turn++) {
      budget.reserve(10, (release) => {
        started.push(turn);
        release();
      });
    }
    expect(started).to.deep.equal([0, 1, 2]);
  });

  it('that is given back within a start lets each start once, in order', () => {
    const budget = new ByteBudget(10);
    const started: string[] = [];
    const first = budget.reserve(10, () => started.push('a'));
    for (const name of ['b', 'c', 'd']) {
      budget.reserve(5, (release) => {
        started.push(name);
        release();
      });
    }
    first();
    expect(started).to.deep.equal(['a', 'b', 'c', 'd']);
  });
});
