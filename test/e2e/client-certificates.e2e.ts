import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { connect } from 'node:tls';

import { expect } from 'chai';

import { freePorts } from './control-plane/free-ports.ts';
import { container, pod, prepareInstallation, until, type Installation } from './installation.ts';
import { installedObjects, list } from './scenarios/cluster.ts';
import { startOurWebhook, type OurWebhook } from './scenarios/our-webhook.ts';

const NAME = 'kube-apiserver-webhooks';
const where = '/etc/kubernetes/lithopod';

/** The files of docs/client-certificates.md, in the order in which they stand there. */
async function documented(): Promise<readonly string[]> {
  const page = await readFile(
    join(import.meta.dirname, '../../docs/client-certificates.md'),
    'utf8',
  );
  return [...page.matchAll(/```yaml\n(.*?)```/gs)].map(([, text]) => text!);
}

describe('an API server that presents a client certificate', () => {
  let cluster: Installation;
  let webhook: OurWebhook;
  let other: { readonly cert: string; readonly key: string };

  before(async () => {
    const [port = 0] = await freePorts(1);
    const [admission = '', kubeconfig = ''] = await documented();
    cluster = await prepareInstallation({
      admissionConfiguration: async (dir, issue) => {
        const folder = join(dir, 'lithopod');
        await mkdir(folder);
        const { cert, key } = await issue({ commonName: NAME });
        other = await issue({ commonName: 'kubelet' });
        const config = join(folder, 'admission.yaml');
        for (const [name, text] of [
          ['client.crt', cert],
          ['client.key', key],
          ['admission.yaml', admission.replaceAll(where, folder)],
          [
            'webhooks.kubeconfig',
            kubeconfig
              .replaceAll(where, folder)
              .replace('lithopod.lithopod-system.svc', `127.0.0.1:${port}`),
          ],
        ] as const) {
          await writeFile(join(folder, name), text, { mode: 0o600 });
        }
        return config;
      },
    });
    const { secretYaml } = await cluster.makeSecret(['127.0.0.1']);
    const authority = join(cluster.plane.dir, 'client-ca.crt');
    await writeFile(authority, cluster.plane.caCert);
    webhook = await startOurWebhook(secretYaml, cluster.plane.dir, {
      port: String(port),
      'client-ca': authority,
      'client-name': [NAME],
    });
    const applied = await cluster.kubectl(
      ['apply', '-f', '-'],
      list(await installedObjects(cluster, port)),
    );
    expect(applied.code, applied.stderr).to.equal(0);
    await cluster.namespace('enforced', { 'lithopod.dev/enforce': 'immutable' });
    await until('the webhook', async () => {
      await cluster.rehearse(pod({}), 'enforced');
      return webhook.log.some(({ namespace }) => namespace === 'enforced');
    });
  });
  after(async () => {
    await cluster.stop();
    await webhook.stop();
  });

  it('is answered: its pods are hardened', async () => {
    const created = await cluster.kubectl(
      ['-n', 'enforced', 'create', '--dry-run=server', '-o', 'json', '-f', '-'],
      pod({ containers: [container({})] }),
    );
    expect(created.code, created.stderr).to.equal(0);
    const { spec } = JSON.parse(created.stdout) as {
      spec: { containers: { securityContext: object }[] };
    };
    expect(spec.containers[0]!.securityContext).to.include({ readOnlyRootFilesystem: true });
  });

  it('is the only one: no other peer gets an answer', async () => {
    for (const pair of [undefined, other]) {
      const socket = connect({
        ...{ host: '127.0.0.1', port: webhook.port, rejectUnauthorized: false },
        ...pair,
      });
      let said = '';
      socket.on('error', () => undefined);
      socket.on('data', (chunk: Buffer) => (said += chunk.toString()));
      const closed = new Promise((resolve) => socket.once('close', resolve));
      socket.write('POST /mutate HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\n\r\n');
      await closed;
      expect(said).to.equal('');
    }
  });
});
