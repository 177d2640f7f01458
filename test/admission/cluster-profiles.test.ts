import { setTimeout as delay } from 'node:timers/promises';
import { expect } from 'chai';
import { patchOf, start, type Running } from './harness.ts';
import { bodyOf, podWith } from './reviews.ts';
import { list, profile, withWatchedApi, type Asked, type WatchedApi } from './watched-api.ts';

describe('the service with a cluster', function () {
  this.timeout(30_000);

  const withService = (
    answer: WatchedApi['answer'],
    use: (running: Running, api: WatchedApi) => Promise<void>,
  ): Promise<void> =>
    withWatchedApi(async (api) => {
      api.answer = answer;
      const running = await start({ kubeconfig: api.kubeconfig });
      try {
        await use(running, api);
      } finally {
        await running.stop();
      }
    });

  const status = async (running: Running): Promise<number> => (await running.get('/readyz')).status;

  /** Where a pod of the image may write. */
  const paths = async (running: Running, name: string): Promise<string> => {
    const containers = [{ name: 'main', image: `registry.corp/${name}` }];
    const answer = await running.send({ body: bodyOf(podWith({ containers })) });
    return JSON.stringify(patchOf(answer));
  };
  const untilWritable = (running: Running, name: string, path: string): Promise<void> =>
    until(async () => (await paths(running, name)).includes(`"mountPath":"${path}"`));

  it('is not ready before the first list has ended, however slow', async () => {
    let release: (() => void) | undefined;
    const slow = ({ isWatch, reply }: Asked): void => {
      if (!isWatch)
        release = () => {
          reply(200, list('7', [profile('shop', '/srv/shop')]));
        };
    };
    await withService(slow, async (running) => {
      await until(() => release !== undefined);
      expect(await status(running)).to.equal(503);
      release?.();
      await until(async () => (await status(running)) === 200);
      // Ready means that the profiles are in use.
      expect(await paths(running, 'shop')).to.include('"mountPath":"/srv/shop"');
      expect(await running.metric('lithopod_profiles{source="cluster"}')).to.equal(1);
    });
  });

  for (const [code, what, sentence] of [
    [
      404,
      'the kind is not installed',
      'the CustomResourceDefinition of "imageprofiles" is not installed',
    ],
    [
      403,
      'it may not read',
      'a ClusterRole has to allow the verbs "list" and "watch" on "imageprofiles"',
    ],
  ] as const) {
    it(`is ready where ${what}, says so, and looks again`, async () => {
      const refuse = ({ reply }: Asked): void => {
        reply(code, { message: 'no' });
      };
      await withService(refuse, async (running, api) => {
        await until(async () => (await status(running)) === 200);
        const errors = running.logLines().filter(({ level }) => level === 'error');
        expect(errors).to.have.length(1);
        expect(errors[0]?.['problem']).to.include(sentence);
        expect(await running.metric('lithopod_watch_up{kind="ImageProfile"}')).to.equal(0);
        expect(await running.metric('lithopod_profile_errors{source="cluster"}')).to.equal(1);
        api.answer = ({ isWatch, reply }) => {
          if (!isWatch) reply(200, list('7', [profile('shop', '/srv/shop')]));
        };
        await untilWritable(running, 'shop', '/srv/shop');
        expect(await running.metric('lithopod_watch_up{kind="ImageProfile"}')).to.equal(1);
      });
    });
  }

  it('is not ready while the API server cannot answer', async () => {
    const broken = ({ reply }: Asked): void => {
      reply(503, { message: 'starting' });
    };
    await withService(broken, async (running, api) => {
      await until(() => api.asked.length > 2);
      expect(await status(running)).to.equal(503);
    });
  });

  it('lists in pages', async () => {
    const paged = ({ isWatch, query, reply }: Asked): void => {
      if (isWatch) return;
      const isSecond = query.get('continue') === 'more';
      reply(
        200,
        isSecond
          ? list('7', [profile('b', '/srv/b')])
          : list('7', [profile('a', '/srv/a')], { continue: 'more' }),
      );
    };
    await withService(paged, async (running, api) => {
      await untilWritable(running, 'a', '/srv/a');
      await untilWritable(running, 'b', '/srv/b');
      await until(() => api.asked.some((query) => query.get('resourceVersion') === '7'));
    });
  });

  it('follows changes, and goes on from where a broken connection left it', async () => {
    const watches: Asked[] = [];
    const answer = (asked: Asked): void => {
      if (asked.isWatch) watches.push(asked);
      else asked.reply(200, list('7', [profile('shop', '/srv/shop')]));
    };
    await withService(answer, async (running, api) => {
      await until(() => watches.length === 1);
      const changed = JSON.stringify({
        type: 'MODIFIED',
        object: profile('shop', '/srv/2', 2, '8'),
      });
      watches[0]?.stream(changed.slice(0, 40));
      watches[0]?.stream(changed.slice(40), '\n');
      await untilWritable(running, 'shop', '/srv/2');
      const half = JSON.stringify({ type: 'MODIFIED', object: profile('shop', '/srv/3', 3, '9') });
      watches[0]?.stream({ type: 'BOOKMARK', object: { metadata: { resourceVersion: '12' } } });
      watches[0]?.stream(half.slice(0, 200));
      await delay(20);
      watches[0]?.destroy();
      await until(() => watches.length === 2);
      expect(api.asked.at(-1)?.get('resourceVersion')).to.equal('12');
      expect(await paths(running, 'shop')).to.include('"mountPath":"/srv/2"');
      watches[1]?.stream({ type: 'DELETED', object: profile('shop', '/srv/2', 2, '13') });
      await until(async () => !(await paths(running, 'shop')).includes('/srv/2'));
    });
  });

  for (const how of ['an event', 'a status']) {
    it(`lists again where the version is gone, by ${how}`, async () => {
      let lists = 0;
      const answer = (asked: Asked): void => {
        if (!asked.isWatch) {
          lists++;
          asked.reply(200, list('7', [profile(lists === 1 ? 'old' : 'new', '/srv/x')]));
        } else if (lists === 1) {
          const gone = { kind: 'Status', code: 410, message: 'too old' };
          if (how === 'a status') asked.reply(410, gone);
          else asked.stream({ type: 'ERROR', object: gone });
        }
      };
      await withService(answer, async (running) => {
        await untilWritable(running, 'new', '/srv/x');
        expect(await paths(running, 'old')).not.to.include('/srv/x');
        expect(running.logLines().filter(({ level }) => level === 'error')).to.deep.equal([]);
      });
    });
  }

  it('says of each how it fares, once', async () => {
    const watches: Asked[] = [];
    const answer = (asked: Asked): void => {
      if (asked.isWatch) watches.push(asked);
      else asked.reply(200, list('7', [profile('fine', '/srv/x'), profile('bad', '/etc')]));
    };
    await withService(answer, async (running, api) => {
      await until(() => api.patched.length === 2 && watches.length > 0);
      const bodies = new Map(api.patched.map(([path, body]) => [path, JSON.parse(body) as object]));
      const path = '/apis/lithopod.dev/v1alpha1/imageprofiles';
      expect([...bodies.keys()]).to.have.members([`${path}/fine/status`, `${path}/bad/status`]);
      expect(bodies.get(`${path}/bad/status`))
        .to.have.nested.property('status.conditions[0]')
        .that.includes({
          type: 'Ready',
          status: 'False',
          reason: 'Invalid',
          observedGeneration: 1,
        });
      // Another replica, of another version, says something else: there is no answer to that.
      const conditions = [
        { type: 'Ready', status: 'True', reason: 'X', message: '', observedGeneration: 1 },
      ];
      const other = { ...profile('bad', '/etc', 1, '20'), status: { conditions } };
      watches[0]?.stream({ type: 'MODIFIED', object: other });
      const stored = {
        ...profile('fine', '/srv/x', 1, '20'),
        ...bodies.get(`${path}/fine/status`),
      };
      const { metadata } = profile('fine', '/srv/x', 1, '20') as { metadata: object };
      watches[0]?.stream({ type: 'MODIFIED', object: { ...stored, metadata } });
      watches[0]?.stream({ type: 'ADDED', object: profile('bell', '/srv/bell', 1, '21') });
      await until(() => api.patched.length === 3);
      expect(api.patched.at(-1)?.[0]).to.equal(`${path}/bell/status`);
      expect(await running.metric('lithopod_unready_objects{kind="ImageProfile"}')).to.equal(1);
    });
  });

  it('does not start with a kubeconfig that is none', async () => {
    let problem = '';
    await start({ kubeconfig: '/nonexistent' }).catch((error: unknown) => {
      problem = String(error);
    });
    expect(problem).to.include('/nonexistent: cannot be read');
  });
});

async function until(condition: () => boolean | Promise<boolean>): Promise<void> {
  const deadline = Date.now() + 20_000;
  while (!(await condition())) {
    if (Date.now() > deadline) throw new Error(`it never came: ${condition.toString()}`);
    await delay(10);
  }
}
