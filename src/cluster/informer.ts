/**
 * All objects of one kind in the whole cluster, as they are now: listed once, then watched.
 *
 * What it has it keeps, however long the API is away. A watch that broke off goes on from where it
 * was; only where the API server has forgotten that point (410 Gone) is everything listed again.
 */
import { parseJson } from '../core/values/json.ts';
import { failure, success } from '../core/values/result.ts';
import type { Result } from '../core/values/result.ts';
import { messageOf } from '../error.ts';
import type { Connection } from './kubeconfig.ts';
import { pause } from './pause.ts';
import { open, send, statusMessage } from './request.ts';
import { linesOf } from './stream-lines.ts';

/** What is read of an object here. */
export interface KubernetesObject {
  readonly metadata: {
    readonly name: string;
    /** Undefined for a cluster-wide kind. */
    readonly namespace?: string;
    readonly uid: string;
    readonly resourceVersion: string;
    readonly generation: number;
    readonly creationTimestamp: string;
  };
  readonly status?: Readonly<Record<string, unknown>>;
}

/** `namespace/name`, or the name alone of an object of a cluster-wide kind. */
export function nameOf({ metadata: { name, namespace } }: KubernetesObject): string {
  return namespace === undefined ? name : `${namespace}/${name}`;
}

export interface InformerOptions {
  /** `/apis/GROUP/VERSION/RESOURCE`. */
  readonly path: string;
  /** All objects, at the end of a list and after changes. */
  readonly onObjects: (objects: readonly KubernetesObject[]) => void;
  /**
   * The objects cannot be had or watched: one sentence for people, `undefined` once they can again.
   * `answered`: the API server says so, who was asked in vain otherwise.
   */
  readonly onProblem: (problem: InformerProblem | undefined) => void;
  /** How long to wait before another try, the first time: 250 ms by default. */
  readonly retryMs?: number;
}

export interface InformerProblem {
  readonly message: string;
  /** The kind is not installed, or may not be read: what was asked is answered. */
  readonly answered: boolean;
}

export interface Informer {
  readonly stop: () => void;
}

/**
 * A page of a list is held as one text, which must be smaller than what `read` takes: those of a
 * usual profile have three kilobytes.
 */
const pageSize = 100;
const listMs = 60_000;
/** The API server ends a watch then; whoever does not hear of it ends it a little later. */
const watchSeconds = 120;
const watchMs = (watchSeconds + 20) * 1000;
const maxRetryMs = 15_000;
/** Changes that come together are handed on together. */
const gatherMs = 50;

/** Begins to list and watch, and goes on until it is stopped. */
export function startInformer(connection: Connection, options: InformerOptions): Informer {
  const informer = new ListAndWatch(connection, options);
  void informer.run();
  return informer;
}

class ListAndWatch implements Informer {
  readonly #connection: Connection;
  readonly #options: InformerOptions;
  readonly #objects = new Map<string, KubernetesObject>();
  readonly #ending = new AbortController();
  /** From where to watch; undefined: list first. */
  #version: string | undefined;
  #retryMs: number;
  #gathering: NodeJS.Timeout | undefined;

  constructor(connection: Connection, options: InformerOptions) {
    this.#connection = connection;
    this.#options = options;
    this.#retryMs = this.#firstRetryMs;
  }

  readonly stop = (): void => {
    this.#ending.abort();
    clearTimeout(this.#gathering);
  };

  get #firstRetryMs(): number {
    return this.#options.retryMs ?? 250;
  }

