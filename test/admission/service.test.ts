import { Agent } from 'node:https';
import { mkdir, mkdtemp, readFile, rename, rm, symlink, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { once } from 'node:events';
import { setTimeout as delay } from 'node:timers/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { AddressInfo } from 'node:net';

import { expect } from 'chai';

import { openCatalogue } from '../../src/admission/live-catalogue.ts';
import { startService } from '../../src/admission/service.ts';
import { formatProblem } from '../../src/core/values/result.ts';
import { makeMetrics } from '../../src/admission/metrics.ts';
import { issueLeaf, makeAuthority } from '../../src/tls/authority.ts';
import { certificateExpiry } from '../../src/tls/pair.ts';
import { heard, open, send } from './client.ts';
import {
  patchOf,
  recordedLog,
  responseOf,
  seriesOf,
  settingsFor,
  start,
  stored,
  valueOf,
  type Running,
} from './harness.ts';
import { bodyOf, podWith, type TestPod } from './reviews.ts';

/** A profile of an image that no other one is for. */
function profile(path: string, name = 'own'): string {
  return [
    'apiVersion: lithopod.dev/v1alpha1',
    'kind: ImageProfile',
    `metadata: { name: ${name} }`,
    'spec:',
    `  images: [registry.example/${name}]`,
    '  writable:',
    `    - path: ${path}`,
    '      why: the test says so',
    '  evidence:',
    '    - { kind: manifest, ref: the test, seen: 2026-11-21 }',
    '',
  ].join('\n');
}

const ownPod = podWith({ containers: [{ name: 'own', image: 'registry.example/own:1' }] });

function mountedIn(pod: TestPod): string[] {
  const mounts = pod.spec.containers[0]!['volumeMounts'] as readonly { mountPath: string }[];
  return mounts.map(({ mountPath }) => mountPath);
}

async function until(holds: () => boolean | Promise<boolean>): Promise<void> {
  while (!(await holds())) await new Promise((resolve) => setTimeout(resolve, 5));
}

/** Leaves the one thread that client and server share to the reload. */
function pause(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, 2));
}

let folder = '';
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'lithopod-service-'));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

