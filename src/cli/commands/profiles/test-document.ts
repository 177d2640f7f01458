/**
 * The text form of tests of profiles: YAML documents of the kind `ImageProfileTest`.
 *
 * A test has a pod, and what hardening must make of one of its containers. Most tests need only an
 * image and a few words, so these are fields of the test itself. Others give a whole container or
 * pod instead.
 */
import * as z from 'zod';
import { issueText } from '../../../core/catalogue/parse/issue-text.ts';
import { testKind } from '../../../core/catalogue/parse/parse.ts';
import { profileApiVersion } from '../../../core/catalogue/parse/schema.ts';
import { containersOf } from '../../../core/pod/containers.ts';
import { failure, success } from '../../../core/values/result.ts';
import { reasons } from '../../../core/findings/reasons.ts';
import { levels } from '../../../core/findings/finding.ts';
import { readPod } from '../../../core/pod/read-pod.ts';
import { podTemplates } from '../../../core/pod/pod-templates.ts';
import { lineOf, readManifests } from '../../../documents/index.ts';
import { issueProblem } from '../../input/issue-problem.ts';
import type { Container, Pod } from '../../../core/pod/pod.ts';
import type { Place, Problem, Result } from '../../../core/values/result.ts';
import type { Source } from '../../input/sources.ts';

/** `Memory`: empty and in memory. `none`: hardening mounts nothing there. */
const mountWords = ['empty', 'seeded', 'Memory', 'none'] as const;

const mount = z.union(
  [
    z.enum(mountWords),
    z.strictObject({
      contents: z.enum(['empty', 'seeded']).default('empty'),
      medium: z.enum(['Disk', 'Memory']).default('Disk'),
      sizeLimit: z.string().optional(),
    }),
  ],
  { error: `must be ${mountWords.join(', ')}, or a map of contents, medium and sizeLimit.` },
);
const id = z.int();
const text = z.string().min(1);
/**
 * Checked, since a mistyped code is never found, and a test with it in `noFindings` would pass.
 */
const code = text.refine((name) => Object.hasOwn(reasons, name), { error: 'is no reason code.' });

const expectation = z
  .strictObject({
    container: text
      .optional()
      .describe(
        'Which container of the pod: without it the first one that is not an init container.',
      ),
    profile: text.optional().describe('The name of the profile that its image has.'),
    mounts: z
      .record(z.string(), mount)
      .optional()
      .describe(
        'All volumes that hardening mounts, by path: empty, seeded, Memory (empty, in memory), none (nothing is mounted there: the same as leaving the path out, but a reader sees it), or a map. One that is mounted and not named fails the test.',
      ),
    masked: z.array(text).optional().describe('All binaries that hardening masks.'),
    user: z
      .union(
        [
          z.literal('none'),
          z.strictObject({ uid: id.optional(), gid: id.optional(), fsGroup: id.optional() }),
        ],
        { error: 'must be none, or a map of uid, gid and fsGroup.' },
      )
      .optional()
      .describe('The user of the container in the end, whoever named it, or none.'),
    lowPorts: z.boolean().optional().describe('Whether ports below 1024 are opened to the pod.'),
    env: z
      .record(z.string(), z.string().nullable())
      .optional()
      .describe('Variables of the container in the end, by name; ~ for one that is not set.'),
    findings: z
      .array(code)
      .optional()
      .describe(
        'Reason codes that are found, of the container and of the pod as a whole. A conflict that is found and not named fails the test; what else is found does not.',
      ),
    noFindings: z.array(code).optional().describe('Reason codes that are not found.'),
  })
  .refine((value) => Object.keys(value).length > 0, { error: 'expects nothing.' });

const object = z.record(z.string(), z.unknown());

const test = z.strictObject({
  name: text.describe('What the test shows, in a few words.'),
  image: text.optional().describe('An image reference, as in a pod.'),
  command: z.array(z.string()).optional().describe('Of a container of the image.'),
  args: z.array(z.string()).optional().describe('Of a container of the image.'),
  env: z.array(object).optional().describe('Of a container of the image, as in a pod.'),
  mounts: z
    .array(text)
    .optional()
    .describe('Paths at which the pod mounts a claim of its own into a container of the image.'),
  container: object.optional().describe('In place of an image: a container, as in a pod.'),
  pod: object
    .optional()
    .describe('In place of an image: a pod, its spec, or a workload with a pod template.'),
  level: z.enum(levels).default('immutable').describe('What the pod is hardened to.'),
  masking: z
    .enum(['probes', 'always'])
    .default('probes')
    .describe('always: with the policy that masks all that profiles list.'),
  expect: expectation.describe('Fields that are left out are not checked.'),
});

