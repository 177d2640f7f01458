/** A Kubernetes object as a manifest says it, before anything of its kind is known. */
export interface Manifest {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: {
    readonly name: string;
    readonly namespace?: string;
    readonly labels?: Readonly<Record<string, string>>;
  };
  readonly [field: string]: unknown;
}

/**
 * The text of a file of the package, by its path from the package's root with slashes:
 * `manifests/10-namespace.yaml`.
 */
export type ReadText = (path: string) => string;
