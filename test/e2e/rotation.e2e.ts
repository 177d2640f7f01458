// `kubectl apply -k manifests` on a real API server, and `rotate` and `serve --tls-secret` as
// processes of their own, each with the token of its service account, an authority that lives for
// a minute and a certificate that lives for ten seconds.

import { randomBytes } from 'node:crypto';
import { readFile, writeFile } from 'node:fs/promises';
import { get } from 'node:http';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';

import { expect } from 'chai';

import { isTrusted } from '../../src/tls/chain.ts';
import { handshake } from '../tls/handshake.ts';
import { freePorts } from './control-plane/free-ports.ts';
import { startServer, type ServerProcess } from './control-plane/owned-process.ts';
import { container, pod, prepareInstallation, until, type Installation } from './installation.ts';
import { openApi, type Api } from './scenarios/api.ts';
import { installedObjects, list } from './scenarios/cluster.ts';
import { weaknesses, type StoredPod } from './scenarios/stored-pod.ts';

const MAIN = join(import.meta.dirname, '../../src/cli/main.ts');
const SYSTEM = 'lithopod-system';
const SECRET = `${SYSTEM}/lithopod-tls`;
const authoritySeconds = 60;
/**
 * A certificate has 3.3 s left when the next one is due, less what its end loses by being written
 * in whole seconds. A new authority must be established within that time, as it is by far with the
 * default lifetimes.
 */
const publishAheadSeconds = 2;

interface StoredSecret {
  readonly data: Readonly<Record<string, string>>;
}

interface StoredConfiguration {
  readonly webhooks: readonly { readonly clientConfig: { readonly caBundle?: string } }[];
}

