/** docs/kinds.md, from the table of kinds. */
import { builtInKinds } from '../src/core/kinds/built-in.ts';
import type { PodKind } from '../src/core/kinds/kind.ts';

export function kindsPage(note: string): string {
  const rows = builtInKinds.kinds.map(rowOf);
  const refused = builtInKinds.kinds
    .flatMap((kind) => refusalsOf(kind).map((refusal) => ({ kind: kind.kind, ...refusal })))
    .reduce((byField, { kind, field, why }) => {
      const key = `\`${field}\` | ${why}`;
      return byField.set(key, [...(byField.get(key) ?? []), kind]);
    }, new Map<string, readonly string[]>());
  return `# Kinds that Lithopod looks into

${note}\`harden\`, \`check\` and \`explain\` look into these. In a namespace with \`lithopod.dev/warn\`, \`audit\` or \`enforce\` their authors are told what their pods will get, where the cluster has the kind; kinds of the whole cluster are in no namespace, so nothing is told of them.

\`[]\` is each entry of a list or map. **Template**: a pod template. **Spec**: the spec of a pod, without its annotations. **Parts**: containers, volumes and security contexts in places of the kind's own; each object there is one pod.

| API group | kind | where its pods are |
|---|---|---|
${rows.join('\n')}

## What is left out

A kind may refuse what a pod could have, or its schema may lack it. It is left out, and a finding says so: as \`skipped\` where the pod is as hard without it, as \`conflict\` where something is missing now. A path that needs a volume which the kind does not take gets no mount, so that nothing is hidden.

| field | why | kinds |
|---|---|---|
${[...refused].map(([key, kinds]) => `| ${key} | ${[...new Set(kinds)].join(', ')} |`).join('\n')}

## What is not looked into

An object that looks as if it held containers, of a kind that is not in the table, is named on stderr with file, line, kind and apiVersion. So is a mistyped kind or apiVersion, a workload without a pod template, and a Compose file. \`check --fail-on changed,unknown-kind\` ends with 1 for them. What is below \`status\` does not count. A text that changes a pod once it is made (\`podSpecPatch\` of Argo Workflows) is not read, and reported.

## Further kinds

\`--kinds FILE\` adds kinds, and replaces those of the same group and kind. It may be given several times.

\`\`\`yaml
kinds:
  - group: shop.example.com
    kind: Worker
    templates: [spec.template, 'spec.pools[].template']
  - group: shop.example.com
    kind: Pipeline
    pods: # not in one template: where the parts are, relative to \`at\`, or with a dot in front to the whole object
      - at: spec.stages[]
        containers: [main, 'helpers[]']
        initContainers: before
        volumes: .spec.volumes
        securityContext: podSecurity
        metadata: podMetadata
        name: main
    refuses:
      - { field: 'containers[].securityContext.privileged', why: the operator refuses it }
\`\`\`

| field | meaning |
|---|---|
| \`group\`, \`kind\`, \`versions\` | which objects; any version where none is named |
| \`templates\`, \`podSpecs\`, \`pods\` | where the pods are; one of them is needed |
| \`claims\` | a list of claim templates, whose names no volume of Lithopod may have |
| \`elsewhere\` | where something is here, an object without a pod is no mistake |
| \`containerName\` | what a container of a template is called that has no name |
| \`refuses\` | fields that the kind does not take: \`initContainers\`, \`volumes\`, \`volumes[].downwardAPI\`, \`securityContext\` or a field of it, \`containers[].…\` |
| \`pods[].containers\` | objects that are containers; one without an image is none |
| \`pods[].initContainers\`, \`volumes\`, \`securityContext\`, \`metadata\` | where these are; without a place they are not written |
| \`pods[].inherits\` | \`volumes\`, \`securityContext\`, \`image\`, \`container\` and \`hostNetwork\` that count for the pod and are written elsewhere: read, not changed |
| \`pods[].patches\` | texts that change the pod once it is made |
| \`pods[].unless\` | a key: where it has an object, the pod is not made of these parts |
`;
}

function rowOf(kind: PodKind): string {
  const { group, versions, templates = [], podSpecs = [], parts = [] } = kind;
  const name = group === '' ? 'core' : group;
  const all = versions === undefined ? '' : ` ${versions.join(', ')}`;
  const places = [
    ...templates.map((path) => `template ${path === '' ? 'the object itself' : `\`${path}\``}`),
    ...podSpecs.map((path) => `spec \`${path}\``),
    ...parts.map(
      ({ at, containers }) =>
        `parts \`${at}\`: ${containers.map((path) => (path === '' ? 'itself' : `\`${path}\``)).join(', ')}`,
    ),
  ];
  return `| ${name}${all} | ${kind.kind} | ${places.join('<br>')} |`;
}

function refusalsOf({ refuses = [], parts = [] }: PodKind) {
  return [...refuses, ...parts.flatMap((part) => part.refuses ?? [])];
}