const testDocument = z.strictObject({
  apiVersion: z.literal(profileApiVersion),
  kind: z.literal(testKind),
  metadata: z.strictObject({ name: text.describe('By custom the name of the profile.') }),
  spec: z.strictObject({
    tests: z.array(test).min(1).describe('Each is independent of the others.'),
  }),
});

/** The JSON Schema of a document of tests, for editors and the docs. */
export function imageProfileTestJsonSchema(): Record<string, unknown> {
  return { title: testKind, ...z.toJSONSchema(testDocument, { io: 'input' }) };
}

type TestFields = z.output<typeof test>;
/** What a test expects. */
export type Expectation = z.output<typeof expectation>;
/** What a test expects of a mount: a word or its fields. */
export type MountExpectation = z.output<typeof mount>;

/** One test, read and ready to run. */
export interface ProfileTest extends Pick<TestFields, 'name' | 'level' | 'masking' | 'expect'> {
  /** The name of its document: by custom that of the profile. */
  readonly suite: string;
  readonly place: Place;
  readonly pod: Pod;
  /** The container of which something is expected. */
  readonly container: Container;
}

/**
 * Reads the tests of a text. Documents of other kinds are ignored. Refused with all problems of
 * all documents at once.
 */
export function parseTests({ text: source, name }: Source): Result<readonly ProfileTest[]> {
  const read = readManifests(source, name);
  if (!read.ok) return read;
  const tests: ProfileTest[] = [];
  const problems: Problem[] = [];
  for (const [document, { value }] of read.value.documents.entries()) {
    if (!isTest(value)) continue;
    const parsed = testDocument.safeParse(value, { error: issueText });
    if (!parsed.success) {
      problems.push(
        ...parsed.error.issues.map((issue) => issueProblem(issue, read.value, document)),
      );
      continue;
    }
    for (const [index, fields] of parsed.data.spec.tests.entries()) {
      const place = { file: name, ...lineOf(read.value, document, `/spec/tests/${index}`) };
      const subject = subjectOf(fields);
      if (subject.ok)
        tests.push({ ...fields, ...subject.value, suite: parsed.data.metadata.name, place });
      else
        problems.push(
          ...subject.problems.map((problem) => ({
            ...place,
            message: `${fields.name}: ${problem.message}`,
          })),
        );
    }
  }
  return problems.length > 0 ? failure(...problems) : success(tests);
}

function isTest(value: unknown): boolean {
  return (value as { readonly kind?: unknown } | null)?.kind === testKind;
}

interface Subject {
  readonly pod: Pod;
  readonly container: Container;
}

function subjectOf(fields: TestFields): Result<Subject> {
  const short = [fields.image, fields.command, fields.args, fields.env, fields.mounts];
  const forms = [
    short.some((field) => field !== undefined),
    fields.container !== undefined,
    fields.pod !== undefined,
  ];
  if (forms.filter(Boolean).length !== 1) {
    return failure({
      message: 'has one of an image (with command, args, env, mounts), a container, or a pod.',
    });
  }
  const pod = readPod(fields.pod === undefined ? podAround(fields) : podIn(fields.pod));
  if (!pod.ok)
    return failure(
      ...pod.problems.map(({ path = '', message }) => ({
        message: `pod${path.replaceAll('/', '.')} ${message}`,
      })),
    );
  const containers = containersOf(pod.value, ['containers', 'initContainers']);
  const wanted = fields.expect.container;
  const container =
    wanted === undefined
      ? pod.value.spec.containers[0]
      : containers.find(({ name }) => name === wanted);
  return container === undefined
    ? failure({
        message:
          wanted === undefined
            ? 'its pod has no container.'
            : `its pod has no container named ${wanted}.`,
      })
    : success({ pod: pod.value, container });
}

/**
 * The pod in a test's field `pod`: that is a pod, a workload with a pod template, or only the spec
 * of a pod.
 */
function podIn(value: Readonly<Record<string, unknown>>): unknown {
  const [template] = podTemplates(value);
  return template?.pod ?? ('spec' in value ? value : { spec: value });
}

/**
 * A pod around a test's image or container. Its `mounts` are claims: volumes that are writable and
 * outlive the pod.
 */
function podAround({ image, command, args, env, mounts = [], container }: TestFields): unknown {
  const volumes = mounts.map((_path, index) => ({
    name: `own-${index}`,
    persistentVolumeClaim: { claimName: `own-${index}` },
  }));
  const short = {
    image,
    ...(command !== undefined && { command }),
    ...(args !== undefined && { args }),
    ...(env !== undefined && { env }),
    volumeMounts: mounts.map((mountPath, index) => ({ name: `own-${index}`, mountPath })),
  };
  return { spec: { containers: [{ name: 'main', ...(container ?? short) }], volumes } };
}
