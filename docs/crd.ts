/**
 * manifests/05-crd-imageprofile.yaml and manifests/06-crd-exemption.yaml: what the API server knows
 * of an ImageProfile and of an Exemption, from the one schema of each and the rules beside this
 * file.
 *
 * The defaults of the schema are left out: the API server would write them into each object, and a
 * profile that extends another one would then seem to state all that it leaves to the other.
 */
import { stringify } from 'yaml';
import {
  imageProfileJsonSchema,
  profileApiVersion,
  profileKind,
} from '../src/core/catalogue/parse/schema.ts';
import { exemptionJsonSchema, exemptionKind } from '../src/core/exemptions/schema.ts';
import { exemptionRulesAt } from './crd-exemption-rules.ts';
import { pathRule, rulesAt } from './crd-rules.ts';

type Node = Readonly<Record<string, unknown>>;

/** What a CustomResourceDefinition has besides the schema of its spec. */
interface Kind {
  readonly kind: string;
  readonly scope: 'Cluster' | 'Namespaced';
  readonly plural: string;
  readonly shortName: string;
  readonly jsonSchema: Record<string, unknown>;
  readonly columns: readonly object[];
  readonly status: object;
  /** Where the schema and the rules stand. */
  readonly sources: string;
  readonly rulesAt: (at: string) => readonly object[];
}

/** The CustomResourceDefinition of image profiles as YAML. */
export function imageProfileCrd(): string {
  return crdText({
    kind: profileKind,
    scope: 'Cluster',
    plural: 'imageprofiles',
    shortName: 'iprof',
    jsonSchema: imageProfileJsonSchema(),
    columns: profileColumns,
    status: statusOf('Written by the webhook: whether the profile counts, and if not, why.', {}),
    sources: 'src/core/catalogue/parse/schema.ts and docs/crd-rules.ts',
    rulesAt,
  });
}

/** The CustomResourceDefinition of exemptions as YAML. */
export function exemptionCrd(): string {
  return crdText({
    kind: exemptionKind,
    scope: 'Namespaced',
    plural: 'exemptions',
    shortName: 'exempt',
    jsonSchema: exemptionJsonSchema(),
    columns: exemptionColumns,
    status: statusOf(
      'Written by the webhook: whether it is in force, and which pods it let through lately.',
      { recentPods },
    ),
    sources: 'src/core/exemptions/schema.ts and docs/crd-exemption-rules.ts',
    rulesAt: exemptionRulesAt,
  });
}

function crdText(of: Kind): string {
  const [group = '', version = ''] = profileApiVersion.split('/');
  const { properties, description } = of.jsonSchema as {
    properties: { spec: Node };
    description: string;
  };
  const crd = {
    apiVersion: 'apiextensions.k8s.io/v1',
    kind: 'CustomResourceDefinition',
    metadata: {
      name: `${of.plural}.${group}`,
      labels: { 'app.kubernetes.io/name': 'lithopod' },
    },
    spec: {
      group,
      scope: of.scope,
      names: {
        kind: of.kind,
        listKind: `${of.kind}List`,
        plural: of.plural,
        singular: of.kind.toLowerCase(),
        shortNames: [of.shortName],
        categories: ['lithopod'],
      },
      versions: [
        {
          name: version,
          served: true,
          storage: true,
          subresources: { status: {} },
          additionalPrinterColumns: of.columns,
          schema: {
            openAPIV3Schema: {
              description,
              type: 'object',
              required: ['spec'],
              properties: {
                apiVersion: { type: 'string' },
                kind: { type: 'string' },
                metadata: { type: 'object' },
                spec: structural(properties.spec, 'spec', of.rulesAt),
                status: of.status,
              },
              ...withRules(of.rulesAt('')),
            },
          },
        },
      ],
    },
  };
  const note = `# Written by \`npm run docs\` from ${of.sources}.\n`;
  return `${note}${stringify(crd, { lineWidth: 0, aliasDuplicateObjects: false })}`;
}

const condition = (type: string, field: string): string =>
  `.status.conditions[?(@.type=="${type}")].${field}`;

const profileColumns = [
  {
    name: 'Ready',
    type: 'string',
    description: 'Whether pods are hardened by it.',
    jsonPath: condition('Ready', 'status'),
  },
  { name: 'Reason', type: 'string', jsonPath: condition('Ready', 'reason') },
  { name: 'Images', type: 'string', jsonPath: '.spec.images' },
  { name: 'Extends', type: 'string', priority: 1, jsonPath: '.spec.extends' },
  { name: 'Message', type: 'string', priority: 1, jsonPath: condition('Ready', 'message') },
  { name: 'Age', type: 'date', jsonPath: '.metadata.creationTimestamp' },
];

