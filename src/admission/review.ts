/**
 * From an AdmissionReview to its response. Pure: the server, the command line and the tests call the same function.
 *
 * Wire format: k8s.io/api admission/v1 types.go. A request that cannot be read is a `rejected` result, which becomes an
 * HTTP 400, so that the failurePolicy of the cluster decides; `allowed: false` is never answered.
 */
import { harden } from '../core/harden.ts';
import { readPod } from '../core/shape.ts';
import { podTemplates } from '../core/workload.ts';
import { describe } from './messages.ts';
import type { Catalogue } from '../core/catalogue/match.ts';
import type { Policy, Subject } from '../core/context.ts';
import type { Operation } from '../core/patch.ts';
import type { Pod } from '../core/pod.ts';
import type { Finding, Level } from '../core/rules/rule.ts';

export const modes = ['enforce', 'audit', 'warn'] as const;
export type Mode = (typeof modes)[number];

/** What a webhook entry asks for by its URL path. */
export interface Route {
  readonly mode: Mode;
  readonly level: Level;
  /** The namespace's label names no level: it counts as `immutable`, and the client is told. */
  readonly mistyped: boolean;
}

export type Outcome = 'patched' | 'unchanged' | 'skipped' | 'rejected' | 'error';

/** Which object a review is about, for the log. Never the object itself. */
export interface Target {
  readonly uid: string;
  readonly namespace: string;
  /** The object's name, or its `generateName` followed by `*` where the API server has not made a name yet. */
  readonly name: string;
  readonly kind: string;
  readonly dryRun: boolean;
}

export type ReviewResult =
  | {
      readonly outcome: 'patched' | 'unchanged' | 'skipped';
      readonly target: Target;
      readonly operation: string;
      readonly findings: readonly Finding[];
      readonly response: AdmissionReviewResponse;
    }
  | { readonly outcome: 'rejected'; readonly reason: string };

export interface AdmissionReviewResponse {
  readonly apiVersion: 'admission.k8s.io/v1';
  readonly kind: 'AdmissionReview';
  readonly response: {
    readonly uid: string;
    readonly allowed: true;
    readonly patchType?: 'JSONPatch';
    /** The operations as JSON, in base64. */
    readonly patch?: string;
    readonly warnings?: readonly string[];
    readonly auditAnnotations?: Readonly<Record<string, string>>;
  };
}

/** Answers a review. `body` is the parsed JSON of the request. Throws for our own faults only. */
export function review(
  body: unknown,
  route: Route,
  catalogue: Catalogue,
  policy: Omit<Policy, 'level'>,
): ReviewResult {
  const request = readRequest(body);
  if (typeof request === 'string') return { outcome: 'rejected', reason: request };
  const subjects = subjectsOf(request, route);
  if (typeof subjects === 'string') return { outcome: 'rejected', reason: subjects };

  const findings: Finding[] = [];
  let patch: readonly Operation[] = [];
  let changed = false;
  const { unprofiled, masking } = policy;
  const wanted: Policy = { level: route.level, unprofiled, masking };
  for (const { pod, subject } of subjects) {
    const hardening = harden(pod, catalogue, wanted, subject);
    for (const finding of hardening.findings) findings.push(finding);
    changed ||= hardening.patch.length > 0;
    if (route.mode === 'enforce') patch = hardening.patch;
  }
  return {
    outcome: outcomeOf(patch, subjects, findings),
    target: targetOf(request),
    operation: request.operation,
    findings,
    response: respond(
      request.uid,
      patch,
      describe({ route, findings, changed, treated: subjects.length > 0 }),
    ),
  };
}

function outcomeOf(
  patch: readonly Operation[],
  subjects: readonly HardeningSubject[],
  findings: readonly Finding[],
): 'patched' | 'unchanged' | 'skipped' {
  if (patch.length > 0) return 'patched';
  const exempt = findings.some(({ code }) => code === 'windows-pod' || code === 'mirror-pod');
  return subjects.length === 0 || exempt ? 'skipped' : 'unchanged';
}

