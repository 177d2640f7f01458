/**
 * Hardens a Compose project: one file, or several of which each is put over those before
 * (`docker compose -f a -f b`).
 */
import { servicePointer } from './form.ts';
import { isObject } from '../core/values/json.ts';
import { failure, success } from '../core/values/result.ts';
import { atOrigin, findingAt } from './finding.ts';
import { Draft } from './draft.ts';
import { hardenService } from './harden-service.ts';
import { mergeServices, readService } from './service.ts';
import { isWindows } from './windows.ts';
import type { Catalogue } from '../core/catalogue/match/catalogue.ts';
import type { Policy } from '../core/context/context.ts';
import type { Operation } from '../core/patch.ts';
import type { JsonObject } from '../core/values/json.ts';
import type { Problem, Result } from '../core/values/result.ts';
import type { ComposeFinding } from './finding.ts';
import type { HardenedService } from './harden-service.ts';
import type { Layer } from './layer.ts';
import type { Declared } from './mount.ts';
import type { Service } from './service.ts';
import type { Lookup } from './variables.ts';

/** What a project reads besides its own files. */
export interface Project {
  readonly layers: readonly Layer[];
  readonly lookup: Lookup;
  /** Images of services that are built, by the service's name. */
  readonly images: ReadonlyMap<string, string>;
  /** The folder of the first file. */
  readonly folder: string;
  /**
   * The layers of a file that a service of `from` extends, or what is wrong with it; undefined
   * where there is no such file.
   */
  readonly extended: (path: string, from: Layer) => Result<readonly Layer[]> | undefined;
  /** The variables of a file that `env_file` names; undefined where it cannot be read. */
  readonly environmentFile: (path: string) => ReadonlyMap<string, string> | undefined;
  /** Where a pointer of a layer is. */
  readonly placed: (layer: Layer, pointer: string, message: string) => Problem;
}

/** A hardened project. */
export interface HardenedProject {
  /** For each layer the operations that harden it. */
  readonly edits: ReadonlyMap<Layer, readonly Operation[]>;
  readonly findings: readonly ComposeFinding[];
  readonly services: readonly ProjectService[];
}

/** A service of a project, with the first layer that has it. */
export interface ProjectService {
  readonly layer: Layer;
  readonly name: string;
  /** Undefined where it was left alone, which a finding says. */
  readonly hardened: HardenedService | undefined;
}

/** Hardens all services. Refused: a service that extends itself, or one that there is not. */
export function hardenProject(
  project: Project,
  catalogue: Catalogue,
  policy: Policy,
): Result<HardenedProject> {
  const work = new ProjectWork(project, catalogue, policy);
  for (const layer of project.layers) {
    work.reportIncludes(layer);
    for (const name of layer.services.keys()) work.hardened(name);
  }
  return work.problems.length > 0 ? failure(...work.problems) : success(work.outcome());
}

/** More steps of `extends` than any project has. */
const maxDepth = 32;

class ProjectWork {
  readonly problems: Problem[] = [];
  readonly #project: Project;
  readonly #catalogue: Catalogue;
  readonly #policy: Policy;
  readonly #declared: Declared;
  readonly #drafts = new Map<Layer, Draft>();
  readonly #findings: ComposeFinding[] = [];
  /** By name; undefined while the service is being hardened. */
  readonly #services = new Map<string, Service | undefined>();
  readonly #outcomes: ProjectService[] = [];
  /** How many services wait for the one that is being hardened. */
  #depth = 0;

