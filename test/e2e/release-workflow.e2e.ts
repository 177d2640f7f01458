// The workflow that publishes, read by the linter of GitHub's workflows. The first run builds it.

import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';

import { expect } from 'chai';

const actionlint = 'github.com/rhysd/actionlint/cmd/actionlint@v1.7.12';

describe('the release workflow', () => {
  it('has no fault that actionlint knows', async () => {
    const workflow = join(import.meta.dirname, '../../.github/workflows/release.yml');
    const { stdout } = await promisify(execFile)('go', ['run', actionlint, workflow], {
      timeout: 280_000,
    });
    expect(stdout).to.equal('');
  });
});
