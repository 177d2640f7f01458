// What `lithopod learn -n` asks of the API server, and what it makes of the answers.

import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

import { expect } from 'chai';

import { cli, type Outcome } from '../cli/run.ts';
import { status, withApi, type FakeApi, type Reply } from './api-server.ts';

const pods = '/api/v1/namespaces/shop/pods';

const look = {
  version: 1,
  pid: 1,
  seen: '2026-11-30T01:00:00Z',
  seconds: 60,
  users: [{ uid: 7, gid: 8 }],
  fileSystem: 'overlay',
  written: [
    { path: '/srv/app/x', type: 'file', change: 'unknown', uid: 7, gid: 8, mode: 420, size: 1 },
  ],
  directories: [
    {
      path: '/srv/app',
      inImage: true,
      imageEntries: 0,
      imageFiles: 0,
      touched: true,
      uid: 7,
      gid: 8,
      mode: 493,
    },
  ],
  volumes: [],
  mounts: [],
  unreadable: ['/root'],
  entries: 100,
  incomplete: false,
  cp: true,
  memory: 4_194_304,
};

interface Cluster {
  /** What each helper prints, the first one first; the last goes on. */
  readonly logs: readonly object[];
  /** The answer to each attempt to add one; undefined lets it in. */
  readonly refusals?: readonly (Reply | undefined)[];
  readonly helpers?: readonly object[];
  readonly image?: string;
  /** Of the helper that is added. */
  readonly state?: object;
}

/** A pod `web` that takes ephemeral containers, each of which ends at once. */
async function learn(
  { logs, refusals = [], helpers = [], image = 'registry.example/shop/api:1', state }: Cluster,
  args: readonly string[],
  use: (outcome: Outcome, api: FakeApi) => void | Promise<void>,
): Promise<void> {
  let added = helpers.length;
  let tries = 0;
  const names = (): readonly string[] =>
    Array.from({ length: added }, (_, index) =>
      index === 0 ? 'lithopod-learn' : `lithopod-learn-${index + 1}`,
    );
  const pod = (): object => ({
    metadata: { name: 'web', namespace: 'shop' },
    spec: {
      containers: [{ name: 'main', image }],
      ephemeralContainers: names().map((name) => ({ name, targetContainerName: 'main' })),
    },
    status: {
      phase: 'Running',
      containerStatuses: [{ name: 'main', state: { running: {} } }],
      ephemeralContainerStatuses: names().map((name) => ({
        name,
        state: state ?? { terminated: { exitCode: 0 } },
      })),
    },
  });
  const answer = (path: string, query: URLSearchParams): Reply | undefined => {
    if (path === pods) return { body: { items: [pod()], metadata: {} } };
    if (path === `${pods}/web`) return { body: pod() };
    if (path === `${pods}/web/ephemeralcontainers`) {
      const refusal = refusals[tries++];
      if (refusal === undefined) added++;
      return refusal ?? { body: {} };
    }
    const number = names().indexOf(query.get('container') ?? '');
    return { body: `${JSON.stringify(logs[Math.min(number, logs.length - 1)])}\n` };
  };
  await withApi(answer, async (api) => {
    const named = args.includes('--all') ? [] : ['web'];
    const all = ['learn', '-n', 'shop', ...named, '--kubeconfig', api.kubeconfig, ...args];
    await use(await cli(all), api);
  });
}

const patches = ({ asked }: FakeApi): number =>
  asked.filter((each) => each.startsWith('PATCH')).length;

