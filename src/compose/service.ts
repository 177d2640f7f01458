/**
 * A service as one layer or several make it: what Lithopod reads of it, with the place of each
 * item in the text.
 */
import { escapeToken } from '../core/values/json-pointer.ts';
import { servicePointer } from './form.ts';
import { isObject } from '../core/values/json.ts';
import { apiSocketIn, deviceRulesIn, devicesIn, filesIn, mountsIn } from './mount.ts';
import { replaceVariables } from './variables.ts';
import { shellWords } from './words.ts';
import type { JsonObject } from '../core/values/json.ts';
import type { Layer } from './layer.ts';
import type { Declared, Mount } from './mount.ts';
import type { Listed, Origin } from './origin.ts';
import type { Lookup } from './variables.ts';

/** A text of a list. */
export interface Item {
  readonly text: string;
  readonly origin: Origin;
}

/** A variable of the container. */
export interface Variable {
  /** Undefined where the value comes from outside of the files. */
  readonly value: string | undefined;
  readonly origin: Origin;
}

/** What a service is, as far as it is read. */
export interface Service {
  readonly name: string;
  /** With its variables replaced. */
  readonly image: string | undefined;
  /** Variables of the image's text that have no value. */
  readonly imageMissing: readonly string[];
  readonly builds: boolean;
  /** A program of the host's makes it, and no container runs. */
  readonly provided: boolean;
  readonly command: readonly string[] | undefined;
  readonly entrypoint: readonly string[] | undefined;
  readonly environment: ReadonlyMap<string, Variable>;
  /** Files of variables, as they are named. */
  readonly environmentFiles: readonly Item[];
  readonly user: string | undefined;
  readonly readOnly: boolean | undefined;
  /** `readOnly` is Lithopod's doing, here or in the service that this one extends. */
  readonly madeReadOnly: boolean;
  readonly privileged: boolean | undefined;
  readonly capAdd: readonly Item[];
  readonly capDrop: readonly Item[];
  readonly securityOpt: readonly Item[];
  readonly mounts: readonly Mount[];
  readonly devices: readonly Mount[];
  readonly volumesFrom: readonly string[];
  readonly pid: string | undefined;
  readonly ipc: string | undefined;
  readonly networkMode: string | undefined;
  readonly sysctls: ReadonlyMap<string, Variable>;
  readonly platform: string | undefined;
  readonly isolation: string | undefined;
  /** Commands that Compose runs in the container, and runs privileged. */
  readonly privilegedHooks: readonly Hook[];
  /** Rules by which `docker compose watch` copies files into the container. */
  readonly syncs: readonly Origin[];
  /** Where each field is written last. */
  readonly fields: ReadonlyMap<string, Origin>;
  /** Fields that this part clears before it is merged over another. */
  readonly cleared: ReadonlySet<string>;
  /**
   * Lists of which nothing counts that other files, or what the service extends, have: the place
   * of the tag, and whether items behind it count.
   */
  readonly tagged: ReadonlyMap<string, TaggedList>;
}

/** A command that runs in the container besides its own. */
export interface Hook {
  /** The field of the service that it is in. */
  readonly field: string;
  readonly origin: Origin;
}

/** A list with `!reset`, or with `!override`. */
export interface TaggedList {
  readonly origin: Origin;
  readonly isReset: boolean;
}

/** Reads the part of a service that one layer has. `declared` is what the whole project has. */
export function readService(
  name: string,
  layer: Layer,
  declared: Declared,
  lookup: Lookup,
): Service {
  const own = layer.services.get(name) ?? {};
  const pointer = servicePointer(layer.form, name);
  const reader = new Reader(own, layer, pointer, lookup);
  const image = reader.replaced('image');
  return {
    name,
    image: image?.text,
    imageMissing: image?.missing ?? [],
    builds: own['build'] != null,
    provided: own['provider'] != null,
    command: reader.words('command'),
    entrypoint: reader.words('entrypoint'),
    environment: reader.variables('environment'),
    environmentFiles: reader.environmentFiles(),
    user: reader.text('user'),
    readOnly: reader.flag('read_only'),
    madeReadOnly: false,
    privileged: reader.flag('privileged'),
    capAdd: reader.items('cap_add'),
    capDrop: reader.items('cap_drop'),
    securityOpt: reader.items('security_opt'),
    mounts: [
      ...mountsIn(reader.list('volumes'), declared.volumes, lookup),
      ...mountsIn(reader.list('tmpfs'), {}, lookup, true),
      ...filesIn(reader.list('secrets'), 'secrets', declared, lookup),
      ...filesIn(reader.list('configs'), 'configs', declared, lookup),
      ...(reader.flag('use_api_socket') === true
        ? apiSocketIn({ layer, pointer: `${pointer}/use_api_socket` })
        : []),
    ],
    devices: [
      ...devicesIn(reader.list('devices'), lookup),
      ...deviceRulesIn(reader.list('device_cgroup_rules')),
    ],
    volumesFrom: reader.items('volumes_from').map(({ text }) => text),
    pid: reader.text('pid'),
    ipc: reader.text('ipc'),
    networkMode: reader.text('network_mode') ?? reader.text('net'),
    sysctls: reader.variables('sysctls'),
    platform: reader.text('platform'),
    isolation: reader.text('isolation'),
    privilegedHooks: [
      ...['post_start', 'pre_stop'].flatMap((field) => privileged(field, reader.list(field))),
      ...privileged('develop', reader.watched('exec')),
    ],
    syncs: reader
      .watched('action')
      .filter(({ value }) => typeof value === 'string' && value.startsWith('sync'))
      .map(({ origin }) => origin),
    fields: reader.fields(),
    cleared: reader.cleared(),
    tagged: reader.tagged(),
  };
}