  #isStopped(): boolean {
    return this.#ending.signal.aborted;
  }

  async run(): Promise<void> {
    while (!this.#isStopped()) {
      const isWatch = this.#version !== undefined;
      const done = await (isWatch ? this.#watch() : this.#list());
      if (this.#isStopped()) return;
      if (!done.ok) for (const problem of done.problems) this.#options.onProblem(problem);
      // After a watch that ended well too: a server that ends each at once is not asked at once.
      if (!done.ok || isWatch) await this.#pause();
    }
  }

  /** Longer each time, and never the same for two replicas. */
  async #pause(): Promise<void> {
    const wait = this.#retryMs * (0.75 + Math.random() / 2);
    this.#retryMs = Math.min(this.#retryMs * 2, maxRetryMs);
    await pause(wait, this.#ending.signal);
  }

  /** It works again, or for the first time. */
  #works(): void {
    this.#retryMs = this.#firstRetryMs;
    this.#options.onProblem(undefined);
  }

  async #list(): Promise<Done> {
    const found = new Map<string, KubernetesObject>();
    let version: string;
    let next = '';
    do {
      const page = await this.#listPage(next);
      if (!page.ok) return page;
      for (const object of page.value.items) found.set(nameOf(object), slim(object));
      version = page.value.metadata.resourceVersion;
      next = page.value.metadata.continue ?? '';
    } while (next !== '');
    this.#objects.clear();
    for (const [name, object] of found) this.#objects.set(name, object);
    this.#version = version;
    this.#tell();
    this.#works();
    return success(undefined);
  }

  async #listPage(next: string): Promise<InformerResult<Page>> {
    const query = new URLSearchParams({ limit: String(pageSize) });
    if (next !== '') query.set('continue', next);
    const { signal, done } = this.#within(listMs);
    const path = `${this.#options.path}?${query.toString()}`;
    const answer = await send(this.#connection, { method: 'GET', path, signal });
    done();
    if (!answer.ok) return unanswered(answer);
    const { status, body } = answer.value;
    if (status !== 200) return failure(this.#problemOf(status, body));
    const page = parseJson(body) as Page | undefined;
    return page === undefined ? failure(notJson) : success(page);
  }

  async #watch(): Promise<Done> {
    const query = new URLSearchParams({
      watch: 'true',
      resourceVersion: this.#version ?? '',
      allowWatchBookmarks: 'true',
      timeoutSeconds: String(watchSeconds),
    });
    const { signal, done } = this.#within(watchMs);
    try {
      const path = `${this.#options.path}?${query.toString()}`;
      const response = await open(this.#connection, { method: 'GET', path, signal });
      const { statusCode = 0 } = response;
      if (statusCode === 200) this.#works();
      for await (const line of linesOf(response)) {
        if (this.#isStopped()) break;
        const end = statusCode === 200 ? this.#event(line) : this.#refused(statusCode, line);
        if (end !== undefined) return end;
      }
      return success(undefined);
    } catch (error) {
      return failure({ message: `the watch broke off: ${messageOf(error)}`, answered: false });
    } finally {
      done();
    }
  }

  #refused(status: number, body: string): Done {
    this.#version = undefined;
    // Listing again is all that it takes.
    return status === 410 ? success(undefined) : failure(this.#problemOf(status, body));
  }

  /** Gives how the watch ends, where the event ends it. */
  #event(line: string): Done | undefined {
    if (line.trim() === '') return undefined;
    const event = parseJson(line) as WatchEvent | undefined;
    if (event === undefined) return failure(notJson);
    if (event.type === 'ERROR')
      return this.#refused(event.object.code ?? 0, JSON.stringify(event.object));
    const { metadata } = event.object;
    this.#version = metadata.resourceVersion;
    if (event.type === 'BOOKMARK') return undefined;
    if (event.type === 'DELETED') this.#objects.delete(nameOf(event.object));
    else this.#objects.set(nameOf(event.object), slim(event.object));
    this.#gathering ??= setTimeout(() => {
      this.#tell();
    }, gatherMs);
    return undefined;
  }

  #tell(): void {
    clearTimeout(this.#gathering);
    this.#gathering = undefined;
    this.#options.onObjects([...this.#objects.values()]);
  }

  /** A signal for one request: in `milliseconds`, or when the informer is stopped. */
  #within(milliseconds: number): { readonly signal: AbortSignal; readonly done: () => void } {
    const controller = new AbortController();
    const abort = (): void => {
      controller.abort(new DOMException('no answer in time', 'TimeoutError'));
    };
    const timer = setTimeout(abort, milliseconds).unref();
    this.#ending.signal.addEventListener('abort', abort, { once: true });
    return {
      signal: controller.signal,
      done: () => {
        clearTimeout(timer);
        this.#ending.signal.removeEventListener('abort', abort);
      },
    };
  }

  #problemOf(status: number, body: string): InformerProblem {
    const resource = this.#options.path.slice(this.#options.path.lastIndexOf('/') + 1);
    const reason = `${statusMessage(body)} (HTTP ${status})`;
    switch (status) {
      case 401:
        return {
          answered: true,
          message: `the API server does not accept our credentials: ${reason}`,
        };
      case 403:
        return {
          answered: true,
          message: `a ClusterRole has to allow the verbs "list" and "watch" on "${resource}": ${reason}`,
        };
      case 404:
        return {
          answered: true,
          message: `the CustomResourceDefinition of "${resource}" is not installed: ${reason}`,
        };
      default:
        return { answered: false, message: `"${resource}" cannot be read: ${reason}` };
    }
  }
}

type InformerResult<T> = Result<T, InformerProblem>;
type Done = InformerResult<undefined>;

interface Page {
  readonly metadata: { readonly resourceVersion: string; readonly continue?: string };
  readonly items: readonly KubernetesObject[];
}

interface WatchEvent {
  readonly type: string;
  readonly object: KubernetesObject & { readonly code?: number };
}

const notJson: InformerProblem = { answered: false, message: 'the answer is no JSON' };

function unanswered(result: { readonly problems: readonly { readonly message: string }[] }): {
  readonly ok: false;
  readonly problems: readonly InformerProblem[];
} {
  return failure(...result.problems.map(({ message }) => ({ message, answered: false })));
}

/** Who manages which field is half of an object, and nobody here looks at it. */
function slim(object: KubernetesObject): KubernetesObject {
  const metadata = { ...object.metadata, managedFields: undefined };
  return { ...object, metadata };
}
