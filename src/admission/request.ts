/**
 * The request of an AdmissionReview, as far as Lithopod reads it (k8s.io/api admission/v1
 * types.go).
 */
import { isObject } from '../core/values/json.ts';

/** Names the object of a review in the log. Never the object itself. */
export interface Target {
  readonly uid: string;
  readonly namespace: string;
  /**
   * The object's name, or its `generateName` followed by `*` where the API server has not made a
   * name yet.
   */
  readonly name: string;
  readonly kind: string;
  readonly dryRun: boolean;
}

export interface Request {
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

/** Reads the request from a review's parsed body, or returns one sentence on what is wrong. */
export function readRequest(body: unknown): Request | string {
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

/** What the log shows of a request. */
export function targetOf({ uid, namespace, name, kind, dryRun, object }: Request): Target {
  const metadata = isObject(object) && isObject(object['metadata']) ? object['metadata'] : {};
  const generated = textOf(metadata['generateName']);
  const known = name || textOf(metadata['name']) || (generated === '' ? '' : `${generated}*`);
  return { uid, namespace, name: known, kind, dryRun };
}

function textOf(value: unknown): string {
  return typeof value === 'string' ? value : '';
}

/** A value as an error message may show it: short, and never an object's content. */
function quote(value: unknown): string {
  if (value === undefined) return 'absent';
  return typeof value === 'string' ? JSON.stringify(value.slice(0, 64)) : `a ${typeof value}`;
}
