/** `-k` where kustomize and kubectl are not there, or fail; with a real one in test/e2e. */
import { chmod } from 'node:fs/promises';
import { join } from 'node:path';
import { expect } from 'chai';
import { cli, toolPod, withFolder } from './run.ts';
import type { Outcome } from './run.ts';

/** Runs with just these programs on the PATH, each a script of sh. */
async function withPrograms(
  programs: Readonly<Record<string, string>>,
  argv: readonly string[],
): Promise<Outcome> {
  const files = Object.fromEntries(
    Object.entries(programs).map(([name, body]) => [name, `#!/bin/sh\n${body}\n`]),
  );
  return withFolder({ ...files, 'pod.yaml': toolPod('a') }, async (folder) => {
    for (const name of Object.keys(programs)) await chmod(join(folder, name), 0o755);
    const path = process.env['PATH'];
    process.env['PATH'] = folder;
    try {
      return await cli(argv);
    } finally {
      process.env['PATH'] = path;
    }
  });
}

const build = `[ "$*" = "build -- overlay" ] && while read -r line; do echo "$line"; done <<'END'
{"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "a"}, "spec": {"containers": [{"name": "a", "image": "nginx"}]}}
END`;

describe('-k', () => {
  it('reads what kustomize builds, and prefers it to kubectl', async () => {
    const programs = { kustomize: build, kubectl: 'exit 9' };
    for (const [command, code] of [
      ['harden', 0],
      ['check', 1],
      ['explain', 0],
    ] as const) {
      const outcome = await withPrograms(programs, [command, '-k', 'overlay']);
      expect(outcome.code, outcome.stderr).to.equal(code);
      expect(outcome.stdout).to.contain('nginx');
    }
  });

  it('says what to do where neither is there', async () => {
    const { code, stdout, stderr } = await withPrograms({}, ['check', '-k', 'overlay']);
    expect({ code, stdout }).to.deep.equal({ code: 2, stdout: '' });
    expect(stderr).to.equal(
      '<kustomize overlay>: error: cannot be built: neither kustomize nor kubectl is on the PATH; pipe in what it is built to, where they are: kustomize build overlay | lithopod check -\n',
    );
  });

  it('says what kubectl says, in bounds', async () => {
    const long =
      'echo "error: no such folder" >&2; i=0; while [ $i -lt 999 ]; do echo 0123456789 >&2; i=$((i+1)); done; exit 1';
    const { code, stderr } = await withPrograms({ kubectl: long }, ['check', '-k', '--flag']);
    expect(code).to.equal(2);
    expect(stderr).to.match(/^<kustomize --flag>: error: kubectl: no such folder/);
    expect(stderr.length).to.be.below(5000);
  });

  it('goes with no file, and with no --in-place', async () => {
    for (const argv of [
      ['check', '-k', 'overlay', 'pod.yaml'],
      ['check', '-k', 'overlay', '-f', 'pod.yaml'],
      ['harden', '-i', '-k', 'overlay'],
    ]) {
      const { code, stdout } = await withPrograms({ kustomize: build }, argv);
      expect({ code, stdout }).to.deep.equal({ code: 2, stdout: '' });
    }
  });
});
