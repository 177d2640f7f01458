import { once, EventEmitter } from 'node:events';
import { expect } from 'chai';
import { makeLog } from '../../src/telemetry/log.ts';
import { isExpired, logExpiry, watchExpiry } from '../../src/tls/expiry.ts';
import { recordedLog } from '../admission/harness.ts';

const dayMs = 24 * 60 * 60 * 1000;
const expiry = new Date('2030-03-01T00:00:00Z');

function told(daysLeft: number): readonly object[] {
  const { log, lines } = recordedLog();
  logExpiry(expiry, log, expiry.getTime() - daysLeft * dayMs);
  return lines();
}

describe('the expiry of a certificate', () => {
  it('is no matter for the log until its last three weeks', () => {
    expect(told(21)).to.deep.equal([]);
    expect(told(3650)).to.deep.equal([]);
  });

  it('is an error in the last three weeks, with the days that are left', () => {
    const [line] = told(20.5);
    expect(line).to.include({ level: 'error', days: 20, expires: '2030-03-01T00:00:00.000Z' });
    expect(told(0.5)[0]).to.include({ level: 'error', days: 0 });
  });

  it('is an error once it is over', () => {
    for (const daysLeft of [0, -1]) {
      const [line] = told(daysLeft);
      expect(line).to.include({ level: 'error', expires: '2030-03-01T00:00:00.000Z' });
      expect(line).to.have.property('message').that.includes('has expired');
    }
    expect(isExpired(expiry, expiry.getTime())).to.equal(true);
    expect(isExpired(expiry, expiry.getTime() - 1)).to.equal(false);
  });

  it('is told again and again, of the certificate that is served by then', async () => {
    const lines = new EventEmitter();
    const log = makeLog({ level: 'error', sink: { write: (line) => lines.emit('line', line) } });
    const dates = [new Date(0), new Date(dayMs)];
    const first = once(lines, 'line');
    const end = watchExpiry(() => dates.shift() ?? new Date(2 * dayMs), log, 1);
    try {
      expect(String(await first)).to.include('1970-01-01');
      expect(String(await once(lines, 'line'))).to.include('1970-01-02');
    } finally {
      end();
    }
  });
});
