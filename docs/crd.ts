/**
 * manifests/05-crd-imageprofile.yaml: what the API server knows of an ImageProfile, from the one
 * schema of profiles and the tables of the lints (`crd-rules.ts`).
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
import { pathRule, rulesAt } from './crd-rules.ts';

type Node = Readonly<Record<string, unknown>>;

/** The CustomResourceDefinition as YAML. */
export function imageProfileCrd(): string {
  const [group = '', version = ''] = profileApiVersion.split('/');
  const { properties, description } = imageProfileJsonSchema() as {
    properties: { spec: Node };
    description: string;
  };
  const crd = {
    apiVersion: 'apiextensions.k8s.io/v1',
    kind: 'CustomResourceDefinition',
    metadata: { name: `imageprofiles.${group}`, labels: { 'app.kubernetes.io/name': 'lithopod' } },
    spec: {
      group,
      scope: 'Cluster',
      names: {
        kind: profileKind,
        listKind: `${profileKind}List`,
        plural: 'imageprofiles',
        singular: 'imageprofile',
        shortNames: ['iprof'],
        categories: ['lithopod'],
      },
      versions: [
        {
          name: version,
          served: true,
          storage: true,
          subresources: { status: {} },
          additionalPrinterColumns: columns,
          schema: {
            openAPIV3Schema: {
              description,
              type: 'object',
              required: ['spec'],
              properties: {
                apiVersion: { type: 'string' },
                kind: { type: 'string' },
                metadata: { type: 'object' },
                spec: structural(properties.spec, 'spec'),
                status,
              },
              ...withRules(rulesAt('')),
            },
          },
        },
      ],
    },
  };
  const note =
    '# Written by `npm run docs` from src/core/catalogue/parse/schema.ts and docs/crd-rules.ts.\n';
  return `${note}${stringify(crd, { lineWidth: 0, aliasDuplicateObjects: false })}`;
}

const columns = [
  {
    name: 'Ready',
    type: 'string',
    description: 'Whether pods are hardened by it.',
    jsonPath: '.status.conditions[?(@.type=="Ready")].status',
  },
  {
    name: 'Reason',
    type: 'string',
    jsonPath: '.status.conditions[?(@.type=="Ready")].reason',
  },
  { name: 'Images', type: 'string', jsonPath: '.spec.images' },
  { name: 'Extends', type: 'string', priority: 1, jsonPath: '.spec.extends' },
  {
    name: 'Message',
    type: 'string',
    priority: 1,
    jsonPath: '.status.conditions[?(@.type=="Ready")].message',
  },
  { name: 'Age', type: 'date', jsonPath: '.metadata.creationTimestamp' },
];

/** The conditions of Kubernetes' own API: metav1.Condition. */
const status = {
  description: 'Written by the webhook: whether the profile counts, and if not, why.',
  type: 'object',
  properties: {
    conditions: {
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
    },
  },
};

/** Lists of which server-side apply merges the entries, and which hold no two of one key. */
const mapKeys: Readonly<Record<string, readonly string[]>> = {
  'spec.writable': ['path'],
  'spec.data': ['path'],
  'spec.when[].writable': ['path'],
  'spec.when[].data': ['path'],
};

/** A JSON Schema as the API server takes it: apiextensions calls that form structural. */
function structural(node: Node, at: string): Node {
  const optional = node['anyOf'] as readonly Node[] | undefined;
  if (optional !== undefined) {
    const { anyOf: _either, ...said } = node;
    const [value = {}] = optional.filter((each) => each['type'] !== 'null');
    return { ...structural({ ...said, ...value }, at), nullable: true };
  }
  const { type, const: only, items, properties, default: _default, ...rest } = node;
  const { additionalProperties: _closed, ...said } = rest;
  const rules = [...(said['pattern'] === '^/' ? [pathRule] : []), ...rulesAt(at)];
  return {
    type,
    ...said,
    ...(only !== undefined && { enum: [only] }),
    ...(properties !== undefined && {
      properties: Object.fromEntries(
        Object.entries(properties as Record<string, Node>).map(([name, each]) => [
          name,
          structural(each, `${at}.${name}`),
        ]),
      ),
    }),
    ...(items !== undefined && { ...listType(at), items: structural(items as Node, `${at}[]`) }),
    ...withRules(rules),
  };
}

function listType(at: string): Node {
  if (at === 'spec.images') return { 'x-kubernetes-list-type': 'set' };
  const keys = mapKeys[at];
  return keys === undefined
    ? { 'x-kubernetes-list-type': 'atomic' }
    : { 'x-kubernetes-list-type': 'map', 'x-kubernetes-list-map-keys': keys };
}

function withRules(rules: readonly object[]): Node {
  return rules.length === 0 ? {} : { 'x-kubernetes-validations': rules };
}
