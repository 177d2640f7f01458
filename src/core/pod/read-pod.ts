/**
 * From `unknown` to `Pod`: checks the shape of every field that Lithopod reads, and of no other.
 *
 * The API server sends well-formed pods only; a manifest or a request from elsewhere may hold
 * anything. Absent and `null` are alike. Whether a pod makes sense is the API server's to say.
 */
import { failure, success } from '../result.ts';
import type { Problem, Result } from '../result.ts';
import type { Pod } from './pod.ts';
import { isWellFormed } from './well-formed.ts';

type Check = (value: unknown, path: string, problems: Problem[]) => void;

/**
 * The value as a Pod, unchanged but for `containers: null`, which is how Go writes a list that
 * nobody gave: it comes out empty, so that the API server itself tells the author what is missing.
 * Refused with every misshapen field at once; a problem's `path` is a JSON pointer relative to the
 * value.
 */
export function readPod(value: unknown): Result<Pod> {
  const given = withContainers(value);
  if (isWellFormed(given)) return bounded(given);
  const problems = podProblems(given);
  // Where the two differ, which a law excludes, the one that names places is right.
  return problems.length > 0 ? failure(...problems) : bounded(given as Pod);
}

/**
 * Of all lists together. A node runs far fewer, and what is added to each of this many is more than
 * the API server can store (etcd takes 1.5 MiB), so that the answer would be megabytes for nothing.
 */
export const maxContainers = 1_000;

function bounded(pod: Pod): Result<Pod> {
  const { containers, initContainers, ephemeralContainers } = pod.spec;
  const count =
    containers.length + (initContainers?.length ?? 0) + (ephemeralContainers?.length ?? 0);
  return count <= maxContainers
    ? success(pod)
    : failure({ path: '/spec', message: `must have at most ${maxContainers} containers in all` });
}

/**
 * Every misshapen field of the value, up to a number of them that is enough to act on; none for a
 * pod.
 */
export function podProblems(value: unknown): readonly Problem[] {
  const problems: Problem[] = [];
  pod(value, '', problems);
  return problems;
}

function withContainers(value: unknown): unknown {
  if (!isObject(value)) return value;
  const { spec } = value as { readonly spec?: unknown };
  if (!isObject(spec) || (spec as { readonly containers?: unknown }).containers !== null)
    return value;
  return { ...value, spec: { ...spec, containers: [] } };
}

/** Enough problems to act on: a text of megabytes must not be answered by more megabytes. */
const maxProblems = 20;

function addProblem(expected: string, path: string, problems: Problem[]): void {
  if (problems.length < maxProblems) problems.push({ path, message: `must be ${expected}` });
}

function scalar(type: 'string' | 'boolean' | 'number', article: string): Check {
  return (value, path, problems) => {
    if (typeof value !== type) addProblem(`${article} ${type}`, path, problems);
  };
}

const text = scalar('string', 'a');
const flag = scalar('boolean', 'a');
const number = scalar('number', 'a');

function record(each?: Check): Check {
  return (value, path, problems) => {
    if (!isObject(value)) addProblem('an object', path, problems);
    else if (each !== undefined) {
      for (const [key, entry] of Object.entries(value)) {
        each(entry, `${path}/${tokenOf(key)}`, problems);
      }
    }
  };
}

/**
 * A key as part of a JSON pointer. A valid one has at most 317 characters; a message holds no more
 * of any other.
 */
function tokenOf(key: string): string {
  return key.slice(0, 320).replace(/~/g, '~0').replace(/\//g, '~1');
}

function listOf(each: Check): Check {
  return (value, path, problems) => {
    if (!Array.isArray(value)) {
      addProblem('a list', path, problems);
      return;
    }
    let index = 0;
    for (const entry of value as readonly unknown[]) each(entry, `${path}/${index++}`, problems);
  };
}

/**
 * `required` fields must be there; of the others, those that are absent or null are not looked at.
 */
function object(
  required: Readonly<Record<string, Check>>,
  optional: Readonly<Record<string, Check>>,
): Check {
  const needed = Object.entries(required);
  const known = Object.entries(optional);
  return (value, path, problems) => {
    if (!isObject(value)) {
      addProblem('an object', path, problems);
      return;
    }
    for (const [key, check] of needed) check(value[key], `${path}/${key}`, problems);
    for (const [key, check] of known) {
      const field = value[key];
      if (field != null) check(field, `${path}/${key}`, problems);
    }
  };
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** A key without a value, which the API server reads as an empty text. */
const textOrNull: Check = (value, path, problems) => {
  if (value !== null) text(value, path, problems);
};
const texts = listOf(text);
const seccompProfile = object({}, { type: text });
const networkAction = object({}, { host: text });
const action = object(
  {},
  { exec: object({}, { command: texts }), httpGet: networkAction, tcpSocket: networkAction },
);
const hostSecurity = {
  appArmorProfile: object({}, { type: text }),
  seLinuxOptions: object({}, { type: text, user: text, role: text }),
  windowsOptions: object({}, { hostProcess: flag }),
};

const container = object(
  { name: text },
  {
    image: text,
    imagePullPolicy: text,
    command: texts,
    args: texts,
    workingDir: text,
    restartPolicy: text,
    terminationMessagePath: text,
    env: listOf(object({ name: text }, { value: text })),
    envFrom: listOf(object({}, { prefix: text })),
    ports: listOf(object({}, { containerPort: number, hostPort: number })),
    resources: object({}, { limits: record(), requests: record() }),
    securityContext: object(
      {},
      {
        privileged: flag,
        readOnlyRootFilesystem: flag,
        allowPrivilegeEscalation: flag,
        runAsNonRoot: flag,
        runAsUser: number,
        runAsGroup: number,
        procMount: text,
        capabilities: object({}, { add: texts, drop: texts }),
        seccompProfile,
        ...hostSecurity,
      },
    ),
    volumeMounts: listOf(
      object(
        { name: text, mountPath: text },
        {
          readOnly: flag,
          subPath: text,
          subPathExpr: text,
          mountPropagation: text,
          recursiveReadOnly: text,
        },
      ),
    ),
    volumeDevices: listOf(object({ name: text, devicePath: text }, {})),
    startupProbe: action,
    livenessProbe: action,
    readinessProbe: action,
    lifecycle: object({}, { postStart: action, preStop: action }),
  },
);

const containers = listOf(container);

const nodeSelectorTerm = object(
  {},
  { matchExpressions: listOf(object({ key: text, operator: text }, { values: texts })) },
);

const pod = object(
  {
    spec: object(
      { containers },
      {
        initContainers: containers,
        ephemeralContainers: containers,
        volumes: listOf(object({ name: text }, {})),
        securityContext: object(
          {},
          {
            runAsNonRoot: flag,
            runAsUser: number,
            runAsGroup: number,
            fsGroup: number,
            seccompProfile,
            ...hostSecurity,
            sysctls: listOf(object({ name: text, value: text }, {})),
          },
        ),
        hostNetwork: flag,
        hostPID: flag,
        hostIPC: flag,
        os: object({}, { name: text }),
        nodeSelector: record(textOrNull),
        affinity: object(
          {},
          {
            nodeAffinity: object(
              {},
              {
                requiredDuringSchedulingIgnoredDuringExecution: object(
                  {},
                  { nodeSelectorTerms: listOf(nodeSelectorTerm) },
                ),
              },
            ),
          },
        ),
      },
    ),
  },
  {
    metadata: object(
      {},
      { name: text, generateName: text, namespace: text, annotations: record(textOrNull) },
    ),
  },
);
