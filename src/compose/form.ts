/**
 * Which Compose file a document is: today's specification, 3.x, 2.x, or one whose services are at
 * its root, and whether a Swarm runs it. That decides in which form a writable path can be written.
 *
 * Sources: compose-spec/compose-spec schema; docker/compose 1.25.5 config_schema_v*.json;
 * docker/cli v29 cli/compose (what `docker stack deploy` reads).
 */
import { isObject } from '../core/values/json.ts';
import type { JsonObject } from '../core/values/json.ts';
import { escapeToken } from '../core/values/json-pointer.ts';

/** The form of one Compose file. */
export interface Form {
  /** `''` where the services are at the root of the document, else `/services`. */
  readonly services: '' | '/services';
  /** `spec`: without a version. `1`: without a version and without `services`. */
  readonly version: 'spec' | '3' | '2' | '1';
  /** The number behind the point: 8 of `3.8`. */
  readonly minor: number;
  /** `docker stack deploy` reads it. */
  readonly swarm: boolean;
}

/** The JSON pointer, into a document of the form, of its service. */
export function servicePointer({ services }: Form, name: string): string {
  return `${services}/${escapeToken(name)}`;
}

/** Keys of a document's root that are no services, where there is no key `services`. */
const rootKeys = new Set([
  'version',
  'name',
  'networks',
  'volumes',
  'secrets',
  'configs',
  'include',
  'models',
]);

/** What only a Swarm reads of `deploy` today; of 3.x it alone reads all but `resources`. */
const swarmKeys = ['endpoint_mode', 'placement', 'update_config', 'rollback_config'];

/** Whether the value is an object of the Kubernetes API, which is never a Compose file. */
export function isApiObject(value: unknown): boolean {
  return isObject(value) && typeof value['kind'] === 'string' && 'apiVersion' in value;
}

/**
 * Whether a document surely is a Compose file: it has services with an image or a build, or
 * includes other files.
 */
export function isCompose(value: unknown): boolean {
  if (!isObject(value) || isApiObject(value)) return false;
  const { services } = value;
  if (services !== undefined) return isObject(services) || services === null;
  if (Array.isArray(value['include'])) return true;
  return serviceNames(value).some((name) => {
    const service = value[name];
    return isObject(service) && (typeof service['image'] === 'string' || 'build' in service);
  });
}

/** The form of a document; `swarm` says what the user says of it, if anything. */
export function formOf(value: JsonObject, swarm: boolean | undefined): Form {
  const services = isAtRoot(value) ? '' : '/services';
  const written = value['version'];
  const text = typeof written === 'string' || typeof written === 'number' ? String(written) : '';
  const [, major, minor] = /^([23])(?:\.(\d{1,3}))?$/.exec(text.trim()) ?? [];
  const version = major === '3' || major === '2' ? major : services === '' ? '1' : 'spec';
  return {
    services,
    version,
    // `3` alone is 3.0, as `2` is 2.0.
    minor: Number(minor ?? 0),
    swarm: swarm ?? (version !== '2' && version !== '1' && looksLikeSwarm(value, version === '3')),
  };
}

/** Whether the document has its services at its root. */
export function isAtRoot(value: JsonObject): boolean {
  return !('services' in value) && serviceNames(value).length > 0;
}

/** The names of the services of a document that has them at its root. */
export function serviceNames(value: JsonObject): readonly string[] {
  return Object.keys(value).filter(
    (key) => !rootKeys.has(key) && !key.startsWith('x-') && isObject(value[key]),
  );
}

function looksLikeSwarm({ services, networks }: JsonObject, isOfThree: boolean): boolean {
  const isOverlay = (network: unknown): boolean =>
    isObject(network) && network['driver'] === 'overlay';
  if (isObject(networks) && Object.values(networks).some(isOverlay)) return true;
  const all = isObject(services) ? Object.values(services) : [];
  return all.some((service) => isSwarmService(service, isOfThree));
}

function isSwarmService(service: unknown, isOfThree: boolean): boolean {
  const deploy = isObject(service) ? service['deploy'] : undefined;
  if (!isObject(deploy)) return false;
  if (isOfThree) return Object.keys(deploy).some((key) => key !== 'resources');
  return deploy['mode'] === 'global' || swarmKeys.some((key) => key in deploy);
}
