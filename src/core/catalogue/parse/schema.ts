/**
 * The text form of an ImageProfile: which fields there are, and what each may hold.
 *
 * Unknown fields are refused, so that a mistyped one is never silently without effect. What can be
 * said of one field is checked here; what takes several fields, or knowledge of images, is a lint.
 */
import * as z from 'zod';
import { parsePattern } from '../../images/pattern.ts';
import { evidenceKinds } from '../profile/profile.ts';
import { parseTagPattern } from '../../images/tag-pattern.ts';
import {
  capabilityForm,
  capabilityProblem,
  cpProblem,
  dayForm,
  envConditionForm,
  envConditionProblem,
  flagForm,
  flagProblem,
  modeForm,
  modeProblem,
  objectNameForm,
  objectNameProblem,
  pathFormProblem,
  separatorForm,
  separatorProblem,
  sizeForm,
  sizeProblem,
  variableForm,
  variableProblem,
} from '../profile/text-forms.ts';
import {
  maxEntries,
  maxEnvironment,
  maxImages,
  maxOwnDirectories,
  maxPath,
  maxPattern,
  maxSeededAt,
  maxTag,
  maxText,
  maxVariable,
  maxVariantEntries,
} from '../profile/bounds.ts';
import { maxVariants } from '../profile/variant.ts';
import { dayProblem } from './day.ts';
import type { Result } from '../../values/result.ts';

export const profileApiVersion = 'lithopod.dev/v1alpha1';
export const profileKind = 'ImageProfile';

export const maxId = 2_147_483_647;

/**
 * A text of which `refuse` says what is wrong with it. Where `form` is given, it says the same as
 * far as one expression can, for editors and for the API server.
 */
function text(
  refuse: (value: string) => string | undefined,
  { max = maxText, form }: { readonly max?: number; readonly form?: RegExp } = {},
): z.ZodString {
  return z
    .string()
    .check((context) => {
      const message = context.value.length > max ? 'is too long.' : refuse(context.value);
      if (message !== undefined)
        context.issues.push({ code: 'custom', message, input: context.value });
    })
    .meta({ maxLength: max, ...(form !== undefined && { pattern: patternOf(form) }) });
}

/** A slash needs no escape there. */
function patternOf(form: RegExp): string {
  return form.source.replaceAll('\\/', '/');
}

function parsed(parse: (value: string) => Result<unknown>): (value: string) => string | undefined {
  return (value) => {
    const result = parse(value);
    return result.ok ? undefined : result.problems.map(({ message }) => message).join(' ');
  };
}

const nonEmpty = (): z.ZodString =>
  text((value) => (value.trim() === '' ? 'is empty.' : undefined), { form: /\S/ });