describe('certificates by themselves', () => {
  let cluster: Installation;
  let api: Api;
  let manifests: readonly object[];
  const processes: ServerProcess[] = [];
  const logs: string[] = [];
  let port = 0;
  let metricsPort = 0;
  /** Every key that was seen in the Secret. */
  const keys = new Set<string>();
  const tokens: string[] = [];
  const leaves = new Set<string>();
  const authorities = new Set<string>();

  before(async () => {
    cluster = await prepareInstallation();
    api = await openApi(cluster.plane);
    [port = 0, metricsPort = 0] = await freePorts(2);
    const installed = await cluster.kubectl(['apply', '-k', cluster.automatic]);
    expect(installed, installed.stderr).to.include({ code: 0, stderr: '' });
    manifests = await installedObjects(cluster, port, cluster.automatic);
    const applied = await cluster.kubectl(['apply', '-f', '-'], list(manifests));
    expect(applied.code, applied.stderr).to.equal(0);
    await cluster.namespace('enforced', { 'lithopod.dev/enforce': 'immutable' });
  });
  after(async () => {
    for (const each of processes) await each.stop();
    api.close();
    await cluster.stop();
  });

  async function run(name: string, args: readonly string[]): Promise<ServerProcess> {
    const kubeconfig = await kubeconfigOf(name === 'serve' ? 'lithopod' : 'lithopod-rotate');
    const log = join(cluster.plane.dir, `${name}-${randomBytes(4).toString('hex')}.log`);
    const started = await startServer(
      name,
      process.execPath,
      ['--import=tsx', MAIN, ...args, `--kubeconfig=${kubeconfig}`],
      log,
      { PATH: process.env['PATH'], HOME: cluster.plane.dir },
    );
    logs.push(log);
    processes.push(started);
    return started;
  }

  /** With a token as a pod gets it. */
  async function kubeconfigOf(account: string): Promise<string> {
    const { plane } = cluster;
    const token = await cluster.kubectl(['-n', SYSTEM, 'create', 'token', account]);
    expect(token.code, token.stderr).to.equal(0);
    const file = join(plane.dir, `${account}.kubeconfig`);
    const config = JSON.parse(await readFile(plane.kubeconfig, 'utf8')) as object;
    const users = [{ name: 'admin', user: { token: token.stdout.trim() } }];
    await writeFile(file, JSON.stringify({ ...config, users }), { mode: 0o600 });
    tokens.push(token.stdout.trim());
    return file;
  }

  const serve = (): Promise<ServerProcess> =>
    run('serve', [
      ...['serve', '--host=127.0.0.1', `--port=${port}`, `--metrics-port=${metricsPort}`],
      ...[`--tls-secret=${SECRET}`, '--log-level=debug', '--drain-seconds=0'],
    ]);
  const rotate = (): Promise<ServerProcess> =>
    run('rotate', [
      ...['rotate', `--tls-secret=${SECRET}`, '--dns=127.0.0.1', '--log-level=debug'],
      ...[
        `--ca-lifetime=${authoritySeconds}s`,
        '--cert-lifetime=10s',
        `--publish-ahead=${publishAheadSeconds}s`,
      ],
    ]);

  async function isReady(): Promise<boolean> {
    return new Promise((resolve) => {
      get(`http://127.0.0.1:${metricsPort}/readyz`, (response) => {
        response.resume();
        resolve(response.statusCode === 200);
      }).on('error', () => {
        resolve(false);
      });
    });
  }

  const secretPath = `/api/v1/namespaces/${SYSTEM}/secrets/lithopod-tls`;
  const configurationPath =
    '/apis/admissionregistration.k8s.io/v1/mutatingwebhookconfigurations/lithopod';

  async function readSecret(): Promise<StoredSecret | undefined> {
    const { status, body } = await api.call('GET', secretPath);
    if (status !== 200) return undefined;
    const secret = body as StoredSecret;
    for (const key of keysOf(secret)) keys.add(key);
    return secret;
  }

  /** The bundle, where all entries have the same. */
  async function readBundle(): Promise<string> {
    const { body } = await api.call('GET', configurationPath);
    const { webhooks } = body as StoredConfiguration;
    const bundles = new Set(webhooks.map(({ clientConfig }) => clientConfig.caBundle ?? ''));
    return bundles.size === 1 ? textOf([...bundles][0]!) : '';
  }

  async function create(): Promise<string | undefined> {
    const { status, body } = await api.createPod('enforced', pod({ containers: [container({})] }), {
      dryRun: true,
    });
    if (status !== 201) return `${status} ${JSON.stringify(body)}`;
    return weaknesses(body as StoredPod).length === 0 ? undefined : 'it is not hardened';
  }

  /** Creates pods, two at once, and makes handshakes as a new API server would, meanwhile. */
  async function noneLostDuring(action: () => Promise<void>): Promise<number> {
    let isOver = false;
    const lost: string[] = [];
    let count = 0;
    const pods = async (): Promise<void> => {
      while (!isOver) {
        const problem = await create();
        count++;
        if (problem !== undefined) lost.push(problem);
        await delay(20);
      }
    };
    const handshakes = async (): Promise<void> => {
      while (!isOver) {
        const bundle = await readBundle();
        try {
          const socket = await handshake({ port, ca: bundle, name: '127.0.0.1' });
          leaves.add(socket.getPeerCertificate().serialNumber);
          socket.destroy();
        } catch (error) {
          lost.push(`${new Date().toISOString()} handshake: ${String(error)}`);
        }
        for (const each of bundle.split(/(?<=-----END CERTIFICATE-----\n)/)) authorities.add(each);
        await readSecret();
        await delay(100);
      }
    };
    const all = [pods(), pods(), handshakes()];
    await action().finally(() => {
      isOver = true;
    });
    await Promise.all(all);
    expect(lost).to.deep.equal([]);
    return count;
  }

  it('need these rights, and have no others', async () => {
    await cluster.kubectl(['-n', SYSTEM, 'create', 'serviceaccount', 'nobody']);
    const rights = async (account: string, namespace: string): Promise<readonly string[]> => {
      const { stdout, code, stderr } = await cluster.kubectl([
        ...['auth', 'can-i', '--list', '--no-headers', '-n', namespace],
        `--as=system:serviceaccount:${SYSTEM}:${account}`,
      ]);
      expect(code, stderr).to.equal(0);
      return stdout.split('\n').flatMap((line) => (line === '' ? [] : [line.replace(/ +/g, ' ')]));
    };
    const more = async (account: string, namespace: string): Promise<readonly string[]> => {
      const everybodys = await rights('nobody', namespace);
      return (await rights(account, namespace)).filter((each) => !everybodys.includes(each)).sort();
    };
    const configuration =
      'mutatingwebhookconfigurations.admissionregistration.k8s.io [] [lithopod]';
    const ofServe = [
      'exemptions.lithopod.dev [] [] [get list watch]',
      'exemptions.lithopod.dev/status [] [] [patch]',
      'imageprofiles.lithopod.dev [] [] [get list watch]',
      'imageprofiles.lithopod.dev/status [] [] [patch]',
      `${configuration} [get]`,
    ];
    const ofRotate = `${configuration} [get watch patch]`;
    expect(await more('lithopod', SYSTEM)).to.deep.equal([
      ...ofServe,
      'secrets [] [lithopod-tls] [get watch]',
    ]);
    expect(await more('lithopod-rotate', SYSTEM)).to.deep.equal([
      ofRotate,
      'secrets [] [] [create]',
      'secrets [] [lithopod-tls] [get watch update]',
    ]);
    for (const namespace of ['default', 'kube-system']) {
      expect(await more('lithopod', namespace)).to.deep.equal(ofServe);
      expect(await more('lithopod-rotate', namespace)).to.deep.equal([ofRotate]);
    }
  });

  it('wait for their Secret, and are made and trusted without a hand', async () => {
    await serve();
    await delay(1_000);
    expect(await isReady()).to.be.false;
    await rotate();
    await rotate();
    await until('readiness', isReady);
    const secret = await readSecret();
    const bundle = await readBundle();
    expect(isTrusted(textOf(secret!.data['tls.crt']!), bundle, Date.now())).to.be.true;
    await until('hardening', async () => (await create()) === undefined);
  });

  it('lose no request in two lives of an authority, with the manifests applied over it all the time', async () => {
    const start = Date.now();
    const count = await noneLostDuring(async () => {
      while (Date.now() - start < authoritySeconds * 2_000) {
        await delay(7_000);
        const again = await cluster.kubectl(['apply', '-f', '-'], list(manifests));
        expect(again.code, again.stderr).to.equal(0);
      }
    });
    process.stderr.write(
      `      ${count} pods, ${leaves.size} certificates, ${authorities.size} authorities\n`,
    );
    expect(leaves.size).to.be.greaterThan(10);
    expect(authorities.size).to.be.greaterThan(2);
  });

  it('lose no request when the Secret is deleted, garbled, or empty', async () => {
    await noneLostDuring(async () => {
      const spoilers: readonly (() => Promise<unknown>)[] = [
        () => api.call('DELETE', secretPath),
        () => patchSecret({ 'tls.crt': 'Z2FyYmxlZA==' }),
        () => patchSecret({ 'authorities.json': 'Z2FyYmxlZA==' }),
        () => patchSecret({ 'tls.key': '' }),
      ];
      for (const spoil of spoilers) {
        const before = await readSecret();
        await spoil();
        await until('another certificate', async () => {
          const secret = await readSecret();
          const isOther = secret?.data['tls.crt'] !== before?.data['tls.crt'];
          return isOther && secret?.data['pending'] === undefined;
        });
        await delay(1_000);
      }
    });
  });

  async function patchSecret(data: object): Promise<unknown> {
    const patch = JSON.stringify({ data });
    return cluster.kubectl(['-n', SYSTEM, 'patch', 'secret', 'lithopod-tls', '-p', patch]);
  }

  it('put the bundle right again when somebody replaces it', async () => {
    for (const caBundle of ['', Buffer.from(cluster.plane.caCert).toString('base64')]) {
      // `rotate` may write in between.
      await until('the replacement', async () => {
        const { body } = await api.call('GET', configurationPath);
        const { webhooks } = body as { webhooks: { name: string; clientConfig: object }[] };
        const put = await api.call('PUT', configurationPath, {
          ...(body as object),
          webhooks: webhooks.map((each) => ({
            ...each,
            clientConfig: { ...each.clientConfig, caBundle },
          })),
        });
        return put.status === 200;
      });
      await until('the bundle', async () => (await readBundle()).includes('BEGIN'));
      await until('hardening', async () => (await create()) === undefined);
    }
  });

  it('do without a webhook configuration, and trust a new one', async () => {
    await api.call('DELETE', configurationPath);
    await delay(3_000);
    expect(await isReady()).to.be.true;
    const again = await cluster.kubectl(['apply', '-f', '-'], list(manifests));
    expect(again.code, again.stderr).to.equal(0);
    await until('hardening', async () => (await create()) === undefined);
  });

  it('own every caBundle, and nothing else of the configuration', async () => {
    const { stdout } = await cluster.kubectl([
      ...['get', 'mutatingwebhookconfiguration', 'lithopod', '--show-managed-fields'],
      ...['-o', 'json'],
    ]);
    const { metadata } = JSON.parse(stdout) as {
      metadata: { managedFields: { manager: string; fieldsV1: Record<string, unknown> }[] };
    };
    const owned = metadata.managedFields.filter(({ manager }) => manager === 'lithopod-rotate');
    expect(owned).to.have.length(1);
    const paths = JSON.stringify(owned[0]!.fieldsV1).match(/"f:[a-zA-Z]+"/g);
    expect(new Set(paths)).to.deep.equal(
      new Set(['"f:webhooks"', '"f:name"', '"f:clientConfig"', '"f:caBundle"']),
    );
  });

  it('end when they are asked to, and log no key', async () => {
    for (const each of processes) await each.stop();
    expect(processes.map(({ ended }) => ended())).to.deep.equal(
      processes.map(() => 'ended with code 0'),
    );
    expect(keys.size).to.be.greaterThan(10);
    for (const log of logs) {
      const text = await readFile(log, 'utf8');
      expect(text).not.to.contain('PRIVATE KEY');
      for (const key of [...keys, ...tokens]) expect(text.includes(key), log).to.be.false;
      process.stderr.write(`      ${log.split('/').at(-1)}: ${text.split('\n').length} lines\n`);
    }
  });
});

/** The middle of each private key: what would be seen in a log, however it is encoded there. */
function keysOf({ data }: StoredSecret): readonly string[] {
  const texts = [textOf(data['tls.key'] ?? ''), textOf(data['authorities.json'] ?? '')];
  return texts.flatMap((text) =>
    [...text.matchAll(/BEGIN PRIVATE KEY-----(?:\\n|\n)([A-Za-z0-9+/=]{60})/g)].map(([, base64]) =>
      base64!.slice(20),
    ),
  );
}

function textOf(base64: string): string {
  return Buffer.from(base64, 'base64').toString();
}
