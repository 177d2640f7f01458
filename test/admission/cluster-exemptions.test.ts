import { setTimeout as delay } from 'node:timers/promises';
import { expect } from 'chai';
import { exemptionStatus, nextChange, stateOf } from '../../src/admission/exemption-status.ts';
import { parseExemption } from '../../src/core/exemptions/parse.ts';
import type { KubernetesObject } from '../../src/cluster/informer.ts';
import { patchOf, start, type Running } from './harness.ts';
import { bodyOf, podWith } from './reviews.ts';
import { exemption, list, withWatchedApi, type Asked, type WatchedApi } from './watched-api.ts';

const agent = {
  containers: [
    { name: 'main', image: 'registry.corp/agent:1', securityContext: { privileged: true } },
  ],
};
const request = { namespace: 'shop' };

describe('the Exemptions of the cluster', function () {
  this.timeout(30_000);

  const withService = (
    answer: WatchedApi['answerExemptions'],
    use: (running: Running, api: WatchedApi) => Promise<void>,
  ): Promise<void> =>
    withWatchedApi(async (api) => {
      api.answer = ({ isWatch, reply }) => {
        if (!isWatch) reply(200, list('1', []));
      };
      api.answerExemptions = answer;
      const running = await start({ kubeconfig: api.kubeconfig });
      try {
        await use(running, api);
      } finally {
        await running.stop();
      }
    });
  const ready = (running: Running) =>
    until(async () => (await running.get('/readyz')).status === 200);

  /** Whether a new pod loses its privileges. */
  const isHardened = async (running: Running, more: object = {}): Promise<boolean> => {
    const answer = await running.send({ body: bodyOf(podWith(agent), { ...request, ...more }) });
    return JSON.stringify(patchOf(answer)).includes(
      '"/spec/containers/0/securityContext/privileged"',
    );
  };

  const granting =
    (...objects: object[]) =>
    ({ isWatch, reply }: Asked): void => {
      if (!isWatch) reply(200, list('7', objects));
    };

  it('spare the pods of their namespace, as soon as the service is ready', async () => {
    await withService(granting(exemption('agent')), async (running) => {
      await ready(running);
      expect(await isHardened(running)).to.equal(false);
      expect(await isHardened(running, { namespace: 'other' })).to.equal(true);
      expect(await running.metric('lithopod_exemptions{state="in-force"}')).to.equal(1);
      expect(
        await running.metric(
          'lithopod_findings_total{rule="no-privileged",outcome="skipped",code="exempted",mode="enforce",level="immutable"}',
        ),
      ).to.equal(1);
    });
  });

  it('are none where the kind is not installed: the service is ready, and hardens', async () => {
    const missing = ({ reply }: Asked): void => {
      reply(404, { message: 'no' });
    };
    await withService(missing, async (running) => {
      await ready(running);
      expect(await isHardened(running)).to.equal(true);
      const [error] = running.logLines().filter(({ level }) => level === 'error');
      expect(error?.['message']).to.include('exemptions of the cluster cannot be read');
    });
  });

  it('keep a service from being ready before their first list has ended', async () => {
    let release: (() => void) | undefined;
    const slow = ({ isWatch, reply }: Asked): void => {
      if (!isWatch)
        release = () => {
          reply(200, list('7', [exemption('agent')]));
        };
    };
    await withService(slow, async (running) => {
      await until(() => release !== undefined);
      await delay(200);
      expect((await running.get('/readyz')).status).to.equal(503);
      release?.();
      await ready(running);
      expect(await isHardened(running)).to.equal(false);
    });
  });

  it('end at their time, without a word from the API server', async () => {
    const expires = new Date(Date.now() + 3_000).toISOString().slice(0, 19) + 'Z';
    await withService(granting(exemption('agent', { expires })), async (running, api) => {
      await ready(running);
      expect(await isHardened(running)).to.equal(false);
      await until(() => isHardened(running));
      await until(() => api.patched.some(([, body]) => body.includes('"Ended"')));
      expect(await running.metric('lithopod_exemptions{state="ended"}')).to.equal(1);
    });
  });

  it('count no more when they are deleted', async () => {
    const watches: Asked[] = [];
    const answer = (asked: Asked): void => {
      if (asked.isWatch) watches.push(asked);
      else asked.reply(200, list('7', [exemption('agent')]));
    };
    await withService(answer, async (running) => {
      await ready(running);
      await until(() => watches.length > 0);
      watches[0]?.stream({ type: 'DELETED', object: exemption('agent') });
      await until(() => isHardened(running));
    });
  });

  it('count for nothing where they cannot be read, and say so', async () => {
    const broken = exemption('broken', { images: ['**'] });
    await withService(granting(broken, exemption('agent')), async (running, api) => {
      await ready(running);
      expect(await isHardened(running)).to.equal(false);
      await until(() => api.patched.length === 2);
      const bodies = new Map(api.patched);
      const path = '/apis/lithopod.dev/v1alpha1/namespaces/shop/exemptions';
      expect(bodies.get(`${path}/broken/status`))
        .to.include('"Invalid"')
        .and.include('images.0');
      expect(bodies.get(`${path}/agent/status`)).to.include('"InForce"');
      expect(await running.metric('lithopod_unready_objects{kind="Exemption"}')).to.equal(1);
    });
  });

  it('say which pods they let through, but not of a dry run or another mode', async () => {
    await withService(granting(exemption('agent')), async (running, api) => {
      await ready(running);
      const send = (more: object, path?: string) =>
        running.send({
          body: bodyOf(podWith(agent), { ...request, ...more }),
          ...(path !== undefined && { path }),
        });
      await send({ name: 'dry', dryRun: true });
      await send({ name: 'audited' }, '/mutate/audit/immutable');
      await send({ name: 'agent-1' });
      await send({ name: 'agent-1' });
      await until(() => api.patched.some(([, body]) => body.includes('agent-1')));
      const [, body = ''] = api.patched.findLast(([, text]) => text.includes('agent-1')) ?? [];
      const { status } = JSON.parse(body) as {
        status: { recentPods: { name: string; rules: string[] }[]; conditions: { type: string }[] };
      };
      expect(status.recentPods.map(({ name, rules }) => ({ name, rules }))).to.deep.equal([
        { name: 'agent-1', rules: ['no-privileged'] },
      ]);
      expect(status.conditions.map(({ type }) => type)).to.deep.equal(['Ready', 'Matched']);
    });
  });
});

