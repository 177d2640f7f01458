/**
 * The documents that make up a Compose project, one over the other, and the checks of their shape.
 */
import { isObject } from '../core/values/json.ts';
import { failure, success } from '../core/values/result.ts';
import { formOf, isApiObject, serviceNames } from './form.ts';
import { tagsIn } from './tags.ts';
import { shapeProblems } from './shape.ts';
import type { JsonObject } from '../core/values/json.ts';
import type { Problem, Result } from '../core/values/result.ts';
import type { ManifestFile } from '../documents/index.ts';
import type { Form } from './form.ts';
import type { Tags } from './tags.ts';

/** One document of a project. */
export interface Layer {
  readonly file: ManifestFile;
  /** Of the document in its file, from 0. */
  readonly document: number;
  readonly value: JsonObject;
  readonly form: Form;
  /** The services as they are written, anchors and merge keys resolved. */
  readonly services: ReadonlyMap<string, JsonObject>;
  readonly tags: Tags;
}

/** More services than any project has; each is looked at several times. */
const maxServices = 5000;

/**
 * The documents of a file that hold something, as layers. Refused, each with its place: a document
 * that is no Compose file, and fields of which Lithopod reads another shape than they have.
 */
export function layersOf(
  file: ManifestFile,
  swarm: boolean | undefined,
  placed: (document: number, pointer: string, message: string) => Problem,
): Result<readonly Layer[]> {
  const layers: Layer[] = [];
  const problems: Problem[] = [];
  for (const [document, { value }] of file.documents.entries()) {
    if (value == null) continue;
    const at = (pointer: string, message: string): Problem => placed(document, pointer, message);
    if (!isObject(value)) {
      problems.push(at('', 'A Compose file is a map with the key services.'));
      continue;
    }
    if (isApiObject(value)) {
      const kind = String(value['kind']);
      problems.push(
        at('', `This is a ${kind} of Kubernetes, no Compose file: use lithopod harden.`),
      );
      continue;
    }
    const form = formOf(value, swarm);
    const tags = tagsIn(file, document);
    const found = shapeProblems(value, form)
      // Of a value that is reset the text does not count.
      .filter(({ pointer }) => !tags.reset.has(pointer))
      .map(({ pointer, message }) => at(pointer, message));
    problems.push(...found);
    if (found.length > 0) continue;
    const services = servicesOf(value, form);
    if (services.size > maxServices) {
      problems.push(at(form.services, `There are more than ${maxServices} services.`));
      continue;
    }
    layers.push({ file, document, value, form, services, tags });
  }
  return problems.length > 0 ? failure(...problems) : success(layers);
}

function servicesOf(value: JsonObject, { services }: Form): ReadonlyMap<string, JsonObject> {
  const all = services === '' ? value : value['services'];
  const names = services === '' ? serviceNames(value) : Object.keys(isObject(all) ? all : {});
  return new Map(
    names.flatMap((name) => {
      const service = isObject(all) ? all[name] : undefined;
      return isObject(service) ? [[name, service] as const] : [];
    }),
  );
}
