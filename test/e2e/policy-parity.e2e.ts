// Holds the rules that keep the root, and the policy behind lithopod.dev/require, together.
//What such a rule would still change in a pod, the policy refuses; what `enforce` leaves without a
//conflict, it admits. Pods are judged with the API server's defaults in them, as the policy sees
//them.

import { expect } from 'chai';
import fc from 'fast-check';

import { wholePod, type Policy, type Subject } from '../../src/core/context/context.ts';
import { harden } from '../../src/core/harden.ts';
import type { Pod } from '../../src/core/pod/pod.ts';
import { reasonOf as meaningOf } from '../../src/core/findings/reasons.ts';
import type { Finding, Outcome, Reporter } from '../../src/core/findings/finding.ts';
import { acceptable } from '../pods/acceptable.ts';
import { pods } from '../pods/arbitrary.ts';
import { testCatalogue } from '../pods/profiles.ts';
import { container, pod, startInstallation, until, type Installation } from './installation.ts';
import {
  aimedCapabilities,
  aimedMounts,
  aimedTerminationPaths,
  hardContainer,
  nodeVolumes,
} from './policy-parity-pods.ts';
import { openApi, reasonOf, type Answer, type Api } from './scenarios/api.ts';

const ROOT_RULES: ReadonlySet<Reporter> = new Set([
  'no-privileged',
  'no-escape',
  'host-paths',
  'termination-message',
  'read-only-root',
]);
const IMMUTABLE: Policy = { level: 'immutable', unprofiled: 'default', masking: 'probes' };
const PODS = Number(process.env['PARITY_PODS'] ?? 600);
const SEED = Number(process.env['PARITY_SEED'] ?? 61);
const AT_ONCE = 8;

/**
 * How many were compared, by what the policy had to say, and how many the API server refuses by
 * itself.
 */
interface Tally {
  refused: number;
  admitted: number;
  skipped: number;
}

/** How a pod, or its ephemeral containers, come to the API server. */
interface Way {
  readonly subject: Subject;
  readonly send: (namespace: string, object: object) => Promise<Answer>;
  /** What is sent of a hardened pod. */
  readonly sent: (pod: Pod) => object;
}

