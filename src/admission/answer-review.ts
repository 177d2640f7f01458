/**
 * From an AdmissionReview to its response. Pure: the server, the command line and the tests call
 * the same function.
 *
 * Wire format: k8s.io/api admission/v1 types.go. A request that cannot be read is an `unreadable`
 * result, which becomes an HTTP 400, so that the failurePolicy of the cluster decides.
 * `allowed: false` is answered for one thing alone, since it holds whatever the failurePolicy says:
 * a pod to be hardened with a name that the API server refuses.
 */
import { harden } from '../core/harden.ts';
import { hardenTemplate } from '../core/harden-template.ts';
import { messagesFor } from './warnings.ts';
import { readRequest, targetOf } from './request.ts';
import { subjectsOf } from './subjects.ts';
import type { Catalogue } from '../core/catalogue/match/catalogue.ts';
import { exemptionsOf } from '../core/exemptions/pod-exemptions.ts';
import type { Exemption } from '../core/exemptions/exemption.ts';
import type { Policy } from '../core/context/context.ts';
import type { FieldProblem } from '../core/pod/object-names.ts';
import type { Operation } from '../core/patch.ts';
import { shown } from '../core/values/text.ts';
import type { ReasonCode } from '../core/findings/reasons.ts';
import type { Finding } from '../core/findings/finding.ts';
import type { Outcome, Route } from './routes.ts';
import type { ReviewSummary } from './warnings.ts';
import type { Request, Target } from './request.ts';

export type ReviewResult =
  | {
      readonly outcome: Exclude<Outcome, 'error'>;
      readonly target: Target;
      readonly operation: string;
      readonly findings: readonly Finding[];
      readonly response: AdmissionReviewResponse;
    }
  | { readonly outcome: 'unreadable'; readonly reason: string };

/** A refusal in the API's own terms (k8s.io/apimachinery meta/v1 Status). */
export interface InvalidStatus {
  readonly status: 'Failure';
  readonly message: string;
  readonly reason: 'Invalid';
  readonly details: {
    readonly name: string;
    readonly kind: 'Pod';
    readonly causes: readonly FieldProblem[];
  };
  readonly code: 422;
}

export interface AdmissionReviewResponse {
  readonly apiVersion: 'admission.k8s.io/v1';
  readonly kind: 'AdmissionReview';
  readonly response: {
    readonly uid: string;
    readonly allowed: boolean;
    /** Where it is not allowed. */
    readonly status?: InvalidStatus;
    readonly patchType?: 'JSONPatch';
    /** The operations as JSON, in base64. */
    readonly patch?: string;
    readonly warnings?: readonly string[];
    readonly auditAnnotations?: Readonly<Record<string, string>>;
  };
}

/** The Exemptions in force in a namespace. */
export type ExemptionsIn = (namespace: string) => readonly Exemption[];

const noExemptions: readonly Exemption[] = [];

/** Answers a review. `body` is the parsed JSON of the request. Throws for our own faults only. */
export function review(
  body: unknown,
  route: Route,
  catalogue: Catalogue,
  policy: Omit<Policy, 'level'>,
  exemptionsIn: ExemptionsIn = () => noExemptions,
): ReviewResult {
  const request = readRequest(body);
  if (typeof request === 'string') return { outcome: 'unreadable', reason: request };
  const subjects = subjectsOf(request, route.mode);
  if (typeof subjects === 'string') return { outcome: 'unreadable', reason: subjects };
  if (route.mode === 'enforce') {
    for (const { nameFaults, isTemplate } of subjects) {
      if (nameFaults.length > 0 && !isTemplate) return refuseNames(request, nameFaults);
    }
  }

  const findings: Finding[] = [];
  let patch: readonly Operation[] = [];
  let changed = false;
  // Written out: V8 keeps the shape of what is spread.
  const { unprofiled, masking, emptyDirMode = false } = policy;
  const wanted: Policy = { level: route.level, unprofiled, masking, emptyDirMode };
  const granted = exemptionsIn(request.namespace);
  for (const { pod, isTemplate, holder, subject, nameFaults } of subjects) {
    const [fault] = nameFaults;
    if (fault !== undefined) {
      findings.push(invalidName(fault));
      continue;
    }
    const exemptions = granted.length === 0 ? undefined : exemptionsOf(pod, granted, catalogue);
    const hardening =
      holder === undefined
        ? harden(pod, catalogue, wanted, subject, exemptions)
        : hardenTemplate(holder, pod, catalogue, wanted, subject, exemptions);
    for (const finding of hardening.findings) findings.push(finding);
    changed ||= hardening.patch.length > 0;
    if (route.mode === 'enforce' && !isTemplate) patch = hardening.patch;
  }
  const done = { changed, patched: patch.length > 0, treated: subjects.length > 0 };
  return {
    outcome: outcomeOf(done, findings),
    target: targetOf(request),
    operation: request.operation,
    findings,
    response: respond(request.uid, patch, messagesFor({ route, findings, ...done })),
  };
}

