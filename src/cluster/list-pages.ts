/** A list that the API server gives a page after the other. */
import { isObject, parseJson } from '../core/values/json.ts';
import { failure, success } from '../core/values/result.ts';
import type { Connection } from './kubeconfig.ts';
import { readProblem, send } from './request.ts';
import type { ApiAnswer, ApiRequest, ClusterProblem, ClusterResult, Target } from './request.ts';

/** Each page is a request of its own, and one text. */
export interface PagedList extends Pick<ApiRequest, 'accept'> {
  /** Without a query. */
  readonly path: string;
  /** The most objects of a page. Fewer are asked for where so many are more than `send` reads. */
  readonly pageSize: number;
  /** Selectors, and what else each request asks for. */
  readonly query?: Readonly<Record<string, string>>;
}

export interface ListPage {
  readonly answer: ApiAnswer;
  /** What the answer holds; undefined where it is no JSON. */
  readonly value: unknown;
  readonly isLast: boolean;
}

/**
 * The pages in order. One with another status than 200, or without an answer, is the last: what to
 * say of it is for whoever asks.
 */
export async function* listPages(
  connection: Connection,
  { path, pageSize, query = {}, accept }: PagedList,
): AsyncGenerator<ClusterResult<ListPage>, void> {
  let next = '';
  let limit = pageSize;
  for (;;) {
    const parameters = new URLSearchParams({ limit: String(limit), ...query });
    if (next !== '') parameters.set('continue', next);
    const answer = await send(connection, {
      method: 'GET',
      path: `${path}?${parameters.toString()}`,
      ...(accept !== undefined && { accept }),
    });
    if (!answer.ok) {
      // A page may begin anywhere, whatever the size of those before it was.
      if (limit > 1 && answer.problems.every(({ kind }) => kind === 'too-large')) {
        limit = Math.ceil(limit / 4);
        continue;
      }
      yield answer;
      return;
    }
    const value = parseJson(answer.value.body);
    next = answer.value.status === 200 ? continueOf(value) : '';
    yield { ok: true, value: { answer: answer.value, value, isLast: next === '' } };
    if (next === '') return;
  }
}

function continueOf(page: unknown): string {
  const metadata = isObject(page) ? page['metadata'] : undefined;
  const next = isObject(metadata) ? metadata['continue'] : undefined;
  return typeof next === 'string' ? next : '';
}

/** Objects of one collection, as sentences and RBAC name them. */
export interface Collection extends Pick<Target, 'path' | 'what' | 'resource'> {
  /** Where it matters for the sentence: empty for the whole cluster. */
  readonly namespace?: string;
  readonly query?: PagedList['query'];
}

/**
 * The objects, page by page; `isLast` says whether more come. Refused, as the last, where a page
 * cannot be read or is no list.
 */
export async function* listObjectPages(
  connection: Connection,
  { namespace = '', query = {}, ...about }: Collection,
  pageSize: number,
): AsyncGenerator<ClusterResult<{ readonly items: readonly unknown[]; readonly isLast: boolean }>> {
  const { path, what } = about;
  for await (const page of listPages(connection, { path, pageSize, query })) {
    if (!page.ok) {
      yield page;
      return;
    }
    const { answer, value, isLast } = page.value;
    const items = isObject(value) ? (value['items'] ?? []) : undefined;
    if (answer.status !== 200) {
      const { status, body } = answer;
      yield failure(readProblem(status, body, connection, { ...about, verb: 'list', namespace }));
      return;
    }
    if (!Array.isArray(items)) {
      const kind = value === undefined ? 'JSON' : 'a list';
      yield failure<ClusterProblem>({
        kind: 'refused',
        message: `${what} cannot be read: the answer is not ${kind}`,
      });
      return;
    }
    yield success({ items, isLast });
  }
}
