/**
 * Every golden case comes out the same through HTTPS and through the command line as through
 * `harden()`.
 */
import { expect } from 'chai';
import { copyFile, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startReviews, patchOf } from './admission/harness.ts';
import { send } from './admission/client.ts';
import { cli } from './cli/run.ts';
import { goldenCase, goldenNames, goldenOf } from './golden/cases.ts';
import type { GoldenCase } from './golden/cases.ts';
import type { Operation } from '../src/core/patch.ts';

const names = goldenNames();

describe('golden cases over HTTPS', () => {
  for (const name of names) {
    it(name, async () => {
      const given = await goldenCase(name);
      const { claims, scope, existing } = given.subject;
      // The API server knows a StatefulSet's claims as volumes of its pods: there is no such pod.
      if (claims.length > 0) return;
      const { level, ...policy } = given.policy;
      const exemptions = { inForce: () => given.exemptions, note: () => undefined };
      const server = await startReviews({ catalogue: given.catalogue, policy, exemptions });
      try {
        const ephemeral = scope === 'ephemeral-containers';
        const old = {
          ...given.pod,
          spec: {
            ...given.pod.spec,
            ephemeralContainers: (given.pod.spec.ephemeralContainers ?? []).filter(
              ({ name: known }) => existing.includes(known),
            ),
          },
        };
        const body = {
          apiVersion: 'admission.k8s.io/v1',
          kind: 'AdmissionReview',
          request: {
            uid: name,
            operation: ephemeral ? 'UPDATE' : 'CREATE',
            resource: { group: '', version: 'v1', resource: 'pods' },
            subResource: ephemeral ? 'ephemeralcontainers' : '',
            object: given.pod,
            oldObject: ephemeral ? old : null,
          },
        };
        const answer = await send(server, {
          path: `/mutate/enforce/${level}`,
          body: JSON.stringify(body),
        });
        expect(patchOf(answer)).to.deep.equal(goldenOf(given).patch);
      } finally {
        await server.stop();
      }
    });
  }
});

describe('golden cases on the command line', () => {
  let folder: string;
  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'lithopod-surfaces-'));
  });
  after(() => rm(folder, { recursive: true, force: true }));

  for (const name of names) {
    it(name, async () => {
      const given = await goldenCase(name);
      // A manifest holds no request: there is no subresource on the command line.
      if (given.subject.scope !== 'pod') return;
      // Nor does it ask a cluster.
      if (given.exemptions.length > 0) return;
      const { text, prefix } = manifestOf(given);
      const { code, stdout } = await cli(
        ['harden', '-o', 'patch', ...(await flagsOf(given, folder)), '-'],
        {
          stdin: text,
        },
      );
      expect(code).to.equal(0);
      const expected = goldenOf(given).patch.map((operation) => ({
        ...operation,
        path: prefix + operation.path,
      }));
      expect(operationsOf(stdout)).to.deep.equal(expected);
    });
  }
});

/** The case as a manifest: a Pod, or a StatefulSet where claim templates belong to it. */
function manifestOf({ pod, subject }: GoldenCase): { text: string; prefix: string } {
  if (subject.claims.length === 0) {
    return { text: JSON.stringify({ apiVersion: 'v1', kind: 'Pod', ...pod }), prefix: '' };
  }
  const volumeClaimTemplates = subject.claims.map((name) => ({ metadata: { name } }));
  const spec = { template: { metadata: pod.metadata, spec: pod.spec }, volumeClaimTemplates };
  const set = { apiVersion: 'apps/v1', kind: 'StatefulSet', metadata: { name: 'x' }, spec };
  return { text: JSON.stringify(set), prefix: '/spec/template' };
}

async function flagsOf(
  { policy, directory, files, name }: GoldenCase,
  folder: string,
): Promise<string[]> {
  const flags = [
    '--level',
    policy.level,
    '--unprofiled',
    policy.unprofiled,
    '--masking',
    policy.masking,
  ];
  if (!files.includes('profiles.yaml')) return flags;
  const own = await mkdtemp(join(folder, `${name}-`));
  await copyFile(join(directory, 'profiles.yaml'), join(own, 'profiles.yaml'));
  return [...flags, '--profiles', own];
}

function operationsOf(stdout: string): readonly Operation[] {
  return JSON.parse(stdout) as readonly Operation[];
}
