/** The URL paths that webhook entries name, and what each asks for. */
import { levels } from '../core/findings/finding.ts';
import type { Level } from '../core/findings/finding.ts';

export const modes = ['enforce', 'audit', 'warn'] as const;
export type Mode = (typeof modes)[number];

/** What a webhook entry asks for by its URL path. */
export interface Route {
  readonly mode: Mode;
  readonly level: Level;
  /** The namespace's label names no level: it counts as `immutable`, and the client is warned. */
  readonly mistyped: boolean;
}

/**
 * How a review ended. `would-change`: nothing was patched, but enforce patches it. That is a pod
 * in the modes audit and warn, or a workload, whose pods are patched when they are created.
 */
export type Outcome = 'patched' | 'would-change' | 'unchanged' | 'skipped' | 'rejected' | 'error';

const routes = new Map<string, Route>([
  // For callers that name no mode: the same as /mutate/enforce/immutable.
  ['/mutate', { mode: 'enforce', level: 'immutable', mistyped: false }],
  // For namespaces whose label holds neither level: see manifests/70-webhook.yaml.
  ['/mutate/enforce/unknown-level', { mode: 'enforce', level: 'immutable', mistyped: true }],
  ...modes.flatMap((mode) =>
    levels.map((level): [string, Route] => [
      `/mutate/${mode}/${level}`,
      { mode, level, mistyped: false },
    ]),
  ),
]);

/**
 * The route of a request's URL, or undefined where there is none. The API server appends
 * `?timeout=…`.
 */
export function routeOf(url: string): Route | undefined {
  const query = url.indexOf('?');
  return routes.get(query < 0 ? url : url.slice(0, query));
}
