/** What `lithopod status` knows of a cluster. */

/** A part of the cluster, or why it is not known: one sentence. */
export type Known<T> = { readonly value: T } | { readonly unknown: string };

export interface Facts {
  /** Where the installation is looked for. */
  readonly namespace: string;
  /** Undefined: there is no Secret. PEM. */
  readonly certificate: Known<string | undefined>;
  /** Undefined: there is none. */
  readonly webhook: Known<WebhookConfiguration | undefined>;
  readonly deployments: Known<readonly DeploymentFact[]>;
  readonly profiles: Known<readonly ConditionFact[]>;
  readonly exemptions: Known<readonly ExemptionFact[]>;
  readonly namespaces: Known<readonly NamespaceFact[]>;
  readonly pods: Known<PodFacts>;
}

export interface WebhookConfiguration {
  readonly entries: readonly { readonly name: string; readonly bundle: string }[];
  /** What is not as `lithopod install` makes it, each a sentence. */
  readonly differences: readonly string[];
}

export interface DeploymentFact {
  readonly name: string;
  readonly ready: number;
  readonly wanted: number;
  /** The last change of it is on all of its pods. */
  readonly isRolledOut: boolean;
}

/** The condition `Ready` of an object. */
export interface ConditionFact {
  readonly name: string;
  /** Undefined: nobody has written one yet. */
  readonly ready: boolean | undefined;
  readonly reason: string;
  readonly message: string;
}

export interface ExemptionFact extends ConditionFact {
  /** It let no pod through yet. */
  readonly neverMatched: boolean;
  /** When it ends, as its author wrote it. */
  readonly expires: string;
}

export interface NamespaceFact {
  readonly name: string;
  /** The value of each label of ours, by its key without the prefix. */
  readonly labels: ReadonlyMap<string, string>;
}

/** Of the pods that run in namespaces with the label `enforce`. */
export interface PodFacts {
  readonly count: number;
  readonly mutable: readonly MutablePod[];
  /** Those that run by an Exemption that has ended, or is no more. */
  readonly byEnded: readonly { readonly name: string; readonly exemption: string }[];
}

export interface MutablePod {
  /** `namespace/name`. */
  readonly name: string;
  /** RFC 3339: pods do not become mutable later. */
  readonly since: string;
  /** One sentence. */
  readonly why: string;
  /** The Exemption in force that lets it be so. */
  readonly exemption?: string;
}
