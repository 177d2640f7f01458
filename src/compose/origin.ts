/** Places in the documents of a project. */
import type { Layer } from './layer.ts';

/** Where something is written. */
export interface Origin {
  readonly layer: Layer;
  /** JSON pointer into the layer's document. */
  readonly pointer: string;
}

/** An item of a list, whatever it is. */
export interface Listed {
  readonly value: unknown;
  readonly origin: Origin;
}
