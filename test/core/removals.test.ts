import { expect } from 'chai';
import { takeOutRemovals } from '../../src/core/shell/removals.ts';
import type { Verdict } from '../../src/core/shell/removals.ts';

/** Below /tmp files may be removed; what is relative is somewhere. */
function judge(path: string): Verdict {
  if (!path.startsWith('/')) return 'unknown';
  return path.startsWith('/tmp/') ? 'keep' : 'take-out';
}

function script(text: string): unknown {
  const { command, unclear } = takeOutRemovals(['sh', '-c', text], judge);
  return { script: command?.[2], unclear };
}

describe('takeOutRemovals', () => {
  describe('of a command without a shell', () => {
    for (const [command, expected] of [
      [['rm', '/bin/bash'], undefined],
      [['/bin/rm', '-rf', '--', '/bin/bash', '/bin/sh'], undefined],
      [['unlink', '/bin/bash'], undefined],
      [['busybox', 'rm', '/bin/bash'], undefined],
      [
        ['rm', '-f', '/bin/bash', '/tmp/x'],
        ['rm', '-f', '/tmp/x'],
      ],
      [
        ['rm', '--', '/bin/bash', '/tmp/x'],
        ['rm', '--', '/tmp/x'],
      ],
      // A file may have the name of an option or of the program: what stands where decides.
      [
        ['/bin/rm', '--', '/bin/rm', '/tmp/x'],
        ['/bin/rm', '--', '/tmp/x'],
      ],
    ] as const) {
      it(command.join(' '), () => {
        const result = takeOutRemovals(command, judge);
        expect(result.command).to.deep.equal(expected);
        expect(result).to.include({ changed: true, unclear: false });
      });
    }

    for (const command of [
      ['rm', '/tmp/x'],
      ['rm', '-f'],
      ['cat', '/bin/rm'],
      ['sh', 'rm', '/bin/bash'],
      ['sh', '-c'],
      ['sh', '-e'],
      ['sh', '-c', 'echo r m; cat /bin/bash'],
      [],
    ]) {
      it(`leaves ${command.join(' ') || 'nothing'}`, () => {
        const result = takeOutRemovals(command, judge);
        expect(result.command).to.equal(command);
        expect(result).to.deep.include({ changed: false, unclear: false, removed: [] });
      });
    }

    it('says of a relative path that it cannot be told', () => {
      const result = takeOutRemovals(['rm', 'bash'], judge);
      expect(result).to.deep.include({ changed: false, unclear: true });
      expect(takeOutRemovals(['rm', 'bash', '/bin/sh'], judge)).to.deep.include({
        command: ['rm', 'bash'],
        unclear: true,
        removed: ['/bin/sh'],
      });
    });
  });

  describe('finds the script of a shell', () => {
    for (const words of [
      ['sh', '-c'],
      ['/bin/bash', '-ec'],
      ['bash', '-e', '-c'],
      ['bash', '-c', '-e'],
      ['bash', '-o', 'pipefail', '-c'],
      ['bash', '-euo', 'pipefail', '-c'],
      ['bash', '--norc', '-c', '--'],
      ['busybox', 'sh', '-c'],
    ]) {
      it(words.join(' '), () => {
        const result = takeOutRemovals([...words, 'rm /bin/bash; ls', 'rm /bin/bash; ls'], judge);
        expect(result.command).to.deep.equal([...words, 'true; ls', 'rm /bin/bash; ls']);
      });
    }

    it('where -C is not -c', () => {
      const command = ['sh', '-C', 'rm /bin/bash'];
      expect(takeOutRemovals(command, judge).command).to.equal(command);
    });
  });

  describe('of a script that does nothing else, takes all', () => {
    for (const text of [
      'rm /bin/bash',
      ' rm  -f "/bin/bash" \'/bin/sh\' ',
      'rm /bin/bash && rm /bin/sh || true',
      'set -e\nrm /bin/bash\nexit 0',
      'set -eo pipefail; rm /bin/bash',
      'rm /bin/bash 2>/dev/null',
      'rm /bin/bash > /dev/null 2>&1',
      'rm /bin/bash>/dev/null',
      'rm /bin/bash &>/dev/null || :',
      '/usr/bin/unlink "/bin/b"ash # gone',
    ]) {
      it(JSON.stringify(text), () => {
        expect(script(text)).to.deep.equal({ script: undefined, unclear: false });
      });
    }
  });

  describe('of a script', () => {
    for (const [text, expected] of [
      ['rm /bin/bash && curl localhost', 'true && curl localhost'],
      ['rm -f /bin/a "/bin/b c"; touch /tmp/x', 'true; touch /tmp/x'],
      ['[ ! -f /bin/bash ] || rm /bin/bash', '[ ! -f /bin/bash ] || true'],
      // Each line is a simple command, whatever stands around it.
      ['if ls\nthen\nrm /bin/bash\nfi', 'if ls\nthen\ntrue\nfi'],
      ['rm /bin/bash /tmp/x', 'rm /tmp/x'],
      ['rm /bin/bash /tmp/x > /dev/null', 'rm /tmp/x > /dev/null'],
      ['rm /tmp/x 2> /dev/null /bin/bash; ls', 'rm /tmp/x 2> /dev/null; ls'],
      ['rm -- /bin/bash /tmp/x', 'rm -- /tmp/x'],
      ['rm /bin/bash # not /bin/sh\nls', 'true # not /bin/sh\nls'],
      ['rm /tmp/* /bin/bash', 'rm /tmp/*'],
      ['sleep 5; rm /bin/bash', 'sleep 5; true'],
    ] as const) {
      it(JSON.stringify(text), () => {
        expect(script(text)).to.deep.equal({ script: expected, unclear: false });
      });
    }
  });

  describe('leaves a script', () => {
    for (const text of [
      '# rm /bin/bash',
      'rm /tmp/x',
      'rm -rf /tmp/*',
      'rmdir /bin/x',
      'for each in $(perform --all); do confirm "$each"; done',
      '',
    ]) {
      it(JSON.stringify(text), () => {
        expect(script(text)).to.deep.equal({ script: text, unclear: false });
      });
    }
  });

  describe('says that it does not understand', () => {
    for (const text of [
      'rm $FILE',
      'rm "$FILE"',
      'rm /bin/ba??',
      'rm /usr/bin/$NAME',
      'rm ~/x',
      'cd /bin && rm bash',
      'find /bin -exec rm {} +',
      'ls /bin | xargs rm',
      'sudo -n rm /bin/bash',
      'sh -c "rm /bin/bash"',
      'eval "rm /bin/bash"',
      'cat <<EOF\nrm /bin/bash\nEOF',
      // The parts of these could be told apart, but nobody writes them.
      'if rm /bin/bash; then ls; fi',
      '! rm /bin/bash || ls',
      '(rm /bin/bash) & wait',
      '{ rm /bin/bash; ls; }',
      'ls | rm /bin/bash',
      'echo $(rm /bin/bash)',
      'f() { rm /bin/bash; }; f',
      'case a in a) rm /bin/bash;; esac',
      'LANG=C rm /bin/bash; ls',
      'exec rm /bin/bash',
      'busybox rm /bin/bash; ls',
      'rm -v /bin/bash > /tmp/log; cat /tmp/log',
      'rm /bin/bash 2>&3',
      'rm \\\n /bin/bash \\\n /tmp/x',
      '/usr/bin/unlink /bin/b\\ash',
      'rm "/tmp/$NAME"',
      'rm /bin/bash\u00a0/tmp/x',
      "rm '/bin/bash",
      'r\\m /bin/bash',
      'un\\\nlink /bin/bash',
      'rm $A; rm /bin/bash',
      // These remove nothing: a warning too much.
      'echo rm /bin/bash',
      "echo 'rm /bin/bash'",
      'command -v rm',
    ]) {
      it(JSON.stringify(text), () => {
        expect(script(text)).to.deep.equal({ script: text, unclear: true });
      });
    }

    it('and takes out of plain commands beside it what it does understand', () => {
      const text = 'find /bin -name rm; rm a /bin/bash; ls';
      const expected = 'find /bin -name rm; rm a; ls';
      expect(script(text)).to.deep.equal({ script: expected, unclear: true });
    });
  });

  it('sees a removal through quotes in its name', () => {
    for (const text of [`r"m" /bin/a`, `r''m /bin/a`, `'/bin/un'link /bin/a`]) {
      expect(takeOutRemovals(['sh', '-c', text], judge).removed, text).to.deep.equal(['/bin/a']);
    }
  });

  it('takes out more files than a call has arguments', () => {
    const text = `rm ${'/bin/a '.repeat(200_000)}`;
    expect(takeOutRemovals(['sh', '-c', text], judge).removed).to.have.length(200_000);
  });

  it('names what is no longer removed, as it was asked about it', () => {
    expect(
      takeOutRemovals(['sh', '-c', 'rm "/bin/a" /tmp/b; rm /bin/c'], judge).removed,
    ).to.deep.equal(['/bin/a', '/bin/c']);
  });

  it('takes time in proportion to the text', () => {
    const plain = 'rm "a"\'b\'/bin/c>/dev/null;'.repeat(50_000) + '#'.repeat(50_000);
    expect(takeOutRemovals(['sh', '-c', plain], judge).unclear).to.equal(true);
    for (const open of ['"', "'", '\\', '<', '2', '>', '&>  ']) {
      const text = `rm /bin/a ${open.repeat(200_001)}`;
      expect(takeOutRemovals(['sh', '-c', text], judge).changed, open).to.equal(open === '2');
    }
  });
});