/** The form of entries' paths is a lint, since other lints go on from it. */
const path = (): z.ZodString => text(() => undefined, { max: maxPath, form: /^\// });
const checkedPath = (): z.ZodString => text(pathFormProblem, { max: maxPath, form: /^\// });
const variableName = (): z.ZodString =>
  text(variableProblem, { max: maxVariable, form: variableForm });
const glob = nonEmpty;
const id = (minimum: number, why: string): z.ZodNumber =>
  z
    .int({
      // A missing field is not judged here, so that it is reported like every other one.
      error: ({ input }) =>
        input === undefined
          ? undefined
          : `must be a whole number from ${minimum} to ${maxId}${why}.`,
    })
    .min(minimum, { error: `must be from ${minimum} to ${maxId}${why}.` })
    .max(maxId, { error: `must be from ${minimum} to ${maxId}${why}.` });

const movedBy = z
  .strictObject({
    env: z
      .array(variableName())
      .min(1)
      .max(maxEntries)
      .optional()
      .describe(
        'Variables whose value is the directory; the first that the container sets counts.',
      ),
    flags: z
      .array(text(flagProblem, { form: flagForm }))
      .min(1)
      .max(maxEntries)
      .optional()
      .describe(
        'Flags whose value is the directory, as words of command or args: --flag DIR or --flag=DIR. They beat variables; the last one counts.',
      ),
    append: checkedPath()
      .nullish()
      .describe('What the program adds to the value, such as /.cache behind HOME.'),
    list: text(separatorProblem, { form: separatorForm })
      .nullish()
      .describe('What separates the directories, where the value may hold several: ",".'),
    parent: z
      .boolean()
      .optional()
      .describe(
        'The program changes the mode of the directory itself, which only its owner may: the directory above it becomes writable.',
      ),
  })
  .refine(({ env, flags }) => env !== undefined || flags !== undefined, {
    error: 'names neither env nor flags.',
  })
  .describe('What of a pod moves the path: a literal value takes its place.');

const entry = z.strictObject({
  path: path().describe('The directory that is written, absolute and in its shortest form.'),
  why: nonEmpty().describe(
    'One sentence: what is written there, and when. With a sizeLimit, why it is enough.',
  ),
  contents: z
    .enum(['empty', 'seeded'])
    .default('empty')
    .describe(
      'seeded: the image has files here that the process needs, so they are copied first. Such a path may be a single file, as long as the program writes into it: a mounted file can be neither replaced nor removed.',
    ),
  medium: z.enum(['Disk', 'Memory']).default('Disk').describe('Where the bytes live.'),
  sizeLimit: text(sizeProblem, { form: sizeForm })
    .nullish()
    .describe(
      'A Kubernetes quantity. A pod that exceeds it on disk is evicted: only with a reason.',
    ),
  readableBy: z
    .enum(['any', 'root'])
    .default('any')
    .describe(
      'Who can read all files below a seeded path. root: a copy by another user would be incomplete.',
    ),
  mode: text(modeProblem, { form: modeForm })
    .optional()
    .describe(
      'The mode that the directory must have, as octal digits in quotes: "1777". By medium: Memory (1777), by seeding, or by emptyDir.mode where `serve --emptydir-mode` says that the cluster has it; else a finding.',
    ),
  movedBy: movedBy.optional(),
  seededAt: z
    .array(path())
    .max(maxSeededAt)
    .optional()
    .describe(
      'The other directories to which a seeded path may move: such as every tag of the image has.',
    ),
});

const variable = z.strictObject({
  name: variableName().describe('Not one that loads code or moves traffic.'),
  value: nonEmpty().describe(
    '0, 1, true, false, yes or no, a port, or a path at or below an entry of this profile.',
  ),
  why: nonEmpty().describe('One sentence: what fails without it.'),
});

const entries = (max = maxEntries): z.ZodArray<typeof entry> => z.array(entry).max(max);
const maskable = (): z.ZodArray<z.ZodString> =>
  z
    .array(path())
    .max(maxEntries)
    .describe('Binaries that the start of this image never needs, by absolute path.');

const ownDirectory = z.strictObject({
  path: checkedPath(),
  why: nonEmpty(),
  movedBy: z
    .strictObject({ env: z.array(variableName()).min(1).max(maxEntries) })
    .optional()
    .describe('Variables by which a pod names another directory.'),
});

const user = z
  .strictObject({
    uid: id(1, ', since a user is named for running without root'),
    gid: id(0, ''),
    fsGroup: id(0, '').optional().describe('Set on the pod where it names none.'),
  })
  .describe('At level restricted: the user that the image works as.');

const match = z
  .strictObject({
    tags: z
      .array(text(parsed(parseTagPattern), { max: maxTag }))
      .min(1)
      .max(maxEntries)
      .optional()
      .describe('Globs (*alpine*) or semver ranges (>=1.25) on the image tag.'),
    command: z
      .array(glob())
      .min(1)
      .max(maxEntries)
      .optional()
      .describe('Globs on the words of command.'),
    args: z.array(glob()).min(1).max(maxEntries).optional().describe('Globs on the words of args.'),
    env: z
      .array(text(envConditionProblem, { form: envConditionForm }))
      .min(1)
      .max(maxEntries)
      .optional()
      .describe('NAME (set at all) or NAME=glob; a * in NAME is for any characters.'),
    mounts: z
      .array(checkedPath())
      .min(1)
      .max(maxEntries)
      .optional()
      .describe('Paths at or below which the author of the pod mounts something.'),
    noTag: z.literal(true).optional().describe('The reference has no tag: it is a bare digest.'),
    words: z
      .array(glob())
      .min(1)
      .max(maxEntries)
      .optional()
      .describe(
        'Words of command or args, also within a script or as the last part of a path; with a *, globs on whole words.',
      ),
    hooks: z
      .array(glob())
      .min(1)
      .max(maxEntries)
      .optional()
      .describe(
        'Globs on the words of the commands of postStart and preStop, without the removals that hardening takes out of postStart.',
      ),
    user: z
      .enum(['root', 'other'])
      .optional()
      .describe(
        'Whether the container runs as user 0, which is also taken where nobody names a user, or as another one.',
      ),
  })
  .refine((value) => Object.keys(value).length > 0, { error: 'has no condition.' })
  .refine(({ tags, noTag }) => tags === undefined || noTag === undefined, {
    error: 'never holds: no image has one of tags and noTag.',
  })
  .describe('All of the named conditions must hold; each holds when one of its entries does.')
  .meta({ minProperties: 1 });

const environment = (): z.ZodArray<typeof variable> =>
  z
    .array(variable)
    .max(maxEnvironment)
    .describe(
      'Variables that the image needs on a read-only root. Set where the container has none of the name; they beat the image’s own, so the evidence names where it sets them.',
    );

const volumes = (): z.ZodArray<z.ZodString> =>
  z
    .array(checkedPath())
    .max(maxEntries)
    .describe('The directories that the image declares as VOLUME.');

const readOnlyRoot = z
  .strictObject({
    works: z.boolean().describe('false: the image cannot run with a read-only root.'),
    why: nonEmpty().describe('One sentence: what fails.'),
  })
  .describe(
    'Whether the image can run with a read-only root. Where not, it is made read-only all the same, with a warning that says what to do.',
  );

const variant = z
  .strictObject({
    match,
    writable: entries(maxVariantEntries).optional(),
    data: entries(maxVariantEntries).optional(),
    user: user.optional(),
    lowPorts: z.boolean().optional(),
    maskable: maskable().optional(),
    environment: environment().optional(),
    volumes: volumes().optional(),
    readOnlyRoot: readOnlyRoot.optional(),
  })
  .refine((value) => Object.keys(value).length > 1, { error: 'changes nothing.' })
  // It would hold no more, or only, once its user is set.
  .refine(({ match: { user: asked }, user: named }) => asked === undefined || named === undefined, {
    error: 'names a user and asks for one in its match.',
  })
  .meta({ minProperties: 2 });

const spec = z.strictObject({
  extends: text(objectNameProblem, { form: objectNameForm })
    .optional()
    .describe('Another profile: all that it says holds here too; what this one says wins.'),
  images: z
    .array(text(parsed(parsePattern), { max: maxPattern }))
    .max(maxImages)
    .default([])
    .describe(
      'Image patterns: registry and path in full, * within a segment, ** across; then :tag, :range or @digest. None for the profile named default.',
    ),
  writable: entries()
    .default([])
    .describe('Directories that a container of the image must be able to write.'),
  data: entries()
    .default([])
    .describe(
      'Content that must outlive the pod: where the pod mounts nothing it gets an emptyDir and a finding.',
    ),
  ownDirectories: z
    .array(ownDirectory)
    .max(maxOwnDirectories)
    .default([])
    .describe(
      'Directories of which the program changes the mode, as only their owner may: a volume mounted at one is reported where the program does not run as root.',
    ),
  user: user.optional(),
  lowPorts: z.boolean().default(false).describe('Whether it listens on a port below 1024.'),
  fileCapabilities: z
    .array(text(capabilityProblem, { form: capabilityForm }))
    .max(maxEntries)
    .default([])
    .describe(
      'Capabilities that the image’s program carries as file capabilities: where one is dropped, the program cannot be executed.',
    ),
  maskable: maskable().default([]),
  cp: text(cpProblem)
    .default('cp')
    .describe('The program that seeds: cp, its absolute path, or none.'),
  environment: environment().default([]),
  volumes: volumes().default([]),
  readOnlyRoot: readOnlyRoot.optional(),
  when: z
    .array(variant)
    .max(maxVariants)
    .default([])
    .describe(
      'Variants: entries that are added or replace those of the same path, and fields that replace. Later ones win.',
    ),
  evidence: z
    .array(
      z.strictObject({
        kind: z.enum(evidenceKinds),
        ref: nonEmpty().describe('The repository and the path in it, or the image by digest.'),
        at: nonEmpty()
          .optional()
          .describe('The commit or the tag of the repository at which it was read.'),
        seen: text(dayProblem, { form: dayForm })
          .describe('The day, YYYY-MM-DD.')
          .meta({ format: 'date' }),
      }),
    )
    .min(1)
    .max(maxEntries)
    .describe('Where the statements come from.'),
});

export const profileDocument = z.strictObject({
  apiVersion: z.literal(profileApiVersion),
  kind: z.literal(profileKind),
  metadata: z.strictObject({
    name: text(objectNameProblem, { form: objectNameForm }),
    labels: z.record(z.string(), z.string()).optional(),
    annotations: z.record(z.string(), z.string()).optional(),
  }),
  spec,
});
export type ProfileDocument = z.output<typeof profileDocument>;

/**
 * The JSON Schema of what an author writes, for editors: `profiles/image-profile.schema.json` is
 * this, as text.
 */
export function imageProfileJsonSchema(): Record<string, unknown> {
  return {
    title: profileKind,
    description:
      'What a container image must be able to write, so that Lithopod can make its root read-only.',
    ...z.toJSONSchema(profileDocument, { io: 'input' }),
  };
}