describe('the rules and the policy behind lithopod.dev/require', () => {
  let cluster: Installation;
  let api: Api;
  /** Of the API server: 34 of 1.34. */
  let minor: number;

  before(async () => {
    cluster = await startInstallation();
    api = await openApi(cluster.plane);
    minor = await api.minorVersion();
    await cluster.namespace('free', {});
    await cluster.namespace('required', { 'lithopod.dev/require': 'immutable' });
    const writable = pod({ containers: [container({})] });
    await until('the policy', async () => {
      return (await creation.send('required', writable)).status === 403;
    });
  });
  after(async () => {
    api.close();
    await cluster.stop();
  });

  const creation: Way = {
    subject: wholePod,
    send: (namespace, object) => api.createPod(namespace, object, { dryRun: true }),
    sent: ({ metadata, spec }) => ({
      metadata: { name: 'p', annotations: metadata?.annotations },
      spec,
    }),
  };

  /** By the subresource of a pod that is there. */
  function debugging(name: string): Way {
    return {
      subject: { scope: 'ephemeral-containers', claims: [], existing: [] },
      send: (namespace, object) => {
        const path = `/api/v1/namespaces/${namespace}/pods/${name}/ephemeralcontainers`;
        return api.call('PATCH', `${path}?dryRun=All`, object);
      },
      sent: ({ spec }) => ({ spec: { ephemeralContainers: spec.ephemeralContainers } }),
    };
  }

  /** Compares the verdicts on one object, and on what `enforce` makes of it. */
  async function compare(given: object, way: Way, tally: Tally): Promise<void> {
    const what = JSON.stringify(given);
    const free = await way.send('free', given);
    if (!isAdmitted(free, what)) {
      tally.skipped++;
      return;
    }
    const hardened = harden(free.body as Pod, testCatalogue, IMMUTABLE, way.subject);
    const findings = hardened.findings.filter(({ rule }) => ROOT_RULES.has(rule));
    const isChanged = has(findings, 'changed');
    if (isChanged || !has(findings, 'conflict')) {
      const told = `${what}\n${JSON.stringify(findings)}`;
      const verdict = isAdmitted(await way.send('required', given), what);
      expect(verdict, told).to.equal(!isChanged);
      tally[isChanged ? 'refused' : 'admitted']++;
    }
    if (!isChanged || has(findings, 'conflict')) return;
    const answer = await way.send('required', way.sent(hardened.pod));
    // An API server of 1.30 drops the field, so the mounts of a node are not hard enough there.
    const dropped = minor < 31 && JSON.stringify(hardened.patch).includes('recursiveReadOnly');
    const statuses = dropped ? [403] : [200, 201];
    expect(answer.status, `hardened ${what}: ${reasonOf(answer.body)}`).to.be.oneOf(statuses);
    tally[dropped ? 'refused' : 'admitted']++;
  }

  async function compareAll(given: readonly object[], way: Way): Promise<Tally> {
    const tally: Tally = { refused: 0, admitted: 0, skipped: 0 };
    const queue = [...given];
    const work = async (): Promise<void> => {
      for (let next = queue.pop(); next !== undefined; next = queue.pop()) {
        await compare(next, way, tally);
      }
    };
    await Promise.all(Array.from({ length: AT_ONCE }, work));

    return tally;
  }

  /** Pods of one container that is hard but for what is given. */
  function create(fields: object, spec: object = {}): object {
    return pod({ containers: [{ ...hardContainer, ...fields }], ...spec });
  }

  it('agree on generated pods', async () => {
    const given = fc.sample(pods, { numRuns: PODS, seed: SEED });
    const tally = await compareAll(given.map(acceptable), creation);
    expect(tally.refused).to.be.above(PODS / 2);
    expect(tally.admitted).to.be.above(PODS / 4);
  });

  it('agree on every capability of the table, however it is spelled', async () => {
    const given = [false, true].flatMap((hostPID) =>
      aimedCapabilities.map((capabilities) =>
        create(
          { securityContext: { ...hardContainer.securityContext, capabilities } },
          { hostPID },
        ),
      ),
    );
    const tally = await compareAll(given, creation);
    expect(tally.skipped).to.equal(0);
    expect(tally.refused).to.be.above(60);
    expect(tally.admitted).to.be.above(60);
  });

  it('agree at, above, below and beside every path of a node that the table names', async () => {
    const given = aimedMounts.map(({ path, mounts }) =>
      create({ volumeMounts: mounts }, { volumes: [{ name: 'node', hostPath: { path } }] }),
    );
    const tally = await compareAll(given, creation);
    expect(tally.skipped).to.equal(0);
    expect(tally.refused).to.be.above(500);
    expect(tally.admitted).to.be.above(minor < 31 ? 300 : 500);
  });

  it('agree on termination messages', async () => {
    const given = aimedTerminationPaths.map((terminationMessagePath) =>
      create({ terminationMessagePath }),
    );
    const tally = await compareAll(given, creation);
    expect(tally.skipped).to.equal(0);
    expect(tally.refused).to.be.above(50);
    expect(tally.admitted).to.be.above(50);
  });

  for (const hostPID of [false, true]) {
    it(`agree on ephemeral containers of a pod with hostPID ${hostPID}`, async () => {
      const name = `host-pid-${hostPID}`;
      const stored = pod({ containers: [hardContainer], volumes: nodeVolumes, hostPID }, { name });
      for (const namespace of ['free', 'required']) {
        await api.create(`/api/v1/namespaces/${namespace}/pods`, stored);
      }
      const fields = [
        ...aimedCapabilities.filter(everyOther).map((capabilities) => ({
          securityContext: { ...hardContainer.securityContext, capabilities },
        })),
        ...aimedTerminationPaths
          .filter(everyOther)
          .map((terminationMessagePath) => ({ terminationMessagePath })),
        ...nodeVolumes.flatMap((volume) => [
          { volumeMounts: [{ name: volume.name, mountPath: '/host' }] },
          { volumeMounts: [{ name: volume.name, mountPath: '/host', readOnly: true }] },
        ]),
        { securityContext: { privileged: true, readOnlyRootFilesystem: true } },
        { securityContext: {} },
      ];
      const given = fields.map((field) => ({
        spec: { ephemeralContainers: [{ ...hardContainer, name: 'debug', ...field }] },
      }));
      const tally = await compareAll(given, debugging(name));
      expect(tally.skipped).to.equal(0);
      expect(tally.refused).to.be.above(80);
      expect(tally.admitted).to.be.above(80);
    });
  }
});

/**
 * Whether the object gets through, and where it does not, whether it is our policy that refuses,
 * and not by an error.
 */
function isAdmitted({ status, body }: Answer, what: string): boolean {
  if (status === 200 || status === 201) return true;
  const reason = reasonOf(body);
  if (status === 403) expect(reason, what).to.match(/'lithopod-require-immutable' .*denied/);
  else expect(reason, what).not.to.include('ValidatingAdmissionPolicy');
  return false;
}

function everyOther(_: unknown, index: number): boolean {
  return index % 2 === 0;
}

function has(findings: readonly Finding[], outcome: Outcome): boolean {
  return findings.some(({ code }) => meaningOf(code).outcome === outcome);
}
