import { closeSync, mkdtempSync, openSync, readFileSync, rmSync, statSync } from 'node:fs';
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

  /** The file's text once it is as long as expected, or after two seconds. */
  async function written(length: number): Promise<string> {
    for (let turn = 0; turn < 100 && statSync(file).size < length; turn++) await delay(20);
    return readFileSync(file, 'utf8');
  }

  const lineOf = (index: number, length: number): string =>
    `${index} ${index % 3 === 0 ? 'é€😀' : 'x'}${'y'.repeat(length)}\n`;

  for (const [name, count, length] of [
    ['short lines', 5_000, 40],
    ['lines of which few fit together', 40, 9_000],
    ['lines longer than what is gathered', 5, 70_000],
  ] as const) {
    it(`writes ${name} whole and in order`, async () => {
      const lines = Array.from({ length: count }, (_, index) => lineOf(index, length));
      const expected = lines.join('');
      const sink = openSink(fd);
      for (const line of lines) sink.write(line);
      // Not told as a difference of texts: there are megabytes of them.
      expect((await written(Buffer.byteLength(expected))) === expected).to.equal(true);
    });
  }

  it('writes a line that comes alone soon', async () => {
    openSink(fd).write('alone\n');
    expect(await written(1)).to.equal('alone\n');
  });

  it('writes what waits before flush returns', async () => {
    const sink = openSink(fd);
    sink.write('alone\n');
    sink.flush();
    // What was handed to the system before is on its way.
    sink.write('last\n');
    sink.flush();
    expect(readFileSync(file, 'utf8')).to.include('last\n');
    expect((await written(11)).split('\n')).to.have.members(['alone', 'last', '']);
  });
});