const exemptionColumns = [
  {
    name: 'Ready',
    type: 'string',
    description: 'Whether it is in force.',
    jsonPath: condition('Ready', 'status'),
  },
  { name: 'Reason', type: 'string', jsonPath: condition('Ready', 'reason') },
  {
    name: 'Matched',
    type: 'string',
    description: 'Whether it let a pod through.',
    jsonPath: condition('Matched', 'status'),
  },
  { name: 'Rules', type: 'string', jsonPath: '.spec.rules' },
  { name: 'Expires', type: 'string', jsonPath: '.spec.expires' },
  { name: 'Images', type: 'string', priority: 1, jsonPath: '.spec.images' },
  { name: 'Why', type: 'string', priority: 1, jsonPath: '.spec.reason' },
  { name: 'Ticket', type: 'string', priority: 1, jsonPath: '.spec.ticket' },
  { name: 'Age', type: 'date', jsonPath: '.metadata.creationTimestamp' },
];

const recentPods = {
  description: 'The pods that it let through lately, the latest first.',
  type: 'array',
  maxItems: 10,
  'x-kubernetes-list-type': 'atomic',
  items: {
    type: 'object',
    required: ['name', 'rules', 'time'],
    properties: {
      name: {
        type: 'string',
        maxLength: 254,
        description: 'Where the API server makes the name: what it begins with, and *.',
      },
      rules: {
        type: 'array',
        maxItems: 32,
        'x-kubernetes-list-type': 'atomic',
        items: { type: 'string', maxLength: 63 },
      },
      time: { type: 'string', format: 'date-time' },
    },
  },
};

/** The conditions of Kubernetes' own API: metav1.Condition. */
const conditions = {
  type: 'array',
  maxItems: 8,
  'x-kubernetes-list-type': 'map',
  'x-kubernetes-list-map-keys': ['type'],
  items: {
    type: 'object',
    required: ['type', 'status', 'lastTransitionTime', 'reason', 'message'],
    properties: {
      type: { type: 'string', maxLength: 316 },
      status: { type: 'string', enum: ['True', 'False', 'Unknown'] },
      observedGeneration: { type: 'integer', format: 'int64', minimum: 0 },
      lastTransitionTime: { type: 'string', format: 'date-time' },
      reason: { type: 'string', minLength: 1, maxLength: 1024 },
      message: { type: 'string', maxLength: 32768 },
    },
  },
};

function statusOf(description: string, fields: object): object {
  return { description, type: 'object', properties: { conditions, ...fields } };
}

/** Lists of which server-side apply merges the entries, and which hold no two of one key. */
const mapKeys: Readonly<Record<string, readonly string[]>> = {
  'spec.writable': ['path'],
  'spec.data': ['path'],
  'spec.when[].writable': ['path'],
  'spec.when[].data': ['path'],
};

/** A JSON Schema as the API server takes it: apiextensions calls that form structural. */
function structural(node: Node, at: string, rulesOf: Kind['rulesAt']): Node {
  const optional = node['anyOf'] as readonly Node[] | undefined;
  if (optional !== undefined) {
    const { anyOf: _either, ...said } = node;
    const [value = {}] = optional.filter((each) => each['type'] !== 'null');
    return { ...structural({ ...said, ...value }, at, rulesOf), nullable: true };
  }
  const { type, const: only, items, properties, default: _default, ...rest } = node;
  const { additionalProperties: values, propertyNames: _names, ...said } = rest;
  const rules = [...(said['pattern'] === '^/' ? [pathRule] : []), ...rulesOf(at)];
  return {
    type,
    ...said,
    ...(only !== undefined && { enum: [only] }),
    ...(properties !== undefined && {
      properties: Object.fromEntries(
        Object.entries(properties as Record<string, Node>).map(([name, each]) => [
          name,
          structural(each, `${at}.${name}`, rulesOf),
        ]),
      ),
    }),
    ...(items !== undefined && {
      ...listType(at),
      items: structural(items as Node, `${at}[]`, rulesOf),
    }),
    ...(typeof values === 'object' && {
      additionalProperties: structural(values as Node, `${at}.*`, rulesOf),
    }),
    ...withRules(rules),
  };
}

/** Lists of texts of which server-side apply merges the entries. */
const sets = ['spec.images', 'spec.rules', 'spec.containers'];

function listType(at: string): Node {
  if (sets.includes(at)) return { 'x-kubernetes-list-type': 'set' };
  const keys = mapKeys[at];
  return keys === undefined
    ? { 'x-kubernetes-list-type': 'atomic' }
    : { 'x-kubernetes-list-type': 'map', 'x-kubernetes-list-map-keys': keys };
}

function withRules(rules: readonly object[]): Node {
  return rules.length === 0 ? {} : { 'x-kubernetes-validations': rules };
}
