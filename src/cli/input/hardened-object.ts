/** What `harden`, `check` and `explain` make of one pod. */
import type { Subject } from '../../core/context/context.ts';
import type { Hardening } from '../../core/harden.ts';
import type { Operation } from '../../core/patch.ts';
import type { Pod } from '../../core/pod/pod.ts';
import type { TemplateLocation } from '../../core/pod/pod-templates.ts';
import type { ManifestFile } from '../../documents/index.ts';

/** One pod or pod template of a file. */
export interface HardenedObject {
  readonly file: ManifestFile;
  /** Index of the document in its file, from 0. */
  readonly document: number;
  readonly location: TemplateLocation;
  /** The pod before hardening. */
  readonly pod: Pod;
  readonly subject: Subject;
  /** Its patch and the places of its findings are relative to the pod. */
  readonly hardening: Hardening;
  /** The patch as operations on the document. */
  readonly operations: readonly Operation[];
  /**
   * Of a Compose file, whose services are the containers of one pod: the pointer to each service
   * in the document, by its name.
   */
  readonly services?: ReadonlyMap<string, string>;
}