function respond(
  uid: string,
  patch: readonly Operation[],
  messages: ReturnType<typeof describe>,
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
 * The JSON of a response, as `JSON.stringify` would write it but for the order of fields. The patch, which is most of it,
 * is base64 and needs no look for what has to be escaped.
 */
export function textOfResponse({ apiVersion, kind, response }: AdmissionReviewResponse): string {
  const { uid, allowed, patchType, patch, warnings, auditAnnotations } = response;
  const rest = { uid, allowed, patchType, warnings, auditAnnotations };
  const text = JSON.stringify({ apiVersion, kind, response: rest });
  return patch === undefined ? text : `${text.slice(0, -2)},"patch":"${patch}"}}`;
}

interface Request {
  readonly uid: string;
  readonly operation: string;
  readonly group: string;
  readonly resource: string;
  readonly subResource: string;
  readonly kind: string;
  readonly namespace: string;
  readonly name: string;
  readonly dryRun: boolean;
  readonly object: unknown;
  readonly oldObject: unknown;
}

type JsonObject = Readonly<Record<string, unknown>>;

/** The request, or one sentence on why it is none. */
function readRequest(body: unknown): Request | string {
  if (!isObject(body)) return 'the body is not a JSON object';
  if (body['kind'] !== 'AdmissionReview')
    return `kind must be AdmissionReview, not ${quote(body['kind'])}`;
  if (body['apiVersion'] !== 'admission.k8s.io/v1') {
    return `apiVersion must be admission.k8s.io/v1, not ${quote(body['apiVersion'])}`;
  }
  const { request } = body as { readonly request?: unknown };
  if (!isObject(request)) return 'the AdmissionReview has no request';
  const uid = request['uid'];
  if (typeof uid !== 'string' || uid === '') return 'request.uid must be a non-empty string';
  const resource = request['resource'];
  if (!isObject(resource) || typeof resource['resource'] !== 'string') {
    return 'request.resource must name a group, version and resource';
  }
  const operation = request['operation'];
  if (typeof operation !== 'string') return 'request.operation must be a string';
  const kind = request['kind'];
  return {
    uid,
    operation,
    group: textOf(resource['group']),
    resource: resource['resource'],
    subResource: textOf(request['subResource']),
    kind: isObject(kind) ? textOf(kind['kind']) : '',
    namespace: textOf(request['namespace']),
    name: textOf(request['name']),
    dryRun: request['dryRun'] === true,
    object: request['object'],
    oldObject: request['oldObject'],
  };
}

interface HardeningSubject {
  readonly pod: Pod;
  readonly subject: Subject;
}

/** What of the request is to be hardened: nothing for what is not ours to touch, or one sentence on bad input. */
function subjectsOf(request: Request, { mode }: Route): readonly HardeningSubject[] | string {
  const isPod = request.group === '' && request.resource === 'pods';
  if (isPod && request.subResource === '' && request.operation === 'CREATE')
    return podSubject(request);
  if (isPod && request.subResource === 'ephemeralcontainers') return ephemeralSubject(request);
  const isWorkload = !isPod && request.subResource === '' && mode !== 'enforce';
  return isWorkload && ['CREATE', 'UPDATE'].includes(request.operation)
    ? templateSubjects(request)
    : [];
}

function podSubject({ object }: Request): readonly HardeningSubject[] | string {
  if (object == null) return 'request.object is missing';
  return withPod(object, '', { scope: 'pod', claims: [], existing: [] });
}

function ephemeralSubject({
  object,
  oldObject,
  operation,
}: Request): readonly HardeningSubject[] | string {
  if (operation !== 'UPDATE' && operation !== 'CREATE') return [];
  if (object == null) return 'request.object is missing';
  const old = oldObject == null ? undefined : readPod(oldObject);
  if (old?.ok === false) return problemText('request.oldObject', old.problems[0]);
  const existing = (old?.value.spec.ephemeralContainers ?? []).map(({ name }) => name);
  return withPod(object, '', { scope: 'ephemeral-containers', claims: [], existing });
}

function templateSubjects({ object }: Request): readonly HardeningSubject[] | string {
  if (object == null) return 'request.object is missing';
  const subjects: HardeningSubject[] = [];
  for (const { pod, pointer, claims } of podTemplates(object)) {
    const read = withPod(pod, pointer, { scope: 'pod', claims, existing: [] });
    if (typeof read === 'string') return read;
    subjects.push(...read);
  }
  return subjects;
}

function withPod(
  object: unknown,
  pointer: string,
  subject: Subject,
): readonly HardeningSubject[] | string {
  const pod = readPod(object);
  if (!pod.ok) return problemText(`request.object${pointer}`, pod.problems[0]);
  return [{ pod: pod.value, subject }];
}

function problemText(
  root: string,
  problem: { readonly path?: string; readonly message: string } | undefined,
): string {
  return `${root}${problem?.path ?? ''} ${problem?.message ?? 'cannot be read'}`;
}

function targetOf({ uid, namespace, name, kind, dryRun, object }: Request): Target {
  const metadata = isObject(object) && isObject(object['metadata']) ? object['metadata'] : {};
  const generated = textOf(metadata['generateName']);
  const known = name || textOf(metadata['name']) || (generated === '' ? '' : `${generated}*`);
  return { uid, namespace, name: known, kind, dryRun };
}

function textOf(value: unknown): string {
  return typeof value === 'string' ? value : '';
}

function isObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** A value of the request as an error may show it: short, and never an object's content. */
function quote(value: unknown): string {
  if (value === undefined) return 'absent';
  return typeof value === 'string' ? JSON.stringify(value.slice(0, 64)) : `a ${typeof value}`;
}
