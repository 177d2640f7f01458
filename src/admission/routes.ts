/** The URL paths that webhook entries name. */
import { levels } from '../core/rules/rule.ts';
import { modes } from './answer-review.ts';
import type { Route } from './answer-review.ts';

const routes = new Map<string, Route>([
  ['/mutate', { mode: 'enforce', level: 'immutable', mistyped: false }],
  // Where the namespace's label holds neither level: see manifests/70-webhook.yaml.
  ['/mutate/enforce/unknown-level', { mode: 'enforce', level: 'immutable', mistyped: true }],
  ...modes.flatMap((mode) =>
    levels.map((level): [string, Route] => [
      `/mutate/${mode}/${level}`,
      { mode, level, mistyped: false },
    ]),
  ),
]);

/** What the path of a request's URL asks for; nothing where it is none of ours. The API server appends `?timeout=…`. */
export function routeOf(url: string): Route | undefined {
  const query = url.indexOf('?');
  return routes.get(query < 0 ? url : url.slice(0, query));
}
