import { expect } from 'chai';

import { readRotateSettings } from '../../src/certificates/rotate-settings.ts';
import { formatProblem } from '../../src/core/values/result.ts';
import type { SettingTexts } from '../../src/config.ts';

const dayMs = 24 * 60 * 60 * 1000;

function problems(flags: SettingTexts, environment = {}): readonly string[] {
  const settings = readRotateSettings(flags, environment);
  return settings.ok ? [] : settings.problems.map(formatProblem);
}

describe('readRotateSettings', () => {
  it('has a default for everything', () => {
    expect(readRotateSettings({}, {})).to.deep.equal({
      ok: true,
      value: {
        secret: { namespace: 'lithopod-system', name: 'lithopod-tls' },
        configuration: 'lithopod',
        service: 'lithopod',
        hosts: [],
        lifetimes: { authorityMs: 365 * dayMs, leafMs: 7 * dayMs, publishAheadMs: 600_000 },
        kubeconfig: undefined,
        context: undefined,
        logLevel: 'info',
      },
    });
  });

  it('takes flags before the environment', () => {
    const settings = readRotateSettings(
      { 'ca-lifetime': '60s' },
      {
        LITHOPOD_CA_LIFETIME: '1d',
        LITHOPOD_CERT_LIFETIME: '10s',
        LITHOPOD_PUBLISH_AHEAD: '1s',
        LITHOPOD_DNS: 'a.example,10.0.0.1',
      },
    );
    expect(settings.ok && settings.value).to.deep.include({
      lifetimes: { authorityMs: 60_000, leafMs: 10_000, publishAheadMs: 1_000 },
      hosts: ['a.example', '10.0.0.1'],
    });
  });

  it('names what it cannot read as it was given', () => {
    const duration = 'must be a whole number with a unit: s, m, h or d, such as 168h';
    for (const text of ['10', '0s', '-1h', '1w', '1.5h', '']) {
      expect(problems({ 'cert-lifetime': text }), text).to.deep.equal([
        `--cert-lifetime: ${duration}`,
      ]);
    }
    expect(problems({}, { LITHOPOD_CA_LIFETIME: 'x' })).to.deep.equal([
      `LITHOPOD_CA_LIFETIME: ${duration}`,
    ]);
    expect(problems({ 'ca-lifetime': '99999d' })).to.deep.equal([
      '--ca-lifetime: must not be more than a hundred years',
    ]);
  });

  it('refuses certificates that do not end in the last third of their authority', () => {
    expect(problems({ 'ca-lifetime': '21d', 'cert-lifetime': '7d' })).to.deep.equal([
      '--cert-lifetime and --publish-ahead together must not be more than a third of --ca-lifetime',
    ]);
    expect(problems({ 'ca-lifetime': '22d', 'cert-lifetime': '7d' })).to.deep.equal([]);
  });
});
