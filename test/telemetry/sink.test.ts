import { closeSync, mkdtempSync, openSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { expect } from 'chai';
import { openSink } from '../../src/telemetry/sink.ts';

describe('the sink of the log', () => {
  let folder: string;
  let file: string;
  let fd: number;

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'lithopod-sink-'));
    file = join(folder, 'log');
    fd = openSync(file, 'a');
  });

  afterEach(() => {
    closeSync(fd);
    rmSync(folder, { recursive: true });
  });

  const lineOf = (index: number, length: number): string =>
    `${index} ${index % 3 === 0 ? 'é€😀' : 'x'}${'y'.repeat(length)}\n`;

  for (const [name, count, length] of [
    ['short lines', 5_000, 40],
    ['lines of which few fit together', 40, 9_000],
    ['lines longer than what is gathered', 5, 70_000],
  ] as const) {
    it(`writes ${name} whole and in order`, async () => {
      const lines = Array.from({ length: count }, (_, index) => lineOf(index, length));
      const sink = openSink(fd);
      for (const line of lines) sink.write(line);
      await delay(20);
      sink.flush();
      expect(readFileSync(file, 'utf8') === lines.join('')).to.equal(true);
    });
  }

  it('writes a line that comes alone soon', async () => {
    const sink = openSink(fd);
    sink.write('alone\n');
    for (let turn = 0; turn < 100 && readFileSync(file, 'utf8') === ''; turn++) await delay(20);
    expect(readFileSync(file, 'utf8')).to.equal('alone\n');
  });
});
