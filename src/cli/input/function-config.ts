/** The functionConfig of a ResourceList: what a function of kustomize or kpt is asked for. */
import { z } from 'zod';
import { parseMirror } from '../../core/images/image-reference.ts';
import { levels } from '../../core/findings/finding.ts';
import { isObject } from '../../core/values/json.ts';
import { lineOf } from '../../documents/index.ts';
import { failure, success } from '../../core/values/result.ts';
import { issueProblem } from './issue-problem.ts';
import type { Result } from '../../core/values/result.ts';
import type { ManifestFile } from '../../documents/index.ts';
import type { PolicyFlags } from './policy-flags.ts';

const text = z.string().min(1).max(4096);
const texts = z.array(text).max(1000);

const fields = {
  level: z.enum(levels).default('immutable'),
  unprofiled: z.enum(['default', 'skip']).default('default'),
  masking: z.enum(['probes', 'always']).default('probes'),
  mirrors: texts.default([]),
  profiles: texts.default([]),
};

/** Of a ConfigMap, which has texts alone: words with spaces or line breaks between them. */
const words = z
  .string()
  .max(1024 * 1024)
  .transform((value) => value.split(/\s+/).filter((word) => word !== ''));

const metadata = z.looseObject({}).optional();
const own = z.strictObject({
  apiVersion: z.literal('lithopod.dev/v1alpha1'),
  kind: z.literal('HardenPods'),
  metadata,
  spec: z.strictObject(fields).prefault({}),
});
const configMap = z.strictObject({
  apiVersion: z.literal('v1'),
  kind: z.literal('ConfigMap'),
  metadata,
  data: z
    .strictObject({ ...fields, mirrors: words.default([]), profiles: words.default([]) })
    .prefault({}),
});
const resourceList = (config: z.ZodType<Settings>) =>
  z.looseObject({ functionConfig: config.optional() });

type Settings = z.output<z.ZodObject<typeof fields>>;

/**
 * The policy of the functionConfig: a HardenPods, or a ConfigMap with the same fields as texts;
 * the defaults where there is none. Refused with all problems: unknown fields, values that the
 * flags of `harden` would not take, and anything that is no ResourceList.
 */
export function readFunctionConfig(file: ManifestFile): Result<PolicyFlags> {
  const [document, ...others] = file.documents;
  const value = document?.value;
  if (others.length > 0 || !isObject(value) || value['kind'] !== 'ResourceList') {
    return failure({
      file: file.name,
      ...lineOf(file, 0, ''),
      message: 'is not one ResourceList, which kustomize and kpt give to a function',
    });
  }
  const config = value['functionConfig'];
  const isMap = isObject(config) && config['kind'] === 'ConfigMap';
  const schema = isMap
    ? configMap.transform(({ data }) => data)
    : own.transform(({ spec }) => spec);
  const parsed = resourceList(schema).safeParse(value);
  if (!parsed.success) {
    return failure(...parsed.error.issues.map((issue) => issueProblem(issue, file, 0)));
  }
  const { mirrors, profiles, ...policy } = parsed.data.functionConfig ?? defaults;
  const read = mirrors.map(parseMirror);
  const problems = read.flatMap((each) => (each.ok ? [] : each.problems));
  if (problems.length > 0) {
    const place = { file: file.name, ...lineOf(file, 0, '/functionConfig') };
    return failure(...problems.map((problem) => ({ ...problem, ...place })));
  }
  const mirror = read.flatMap((each) => (each.ok ? [each.value] : []));
  return success({ ...policy, mirror, ...(profiles.length > 0 && { profiles }) });
}

const defaults: Settings = z.strictObject(fields).parse({});
