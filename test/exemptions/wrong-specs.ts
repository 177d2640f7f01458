/** What an Exemption's spec may be, and what it may not, by our parser and the API server alike. */

export const validSpec = {
  images: ['docker.io/library/web'],
  rules: ['no-privileged'],
  reason: 'It loads a module of the kernel.',
  expires: '2099-01-31',
};

/** Each beside the fields of `validSpec`. */
export const wrongSpecs: readonly (readonly [what: string, spec: object])[] = [
  ['no images', { images: [] }],
  ['all images of a registry', { images: ['registry.corp/**'] }],
  ['a short name', { images: ['nginx'] }],
  ['half a digest', { images: ['sha256:abc'] }],
  ['an unknown rule', { rules: ['no-privilege'] }],
  ['a rule that gives', { rules: ['writable-paths'] }],
  ['the annotation', { rules: ['hardened-annotation'] }],
  ['an empty reason', { reason: ' ' }],
  ['no such day', { expires: '2027-02-30' }],
  ['a time without a zone', { expires: '2027-02-03T10:00:00' }],
  ['a duration', { expires: '30d' }],
  ['an unknown field', { until: '2027-01-01' }],
  ['an empty list of containers', { containers: [] }],
  [
    'a selector with an unknown operator',
    { podSelector: { matchExpressions: [{ key: 'a', operator: 'Is' }] } },
  ],
  ['In without values', { podSelector: { matchExpressions: [{ key: 'a', operator: 'In' }] } }],
  [
    'Exists with values',
    { podSelector: { matchExpressions: [{ key: 'a', operator: 'Exists', values: ['b'] }] } },
  ],
];
