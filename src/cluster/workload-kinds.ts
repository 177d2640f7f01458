/** The kinds that `explain` takes before a name, with the names that kubectl has for them. */

/** A kind of object that is a pod or leads to pods. */
export interface WorkloadKind {
  readonly kind: string;
  /** `apis/apps/v1` */
  readonly api: string;
  /** `deployments` */
  readonly plural: string;
  /** `deployments.apps`, as a Role names it. */
  readonly resource: string;
}

export const podKind: WorkloadKind = {
  kind: 'Pod',
  api: 'api/v1',
  plural: 'pods',
  resource: 'pods',
};

const kinds: readonly (readonly [WorkloadKind, short: string | undefined])[] = [
  [podKind, 'po'],
  [inGroup('apps', 'Deployment'), 'deploy'],
  [inGroup('apps', 'StatefulSet'), 'sts'],
  [inGroup('apps', 'DaemonSet'), 'ds'],
  [inGroup('apps', 'ReplicaSet'), 'rs'],
  [inGroup('batch', 'Job'), undefined],
  [inGroup('batch', 'CronJob'), 'cj'],
  [
    {
      kind: 'ReplicationController',
      api: 'api/v1',
      plural: 'replicationcontrollers',
      resource: 'replicationcontrollers',
    },
    'rc',
  ],
];

function inGroup(group: string, kind: string): WorkloadKind {
  const plural = `${kind.toLowerCase()}s`;
  return { kind, api: `apis/${group}/v1`, plural, resource: `${plural}.${group}` };
}

const byName: ReadonlyMap<string, WorkloadKind> = new Map(
  kinds.flatMap(([kind, short]) => {
    const [, group] = kind.resource.split('.');
    const names = [kind.kind.toLowerCase(), kind.plural, ...(short === undefined ? [] : [short])];
    return names.flatMap((name) =>
      (group === undefined ? [name] : [name, `${name}.${group}`, `${name}.v1.${group}`]).map(
        (written) => [written, kind] as const,
      ),
    );
  }),
);

/** The kind by any of its names: `deploy`, `Deployment`, `deployments.apps`. */
export function kindByName(name: string): WorkloadKind | undefined {
  return byName.get(name.toLowerCase());
}

/** The short lower-case names, for a message. */
export const kindNames: readonly string[] = kinds.map(([{ kind }]) => kind.toLowerCase());
