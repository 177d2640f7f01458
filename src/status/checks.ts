/** What is to be said of an installation. Pure: from facts to checks. */
import { levels } from '../core/findings/finding.ts';
import { labelModes, labelPrefix, neverSelectedNamespaces } from '../core/namespaces.ts';
import { shown } from '../core/values/text.ts';
import { isTrusted } from '../tls/chain.ts';
import { certificateExpiry, certificateLife } from '../tls/pair.ts';
import type { Facts, Known, NamespaceFact } from './facts.ts';

/**
 * - `ok`: as it should be
 * - `warning`: the installation works; somebody should look at this
 * - `failed`: new pods are refused, or not hardened
 * - `unknown`: it could not be read
 */
export const checkStates = ['ok', 'warning', 'failed', 'unknown'] as const;
export type CheckState = (typeof checkStates)[number];

export interface Check {
  readonly name: string;
  readonly state: CheckState;
  /** One line. */
  readonly summary: string;
  /** What there is beside it, each a line. */
  readonly details: readonly string[];
}

/** As the log of `serve` says it: three weeks before, or in the last quarter of a shorter life. */
const soonMs = 21 * 24 * 3_600_000;

/** All checks, in the order of their report. `now`: Unix time in milliseconds. */
export function checksOf(facts: Facts, now: number): readonly Check[] {
  return [
    webhookCheck(facts),
    certificateCheck(facts, now),
    deploymentCheck(facts),
    profileCheck(facts),
    exemptionCheck(facts),
    namespaceCheck(facts),
    podCheck(facts),
  ];
}

function ifKnown<T>(
  name: string,
  known: Known<T>,
  judge: (value: T) => Omit<Check, 'name'>,
): Check {
  if ('unknown' in known) {
    return { name, state: 'unknown', summary: known.unknown, details: [] };
  }
  return { name, ...judge(known.value) };
}

function ok(summary: string, details: readonly string[] = []): Omit<Check, 'name'> {
  return { state: 'ok', summary, details };
}

function webhookCheck({ webhook }: Facts): Check {
  return ifKnown('webhook', webhook, (configuration) => {
    if (configuration === undefined) {
      return {
        state: 'failed',
        summary: 'there is no MutatingWebhookConfiguration "lithopod": no pod is hardened',
        details: [],
      };
    }
    const { entries, differences } = configuration;
    if (differences.length === 0) {
      return ok(`${entries.length} entries, as this Lithopod installs them`);
    }
    return {
      state: 'warning',
      summary: 'the webhook configuration is not as this Lithopod installs it, and stays so',
      details: differences,
    };
  });
}

function certificateCheck({ certificate, webhook }: Facts, now: number): Check {
  return ifKnown('certificate', certificate, (pem) => {
    if (pem === undefined) {
      return { state: 'failed', summary: 'there is no Secret "lithopod-tls"', details: [] };
    }
    const expiry = expiryOf(pem);
    if (expiry === undefined) {
      return {
        state: 'failed',
        summary: 'the Secret "lithopod-tls" holds no certificate that can be read',
        details: [],
      };
    }
    const until = `valid until ${expiry.toISOString().slice(0, 19)}Z`;
    if (expiry.getTime() <= now) {
      return { state: 'failed', summary: `it has expired (${until})`, details: [] };
    }
    const entries = 'value' in webhook ? (webhook.value?.entries ?? []) : [];
    const strange = entries.filter(({ bundle }) => !isTrusted(pem, bundle, now));
    if (strange.length > 0) {
      return {
        state: 'failed',
        summary: `API servers do not trust it: the caBundle of ${strange.length} of ${entries.length} entries is of another authority`,
        details: strange.map(({ name }) => name),
      };
    }
    const trust = entries.length === 0 ? '' : ', trusted by every entry of the webhook';
    const isSoon = expiry.getTime() - now < Math.min(soonMs, certificateLife(pem) / 4);
    return { state: isSoon ? 'warning' : 'ok', summary: `${until}${trust}`, details: [] };
  });
}

function expiryOf(pem: string): Date | undefined {
  try {
    const expiry = certificateExpiry(pem);
    return Number.isNaN(expiry.getTime()) ? undefined : expiry;
  } catch {
    return undefined;
  }
}

function deploymentCheck({ deployments, namespace }: Facts): Check {
  return ifKnown('replicas', deployments, (all) => {
    const serve = all.find(({ name }) => name === 'lithopod');
    if (serve === undefined) {
      return {
        state: 'failed',
        summary: `there is no Deployment "lithopod" in the namespace ${namespace}`,
        details: [],
      };
    }
    const summary = all.map(({ name, ready, wanted }) => `${name} ${ready}/${wanted}`).join(', ');
    const details = all
      .filter(({ isRolledOut }) => !isRolledOut)
      .map(({ name }) => `${name}: its last change is not on all pods yet`);
    if (serve.ready === 0) return { state: 'failed', summary: `${summary} ready`, details };
    const isWhole = all.every(({ ready, wanted }) => ready >= wanted) && details.length === 0;
    return { state: isWhole ? 'ok' : 'failed', summary: `${summary} ready`, details };
  });
}

