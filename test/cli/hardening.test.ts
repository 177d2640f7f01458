import { Readable } from 'node:stream';
import { expect } from 'chai';
import { hardenInputs } from '../../src/cli/input/hardening.ts';
import { collect } from '../collect.ts';
import { testProfiles, toolPod, withFolder } from './run.ts';
import type { Io } from '../../src/cli/terminal/io.ts';

const io: Io = {
  stdin: Readable.from([]),
  stdinIsTerminal: true,
  stdout: () => undefined,
  stderr: () => undefined,
  colour: { stdout: false, stderr: false },
  columns: undefined,
  stderrColumns: undefined,
  debug: false,
};

const flags = {
  level: 'immutable',
  unprofiled: 'default',
  masking: 'probes',
  profiles: [testProfiles],
  mirror: [],
  progress: false,
} as const;

describe('hardening many files', function () {
  // A collection takes as long as the tests before have left objects.
  this.timeout(60_000);

  it('keeps no file that it is done with', async () => {
    const files = Object.fromEntries(
      Array.from({ length: 40 }, (_, index) => [`${index}.yaml`, toolPod(`pod-${index}`)]),
    );
    await withFolder(files, async (folder) => {
      const seen: WeakRef<object>[] = [];
      let most = 0;
      const inputs = await hardenInputs([folder], flags, io, async ({ file }) => {
        seen.push(new WeakRef(file));
        // A weak reference holds on until the turn in which it was asked is over.
        await new Promise(setImmediate);
        collect();
        most = Math.max(most, seen.filter((each) => each.deref() !== undefined).length);
        await new Promise(setImmediate);
        return file.name;
      });
      expect(inputs.ok && inputs.value.results).to.have.length(40);
      expect(most).to.be.lessThan(5);
    });
  });

  it('takes every file that can be read, and tells of all others', async () => {
    const files = {
      'a.yaml': toolPod('a'),
      'b.yaml': 'b: [',
      'c.yaml': toolPod('c'),
      'd.yaml': '}',
    };
    await withFolder(files, async (folder) => {
      const taken: string[] = [];
      const inputs = await hardenInputs([folder], flags, io, ({ source }) => {
        taken.push(source.name);
      });
      expect(taken).to.deep.equal([`${folder}/a.yaml`, `${folder}/c.yaml`]);
      expect(inputs.ok && inputs.value.problems.map(({ file }) => file)).to.deep.equal([
        `${folder}/b.yaml`,
        `${folder}/d.yaml`,
      ]);
    });
  });
});
