/** What a Compose file must be shaped like, as far as Lithopod reads it. */
import { isObject } from '../core/values/json.ts';
import { serviceNames, servicePointer } from './form.ts';
import type { JsonObject } from '../core/values/json.ts';
import type { Form } from './form.ts';

/** A fault in the shape of a document. */
export interface ShapeProblem {
  readonly pointer: string;
  readonly message: string;
}

interface Kind {
  readonly test: (value: unknown) => boolean;
  /** Follows "must be". */
  readonly is: string;
}

const isText = (value: unknown): boolean => typeof value === 'string';
const isScalar = (value: unknown): boolean =>
  ['string', 'number', 'boolean'].includes(typeof value);
const isList = (value: unknown): boolean => Array.isArray(value);
const isTextList = (value: unknown): boolean => Array.isArray(value) && value.every(isScalar);

const text: Kind = { test: isText, is: 'a text' };
const scalar: Kind = { test: isScalar, is: 'a text' };
const flag: Kind = {
  test: (value) => typeof value === 'boolean' || isText(value),
  is: 'true or false',
};
const texts: Kind = { test: isTextList, is: 'a list of texts' };
const words: Kind = {
  test: (value) => isScalar(value) || isTextList(value),
  is: 'a text or a list of texts',
};
const list: Kind = { test: isList, is: 'a list' };
const map: Kind = { test: isObject, is: 'a map' };
const mapOrTexts: Kind = {
  test: (value) =>
    isTextList(value) ||
    (isObject(value) && Object.values(value).every((each) => each === null || isScalar(each))),
  is: 'a map of texts or a list of texts',
};
const mounts: Kind = {
  test: (value) => isList(value) && (value as readonly unknown[]).every(isTextOrMap),
  is: 'a list of texts and maps',
};
const extension: Kind = {
  test: (value) => isText(value) || (isObject(value) && isText(value['service'])),
  is: 'the name of a service, or a map with the key service',
};
const environmentFiles: Kind = {
  test: (value) => isText(value) || (isList(value) && (value as unknown[]).every(isTextOrMap)),
  is: 'a text or a list',
};

function isTextOrMap(value: unknown): boolean {
  return isText(value) || isObject(value);
}

/** The fields of a service that are read. Null is as good as nothing. */
const fields: Readonly<Record<string, Kind>> = {
  image: text,
  command: words,
  entrypoint: words,
  environment: mapOrTexts,
  env_file: environmentFiles,
  extends: extension,
  user: scalar,
  read_only: flag,
  privileged: flag,
  cap_add: texts,
  cap_drop: texts,
  security_opt: texts,
  tmpfs: words,
  volumes: mounts,
  volumes_from: texts,
  devices: mounts,
  device_cgroup_rules: texts,
  secrets: mounts,
  configs: mounts,
  pid: text,
  ipc: text,
  network_mode: text,
  sysctls: mapOrTexts,
  deploy: map,
  platform: text,
  isolation: text,
  post_start: list,
  pre_stop: list,
  develop: map,
  use_api_socket: flag,
};

/** The faults of a document, in its order. */
export function shapeProblems(value: JsonObject, form: Form): readonly ShapeProblem[] {
  const { services, volumes, include } = value;
  const problems: ShapeProblem[] = [];
  const must = (is: boolean, pointer: string, message: string): void => {
    if (!is) problems.push({ pointer, message });
  };
  if (services === undefined && include === undefined && !hasService(value)) {
    const isPart = Object.keys(value).some((key) => rootKeys.has(key) || key.startsWith('x-'));
    must(isPart, '', 'This is no Compose file: it has neither services nor include.');
  }
  must(services == null || isObject(services), '/services', 'services must be a map.');
  must(volumes == null || isObject(volumes), '/volumes', 'volumes must be a map.');
  must(include == null || isList(include), '/include', 'include must be a list.');
  if (problems.length > 0) return problems;
  const all = form.services === '' ? value : services;
  if (!isObject(all)) return problems;
  for (const name of form.services === '' ? serviceNames(value) : Object.keys(all)) {
    problems.push(...serviceProblems(name, all[name], servicePointer(form, name)));
  }
  return problems;
}

/** Whether the root of a document has a service. */
function hasService(value: JsonObject): boolean {
  return serviceNames(value).some((name) => {
    const service = value[name];
    return isObject(service) && ['image', 'build', 'extends'].some((field) => field in service);
  });
}

/** What a file may have that is put over another one, without services. */
const rootKeys = new Set(['networks', 'volumes', 'secrets', 'configs', 'models', 'name']);

function serviceProblems(name: string, service: unknown, pointer: string): readonly ShapeProblem[] {
  // Where a map has anchors, or all of it is commented out, there may be no service.
  if (service === null) return [];
  if (!isObject(service)) return [{ pointer, message: `${name}: a service must be a map.` }];
  return Object.entries(fields).flatMap(([field, { test, is }]) => {
    const value = service[field];
    if (value == null || test(value)) return [];
    return [{ pointer: `${pointer}/${field}`, message: `${name}: ${field} must be ${is}.` }];
  });
}