function profileCheck({ profiles }: Facts): Check {
  return ifKnown('profiles', profiles, (all) => {
    const unready = all.filter(({ ready }) => ready === false);
    const unwritten = all.filter(({ ready }) => ready === undefined);
    const details = [
      ...unready.map(({ name, reason, message }) => `${name}: ${reason}: ${shown(message, 300)}`),
      ...unwritten.map(({ name }) => `${name}: no replica has looked at it yet`),
    ];
    const summary =
      all.length === 0
        ? 'none in the cluster: the built-in ones are in use'
        : `${all.length} in the cluster, ${all.length - unready.length - unwritten.length} in use`;
    return { state: details.length === 0 ? 'ok' : 'warning', summary, details };
  });
}

function exemptionCheck({ exemptions, pods }: Facts): Check {
  return ifKnown('exemptions', exemptions, (all) => {
    const by = (...reasons: readonly string[]) =>
      all.filter(({ reason }) => reasons.includes(reason));
    const inForce = by('InForce', 'EndsSoon');
    const byEnded = 'value' in pods ? pods.value.byEnded : [];
    const details = [
      ...by('EndsSoon').map(
        ({ name, expires }) => `${name} ends ${expires}: pods that are created later are hardened`,
      ),
      ...byEnded.map(
        ({ name, exemption }) =>
          `pod ${name} runs by ${exemption}, which has ended or is gone: its next start is hardened`,
      ),
      ...by('Invalid').map(({ name, message }) => `${name}: ${shown(message, 300)}`),
      ...all
        .filter(({ neverMatched, reason }) => neverMatched && reason !== 'Ended')
        .map(({ name }) => `${name} has let no pod through yet`),
      ...all
        .filter(({ ready }) => ready === undefined)
        .map(({ name }) => `${name}: no replica has looked at it yet`),
    ];
    const ended = by('Ended').length;
    const summary =
      all.length === 0
        ? 'none'
        : `${inForce.length} in force, ${ended} ended, ${all.length} in all`;
    return { state: details.length === 0 ? 'ok' : 'warning', summary, details };
  });
}

function namespaceCheck({ namespaces, namespace: own }: Facts): Check {
  return ifKnown('namespaces', namespaces, (all) => {
    const counts = labelModes.map((mode) => {
      const some = all.filter(({ labels }) => labels.has(mode));
      const restricted = some.filter(({ labels }) => labels.get(mode) === 'restricted').length;
      return `${mode} ${some.length}${restricted === 0 ? '' : ` (${restricted} restricted)`}`;
    });
    const details = all.flatMap((each) => withoutEffect(each, own));
    return { state: details.length === 0 ? 'ok' : 'warning', summary: counts.join(', '), details };
  });
}

/** Labels that do nothing, or not what they say. */
function withoutEffect({ name, labels }: NamespaceFact, own: string): readonly string[] {
  const lines: string[] = [];
  const isNever = neverSelectedNamespaces.has(name) || name === own;
  for (const [key, value] of labels) {
    const label = `${name}: ${labelPrefix}${key}=${value}`;
    if (!(labelModes as readonly string[]).includes(key))
      lines.push(`${label} has no effect: no such label`);
    else if (isNever && key !== 'require')
      lines.push(`${label} has no effect: it is never selected`);
    else if (!(levels as readonly string[]).includes(value)) {
      lines.push(key === 'enforce' ? `${label} counts as immutable` : `${label} has no effect`);
    }
  }
  const [enforce, warn] = [labels.get('enforce'), labels.get('warn')];
  if (enforce === undefined || warn === undefined || isNever) return lines;
  if (enforce === 'restricted' || warn === 'immutable') {
    lines.push(`${name}: lithopod.dev/warn=${warn} has no effect beside enforce=${enforce}`);
  }
  return lines;
}

function podCheck({ pods }: Facts): Check {
  return ifKnown('pods', pods, ({ count, mutable }) => {
    const left = mutable.filter(({ exemption }) => exemption === undefined);
    const spared = mutable.length - left.length;
    const bySpared = spared === 0 ? '' : `, ${spared} by an exemption in force`;
    const summary = `${left.length} of ${count} in enforced namespaces are mutable${bySpared}`;
    const details = left.map(({ name, since, why }) => `${name} since ${since}: ${why}`);
    return { state: left.length === 0 ? 'ok' : 'warning', summary, details };
  });
}
