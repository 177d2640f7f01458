import { expect } from 'chai';

import { formatProblem } from '../../src/core/values/result.ts';
import {
  readServeSettings,
  settingNames,
  type ServeSettings,
} from '../../src/admission/settings.ts';
import { environmentName } from '../../src/config.ts';
import type { SettingTexts } from '../../src/config.ts';

function read(
  flags: SettingTexts,
  environment: Readonly<Record<string, string>> = {},
): ServeSettings {
  const settings = readServeSettings(flags, environment);
  if (!settings.ok) throw new Error(settings.problems.map(formatProblem).join('\n'));
  return settings.value;
}

function problems(
  flags: SettingTexts,
  environment: Readonly<Record<string, string>> = {},
): string[] {
  const settings = readServeSettings(flags, environment);
  return settings.ok ? [] : settings.problems.map(formatProblem);
}

const ours = { LITHOPOD_PORT: '1', LITHOPOD_METRICS_PORT: '2', LITHOPOD_LOG_LEVEL: 'warn' };

describe('readServeSettings', () => {
  it('has a default for everything', () => {
    expect(read({})).to.deep.equal({
      host: undefined,
      port: 8443,
      metricsPort: 8080,
      tls: undefined,
      tlsSecret: undefined,
      caOut: undefined,
      clients: undefined,
      profiles: [],
      clusterProfiles: undefined,
      kubeconfig: undefined,
      mirrors: [],
      policy: { unprofiled: 'default', masking: 'probes', emptyDirMode: false },
      logLevel: 'info',
      drainSeconds: 10,
    });
  });

  it('reads every setting from a flag', () => {
    const flags = {
      host: '::1',
      port: '0',
      'metrics-port': '65535',
      'tls-cert': 'a.crt',
      'tls-key': 'a.key',
      'client-ca': 'ca.crt',
      'client-name': ['a', 'b'],
      profiles: ['dir', 'file.yaml'],
      'cluster-profiles': 'true',
      kubeconfig: 'config',
      mirror: ['r.example/hub/=docker.io/'],
      unprofiled: 'skip',
      masking: 'always',
      'emptydir-mode': 'true',
      'log-level': 'debug',
      'drain-seconds': '2.5',
    };
    expect(read(flags)).to.deep.equal({
      host: '::1',
      port: 0,
      metricsPort: 65535,
      tls: { certificateFile: 'a.crt', keyFile: 'a.key' },
      tlsSecret: undefined,
      caOut: undefined,
      clients: { authorityFile: 'ca.crt', names: ['a', 'b'] },
      profiles: ['dir', 'file.yaml'],
      clusterProfiles: true,
      kubeconfig: 'config',
      mirrors: [{ from: 'r.example/hub', to: 'docker.io' }],
      policy: { unprofiled: 'skip', masking: 'always', emptyDirMode: true },
      logLevel: 'debug',
      drainSeconds: 2.5,
    });
    const others = ['ca-out', 'tls-secret', 'webhook-configuration'];
    expect([...Object.keys(flags), ...others].sort()).to.deep.equal([...settingNames].sort());
  });

  it('takes the certificate from a Secret, and then from nowhere else', () => {
    const flags = { 'tls-secret': 'lithopod-system/lithopod-tls', kubeconfig: 'config' };
    expect(read(flags)).to.have.deep.property('tlsSecret', {
      secret: { namespace: 'lithopod-system', name: 'lithopod-tls' },
      configuration: 'lithopod',
      kubeconfig: 'config',
    });
    expect(problems({ ...flags, 'ca-out': 'x' })).to.deep.equal([
      '--tls-secret goes without --tls-cert, --tls-key and --ca-out',
    ]);
    for (const name of ['lithopod-tls', 'a/b/c', '/', 'A/b', '']) {
      expect(problems({ 'tls-secret': name }), name).to.include(
        '--tls-secret takes NAMESPACE/NAME of a Secret',
      );
    }
  });

  it('reads the same from the environment as from flags', () => {
    const flags: Record<string, string> = {
      host: '::1',
      port: '1',
      'metrics-port': '2',
      'tls-cert': 'a.crt',
      'tls-key': 'a.key',
      'client-ca': 'ca.crt',
      'cluster-profiles': 'false',
      kubeconfig: 'config',
      unprofiled: 'skip',
      masking: 'always',
      'emptydir-mode': 'true',
      'log-level': 'debug',
      'drain-seconds': '3',
    };
    const environment = Object.fromEntries(
      Object.entries(flags).map(([name, value]) => [environmentName(name), value]),
    );
    expect(Object.keys(environment)).to.include.members([
      'LITHOPOD_METRICS_PORT',
      'LITHOPOD_TLS_CERT',
    ]);
    expect(read({}, environment)).to.deep.equal(read(flags));
    expect(read({}, { LITHOPOD_CA_OUT: 'ca.pem' }).caOut).to.equal('ca.pem');
  });

  it('lets a flag win over the environment, and that over the default', () => {
    expect(read({ port: '9' }, ours)).to.deep.include({
      port: 9,
      metricsPort: 2,
      logLevel: 'warn',
    });
  });

  it('takes an empty variable for an unset one', () => {
    const environment = { LITHOPOD_PORT: '', LITHOPOD_TLS_CERT: '', LITHOPOD_MIRROR: '' };
    expect(read({}, environment)).to.deep.equal(read({}));
  });

  it('splits mirrors in the environment by commas, and lets flags replace them', () => {
    const environment = { LITHOPOD_MIRROR: 'a.example/=docker.io/,b.example/=quay.io/' };
    expect(read({}, environment).mirrors.map(({ from }) => from)).to.have.members([
      'a.example',
      'b.example',
    ]);
    const replaced = read({ mirror: ['c.example/=docker.io/'] }, environment).mirrors;
    expect(replaced.map(({ from }) => from)).to.deep.equal(['c.example']);
  });

  it('splits the paths of profiles in the environment by commas', () => {
    const environment = { LITHOPOD_PROFILES: 'platform,shop/api.yaml' };
    expect(read({}, environment).profiles).to.deep.equal(['platform', 'shop/api.yaml']);
    expect(read({ profiles: ['own'] }, environment).profiles).to.deep.equal(['own']);
  });

  it('splits the names of clients in the environment by commas', () => {
    const environment = { LITHOPOD_CLIENT_CA: 'ca.crt', LITHOPOD_CLIENT_NAME: 'a,b' };
    expect(read({}, environment).clients).to.deep.equal({
      authorityFile: 'ca.crt',
      names: ['a', 'b'],
    });
  });

  it('refuses names of clients without an authority, and an empty one', () => {
    const told = ['--client-name is looked for in certificates of --client-ca: give both'];
    expect(problems({ 'client-name': ['a'] })).to.deep.equal(told);
    expect(problems({}, { LITHOPOD_CLIENT_NAME: 'a' })).to.deep.equal(told);
    expect(problems({ 'client-ca': 'ca.crt', 'client-name': [''] })).to.deep.equal([
      '--client-name: must not be empty',
    ]);
  });

  it('takes a certificate from a flag and its key from the environment', () => {
    expect(read({ 'tls-cert': 'a' }, { LITHOPOD_TLS_KEY: 'b' }).tls).to.deep.equal({
      certificateFile: 'a',
      keyFile: 'b',
    });
  });

  it('is frozen, in its parts too', () => {
    const settings = read({ 'tls-cert': 'a', 'tls-key': 'b', mirror: ['r.example/=docker.io/'] });
    const clients = read({ 'client-ca': 'a', 'client-name': ['b'] }).clients;
    const parts = [settings.tls, settings.policy, settings.mirrors, clients, clients?.names];
    for (const part of [settings, ...parts]) {
      expect(part).to.be.frozen;
    }
  });

  it('tells all problems together, each by the name it was given under', () => {
    expect(
      problems(
        {
          port: 'http',
          'metrics-port': '70000',
          unprofiled: 'maybe',
          mirror: ['nonsense'],
          'tls-cert': 'a',
        },
        { LITHOPOD_DRAIN_SECONDS: 'soon', LITHOPOD_LOG_LEVEL: 'loud' },
      ).sort(),
    ).to.deep.equal([
      '--metrics-port: must be a port number from 0 to 65535',
      '--mirror: A mirror is written FROM=TO, as in registry.corp/hub/=docker.io/: "nonsense" has no "=".',
      '--port: must be a port number from 0 to 65535',
      '--tls-cert and --tls-key go together',
      '--unprofiled: must be default or skip',
      'LITHOPOD_DRAIN_SECONDS: must be a number of seconds from 0 to 600',
      'LITHOPOD_LOG_LEVEL: must be one of error, warn, info, debug',
    ]);
  });

  for (const port of [
    '',
    ' ',
    '-1',
    '65536',
    '1e3',
    '0x1F',
    '80.5',
    '80 ',
    'NaN',
    'Infinity',
    '٣',
  ]) {
    it(`refuses the port ${JSON.stringify(port)}`, () => {
      expect(problems({ port })).to.deep.equal(['--port: must be a port number from 0 to 65535']);
    });
  }

  for (const seconds of ['', '-1', '601', 'Infinity', '1e2', '5s']) {
    it(`refuses a drain of ${JSON.stringify(seconds)} seconds`, () => {
      expect(problems({ 'drain-seconds': seconds })).to.deep.equal([
        '--drain-seconds: must be a number of seconds from 0 to 600',
      ]);
    });
  }

  for (const name of [
    'host',
    'tls-cert',
    'tls-key',
    'ca-out',
    'client-ca',
    'profiles',
    'unprofiled',
    'log-level',
  ]) {
    it(`refuses an empty --${name}: a variable that a script left unset`, () => {
      expect(problems({ [name]: '' })).not.to.be.empty;
    });
  }

  it('refuses an empty certificate and key rather than to make its own', () => {
    expect(problems({ 'tls-cert': '', 'tls-key': '' })).to.deep.equal([
      '--tls-cert: must not be empty',
      '--tls-key: must not be empty',
    ]);
  });

  it('refuses to write the authority of a certificate that it does not make', () => {
    const told = [
      '--ca-out writes the authority of a certificate made in memory: with --tls-cert and --tls-key there is none',
    ];
    const files = { 'tls-cert': 'a', 'tls-key': 'b' };
    expect(problems({ ...files, 'ca-out': 'ca.pem' })).to.deep.equal(told);
    expect(problems(files, { LITHOPOD_CA_OUT: 'ca.pem' })).to.deep.equal(told);
  });

  it('refuses mirrors that contradict each other', () => {
    const mirror = ['r.example/=docker.io/', 'r.example/=quay.io/'];
    expect(problems({ mirror })).to.deep.equal([
      '--mirror: Two mirrors rewrite r.example/: to docker.io/ and to quay.io/.',
    ]);
  });
});