/**
 * The answer to a pod that the API server would refuse in just these words, had it been let
 * through.
 */
function refuseNames(request: Request, causes: readonly FieldProblem[]): ReviewResult {
  const target = targetOf(request);
  const name = shown(target.name);
  const faults = causes.map(({ field, message }) => `${field}: ${message}`);
  const told = faults.length === 1 ? faults.join('') : `[${faults.join(', ')}]`;
  const status: InvalidStatus = {
    status: 'Failure',
    message: `Pod ${JSON.stringify(name)} is invalid: ${told}`,
    reason: 'Invalid',
    details: { name, kind: 'Pod', causes },
    code: 422,
  };
  return {
    outcome: 'rejected',
    target,
    operation: request.operation,
    findings: [],
    response: {
      apiVersion: 'admission.k8s.io/v1',
      kind: 'AdmissionReview',
      response: { uid: request.uid, allowed: false, status },
    },
  };
}

function invalidName({ field, message }: FieldProblem): Finding {
  return {
    rule: 'unsupported-pod',
    code: 'invalid-name',
    container: undefined,
    // `spec.containers[0].name`
    at: `/${field.replaceAll(/[.[]/g, '/').replaceAll(']', '')}`,
    args: { field, message },
  };
}

const leftAlone = new Set<ReasonCode>(['windows-pod', 'mirror-pod', 'invalid-name']);

function outcomeOf(
  { changed, patched, treated }: Pick<ReviewSummary, 'changed' | 'patched' | 'treated'>,
  findings: readonly Finding[],
): 'patched' | 'would-change' | 'unchanged' | 'skipped' {
  if (changed) return patched ? 'patched' : 'would-change';
  const isLeftAlone = findings.some(({ code }) => leftAlone.has(code));
  return !treated || isLeftAlone ? 'skipped' : 'unchanged';
}

function respond(
  uid: string,
  patch: readonly Operation[],
  messages: ReturnType<typeof messagesFor>,
): AdmissionReviewResponse {
  return {
    apiVersion: 'admission.k8s.io/v1',
    kind: 'AdmissionReview',
    response: {
      uid,
      allowed: true,
      ...(patch.length > 0 && {
        patchType: 'JSONPatch' as const,
        patch: base64Of(JSON.stringify(patch)),
      }),
      ...(messages.warnings.length > 0 && { warnings: messages.warnings }),
      ...(messages.auditAnnotations && { auditAnnotations: messages.auditAnnotations }),
    },
  };
}

/** A buffer of its own for each text costs more than the encoding does, in time and in garbage. */
const scratch = Buffer.allocUnsafeSlow(96 * 1024);

function base64Of(text: string): string {
  // A UTF-16 unit takes three bytes at most.
  if (text.length * 3 > scratch.length) return Buffer.from(text).toString('base64');
  return scratch.toString('base64', 0, scratch.write(text));
}

/**
 * The JSON of a response, as `JSON.stringify` would write it but for the order of fields. The
 * patch, which is most of it, is base64 and needs no look for what has to be escaped.
 */
export function textOfResponse({ apiVersion, kind, response }: AdmissionReviewResponse): string {
  const { uid, allowed, status, patchType, patch, warnings, auditAnnotations } = response;
  const rest = { uid, allowed, status, patchType, warnings, auditAnnotations };
  const text = JSON.stringify({ apiVersion, kind, response: rest });
  return patch === undefined ? text : `${text.slice(0, -2)},"patch":"${patch}"}}`;
}