function privileged(field: string, hooks: readonly Listed[]): readonly Hook[] {
  return hooks.flatMap(({ value, origin }) => {
    const asked = isObject(value) ? value['privileged'] : undefined;
    return asked === true || asked === 'true' ? [{ field, origin }] : [];
  });
}

/** The text of a value whose shape was checked to be no map and no list. */
function scalarText(value: unknown): string {
  return typeof value === 'string' ? value : JSON.stringify(value);
}

class Reader {
  readonly #own: JsonObject;
  readonly #layer: Layer;
  readonly #pointer: string;
  readonly #lookup: Lookup;

  constructor(own: JsonObject, layer: Layer, pointer: string, lookup: Lookup) {
    this.#own = own;
    this.#layer = layer;
    this.#pointer = pointer;
    this.#lookup = lookup;
  }

  /** The value of a field, unless it is reset. */
  value(field: string): unknown {
    return this.#layer.tags.reset.has(this.#at(field)) ? undefined : this.#own[field];
  }

  replaced(field: string): { text: string; missing: readonly string[] } | undefined {
    const value = this.value(field);
    if (typeof value !== 'string' && typeof value !== 'number') return undefined;
    return replaceVariables(String(value), this.#lookup);
  }

  text(field: string): string | undefined {
    const text = this.replaced(field)?.text.trim();
    return text === '' ? undefined : text;
  }

  flag(field: string): boolean | undefined {
    const value = this.value(field);
    if (typeof value === 'boolean') return value;
    const text = this.text(field);
    return text === undefined ? undefined : /^(?:1|t|true|y|yes|on)$/i.test(text);
  }

  /** The items of a list; of a single text that is written in its place, that. */
  list(field: string): readonly Listed[] {
    const value = this.value(field);
    if (value == null) return [];
    const pointer = this.#at(field);
    if (!Array.isArray(value)) return [{ value, origin: { layer: this.#layer, pointer } }];
    return value.flatMap((each: unknown, index) => {
      const at = `${pointer}/${index}`;
      const isReset = this.#layer.tags.reset.has(at);
      return isReset ? [] : [{ value: each, origin: { layer: this.#layer, pointer: at } }];
    });
  }

  /** A field of each rule of `develop.watch` that has it. */
  watched(field: string): readonly Listed[] {
    const develop = this.value('develop');
    const rules = isObject(develop) ? develop['watch'] : undefined;
    if (!Array.isArray(rules)) return [];
    return rules.flatMap((rule: unknown, index) => {
      const value = isObject(rule) ? rule[field] : undefined;
      const pointer = `${this.#at('develop')}/watch/${index}/${field}`;
      return value == null ? [] : [{ value, origin: { layer: this.#layer, pointer } }];
    });
  }

  items(field: string): readonly Item[] {
    return this.list(field).map(({ value, origin }) => ({
      text: replaceVariables(scalarText(value), this.#lookup).text,
      origin,
    }));
  }

  words(field: string): readonly string[] | undefined {
    const value = this.value(field);
    if (value == null) return undefined;
    if (Array.isArray(value)) return this.items(field).map(({ text }) => text);
    return shellWords(replaceVariables(scalarText(value), this.#lookup).text);
  }

  variables(field: string): ReadonlyMap<string, Variable> {
    const variables = new Map<string, Variable>();
    const value = this.value(field);
    if (isObject(value)) {
      for (const [name, each] of Object.entries(value)) {
        const pointer = `${this.#at(field)}/${escapeToken(name)}`;
        const origin = { layer: this.#layer, pointer };
        variables.set(name, { value: this.#valueOf(name, each, pointer), origin });
      }
      return variables;
    }
    for (const { value: each, origin } of this.list(field)) {
      const text = scalarText(each);
      const equals = text.indexOf('=');
      const name = equals < 0 ? text : text.slice(0, equals);
      const given = equals < 0 ? null : text.slice(equals + 1);
      variables.set(name, { value: this.#valueOf(name, given, origin.pointer), origin });
    }
    return variables;
  }

  /** A variable without a value has that of the shell, or is not set. */
  #valueOf(name: string, value: unknown, pointer: string): string | undefined {
    if (this.#layer.tags.reset.has(pointer)) return undefined;
    if (value == null) return this.#lookup(name);
    const { text, missing } = replaceVariables(scalarText(value), this.#lookup);
    return missing.length > 0 ? undefined : text;
  }

  environmentFiles(): readonly Item[] {
    return this.list('env_file').flatMap(({ value, origin }) => {
      const path = isObject(value) ? value['path'] : value;
      if (typeof path !== 'string') return [];
      return [{ text: replaceVariables(path, this.#lookup).text, origin }];
    });
  }

  fields(): ReadonlyMap<string, Origin> {
    const fields = new Map<string, Origin>();
    for (const field of Object.keys(this.#own)) {
      fields.set(field, { layer: this.#layer, pointer: this.#at(field) });
    }
    fields.set('', { layer: this.#layer, pointer: this.#pointer });
    return fields;
  }

  cleared(): ReadonlySet<string> {
    const { reset, override } = this.#layer.tags;
    if (override.has(this.#pointer) || reset.has(this.#pointer)) return new Set(['']);
    return new Set(
      Object.keys(this.#own).filter(
        (field) => reset.has(this.#at(field)) || override.has(this.#at(field)),
      ),
    );
  }

  tagged(): ReadonlyMap<string, TaggedList> {
    const tagged = new Map<string, TaggedList>();
    for (const field of this.cleared()) {
      const pointer = this.#at(field);
      const isReset = this.#layer.tags.reset.has(pointer);
      if (field !== '') tagged.set(field, { origin: { layer: this.#layer, pointer }, isReset });
    }
    return tagged;
  }

  #at(field: string): string {
    return `${this.#pointer}/${escapeToken(field)}`;
  }
}

/**
 * A service with another part over it, as Compose merges files and what a service extends
 * (compose-spec 13-merge.md): one value replaces another, lists grow, a mount replaces that of the
 * same path, a command replaces the whole command.
 */
export function mergeServices(base: Service, over: Service): Service {
  if (over.cleared.has('')) return over;
  const has = (field: string): boolean => over.cleared.has(field);
  const list = <T>(field: string, before: readonly T[], after: readonly T[]): readonly T[] =>
    has(field) ? after : [...before, ...after];
  const one = <T>(field: string, before: T | undefined, after: T | undefined): T | undefined =>
    after ?? (has(field) ? undefined : before);
  return {
    name: over.name,
    image: one('image', base.image, over.image),
    imageMissing: over.image === undefined ? base.imageMissing : over.imageMissing,
    builds: over.builds || base.builds,
    provided: over.provided || base.provided,
    command: one('command', base.command, over.command),
    entrypoint: one('entrypoint', base.entrypoint, over.entrypoint),
    environment: mergeMaps(has('environment') ? noVariables : base.environment, over.environment),
    environmentFiles: list('env_file', base.environmentFiles, over.environmentFiles),
    user: one('user', base.user, over.user),
    readOnly: one('read_only', base.readOnly, over.readOnly),
    madeReadOnly: base.madeReadOnly && over.readOnly === undefined && !has('read_only'),
    privileged: one('privileged', base.privileged, over.privileged),
    capAdd: list('cap_add', base.capAdd, over.capAdd),
    capDrop: list('cap_drop', base.capDrop, over.capDrop),
    securityOpt: list('security_opt', base.securityOpt, over.securityOpt),
    mounts: mergeMounts(
      base.mounts.filter(({ field }) => !has(field)),
      over.mounts,
    ),
    devices: list('devices', base.devices, over.devices),
    volumesFrom: list('volumes_from', base.volumesFrom, over.volumesFrom),
    pid: one('pid', base.pid, over.pid),
    ipc: one('ipc', base.ipc, over.ipc),
    networkMode: one('network_mode', base.networkMode, over.networkMode),
    sysctls: mergeMaps(has('sysctls') ? noVariables : base.sysctls, over.sysctls),
    platform: one('platform', base.platform, over.platform),
    isolation: one('isolation', base.isolation, over.isolation),
    privilegedHooks: [
      ...base.privilegedHooks.filter(({ field }) => !has(field)),
      ...over.privilegedHooks,
    ],
    syncs: list('develop', base.syncs, over.syncs),
    fields: mergeMaps(base.fields, over.fields),
    cleared: base.cleared,
    tagged: mergeMaps(base.tagged, over.tagged),
  };
}

const noVariables: ReadonlyMap<string, Variable> = new Map();

function mergeMaps<T>(
  before: ReadonlyMap<string, T>,
  after: ReadonlyMap<string, T>,
): ReadonlyMap<string, T> {
  return new Map([...before, ...after]);
}

function mergeMounts(before: readonly Mount[], after: readonly Mount[]): readonly Mount[] {
  const replaced = new Set(after.map(({ target }) => target));
  return [...before.filter(({ target }) => !replaced.has(target)), ...after];
}
