/**
 * Kinds that teams add by a file:
 *
 *     kinds:
 *       - group: shop.example.com
 *         kind: Worker
 *         templates: [spec.template, spec.pools[].template]
 *
 * docs/kinds.md has all fields.
 */
import { z } from 'zod';
import { issueText } from '../../core/catalogue/parse/issue-text.ts';
import { builtInKinds } from '../../core/kinds/built-in.ts';
import { KindTable } from '../../core/kinds/kind.ts';
import { failure, success } from '../../core/values/result.ts';
import { readManifests } from '../../documents/index.ts';
import { issueProblem } from './issue-problem.ts';
import { readSources } from './sources.ts';
import type { PodKind } from '../../core/kinds/kind.ts';
import type { Problem, Result } from '../../core/values/result.ts';
import type { ManifestFile } from '../../documents/index.ts';
import type { Io } from '../terminal/io.ts';

function pathOf(form: RegExp, example: string) {
  return z.string().max(500).regex(form, `must be a path such as ${example}.`);
}

const path = pathOf(
  /^(?:[A-Za-z0-9_-]+(?:\[\])*(?:\.[A-Za-z0-9_-]+(?:\[\])*)*)?$/,
  'spec.pools[].template',
);
const oneObject = pathOf(
  /^(?:\.?[A-Za-z0-9_-]+(?:\.[A-Za-z0-9_-]+)*)?$/,
  'volumes or .spec.volumes',
);
const field = pathOf(
  /^[A-Za-z0-9_-]+(?:\[\])*(?:\.[A-Za-z0-9_-]+(?:\[\])*)*$/,
  'initContainers or containers[].securityContext.privileged',
);
const text = z.string().min(1).max(500);
const paths = z.array(path).min(1).max(100);

const parts = z.strictObject({
  at: path,
  containers: paths,
  initContainers: oneObject.optional(),
  volumes: oneObject.optional(),
  securityContext: oneObject.optional(),
  metadata: oneObject.optional(),
  name: text.optional(),
  inherits: z
    .strictObject({
      volumes: oneObject.optional(),
      securityContext: oneObject.optional(),
      image: oneObject.optional(),
      container: oneObject.optional(),
      hostNetwork: oneObject.optional(),
    })
    .optional(),
  patches: z.array(oneObject).max(20).optional(),
  unless: text.optional(),
});

const kind = z
  .strictObject({
    group: z.string().max(253),
    versions: z.array(text).min(1).max(20).optional(),
    kind: z
      .string()
      .max(63)
      .regex(/^[A-Z][A-Za-z0-9]*$/, 'must be a kind such as Worker.'),
    templates: paths.optional(),
    podSpecs: paths.optional(),
    pods: z.array(parts).min(1).max(100).optional(),
    claims: path.optional(),
    elsewhere: path.optional(),
    containerName: text.optional(),
    refuses: z
      .array(z.strictObject({ field, why: text }))
      .max(100)
      .optional(),
  })
  .refine(
    ({ templates, podSpecs, pods }) => (templates ?? podSpecs ?? pods) !== undefined,
    'has none of templates, podSpecs and pods: one of them says where its pods are.',
  );

const kindsFile = z.strictObject({ kinds: z.array(kind).min(1).max(1000) });

/**
 * The built-in kinds and those of the files, which win. Refused with all problems of all files,
 * each with its place.
 */
export async function readKinds(files: readonly string[], io: Io): Promise<Result<KindTable>> {
  const options = { recursive: false, extensions: ['.yaml', '.yml', '.json'] };
  const sources = await readSources(files, io, options);
  if (!sources.ok) return sources;
  const added: PodKind[] = [];
  const problems: Problem[] = [];
  for (const source of sources.value) {
    const read = readManifests(source.text, source.name);
    const kinds = read.ok ? kindsIn(read.value) : read;
    if (kinds.ok) added.push(...kinds.value);
    else problems.push(...kinds.problems);
  }
  if (problems.length > 0) return failure(...problems);
  return success(new KindTable([...builtInKinds.kinds, ...added]));
}

function kindsIn(file: ManifestFile): Result<readonly PodKind[]> {
  const kinds: PodKind[] = [];
  const problems: Problem[] = [];
  for (const [document, { value }] of file.documents.entries()) {
    if (value == null) continue;
    const parsed = kindsFile.safeParse(value, { error: issueText });
    if (parsed.success) kinds.push(...parsed.data.kinds.map(toKind));
    else problems.push(...parsed.error.issues.map((issue) => issueProblem(issue, file, document)));
  }
  if (kinds.length === 0 && problems.length === 0) {
    problems.push({ file: file.name, message: 'holds no kinds.' });
  }
  return problems.length > 0 ? failure(...problems) : success(kinds);
}

/** What the schema makes of a kind: the same, with `undefined` for what is absent. */
function toKind({ pods, ...rest }: z.infer<typeof kind>): PodKind {
  return withoutUndefined({ ...rest, ...(pods && { parts: pods }) }) as PodKind;
}

function withoutUndefined(value: unknown): unknown {
  return JSON.parse(JSON.stringify(value)) as unknown;
}