  constructor(project: Project, catalogue: Catalogue, policy: Policy) {
    this.#project = project;
    this.#catalogue = catalogue;
    this.#policy = policy;
    const declared = (field: string): JsonObject => {
      const roots = project.layers.map(({ value }) => value[field]).filter(isObject);
      return Object.assign({}, ...roots) as JsonObject;
    };
    this.#declared = {
      volumes: declared('volumes'),
      configs: declared('configs'),
      secrets: declared('secrets'),
    };
    for (const layer of project.layers) this.#drafts.set(layer, new Draft(layer.value));
  }

  outcome(): HardenedProject {
    const edits = new Map([...this.#drafts].map(([layer, { operations }]) => [layer, operations]));
    return { edits, findings: this.#findings, services: this.#outcomes };
  }

  reportIncludes(layer: Layer): void {
    const { include } = layer.value;
    for (const [index, each] of (Array.isArray(include) ? include : []).entries()) {
      const path: unknown = isObject(each) ? each['path'] : each;
      const file = [path]
        .flat()
        .filter((part) => typeof part === 'string')
        .join(', ');
      const origin = { layer, pointer: `/include/${index}` };
      this.#findings.push(
        atOrigin(undefined, 'unsupported-pod', 'included-file', origin, { file }),
      );
    }
  }

  /**
   * The service as its files have it once it is hardened; undefined where it is refused: it extends
   * itself, or is behind too many others.
   */
  hardened(name: string): Service | undefined {
    if (this.#services.has(name)) return this.#services.get(name);
    this.#services.set(name, undefined);
    const layers = this.#project.layers.filter(({ services }) => services.has(name));
    const [first] = layers;
    if (first !== undefined && this.#depth > maxDepth) {
      const pointer = servicePointer(first.form, name);
      const message = `${name} is behind ${maxDepth} services, by extends and volumes_from.`;
      this.#refuse(first, pointer, message);
      return undefined;
    }
    this.#depth++;
    const service = this.#hardenedNow(name, layers);
    this.#depth--;
    return service;
  }

  #hardenedNow(name: string, layers: readonly Layer[]): Service | undefined {
    const [first] = layers;
    let service: Service | undefined;
    for (const layer of layers) {
      const part = this.#partOf(name, layer);
      if (part === undefined) return undefined;
      service = service === undefined ? part : mergeServices(service, part);
    }
    if (first === undefined || service === undefined) return undefined;
    const outcome = this.#harden(this.#withMountsFrom(service), first);
    this.#outcomes.push({ layer: first, name, hardened: outcome });
    const after = outcome?.service ?? service;
    this.#services.set(name, after);
    return after;
  }

  /** A service's part in a layer, over what it extends. */
  #partOf(name: string, layer: Layer): Service | undefined {
    const part = readService(name, layer, this.#declared, this.#project.lookup);
    const extension = extensionOf(layer, name);
    if (extension === undefined) return part;
    const pointer = `${servicePointer(layer.form, name)}/extends`;
    const { file, service } = extension;
    const base =
      file === undefined || file === layer.file.name
        ? this.#ownBase(service, layer, pointer)
        : this.#foreignPart(service, file, layer, pointer, 0);
    if (base === 'unknown') {
      const origin = { layer, pointer };
      const args = { file: file ?? '' };
      this.#findings.push(atOrigin(name, 'unsupported-pod', 'extends-unknown', origin, args));
      return part;
    }
    return base && mergeServices(base, part);
  }

  #ownBase(name: string, layer: Layer, pointer: string): Service | undefined {
    if (!this.#project.layers.some(({ services }) => services.has(name))) {
      this.#refuse(layer, pointer, `extends: there is no service ${name}.`);
      return undefined;
    }
    const base = this.hardened(name);
    if (base === undefined && this.problems.length === 0) {
      this.#refuse(layer, pointer, `extends: ${name} extends itself.`);
    }
    return base;
  }

  /** A service of another file, which is read and not changed. Undefined where it is refused. */
  #foreignPart(
    name: string,
    path: string,
    from: Layer,
    pointer: string,
    depth: number,
  ): Service | 'unknown' | undefined {
    const read = this.#project.extended(path, from);
    if (read === undefined) return 'unknown';
    if (!read.ok) {
      for (const { message } of read.problems) this.#refuse(from, pointer, `extends: ${message}`);
      return undefined;
    }
    const layer = read.value.find(({ services }) => services.has(name));
    if (layer === undefined || depth > maxDepth) {
      const fault =
        layer === undefined ? `${path} has no service ${name}.` : `${name} extends itself.`;
      this.#refuse(from, pointer, `extends: ${fault}`);
      return undefined;
    }
    const part = readService(name, layer, this.#declared, this.#project.lookup);
    const extension = extensionOf(layer, name);
    if (extension === undefined) return part;
    const { file = path, service } = extension;
    const base = this.#foreignPart(service, file, file === path ? from : layer, pointer, depth + 1);
    return base === undefined || base === 'unknown' ? base : mergeServices(base, part);
  }

  #refuse(layer: Layer, pointer: string, message: string): void {
    // One fault is met again by each service that extends the one with it.
    const problem = this.#project.placed(layer, pointer, message);
    const isKnown = this.problems.some(
      (known) =>
        known.message === message && known.line === problem.line && known.file === problem.file,
    );
    if (!isKnown) this.problems.push(problem);
  }

  /** The service with the mounts of the services that `volumes_from` names. */
  #withMountsFrom(service: Service): Service {
    if (service.volumesFrom.length === 0) return service;
    const own = new Set(service.mounts.map(({ target }) => target));
    const mounts = service.volumesFrom.flatMap((text) => {
      const [name = '', mode] = text.split(':');
      const other = this.#project.layers.some(({ services }) => services.has(name))
        ? this.hardened(name)
        : undefined;
      const shared = (other?.mounts ?? []).filter(
        ({ kind }) => kind !== 'tmpfs' && kind !== 'file' && kind !== 'copied',
      );
      return shared.map((mount) => (mode === 'ro' ? { ...mount, readOnly: true } : mount));
    });
    return {
      ...service,
      mounts: [...service.mounts, ...mounts.filter(({ target }) => !own.has(target))],
    };
  }

  #harden(service: Service, layer: Layer): HardenedService | undefined {
    if (service.provided) return undefined;
    const left = this.#reasonToLeave(service);
    if (left !== undefined) {
      this.#findings.push(left);
      return undefined;
    }
    const { images, folder, environmentFile } = this.#project;
    const image = images.get(service.name);
    const given = image === undefined ? service : { ...service, image, imageMissing: [] };
    const draft = this.#drafts.get(layer);
    if (draft === undefined) return undefined;
    const pointer = servicePointer(layer.form, service.name);
    const fromFiles = service.environmentFiles.map(({ text }) => environmentFile(text));
    const names = this.#catalogue.names;
    const outcome = hardenService(
      given,
      { layer, draft, pointer },
      { fromFiles, folder, names },
      {
        catalogue: this.#catalogue,
        policy: this.#policy,
        draftOf: (each) => this.#drafts.get(each),
      },
    );
    this.#findings.push(...outcome.findings);
    return outcome;
  }

  #reasonToLeave(service: Service): ComposeFinding | undefined {
    if (isWindows(service)) {
      return findingAt(service, 'unsupported-pod', 'windows-pod', 'image', {});
    }
    const isFragment =
      service.image === undefined && !service.builds && !this.#project.images.has(service.name);
    if (!isFragment) return undefined;
    return findingAt(service, 'read-only-root', 'service-without-image', '', {});
  }
}

interface Extension {
  readonly file: string | undefined;
  readonly service: string;
}

function extensionOf(layer: Layer, name: string): Extension | undefined {
  const given = layer.services.get(name)?.['extends'];
  if (layer.tags.reset.has(`${servicePointer(layer.form, name)}/extends`)) return undefined;
  if (typeof given === 'string') return { file: undefined, service: given };
  if (!isObject(given) || typeof given['service'] !== 'string') return undefined;
  const { file, service } = given;
  return { file: typeof file === 'string' ? file : undefined, service };
}
