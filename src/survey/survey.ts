/** What `lithopod survey` says of the images of a cluster. */
import type { ProfileSource } from '../core/catalogue/profile/profile.ts';
import type { Level, Reporter } from '../core/findings/finding.ts';
import type { ReasonCode } from '../core/findings/reasons.ts';

/**
 * Where the profile of an image comes from. `learnt`: all its evidence is of the kind `observed`,
 * whatever source has it. `default`: no profile is for the image. `none`: neither, and by
 * `--unprofiled=skip` it does not get the profile `default`.
 */
export const profileKinds = ['cluster', 'file', 'built-in', 'learnt', 'default', 'none'] as const;
export type ProfileKind = (typeof profileKinds)[number];

/**
 * `ready`: a new pod is hardened and works, as far as profiles know. `learn`: what the image must
 * write to is not known. `cannot`: as its manifest is, it does not hold the level, or loses what
 * it asks for.
 */
export const verdicts = ['cannot', 'learn', 'ready'] as const;
export type Verdict = (typeof verdicts)[number];

/**
 * Why a pod is mutable. `no-label`: its namespace has no label `enforce`. `not-asked`: it was
 * created before the label, while the webhook was not asked, or by an Exemption that has ended.
 * `unread`: the labels of its namespace are not known. `exempted`: by an Exemption in force.
 * `unsupported`: a static or a Windows pod. `never-selected`: its namespace is not.
 */
export const mutableReasons = [
  'no-label',
  'not-asked',
  'unread',
  'exempted',
  'never-selected',
  'unsupported',
] as const;
export type MutableReason = (typeof mutableReasons)[number];

/** Those that a label, or a new start of the pod, ends. */
export const mendable: ReadonlySet<MutableReason> = new Set(['no-label', 'not-asked', 'unread']);

/** A code of a finding, or what its pods show. */
export type VerdictCode = ReasonCode | 'crash-loop' | 'never-selected';

/** Why an image has its verdict. */
export interface VerdictReason {
  readonly verdict: Exclude<Verdict, 'ready'>;
  readonly code: VerdictCode;
  /** One sentence without its subject, of the first container that was found. */
  readonly detail: string;
}

export interface CountedReason extends VerdictReason {
  readonly pods: number;
}

/** An image, and all pods that have a container of it. */
export interface SurveyedImage {
  /** In full; as the pods name it where it is no reference. */
  readonly image: string;
  readonly profile: {
    readonly kind: ProfileKind;
    readonly name: string;
    readonly source: ProfileSource;
    readonly pattern?: string;
  };
  /** All, also those that ended. */
  readonly pods: number;
  /** Those that ended: Jobs, mostly. */
  readonly finished: number;
  /** At most twenty of them, in order of their names. */
  readonly namespaces: readonly string[];
  /** How many pods hold which level: each pod is counted once, at the strictest. */
  readonly levels: Readonly<Record<Level | 'none', number>>;
  /** Of the pods that have not ended. */
  readonly mutable: {
    readonly pods: number;
    readonly reasons: Readonly<Partial<Record<MutableReason, number>>>;
    /** How many of the pods do not meet which rule. */
    readonly rules: Readonly<Partial<Record<Reporter, number>>>;
  };
  /** Of containers that hold a level: a pod is hardened when it is created, and never later. */
  readonly restarts: number;
  readonly verdict: Verdict;
  /** Why it is not `ready`: gravest first, then by pods. */
  readonly why: readonly CountedReason[];
}

/**
 * What `survey -o json` prints. Fields may be added; none is removed or changes its meaning while
 * `version` is 1.
 */
export interface Survey {
  readonly version: 1;
  /** The level that the verdicts are for. */
  readonly level: Level;
  /** Absent: all namespaces, or those of the files. */
  readonly namespace?: string;
  /** By verdict, then by the number of pods. */
  readonly images: readonly SurveyedImage[];
  /** Of the images beyond those listed. Each pod is counted once for each of its images. */
  readonly others?: Readonly<Record<Verdict | 'uses' | 'mutable', number>>;
  readonly summary: {
    readonly pods: number;
    readonly finished: number;
    /** The number of the images that are listed. */
    readonly images: number;
    /** How many of them have which verdict. */
    readonly verdicts: Readonly<Record<Verdict, number>>;
    /** How many pods are mutable, and why. */
    readonly mutable: Readonly<Partial<Record<MutableReason, number>>>;
  };
  /** What is not known, and why. */
  readonly unread: readonly string[];
}

/** What makes `--fail-on` fail. */
export const thresholds = ['mutable', 'learn', 'cannot', 'none'] as const;
export type Threshold = (typeof thresholds)[number];

/**
 * Whether the survey has something of what is wanted. Pods that an Exemption, their kind or their
 * namespace leaves mutable count for nothing: neither a label nor a new start mends them.
 */
export function surveyFails({ summary, others }: Survey, wanted: readonly Threshold[]): boolean {
  return wanted.some((each) => {
    if (each === 'none') return false;
    if (each === 'mutable') {
      return mutableReasons.some((why) => mendable.has(why) && (summary.mutable[why] ?? 0) > 0);
    }
    return summary.verdicts[each] > 0 || (others?.[each] ?? 0) > 0;
  });
}
