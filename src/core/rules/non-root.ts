/**
 * Every container runs as a non-root user.
 *
 * Fields:
 * - `spec.securityContext.runAsNonRoot`, `runAsUser` and `fsGroup`
 * - `securityContext.runAsNonRoot`, `runAsUser` and `runAsGroup` of every container
 *
 * Allowed:
 * - `runAsNonRoot`: `true`, or unset where the pod says `true`
 * - `runAsUser`: any but 0; unset where `runAsNonRoot` is `true`
 *
 * Source: pod-security-admission policy/check_runAsNonRoot.go and check_runAsUser.go, v1.34; the
 * user is that of the image's profile.
 *
 * Limits:
 * - A user that the pod names is never replaced: 0 is a conflict.
 * - Where no user is known `runAsNonRoot` is not set: the API would accept the pod, and the kubelet
 *   refuse to start it (kubernetes v1.34 security_context_others.go:35).
 * - The pod's own fields count also where each container overrides them: a `runAsNonRoot: false`
 *   that no container needs is fixed, a `runAsUser: 0` that none inherits is reported.
 */
import { withPodSecurityContext, withSecurityContext } from '../pod/change.ts';
import { containersOf, mapTreated } from '../pod/containers.ts';
import type { ContainerProfile, RuleContext } from '../context/context.ts';
import type { Container, Pod, SecurityContext } from '../pod/pod.ts';
import type { Report } from '../findings/report.ts';
import { anyScope } from './rule.ts';
import type { Rule } from './rule.ts';

export const nonRoot: Rule = {
  id: 'non-root',
  level: 'restricted',
  title: 'A non-root user',
  why: 'Root in a container is root on its node for every flaw of the kernel or runtime.',
  scopes: anyScope,
  apply(pod, context, report) {
    const after = mapTreated(pod, context, (container) =>
      context.isSeed(container)
        ? container
        : runAsUser(container, pod, context.profileOf(container), report),
    );
    return context.subject.scope === 'pod'
      ? withSharedUser(withFsGroup(after, report, context), report, context)
      : after;
  },
};

const userField = '/securityContext/runAsUser';
const nonRootField = '/securityContext/runAsNonRoot';

function runAsUser(
  container: Container,
  pod: Pod,
  { profile }: ContainerProfile,
  report: Report,
): Container {
  const own = container.securityContext;
  const shared = pod.spec.securityContext;
  const asked = own?.runAsUser ?? shared?.runAsUser;
  const declared = own?.runAsNonRoot ?? shared?.runAsNonRoot;

  if (asked === 0) {
    const args = { inherited: true };
    if (own?.runAsUser === 0) report.container(container, 'root-requested', userField, args);
    else report.ofPod(container, 'root-requested', `/spec${userField}`, args);
    return container;
  }
  if (asked != null) return declared === true ? container : declareNonRoot(container, report);
  if (declared === true && profile.user === undefined) return container;
  if (profile.user === undefined) {
    report.container(container, 'user-unknown', userField);
    return container;
  }
  const { uid, gid } = profile.user;
  const group = own?.runAsGroup ?? shared?.runAsGroup;
  report.container(container, 'user-set', userField, { user: uid });
  if (own?.runAsNonRoot === false) {
    report.container(container, 'non-root-overridden', nonRootField);
  }
  const fields: Writable<SecurityContext> = { runAsUser: uid };
  if (declared !== true) fields.runAsNonRoot = true;
  if (group == null) fields.runAsGroup = gid;
  return withSecurityContext(container, fields);
}

type Writable<T> = { -readonly [K in keyof T]: T[K] };

function declareNonRoot(container: Container, report: Report): Container {
  const isOverridden = container.securityContext?.runAsNonRoot === false;
  const code = isOverridden ? 'non-root-overridden' : 'non-root-set';
  report.container(container, code, nonRootField);
  return withSecurityContext(container, { runAsNonRoot: true });
}

/** The pod's own fields, once those of its containers are what they can be. */
function withSharedUser(pod: Pod, report: Report, context: RuleContext): Pod {
  const before = pod.spec.securityContext;
  const contexts = containersOf(pod)
    .filter((container) => !context.isSeed(container))
    .map(({ securityContext }) => securityContext);
  const inherited = contexts.some((own) => own?.runAsUser == null);
  if (before?.runAsUser === 0 && !inherited) {
    report.pod('root-requested', `/spec${userField}`, { inherited: false });
  }
  // A container that may run as root would inherit the pod's declaration, and not be started.
  const isKept = contexts.some((own) => own?.runAsNonRoot !== true);
  if (before?.runAsNonRoot !== false || isKept) return pod;
  report.pod('non-root-overridden', `/spec${nonRootField}`);
  return withPodSecurityContext(pod, { runAsNonRoot: true });
}

/**
 * A pod has one fsGroup, so it is set only where the profiles of its containers agree on it. It
 * goes with a user that we set: a pod whose author chose its users is left to have the groups that
 * they chose.
 */
function withFsGroup(pod: Pod, { findings }: Report, context: RuleContext): Pod {
  const before = pod.spec.securityContext;
  if (before?.fsGroup != null) return pod;
  const given = new Set(
    findings.filter(({ code }) => code === 'user-set').map(({ container }) => container),
  );
  if (given.size === 0) return pod;
  const groups = new Set<number>();
  for (const container of pod.spec.containers) {
    const { user } = context.profileOf(container).profile;
    if (user?.fsGroup !== undefined && given.has(container.name)) groups.add(user.fsGroup);
  }
  const [fsGroup] = groups;
  if (fsGroup === undefined || groups.size > 1) return pod;
  return withPodSecurityContext(pod, { fsGroup });
}