describe('lithopod learn -n', () => {
  it('adds a helper, reads its log, and prints the draft', async () => {
    await learn({ logs: [look] }, [], ({ code, stdout, stderr }, api) => {
      expect(code, stderr).to.equal(0);
      expect(stdout).to.contain('- path: /srv/app').and.to.contain('uid: 7');
      expect(stderr).to.contain('/root could not be read');
      expect(stderr).to.contain('with 4.0 MiB of memory');
      expect(patches(api)).to.equal(1);
    });
  });

  it('reads the log of a helper that was there, and adds none', async () => {
    await learn({ logs: [look], helpers: [{}] }, [], ({ code, stderr }, api) => {
      expect(code, stderr).to.equal(0);
      expect(stderr).to.contain('its log was read again');
      expect(patches(api)).to.equal(0);
    });
  });

  it('looks as the user that the first helper found', async () => {
    const denied = { ...look, problem: 'open /proc/1/root: permission denied' };
    await learn({ logs: [denied, look] }, [], ({ code, stderr }, api) => {
      expect(code, stderr).to.equal(0);
      expect(stderr).to.contain('lithopod-learn-2');
      expect(patches(api)).to.equal(2);
    });
  });

  it('says so where no user is shown the root', async () => {
    const denied = { ...look, problem: 'open /proc/1/root: permission denied' };
    await learn({ logs: [denied] }, [], ({ code, stdout, stderr }, api) => {
      expect(code).to.equal(2);
      expect(stdout).to.equal('');
      expect(stderr).to.contain('cannot be looked at: open /proc/1/root: permission denied');
      expect(stderr).to.contain('7:8');
      expect(patches(api)).to.equal(2);
    });
  });

  it('tries without root where admission refuses that', async () => {
    const refusal = status(
      403,
      'pods "web" is forbidden: violates PodSecurity "restricted:latest"',
    );
    await learn({ logs: [look], refusals: [refusal] }, [], ({ code, stderr }, api) => {
      expect(code, stderr).to.equal(0);
      expect(patches(api)).to.equal(2);
    });
  });

  it('names the right that is missing', async () => {
    const refusal = status(
      403,
      'pods "web" is forbidden: User "a" cannot patch resource "pods/ephemeralcontainers" in API group "" in the namespace "shop"',
    );
    await learn({ logs: [look], refusals: [refusal] }, [], ({ code, stderr }, api) => {
      expect(code).to.equal(2);
      expect(stderr).to.contain(
        'a Role of the namespace "shop" has to allow the verb "patch" on "pods/ephemeralcontainers"',
      );
      expect(patches(api)).to.equal(1);
    });
  });

  it('says why the helper does not start', async () => {
    const state = { waiting: { reason: 'ImagePullBackOff', message: 'not found' } };
    await learn({ logs: [look], state }, [], ({ code, stderr }) => {
      expect(code).to.equal(2);
      expect(stderr).to.contain('cannot start: ImagePullBackOff: not found');
    });
  });

  it('merges into a profile, with its comments', async () => {
    await learn({ logs: [look] }, ['--all', '-o', 'json'], async ({ code, stdout }, api) => {
      expect(code).to.equal(0);
      const { version, drafts } = JSON.parse(stdout) as {
        version: number;
        drafts: { profile: string }[];
      };
      expect(version).to.equal(1);
      const file = join(api.folder, 'profile.yaml');
      const known = drafts[0]!.profile.replace('path: /srv/app', 'path: /srv/other # mine');
      await writeFile(file, known);
      const args = ['learn', '-n', 'shop', 'web', '--kubeconfig', api.kubeconfig, '--merge', file];
      const merged = await cli(args);
      expect(merged.code, merged.stderr).to.equal(0);
      expect(merged.stdout).to.contain('path: /srv/other # mine').and.to.contain('path: /srv/app');
      expect(await readFile(file, 'utf8')).to.equal(known);
    });
  });

  for (const [name, args] of Object.entries({
    'no pod': ['-n', 'shop'],
    'a pod and all': ['-n', 'shop', 'web', '--all'],
    'a pod and a selector': ['-n', 'shop', 'web', '-l', 'a=b'],
    'a duration of another form': ['-n', 'shop', 'web', '--watch', 'a day'],
    'no seconds': ['-n', 'shop', 'web', '--timeout', '0'],
    'a file that is not there': ['-n', 'shop', 'web', '--merge', '/nonexistent.yaml'],
    'no cluster': ['web'],
  })) {
    it(`refuses ${name}`, async () => {
      const { code, stdout, stderr } = await cli(['learn', ...args]);
      expect(code).to.equal(2);
      expect(stdout).to.equal('');
      expect(stderr).to.match(/error: /);
    });
  }
});
