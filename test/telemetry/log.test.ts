import { Writable } from 'node:stream';

import { expect } from 'chai';

import type { LogLevel } from '../../src/telemetry/levels.ts';
import { makeLog, type Log } from '../../src/telemetry/log.ts';

function logged(level: LogLevel, write: (log: Log) => void): string[] {
  const chunks: string[] = [];
  const stream = new Writable({
    write(chunk: Buffer, _encoding, done) {
      chunks.push(chunk.toString());
      done();
    },
  });
  write(makeLog({ level, sink: stream }));
  return chunks;
}

describe('makeLog', () => {
  it('writes one JSON line with time, level and message first', () => {
    const lines = logged('info', (log) => {
      log.info('review', { uid: 'a', rules: ['x', 'y'], dryRun: true, milliseconds: 0.5 });
    });
    expect(lines).to.have.length(1);
    expect(lines[0]).to.match(/^[^\n]+\n$/);
    const line = JSON.parse(lines[0]!) as Record<string, unknown>;
    expect(Object.keys(line)).to.deep.equal([
      'time',
      'level',
      'message',
      'uid',
      'rules',
      'dryRun',
      'milliseconds',
    ]);
    expect(line['time']).to.match(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/);
    expect(line).to.include({ level: 'info', message: 'review', uid: 'a', milliseconds: 0.5 });
  });

  it('keeps a line break in a field from making a second line', () => {
    const [line, ...others] = logged('info', (log) => {
      log.info('review', { name: 'a\n{"level":"error"}' });
    });
    expect(others).to.be.empty;
    expect(line!.trimEnd()).not.to.include('\n');
  });

  it('does not take a field for a format', () => {
    const [line] = logged('info', (log) => {
      log.info('review', { name: '%d', rules: ['%s'] });
    });
    expect(JSON.parse(line!)).to.deep.include({ name: '%d', rules: ['%s'] });
  });

  for (const [level, count] of [
    ['error', 1],
    ['warn', 2],
    ['info', 3],
    ['debug', 4],
  ] as const) {
    it(`writes ${count} of the four levels at ${level}`, () => {
      const lines = logged(level, (log) => {
        log.error('e');
        log.warn('w');
        log.info('i');
        log.debug('d');
      });
      expect(lines).to.have.length(count);
    });
  }
});
