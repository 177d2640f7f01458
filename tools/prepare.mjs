/**
 * What npm runs after `npm ci`, and where it makes the package of a clone: the build. `npm install
 * -g` of a repository, as pre-commit does it, runs it without the development packages, since npm
 * passes its -g on to the installation inside: then they are installed first.
 */
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import process from 'node:process';

const isWindows = process.platform === 'win32';

function npm(...argv) {
  const { status } = spawnSync('npm', [...argv, '--global=false'], {
    stdio: 'inherit',
    shell: isWindows,
  });
  if (status !== 0) process.exit(status ?? 1);
}

if (!existsSync('node_modules/tsx')) npm('ci', '--include=dev', '--ignore-scripts', '--no-audit');
npm('run', 'build');
