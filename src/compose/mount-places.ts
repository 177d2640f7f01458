/** Writes the mounts of a service's writable places into its file, and says what they are. */
import { withMounts, withVolumes } from '../core/pod/change.ts';
import { findingAt } from './finding.ts';
import { imageVolume } from './image-volume.ts';
import { mountOf } from './mount.ts';
import { writeTmpfs } from './tmpfs.ts';
import type { Written as WrittenTmpfs } from './tmpfs.ts';
import type { InjectedNames } from '../core/mounts/names.ts';
import type { Said } from '../core/findings/reason.ts';
import type { Container, Pod, Volume, VolumeMount } from '../core/pod/pod.ts';
import type { ComposeFinding } from './finding.ts';
import { listTarget, resetFinding } from './target.ts';
import type { DraftOf, Target } from './target.ts';
import type { Mount } from './mount.ts';
import type { Service } from './service.ts';
import type { User } from './user.ts';
import type { WritablePlace } from './writable.ts';

/** A service with its places mounted. */
export interface PlacedService {
  readonly service: Service;
  readonly findings: readonly ComposeFinding[];
  readonly changed: boolean;
  /** The pod that the service stands for, with `after` as its container. */
  readonly pod: (before: Pod, after: Container) => Pod;
}

/** Mounts each place, in the form that the target's file takes. */
export function applyPlaces(
  places: readonly WritablePlace[],
  service: Service,
  target: Target,
  user: User | undefined,
  tools: Tools,
): PlacedService {
  const added: Mount[] = [];
  const findings: ComposeFinding[] = [];
  for (const place of places) {
    const placed = mountPlace(place, service, target, user, tools);
    if (placed.mount !== undefined) added.push(placed.mount);
    if (placed.finding !== undefined) findings.push(placed.finding);
  }
  return {
    service: { ...service, mounts: [...service.mounts, ...added] },
    findings,
    changed: added.length > 0,
    pod: (before, after) => podWith(before, after, places, service, tools.names),
  };
}

/** Names for volumes, and the documents to write to. */
interface Tools {
  readonly names: InjectedNames;
  readonly draftOf: DraftOf;
}

interface Placed {
  readonly mount?: Mount;
  readonly finding: ComposeFinding | undefined;
}

function mountPlace(
  place: WritablePlace,
  service: Service,
  target: Target,
  user: User | undefined,
  tools: Tools,
): Placed {
  const { entry, path, by } = place;
  const movedBy = entry.moved?.by;
  const moved = movedBy === undefined ? '' : ` (by ${movedBy})`;
  const report = (code: 'path-mounted' | 'data-not-persistent', said: Said) =>
    findingAt(service, 'writable-paths', code, 'volumes', { path, movedBy }, said);
  if (by === 'image') {
    const said = `keeps its data at ${path}${moved} in an anonymous volume of its image: give it a named one`;
    return { finding: report('data-not-persistent', said) };
  }
  const written =
    by === 'tmpfs'
      ? writeTmpfs(
          { path, mode: entry.mode, sizeLimit: entry.sizeLimit, user, executes: place.executes },
          target.layer.form,
        )
      : ({ form: 'named', driverOptions: undefined } as const);
  const mounted = mountWritten(written, path, service, target, tools);
  if (mounted === undefined) {
    const field = written.form === 'short' ? 'tmpfs' : 'volumes';
    return { finding: resetFinding(service, 'writable-paths', field) };
  }
  const { mount, what } = mounted;
  if (by === 'tmpfs')
    return { mount, finding: report('path-mounted', `gets ${what} at ${path}${moved}`) };
  if (by === 'data') {
    const said = `keeps its data at ${path}${moved} and mounts nothing there: it gets ${what}, without what is there so far`;
    return { mount, finding: report('data-not-persistent', said) };
  }
  const said = `gets ${what} at ${path}${moved}, which Docker fills with the image's files while it is empty: remove it after a new image, and see that the user may write there`;
  const finding = findingAt(service, 'seeded-paths', 'path-seeded', 'volumes', { path }, said);
  return { mount, finding };
}

interface Mounted {
  readonly mount: Mount;
  readonly what: string;
}

/** A volume with the options of a driver, or one that Docker keeps on its disk. */
type Written =
  | Exclude<WrittenTmpfs, { readonly form: 'named' }>
  | {
      readonly form: 'named';
      readonly driverOptions: Readonly<Record<string, string>> | undefined;
    };

/** Undefined where the list that the mount is written to is reset. */
function mountWritten(
  written: Written,
  path: string,
  service: Service,
  target: Target,
  { names, draftOf }: Tools,
): Mounted | undefined {
  const field = written.form === 'short' ? 'tmpfs' : 'volumes';
  const place = listTarget(service, field, target, draftOf);
  if (place === undefined) return undefined;
  const { draft, list } = place;
  if (written.form !== 'named') {
    draft.append(list, written.form === 'long' ? written.value : written.text);
    const kind = written.form === 'anonymous' ? 'anonymous' : 'tmpfs';
    const what = written.form === 'anonymous' ? 'an anonymous volume' : 'a tmpfs';
    return { mount: newMount(kind, path, target), what };
  }
  const { driverOptions } = written;
  const name = names.volume(service.name, path);
  draft.append(list, `${name}:${path}${driverOptions === undefined ? '' : ':nocopy'}`);
  const root = driverOptions === undefined ? {} : { driver_opts: driverOptions };
  // Files of the first form have no volumes at their root: Docker makes one of that name.
  if (target.layer.form.version !== '1') draft.set('/volumes', name, root);
  const what = driverOptions === undefined ? `the volume ${name}` : `the volume ${name}, a tmpfs,`;
  return { mount: newMount('volume', path, target, name), what };
}

function newMount(
  kind: Mount['kind'],
  path: string,
  { layer, pointer }: Target,
  source = '',
): Mount {
  return mountOf(kind, { source, target: path, field: 'volumes', origin: { layer, pointer } });
}

/** The pod after hardening, for whoever explains it: with the mounts that the service has now. */
function podWith(
  { spec }: Pod,
  after: Container,
  places: readonly WritablePlace[],
  { name }: Service,
  names: InjectedNames,
): Pod {
  const own = (after.volumeMounts ?? []).filter((mount) =>
    spec.volumes?.some((volume) => volume.name === mount.name),
  );
  const added = places.map(({ path, by }): VolumeMount => ({
    name: by === 'image' ? imageVolume : names.volume(name, path),
    mountPath: path,
  }));
  const volumes: Volume[] = [
    ...(spec.volumes ?? []),
    ...added.map((mount, index): Volume => {
      const isTmpfs = places[index]?.by === 'tmpfs';
      const source = isTmpfs ? { emptyDir: {} } : { persistentVolumeClaim: {} };
      return { name: mount.name, ...source };
    }),
  ];
  const container = withMounts(after, [...added, ...own]);
  return withVolumes({ spec: { ...spec, containers: [container] } }, volumes);
}
