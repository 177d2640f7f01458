/**
 * The text form of an Exemption: which fields there are, and what each may hold. The
 * CustomResourceDefinition is generated from it, so the API server refuses what this refuses.
 */
import * as z from 'zod';
import { digestProblem } from '../images/image-reference.ts';
import { parsePattern } from '../images/pattern.ts';
import { expiryForm, expiryOf } from './expiry.ts';
import { exemptibleRules } from './exemption.ts';
import { selectorOperators } from './label-selector.ts';

export const exemptionApiVersion = 'lithopod.dev/v1alpha1';
export const exemptionKind = 'Exemption';

const maxText = 1024;
const maxEntries = 64;
const maxPattern = 512;
/** A prefix of 253, a slash and a name of 63. */
const maxLabelKey = 317;
const maxLabelValue = 63;

/** Forms in the syntax that ECMAScript and RE2 have in common. */
const labelForm = /^(?:[A-Za-z0-9](?:[A-Za-z0-9_.-]*[A-Za-z0-9])?)?$/;
const labelKeyForm =
  /^(?:[a-z0-9](?:[a-z0-9.-]*[a-z0-9])?\/)?[A-Za-z0-9](?:[A-Za-z0-9_.-]*[A-Za-z0-9])?$/;
const dnsLabelForm = /^[a-z0-9](?:[a-z0-9-]*[a-z0-9])?$/;
const dnsNameForm = /^[a-z0-9](?:[a-z0-9.-]*[a-z0-9])?$/;

function text(form: RegExp, max: number, refused: string): z.ZodString {
  return z
    .string()
    .check((context) => {
      const { value } = context;
      if (value.length <= max && form.test(value)) return;
      const message = value.length > max ? 'is too long.' : refused;
      context.issues.push({ code: 'custom', message, input: value });
    })
    .meta({ maxLength: max, pattern: form.source.replaceAll('\\/', '/') });
}

const sentence = (): z.ZodString => text(/\S/, maxText, 'is empty.');
const labelValue = (): z.ZodString =>
  text(labelForm, maxLabelValue, 'must be the value of a label.');
const labelKey = (): z.ZodString => text(labelKeyForm, maxLabelKey, 'must be the key of a label.');

/** Why the text names no images, or nothing. */
function imagesProblem(value: string): string | undefined {
  if (value.length > maxPattern) return 'is too long.';
  if (/^sha[0-9]+:/.test(value)) return digestProblem(value);
  if (value.includes('**')) {
    return 'has **: an exemption is for images that its author knows, so it names each segment.';
  }
  const parsed = parsePattern(value);
  return parsed.ok ? undefined : parsed.problems.map(({ message }) => message).join(' ');
}

const images = z.string().check((context) => {
  const message = imagesProblem(context.value);
  if (message !== undefined) context.issues.push({ code: 'custom', message, input: context.value });
});

const requirement = z
  .strictObject({
    key: labelKey(),
    operator: z.enum(selectorOperators),
    values: z.array(labelValue()).max(maxEntries).optional(),
  })
  .refine(
    ({ operator, values = [] }) =>
      operator === 'In' || operator === 'NotIn' ? values.length > 0 : values.length === 0,
    { error: 'has values with In and NotIn, and none with Exists and DoesNotExist.' },
  );

const spec = z.strictObject({
  images: z
    .array(images.meta({ maxLength: maxPattern }))
    .min(1)
    .max(maxEntries)
    .describe(
      'Images of containers: registry and path in full, * within a segment, then :tag, :range or @digest; or a digest alone, sha256:…, whatever repository it comes from.',
    ),
  podSelector: z
    .strictObject({
      matchLabels: z
        .record(z.string().max(maxLabelKey), labelValue())
        .refine((labels) => Object.keys(labels).length <= maxEntries, {
          error: `has more than ${maxEntries} entries.`,
        })
        .meta({ maxProperties: maxEntries })
        .optional(),
      matchExpressions: z.array(requirement).max(maxEntries).optional(),
    })
    .optional()
    .describe('Of these pods alone, by their labels.'),
  containers: z
    .array(text(dnsLabelForm, 63, 'must be the name of a container.'))
    .min(1)
    .max(maxEntries)
    .optional()
    .describe('Of the containers with these names alone: init and ephemeral containers, too.'),
  serviceAccountName: text(dnsNameForm, 253, 'must be the name of a ServiceAccount.')
    .optional()
    .describe('Of pods that run as this ServiceAccount alone.'),
  rules: z
    .array(z.enum(exemptibleRules))
    .min(1)
    .max(exemptibleRules.length)
    .describe('The rules that do not apply.'),
  reason: sentence().describe('Why they cannot apply: a sentence for whoever reviews it.'),
  ticket: sentence().optional().describe('Where it was decided: a link, or the name of a ticket.'),
  expires: text(expiryForm, 40, 'must be a day, or a time in RFC 3339.')
    .refine((value) => !Number.isNaN(expiryOf(value)), { error: 'is no day of the calendar.' })
    .describe(
      'When it ends: a time in RFC 3339, or a day, at the end of which it ends (UTC). A pod that is created later is hardened.',
    ),
});

const metadata = z.object({ name: z.string(), namespace: z.string() });

export const exemptionDocument = z.strictObject({
  apiVersion: z.literal(exemptionApiVersion),
  kind: z.literal(exemptionKind),
  metadata,
  spec,
});

/** The JSON Schema of what an author writes. */
export function exemptionJsonSchema(): Record<string, unknown> {
  return {
    title: exemptionKind,
    description:
      'Rules of Lithopod that do not apply to some pods of its namespace, until a day. Whoever may create pods there may use it.',
    ...z.toJSONSchema(exemptionDocument, { io: 'input' }),
  };
}
