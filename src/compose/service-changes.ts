/** Writes what the rules for pods changed of a service's container into the service's files. */
import { servicePointer } from './form.ts';
import { atOrigin } from './finding.ts';
import { capabilityText } from './service-pod.ts';
import { listTarget, resetFinding } from './target.ts';
import { separatorsOf } from './variables.ts';
import type { Container } from '../core/pod/pod.ts';
import type { ComposeFinding } from './finding.ts';
import type { Mount } from './mount.ts';
import type { Origin } from './origin.ts';
import type { Item, Service } from './service.ts';
import type { ServicePod } from './service-pod.ts';
import type { DraftOf, Target } from './target.ts';

/** The changes to one service. */
export class ServiceChanges {
  service: Service;
  readonly findings: ComposeFinding[] = [];
  changed = false;
  readonly #target: Target;
  readonly #draftOf: DraftOf;

  constructor(service: Service, target: Target, draftOf: DraftOf) {
    this.service = service;
    this.#target = target;
    this.#draftOf = draftOf;
  }

  /** Keeps the read-only root of the service that it extends away from this one. */
  keepWritable(): void {
    this.#set('read_only', false);
    this.service = { ...this.service, readOnly: false, madeReadOnly: false };
  }

  /** The fields that stand for the container's security context. */
  security(before: Container, after: Container): void {
    const [was, is] = [before.securityContext, after.securityContext];
    if (is?.readOnlyRootFilesystem === true && was?.readOnlyRootFilesystem !== true) {
      this.#flag('read_only', true);
      this.service = { ...this.service, readOnly: true, madeReadOnly: true };
    }
    if (was?.privileged === true && is?.privileged !== true) {
      this.#flag('privileged', false);
      this.service = { ...this.service, privileged: false };
    }
    this.#hooks();
    this.#capabilities(before, after);
    if (was?.seccompProfile?.type === 'Unconfined' && is?.seccompProfile?.type !== 'Unconfined') {
      this.#remove('security_opt', this.service.securityOpt, ({ text }) =>
        /^seccomp[:=]unconfined$/.test(text),
      );
    }
    if (is?.allowPrivilegeEscalation === false && was?.allowPrivilegeEscalation !== false) {
      this.#remove('security_opt', this.service.securityOpt, ({ text }) =>
        /^no-new-privileges[:=]false$/.test(text),
      );
      this.#add('security_opt', 'no-new-privileges:true');
    }
    const uid = is?.runAsUser;
    if (uid != null && this.service.user === undefined) {
      const gid = is?.runAsGroup;
      const user = gid == null ? String(uid) : `${uid}:${gid}`;
      this.#set('user', user);
      this.service = { ...this.service, user };
    }
  }

  /** A hook may be privileged where its container is not. */
  #hooks(): void {
    for (const { field, origin } of this.service.privilegedHooks) {
      const { name } = this.service;
      const draft = this.#draftOf(origin.layer);
      if (draft === undefined) {
        this.#reportForeign(field, [{ text: 'privileged', origin }]);
        continue;
      }
      draft.set(origin.pointer, 'privileged', false);
      this.changed = true;
      const said = 'asked for a privileged hook and runs it with privileged: false';
      this.findings.push(atOrigin(name, 'no-privileged', 'privileged-removed', origin, {}, said));
    }
    this.service = { ...this.service, privilegedHooks: [] };
  }

  #capabilities(before: Container, after: Container): void {
    const [was, is] = [before.securityContext?.capabilities, after.securityContext?.capabilities];
    const kept = new Set(is?.add ?? []);
    this.#remove('cap_add', this.service.capAdd, (item) => !kept.has(capabilityText(item)));
    for (const name of is?.add ?? [])
      if (was?.add?.includes(name) !== true) this.#add('cap_add', name);
    // With all of them dropped none needs a name.
    const drop = is?.drop?.includes('ALL') === true ? ['ALL'] : (is?.drop ?? []);
    for (const name of drop) if (was?.drop?.includes(name) !== true) this.#add('cap_drop', name);
  }

  /** The variables that the profile wants, in the form that the file has them in. */
  environment(before: Container, after: Container): void {
    const known = new Set(before.env?.map(({ name }) => name));
    for (const { name, value } of after.env ?? []) {
      if (known.has(name)) continue;
      const { draft, pointer } = this.#target;
      const list = draft.value(`${pointer}/environment`);
      if (Array.isArray(list)) draft.append(`${pointer}/environment`, `${name}=${value ?? ''}`);
      else draft.set(`${pointer}/environment`, name, value ?? '');
      this.changed = true;
      const origin = { layer: this.#target.layer, pointer: `${pointer}/environment` };
      const environment = new Map(this.service.environment).set(name, {
        value: value ?? '',
        origin,
      });
      this.service = { ...this.service, environment };
    }
  }

  /** Binds that become read-only, and those whose propagation gets narrower. */
  mounts({ container, mounts }: ServicePod, after: Container): void {
    const byPlace = new Map(
      after.volumeMounts?.map((mount) => [`${mount.name}\0${mount.mountPath}`, mount]),
    );
    const changed = new Map<Mount, Mount>();
    for (const [index, was] of (container.volumeMounts ?? []).entries()) {
      const [mount, is] = [mounts[index], byPlace.get(`${was.name}\0${was.mountPath}`)];
      if (mount === undefined || is === undefined) continue;
      const readOnly = is.readOnly === true && was.readOnly !== true;
      const narrowed = is.mountPropagation !== was.mountPropagation;
      if (readOnly || narrowed) changed.set(mount, this.#narrow(mount, readOnly, narrowed));
    }
    if (changed.size === 0) return;
    const all = this.service.mounts.map((mount) => changed.get(mount) ?? mount);
    this.service = { ...this.service, mounts: all };
  }

  #narrow(mount: Mount, readOnly: boolean, narrowed: boolean): Mount {
    const { layer, pointer } = mount.origin;
    const draft = this.#draftOf(layer);
    // A mount of a file that was not given is written again: the later one of a path counts.
    const value = draft?.value(pointer);
    const short = typeof value === 'string' ? value : undefined;
    this.changed = true;
    if (draft === undefined) {
      this.#add(
        'volumes',
        `${mount.source}:${mount.target}:${readOnly ? 'ro' : 'rw'}${narrowed ? ',rslave' : ''}`,
      );
    } else if (short !== undefined) {
      draft.replace(pointer, narrowedText(short, readOnly, narrowed));
    } else {
      if (readOnly) draft.set(pointer, 'read_only', true);
      if (narrowed) draft.set(`${pointer}/bind`, 'propagation', 'rslave');
    }
    return {
      ...mount,
      readOnly: mount.readOnly || readOnly,
      ...(narrowed && { propagation: 'rslave' }),
    };
  }

  /** A flag is changed where it is written last, and written where no given file has it. */
  #flag(field: string, value: boolean): void {
    const origin = this.service.fields.get(field);
    const draft = origin && this.#draftOf(origin.layer);
    if (origin === undefined || draft === undefined || !this.#isOwn(origin)) {
      this.#set(field, value);
      return;
    }
    draft.replace(origin.pointer, value);
    this.changed = true;
  }

  /** Whether a place is the service's own, and not that of a service which it extends. */
  #isOwn({ layer, pointer }: Origin): boolean {
    return pointer.startsWith(`${servicePointer(layer.form, this.service.name)}/`);
  }

  #set(field: string, value: unknown): void {
    const { draft, pointer } = this.#target;
    draft.set(pointer, field, value);
    this.changed = true;
  }

  #add(field: 'cap_add' | 'cap_drop' | 'security_opt' | 'volumes', text: string): void {
    const place = listTarget(this.service, field, this.#target, this.#draftOf);
    if (place === undefined) {
      const finding = resetFinding(this.service, 'drop-capabilities', field);
      if (finding !== undefined) this.findings.push(finding);
      return;
    }
    place.draft.append(place.list, text);
    this.changed = true;
    if (field === 'volumes') return;
    const key = lists[field];
    const origin = { layer: place.layer, pointer: place.list };
    this.service = { ...this.service, [key]: [...this.service[key], { text, origin }] };
  }

  /** Takes items out of a list, in each given file; of another file they are reported. */
  #remove(
    field: 'cap_add' | 'security_opt',
    items: readonly Item[],
    goes: (item: Item) => boolean,
  ): void {
    const gone = items.filter(goes);
    if (gone.length === 0) return;
    const byList = new Map<string, { origin: Origin; indices: number[] }>();
    const foreign: Item[] = [];
    for (const item of gone) {
      const { layer, pointer } = item.origin;
      if (this.#draftOf(layer) === undefined || !this.#isOwn(item.origin)) {
        foreign.push(item);
        continue;
      }
      const cut = pointer.lastIndexOf('/');
      const list = pointer.slice(0, cut);
      const key = `${layer.file.name}\0${layer.document}\0${list}`;
      const known = byList.get(key) ?? { origin: { layer, pointer: list }, indices: [] };
      known.indices.push(Number(pointer.slice(cut + 1)));
      byList.set(key, known);
    }
    for (const { origin, indices } of byList.values()) {
      this.#draftOf(origin.layer)?.removeItems(origin.pointer, indices);
      this.changed = true;
    }
    const key = lists[field];
    this.service = { ...this.service, [key]: items.filter((item) => !gone.includes(item)) };
    if (foreign.length > 0) this.#reportForeign(field, foreign);
  }

  #reportForeign(field: string, foreign: readonly Item[]): void {
    const [first] = foreign;
    const { layer, pointer } = this.#target;
    this.findings.push(
      atOrigin(
        this.service.name,
        'no-escape',
        'inherited-setting',
        { layer, pointer },
        {
          field,
          names: foreign.map(({ text }) => text),
          file: first?.origin.layer.file.name ?? '',
        },
      ),
    );
  }
}

const lists = {
  cap_add: 'capAdd',
  cap_drop: 'capDrop',
  security_opt: 'securityOpt',
} as const;

/** The text of a short volume with its mode changed; variables in it stay. */
function narrowedText(text: string, readOnly: boolean, narrowed: boolean): string {
  const colons = separatorsOf(text, ':');
  const cut = colons[1];
  const modes = cut === undefined ? [] : text.slice(cut + 1).split(',');
  const kept = modes
    .filter((mode) => !(readOnly && (mode === 'rw' || mode === '')))
    .map((mode) => (narrowed && /^r?shared$/.test(mode) ? 'rslave' : mode));
  const head = cut === undefined ? text : text.slice(0, cut);
  return `${head}:${[...kept, ...(readOnly ? ['ro'] : [])].join(',')}`;
}
