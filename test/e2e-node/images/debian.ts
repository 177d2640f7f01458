// Which Debian the images are made of: the release and the mirrors of this machine.

import { readFile } from 'node:fs/promises';

import { runCommand } from '../../e2e/control-plane/owned-process.ts';

export interface Debian {
  /** Such as `bookworm`. */
  readonly release: string;
  /** Such as `12`. */
  readonly version: string;
  /** Where the release itself comes from. */
  readonly mirror: string;
  /** The lines of a sources.list, for binary and source packages, with updates and security. */
  readonly sources: readonly string[];
}

const APT_MS = 60_000;

/**
 * Reads what apt of this machine is set to use; `undefined` where this machine is no Debian with a
 * mirror.
 */
export async function readDebian(): Promise<Debian | undefined> {
  const release = await osRelease();
  const codename = release.get('VERSION_CODENAME');
  if (release.get('ID') !== 'debian' || codename === undefined) return undefined;
  const targets = await indexTargets();
  const own = targets.filter(
    ({ origin, release }) => origin === 'Debian' && release.startsWith(codename),
  );
  const mirror = own.find(({ release }) => release === codename)?.site;
  if (mirror === undefined) return undefined;
  const sources = own.flatMap(({ site, release, component }) =>
    ['deb', 'deb-src'].map((type) => `${type} ${site} ${release} ${component}`),
  );
  return { release: codename, version: release.get('VERSION_ID') ?? '', mirror, sources };
}

async function osRelease(): Promise<Map<string, string>> {
  const text = await readFile('/etc/os-release', 'utf8').catch(() => '');
  const pairs = text.split('\n').map((line) => /^(\w+)="?([^"]*)"?$/.exec(line));
  return new Map(pairs.flatMap((pair) => (pair ? [[pair[1] ?? '', pair[2] ?? '']] : [])));
}

interface Target {
  readonly site: string;
  readonly release: string;
  readonly component: string;
  readonly origin: string;
}

async function indexTargets(): Promise<readonly Target[]> {
  const format = '$(SITE) $(RELEASE) $(COMPONENT) $(ORIGIN)';
  const { stdout } = await runCommand(
    'apt-get',
    ['indextargets', 'Created-By: Packages', '--format', format],
    { timeoutMs: APT_MS },
  );
  return stdout
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => {
      const [site = '', release = '', component = '', origin = ''] = line.split(' ');
      return { site, release, component, origin };
    });
}