describe('the service', function () {
  // A reload reads more than a hundred files, and the machine may have other work.
  this.timeout(60_000);
  let running: Running | undefined;
  afterEach(async () => {
    await running?.stop();
    running = undefined;
  });

  it('tells its health, readiness and metrics on a plain port, and nothing else', async () => {
    running = await start();
    for (const path of ['/healthz', '/readyz', '/readyz?verbose']) {
      const { status, text } = await running.get(path);
      expect([status, text], path).to.deep.equal([200, 'ok\n']);
    }
    const { status, headers } = await running.get('/metrics');
    expect(status).to.equal(200);
    expect(headers['content-type']).to.match(/^text\/plain; version=0\.0\.4/);
    for (const path of ['/', '/mutate', '/debug/pprof', '/%zz', '//', 'http://[::1/metrics']) {
      const answer = await running.get(path);
      expect([answer.status, answer.text], path).to.deep.equal([
        404,
        'There is nothing here: /healthz, /readyz, /metrics.\n',
      ]);
      expect(answer.headers).not.to.have.property('x-powered-by');
    }
    expect((await running.get('/mutate', 'POST')).status).to.equal(404);
  });

  it('is verified by the authority that it writes', async () => {
    const caOut = join(folder, 'ca.pem');
    running = await start({ 'ca-out': caOut });
    const ca = await readFile(caOut, 'utf8');
    const answer = await send({ port: running.port, ca }, { body: bodyOf(podWith()) });
    expect(patchOf(answer)).not.to.be.empty;
    const expiry = await running.metric('lithopod_certificate_expiry_timestamp_seconds');
    // Ten years: see src/tls/lifetime.ts.
    expect(expiry).to.be.closeTo(Date.now() / 1000 + 3650 * 86_400, 600);
  });

  it('says that it cannot write its authority', async () => {
    const caOut = join(folder, 'missing', 'ca.pem');
    const { log } = recordedLog();
    const settings = settingsFor({ 'ca-out': caOut });
    const refused = await startService(settings, { log, metrics: makeMetrics() });
    if (refused.ok) throw new Error('it started');
    expect(refused.problems.map(formatProblem).join()).to.match(
      /ca\.pem: cannot be written: ENOENT/,
    );
  });

  it('refuses to start with every problem of profiles and certificate at once', async () => {
    const directory = join(folder, 'profiles');
    await mkdir(directory);
    await writeFile(join(directory, 'a.yaml'), profile('relative'));
    await writeFile(join(directory, 'b.yml'), 'kind: [unclosed\n');
    await writeFile(join(directory, 'c.yaml'), profile('/data').replace('why:', 'wy:'));
    await writeFile(join(directory, 'README.md'), 'not a profile');
    await writeFile(join(directory, '.hidden.yaml'), 'not a profile either');
    const missing = join(folder, 'tls.crt');
    const { log } = recordedLog();
    const settings = settingsFor({
      profiles: [directory],
      'tls-cert': missing,
      'tls-key': missing,
    });
    const refused = await startService(settings, { log, metrics: makeMetrics() });
    if (refused.ok) throw new Error('it started');
    const problems = refused.problems.map(formatProblem);
    expect(problems.join('\n')).to.match(/a\.yaml:7:\d+: /);
    expect(problems.join('\n')).to.match(/b\.yml:\d+:\d+: /);
    expect(problems.join('\n')).to.match(/c\.yaml:8:\d+: /);
    expect(problems.filter((problem) => problem.includes('there is no such file'))).to.have.length(
      2,
    );
    expect(problems.join('\n')).not.to.match(/README|hidden/);
  });

  it('refuses to start with a directory that is not there', async () => {
    const { log } = recordedLog();
    const settings = settingsFor({ profiles: [join(folder, 'none')] });
    const refused = await startService(settings, { log, metrics: makeMetrics() });
    expect(refused).to.have.property('ok', false);
  });

  it('gives up the first port where it cannot have the second', async () => {
    const taken = createServer().listen(0, '127.0.0.1');
    await once(taken, 'listening');
    const free = createServer().listen(0, '127.0.0.1');
    await once(free, 'listening');
    const port = (free.address() as AddressInfo).port;
    free.close();
    await once(free, 'close');
    const { log } = recordedLog();
    const metricsPort = (taken.address() as AddressInfo).port;
    const settings = settingsFor({ port: String(port), 'metrics-port': String(metricsPort) });
    const error: unknown = await startService(settings, { log, metrics: makeMetrics() }).then(
      () => undefined,
      (reason: unknown) => reason,
    );
    expect(error).to.include({ code: 'EADDRINUSE', port: metricsPort });
    const again = createServer().listen(port, '127.0.0.1');
    await once(again, 'listening');
    again.close();
    taken.close();
  });

  it('uses new profiles after a reload, without a lost request', async () => {
    const file = join(folder, 'own.yaml');
    await writeFile(file, profile('/one'));
    running = await start({ profiles: [folder] });
    expect(await running.metric('lithopod_profiles{source="directory"}')).to.equal(1);
    expect(await running.metric('lithopod_profiles{source="builtin"}')).to.be.greaterThan(10);
    expect(await running.metric('lithopod_profiles{source="cluster"}')).to.equal(0);
    const { service } = running;
    const agent = new Agent({ keepAlive: true, maxSockets: 4 });
    const endpoint = { port: running.port, ca: running.ca };
    let loading = true;
    const seen = new Set<string>();
    const load = async (): Promise<void> => {
      while (loading) {
        const answer = await send(endpoint, { agent, body: bodyOf(ownPod) });
        seen.add(mountedIn(stored(ownPod, answer)).join());
        await pause();
      }
    };
    const clients = [load(), load()];
    await until(() => seen.has('/one'));
    await writeFile(file, profile('/two'));
    await service.reload();
    await until(() => seen.has('/two'));
    await writeFile(file, 'broken: [');
    await service.reload();
    await writeFile(file, profile('/three'));
    await service.reload();
    await until(() => seen.has('/three'));
    loading = false;
    await Promise.all(clients);
    agent.destroy();
    expect([...seen]).to.deep.equal(['/one', '/two', '/three']);
  });

  it('keeps the last good profiles when a reload finds broken ones, and tells', async () => {
    const file = join(folder, 'own.yaml');
    await writeFile(file, profile('/one'));
    running = await start({ profiles: [folder] });
    const errors = 'lithopod_profile_errors{source="directory"}';
    expect((await running.get('/metrics')).text).to.include(`${errors} 0\n`);
    const success = 'lithopod_profiles_last_reload_success';
    expect(await running.metric(success)).to.equal(1);
    await writeFile(file, profile('/usr'));
    await running.service.reload();
    expect((await running.get('/metrics')).text).to.include(`${success} 0\n`);
    const answer = await running.send({ body: bodyOf(ownPod) });
    expect(mountedIn(stored(ownPod, answer))).to.deep.equal(['/one']);
    expect(await running.metric(errors)).to.equal(1);
    expect(await running.metric('lithopod_profiles{source="directory"}')).to.equal(1);
    const line = running.logLines().find(({ level }) => level === 'error')!;
    expect(line['message']).to.equal('profiles not reloaded: the last good ones stay in use');
    expect(line['problems']).to.match(/own\.yaml:7:\d+: /);
    expect((await running.get('/readyz')).status).to.equal(200);
    await writeFile(file, profile('/two'));
    await running.service.reload();
    expect(await running.metric(success)).to.equal(1);
  });

  it('counts all that it is asked under the names of the design', async () => {
    running = await start();
    await running.send({ body: bodyOf(podWith()) });
    await running.send({ body: bodyOf(null, { operation: 'DELETE' }) });
    await running.send({ body: bodyOf(null, { operation: 'x'.repeat(99) }) });
    await running.send({ body: 'x' });
    const { text } = await running.get('/metrics');
    for (const [operation, outcome] of [
      ['CREATE', 'patched'],
      ['DELETE', 'skipped'],
      ['other', 'skipped'],
      ['other', 'rejected'],
    ] as const) {
      const labels = `operation="${operation}",mode="enforce",level="immutable",outcome="${outcome}"`;
      expect(seriesOf(text, `lithopod_reviews_total{${labels}}`), labels).to.equal(1);
    }
    const finding =
      'rule="read-only-root",outcome="changed",code="root-made-read-only",mode="enforce",level="immutable"';
    expect(seriesOf(text, `lithopod_findings_total{${finding}}`)).to.equal(1);
    // A request that was refused unread says nothing about the time that a review takes.
    expect(seriesOf(text, 'lithopod_review_duration_seconds_count')).to.equal(3);
    const names = new Set(
      [...text.matchAll(/^# TYPE (lithopod_\w+ \w+)$/gm)].map(([, name]) => name),
    );
    expect([...names].sort()).to.deep.equal([
      'lithopod_certificate_expiry_timestamp_seconds gauge',
      'lithopod_exemptions gauge',
      'lithopod_findings_total counter',
      'lithopod_profile_errors counter',
      'lithopod_profiles gauge',
      'lithopod_profiles_last_reload_success gauge',
      'lithopod_review_duration_seconds histogram',
      'lithopod_reviews_total counter',
      'lithopod_unprofiled_images counter',
      'lithopod_unready_objects gauge',
      'lithopod_watch_up gauge',
    ]);
  });

  it('tells of images without a profile: in warn and audit, and without a warning in enforce', async () => {
    running = await start();
    const containers = [{ name: 'app', image: 'registry.corp/shop/api:2.1' }];
    const body = bodyOf(podWith({ containers }));
    const told = async (mode: string) =>
      responseOf(await running!.send({ path: `/mutate/${mode}/immutable`, body }));
    const ofImage = (warnings: readonly string[] = []): readonly string[] =>
      warnings.filter((warning) => warning.includes('registry.corp/shop/api:2.1'));
    const [enforced, audited, warned] = [
      await told('enforce'),
      await told('audit'),
      await told('warn'),
    ];
    expect(ofImage(enforced.warnings)).to.deep.equal([]);
    expect(ofImage(warned.warnings)).to.have.length(1);
    expect(audited.auditAnnotations?.['findings']).to.include('no-profile(app)');
    const series = 'lithopod_unprofiled_images{repository="registry.corp/shop/api"}';
    expect(await running.metric(series)).to.equal(3);
  });

  it('serves an expired certificate with an error in the log, and is not ready', async () => {
    const [certificateFile, keyFile] = [join(folder, 'old.crt'), join(folder, 'old.key')];
    const issue = async (now: Date) => {
      const authority = await makeAuthority({ now, commonName: 'test', days: 60 });
      return issueLeaf(authority, { now, dnsNames: ['localhost'], ipAddresses: [], days: 60 });
    };
    const write = async ({ certificate, key }: Awaited<ReturnType<typeof issue>>) => {
      await writeFile(certificateFile, certificate);
      await writeFile(keyFile, key);
    };
    await write(await issue(new Date('2020-01-01T00:00:00Z')));
    running = await start({ 'tls-cert': certificateFile, 'tls-key': keyFile });
    const errors = (): number =>
      running!
        .logLines()
        .filter(
          ({ level, message }) =>
            level === 'error' &&
            message === 'the certificate has expired: API servers refuse it, and we are not ready',
        ).length;
    expect(errors()).to.equal(1);
    expect((await running.get('/readyz')).status).to.equal(503);
    expect((await running.get('/healthz')).status).to.equal(200);
    await running.service.reload();
    expect(errors()).to.equal(2);
    await write(await issue(new Date()));
    await running.service.reload();
    expect(errors()).to.equal(2);
    await untilReady(running);
  });

  /** The path of reviews is warmed up first. */
  const untilReady = async (of: Running): Promise<void> => {
    while ((await of.get('/readyz')).status !== 200) await delay(20);
  };

  it('warms up before it is ready, and counts and logs nothing of it', async () => {
    const files = { 'tls-cert': join(folder, 'tls.crt'), 'tls-key': join(folder, 'tls.key') };
    const authority = await makeAuthority({ now: new Date(), commonName: 'test', days: 90 });
    const names = { dnsNames: ['localhost'], ipAddresses: ['127.0.0.1'] };
    const leaf = await issueLeaf(authority, { now: new Date(), ...names, days: 90 });
    await writeFile(files['tls-cert'], leaf.certificate);
    await writeFile(files['tls-key'], leaf.key);
    running = await start(files, authority.certificate);
    expect((await running.get('/readyz')).status).to.equal(503);
    await untilReady(running);
    const { text } = await running.get('/metrics');
    expect(text).not.to.match(/^lithopod_(reviews|findings)_total\{/m);
    expect(text).to.include('lithopod_review_duration_seconds_count 0');
    expect(running.logLines().filter(({ level }) => level !== 'info')).to.deep.equal([]);
    expect(running.logText()).not.to.include('warm-up');
  });

  it('changes its certificate under load, and closes nothing', async () => {
    const [certificateFile, keyFile] = [join(folder, 'tls.crt'), join(folder, 'tls.key')];
    const now = new Date();
    const authority = await makeAuthority({ now, commonName: 'test', days: 90 });
    const renew = async (days: number): Promise<string> => {
      const names = { dnsNames: ['localhost'], ipAddresses: ['127.0.0.1'] };
      const leaf = await issueLeaf(authority, { now, ...names, days });
      await writeFile(certificateFile, leaf.certificate);
      await writeFile(keyFile, leaf.key);
      return leaf.certificate;
    };
    await renew(31);
    running = await start(
      { 'tls-cert': certificateFile, 'tls-key': keyFile },
      authority.certificate,
    );
    expect(running.service.ca).to.equal(undefined);
    const endpoint = { port: running.port, ca: running.ca };
    const { service } = running;
    const kept = new Agent({ keepAlive: true, maxSockets: 1 });
    let loading = true;
    let answered = 0;
    const load = async (agent?: Agent): Promise<void> => {
      while (loading) {
        await send(endpoint, { body: bodyOf(podWith()), ...(agent && { agent }) });
        answered++;
        await pause();
      }
    };
    const clients = [load(kept), load(), load()];
    for (const days of [33, 35, 37]) {
      const certificate = await renew(days);
      await service.reload();
      const before = answered;
      await until(() => answered > before + 10);
      const socket = await open(endpoint);
      const expected = certificateExpiry(certificate);
      expect(new Date(socket.getPeerCertificate().valid_to)).to.deep.equal(expected);
      socket.destroy();
      expect(await running.metric('lithopod_certificate_expiry_timestamp_seconds')).to.equal(
        expected.getTime() / 1000,
      );
    }
    loading = false;
    await Promise.all(clients);
    kept.destroy();
    await writeFile(keyFile, 'broken');
    await service.reload();
    expect(running.logLines().filter(({ level }) => level === 'error')).to.have.length(1);
    expect(running.logText()).to.include(
      'certificate not reloaded: the last good one stays in use',
    );
    expect((await running.send({ body: bodyOf(podWith()) })).status).to.equal(200);
  });

  it('is unready from the first moment of its drain, accepts until the last, and stops but once', async () => {
    running = await start({ 'drain-seconds': '0.5' });
    const stopping = running.service.stop();
    expect((await running.get('/readyz')).status).to.equal(503);
    expect((await running.get('/healthz')).status).to.equal(200);
    const answer = await running.send({ body: bodyOf(podWith()) });
    expect(answer.status).to.equal(200);
    expect(answer.headers.connection).to.equal('close');
    expect(running.service.stop()).to.equal(stopping);
    await stopping;
    const refused = await running.send({ body: '' }).then(
      () => undefined,
      (error: unknown) => (error as NodeJS.ErrnoException).code,
    );
    expect(refused).to.equal('ECONNREFUSED');
  });

  it('finishes a request that began before its end, and does not wait for its connection', async () => {
    running = await start();
    const body = bodyOf(podWith());
    const idle = await open(running);
    const socket = await open(running);
    const head = 'POST /mutate HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n';
    socket.write(`${head}Content-Length: ${body.length}\r\n\r\n${body.slice(0, 100)}`);
    idle.write(`${head}Content-Length: ${body.length}\r\n\r\n${body}`);
    await heard(idle, (text) => text.includes('"allowed":true'));
    const stopping = running.service.stop();
    await heard(idle);
    socket.write(body.slice(100));
    const text = await heard(socket);
    expect(text)
      .to.include('"allowed":true')
      .and.match(/Connection: close/i);
    await stopping;
  });
});

describe('openCatalogue', function () {
  this.timeout(60_000);
  async function openHere() {
    const recorded = recordedLog();
    const metrics = makeMetrics();
    const options = { paths: [folder], log: recorded.log, metrics, pollMs: 5 };
    return { live: valueOf(await openCatalogue(options)), metrics, ...recorded };
  }

  it('sees by itself that a file is written, added and removed', async () => {
    const { live } = await openHere();
    const matched = (): string => live.current().match('registry.example/own').profile.name;
    expect(matched()).to.equal('default');
    await writeFile(join(folder, 'own.yaml'), profile('/one'));
    await until(() => matched() === 'own');
    await writeFile(join(folder, 'own.yaml'), profile('/twotwo'));
    await until(
      () => live.current().match('registry.example/own').profile.writable[0]?.path === '/twotwo',
    );
    await rm(join(folder, 'own.yaml'));
    await until(() => matched() === 'default');
    live.close();
  });

  it('sees the symlink swap by which a kubelet replaces a ConfigMap', async () => {
    const generation = async (name: string, path: string): Promise<void> => {
      await mkdir(join(folder, name));
      await writeFile(join(folder, name, 'own.yaml'), profile(path));
      await symlink(name, join(folder, '..data_tmp'));
      await rename(join(folder, '..data_tmp'), join(folder, '..data'));
    };
    await generation('..1', '/one');
    await symlink('..data/own.yaml', join(folder, 'own.yaml'));
    const { live } = await openHere();
    const path = () => live.current().match('registry.example/own').profile.writable[0]?.path;
    expect(path()).to.equal('/one');
    await generation('..2', '/two');
    await until(() => path() === '/two');
    live.close();
  });

  it('tells once of a state that stays broken, and mends itself', async () => {
    await writeFile(join(folder, 'own.yaml'), profile('/one'));
    const { live, lines } = await openHere();
    const errors = (): number => lines().filter(({ level }) => level === 'error').length;
    await writeFile(join(folder, 'own.yaml'), 'broken: [');
    await until(() => errors() > 0);
    await new Promise((resolve) => setTimeout(resolve, 50));
    expect(errors()).to.be.at.most(2); // Truncated first, then written: the look may fall between.
    expect(live.current().match('registry.example/own').profile.name).to.equal('own');
    await writeFile(join(folder, 'own.yaml'), profile('/three'));
    await until(
      () => live.current().match('registry.example/own').profile.writable[0]?.path === '/three',
    );
    live.close();
  });

  it('outlives a directory that goes away', async () => {
    const { live, lines } = await openHere();
    await rm(folder, { recursive: true });
    await until(() => lines().some(({ level }) => level === 'error'));
    expect(live.current().size).to.be.greaterThan(10);
    live.close();
  });

  it('reads a file of endless aliases as a problem', async () => {
    const { live, lines } = await openHere();
    const rows = ['a0: &a0 [x, x, x, x, x, x, x, x, x]'];
    for (let row = 1; row < 12; row++)
      rows.push(`a${row}: &a${row} [${`*a${row - 1}, `.repeat(9)}]`);
    await writeFile(join(folder, 'bomb.yaml'), rows.join('\n'));
    await until(() => lines().some(({ level }) => level === 'error'));
    expect(live.current().match('nginx').profile.name).to.equal('nginx');
    live.close();
  });
});