describe('the status of an Exemption', () => {
  const now = Date.parse('2026-12-01T00:00:00Z');
  const of = (expires: string) => parseExemption(exemption('agent', { expires }));
  const day = 24 * 60 * 60_000;

  for (const [expires, state, next] of [
    ['2026-12-31', 'in-force', now + 17 * day],
    ['2026-12-14', 'ending', now + 14 * day],
    ['2026-12-01T00:00:00Z', 'ended', Infinity],
    ['nonsense', 'invalid', Infinity],
  ] as const) {
    it(`until ${expires}: ${state}`, () => {
      expect(stateOf(of(expires), now)).to.equal(state);
      expect(nextChange(of(expires), now)).to.equal(next);
    });
  }

  it('keeps the pods that another replica wrote, the latest ten of all', () => {
    const pod = (name: string, minute: number) => ({
      ...{ name, rules: ['no-privileged'] },
      time: `2026-11-30T10:${String(minute).padStart(2, '0')}:00Z`,
    });
    const stored = Array.from({ length: 10 }, (_, index) => pod(`a-${index}`, index));
    const object = {
      ...exemption('agent'),
      status: { recentPods: [...stored, { name: 1 }, 'x'] },
    } as unknown as KubernetesObject;
    const { fields } = exemptionStatus(
      object,
      of('2027-01-01'),
      [pod('b', 30), pod('a-9', 20)],
      now,
    );
    const names = (fields?.['recentPods'] as { name: string }[]).map(({ name }) => name);
    expect(names).to.deep.equal([
      'b',
      'a-9',
      'a-8',
      'a-7',
      'a-6',
      'a-5',
      'a-4',
      'a-3',
      'a-2',
      'a-1',
    ]);
  });

  it('says that it never let a pod through', () => {
    const { conditions } = exemptionStatus(
      exemption('agent') as KubernetesObject,
      of('2027-01-01'),
      [],
      now,
    );
    expect(conditions[1]).to.include({ type: 'Matched', status: 'False', reason: 'NeverMatched' });
  });
});

async function until(condition: () => boolean | Promise<boolean>): Promise<void> {
  const deadline = Date.now() + 20_000;
  while (!(await condition())) {
    if (Date.now() > deadline) throw new Error(`it never came: ${condition.toString()}`);
    await delay(20);
  }
}
