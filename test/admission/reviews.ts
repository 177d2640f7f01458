/** AdmissionReviews as an API server sends them. */

export interface TestContainer {
  readonly name: string;
  readonly image?: string;
  readonly [field: string]: unknown;
}

export interface TestPod {
  readonly apiVersion: 'v1';
  readonly kind: 'Pod';
  readonly metadata: Readonly<Record<string, unknown>>;
  readonly spec: {
    readonly containers: readonly TestContainer[];
    readonly [field: string]: unknown;
  };
}

/** A pod with one nginx container, whose spec and metadata the test adds to. */
export function podWith(
  spec: Readonly<Record<string, unknown>> = {},
  metadata: Readonly<Record<string, unknown>> = { name: 'web', namespace: 'sun' },
): TestPod {
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata,
    spec: { containers: [{ name: 'web', image: 'nginx:1.29' }], ...spec },
  };
}

/** A Deployment of such pods. */
export function deploymentOf({ spec }: TestPod): Readonly<Record<string, unknown>> {
  return {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name: 'web', namespace: 'sun' },
    spec: { replicas: 1, template: { metadata: { labels: { app: 'web' } }, spec } },
  };
}

export const deployments = { group: 'apps', version: 'v1', resource: 'deployments' };

/**
 * A review of a pod's creation, with the request's fields that the test changes or, with
 * `undefined`, leaves out.
 */
export function reviewOf(
  object: unknown,
  request: Readonly<Record<string, unknown>> = {},
): Readonly<Record<string, unknown>> {
  return {
    kind: 'AdmissionReview',
    apiVersion: 'admission.k8s.io/v1',
    request: {
      uid: '705ab4f5-6393-11e8-b7cc-42010a800002',
      kind: { group: '', version: 'v1', kind: 'Pod' },
      resource: { group: '', version: 'v1', resource: 'pods' },
      requestKind: { group: '', version: 'v1', kind: 'Pod' },
      requestResource: { group: '', version: 'v1', resource: 'pods' },
      name: 'web',
      namespace: 'sun',
      operation: 'CREATE',
      userInfo: { username: 'admin', groups: ['system:authenticated'] },
      object,
      oldObject: null,
      dryRun: false,
      options: { kind: 'CreateOptions', apiVersion: 'meta.k8s.io/v1' },
      ...request,
    },
  };
}

/** The review as the bytes of a request. */
export function bodyOf(object: unknown, request?: Readonly<Record<string, unknown>>): string {
  return JSON.stringify(reviewOf(object, request));
}

/** Elements and fields of all lists and objects, an empty one counted as one. */
export function valuesIn(value: unknown): number {
  if (typeof value !== 'object' || value === null) return 0;
  const inner: readonly unknown[] = Object.values(value);
  return inner.reduce<number>((sum, each) => sum + valuesIn(each), Math.max(1, inner.length));
}
