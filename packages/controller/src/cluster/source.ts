/** The API server's list and watch of one kind. */
import { setTimeout as sleep } from 'node:timers/promises';
import { ControllerError } from '../errors.ts';
import { AnswerTooLarge, type ApiClient, ApiRefusal, parse } from './client.ts';
import {
  EVENT_BYTES_MAX,
  LIST_MILLIS_MAX,
  PAGE_OBJECTS,
  PAGE_OBJECTS_MAX,
  WATCH_SECONDS_MIN,
} from './limits.ts';
import { linesOf } from './lines.ts';

/** Any object of Kubernetes, as far as all are alike. */
export interface RawObject {
  readonly apiVersion?: string;
  readonly kind?: string;
  readonly metadata: RawMeta;
  readonly spec?: unknown;
  readonly status?: unknown;
  readonly [field: string]: unknown;
}

export interface RawMeta {
  readonly name: string;
  readonly namespace?: string;
  readonly uid: string;
  readonly resourceVersion: string;
  readonly generation?: number;
  readonly creationTimestamp: string;
  readonly deletionTimestamp?: string;
  readonly labels?: Readonly<Record<string, string>>;
  readonly annotations?: Readonly<Record<string, string>>;
  readonly ownerReferences?: readonly {
    readonly kind: string;
    readonly name: string;
    readonly uid: string;
    readonly controller?: boolean;
  }[];
}

export type WatchEvent =
  | { readonly type: 'ADDED' | 'MODIFIED' | 'DELETED' | 'BOOKMARK'; readonly object: RawObject }
  | { readonly type: 'ERROR'; readonly status: number; readonly reason: string };

/** What a reflector asks. */
export interface Source {
  /** All objects, a page at a time. @returns the version that a watch goes on from @throws ControllerError */
  list(page: (objects: readonly RawObject[]) => void, signal: AbortSignal): Promise<string>;
  /** Until the server ends it. @throws ControllerError */
  watch(version: string, signal: AbortSignal, alive: () => void): AsyncIterable<WatchEvent>;
}

export interface Resource {
  /** `/api/v1/pods`, `/apis/apps/v1/replicasets`, `/api/v1/namespaces/shop/secrets`. */
  readonly path: string;
  /** Names, labels and owners alone: neither spec nor data travel. */
  readonly metadataOnly?: boolean;
  readonly fieldSelector?: string;
  readonly labelSelector?: string;
}

const metadataAs = (kind: string): string => `application/json;as=${kind};g=meta.k8s.io;v=v1`;

export class ApiSource implements Source {
  readonly #client: ApiClient;
  readonly #resource: Resource;
  #pageObjects = PAGE_OBJECTS;

  constructor(client: ApiClient, resource: Resource) {
    this.#client = client;
    this.#resource = resource;
  }

  #path(query: Readonly<Record<string, string>>): string {
    const { path, fieldSelector, labelSelector } = this.#resource;
    const all = {
      ...query,
      ...(fieldSelector === undefined ? {} : { fieldSelector }),
      ...(labelSelector === undefined ? {} : { labelSelector }),
    };
    return `${path}?${new URLSearchParams(all)}`;
  }

  async list(page: (objects: readonly RawObject[]) => void, signal: AbortSignal): Promise<string> {
    let token = '';
    for (;;) {
      const answer = await this.#page(token, signal);
      page(answer.items);
      token = answer.metadata.continue ?? '';
      if (token === '') return answer.metadata.resourceVersion;
      // Parsing a page takes tens of milliseconds: others have their turn between two.
      await sleep(0);
    }
  }

  async #page(token: string, signal: AbortSignal): Promise<ListAnswer> {
    const accept = this.#resource.metadataOnly ? metadataAs('PartialObjectMetadataList') : 'application/json';
    for (;;) {
      const limit = String(this.#pageObjects);
      const path = this.#path({ limit, ...(token === '' ? {} : { continue: token }) });
      try {
        const request = { method: 'GET', path, accept, timeoutMillis: LIST_MILLIS_MAX, signal } as const;
        return listAnswer(path, await this.#client.call(request));
      } catch (error) {
        if (error instanceof ApiRefusal && error.status === 410)
          this.#pageObjects = Math.min(PAGE_OBJECTS_MAX, this.#pageObjects * 2);
        if (!(error instanceof AnswerTooLarge) || this.#pageObjects === 1) throw error;
        this.#pageObjects = Math.ceil(this.#pageObjects / 2);
      }
    }
  }

  async *watch(version: string, signal: AbortSignal, alive: () => void): AsyncGenerator<WatchEvent> {
    const seconds = Math.round(WATCH_SECONDS_MIN * (1 + Math.random()));
    const path = this.#path({
      ...{ watch: 'true', allowWatchBookmarks: 'true' },
      ...{ resourceVersion: version, timeoutSeconds: String(seconds) },
    });
    const accept = this.#resource.metadataOnly ? metadataAs('PartialObjectMetadata') : 'application/json';
    const answer = await this.#client.stream({ method: 'GET', path, accept, signal });
    alive();
    try {
      for await (const line of linesOf(heard(answer, alive), path, EVENT_BYTES_MAX))
        yield watchEvent(path, line);
    } catch (error) {
      if (error instanceof ControllerError) throw error;
      throw new ControllerError('KUBERNETES_UNREACHABLE', { reason: String(error) }, error);
    } finally {
      answer.destroy();
    }
  }
}

async function* heard(answer: AsyncIterable<Buffer>, alive: () => void): AsyncGenerator<Buffer> {
  for await (const chunk of answer) {
    alive();
    yield chunk;
  }
}

interface ListAnswer {
  readonly metadata: { readonly resourceVersion: string; readonly continue?: string };
  readonly items: readonly RawObject[];
}

function listAnswer(path: string, body: unknown): ListAnswer {
  const { metadata, items } = (typeof body === 'object' && body !== null ? body : {}) as Partial<ListAnswer>;
  if (typeof metadata?.resourceVersion === 'string') return { metadata, items: items ?? [] };
  throw new ControllerError('KUBERNETES_ANSWER_INVALID', { path, reason: 'it is no list' });
}

function watchEvent(path: string, line: string): WatchEvent {
  const { type, object } = parse(path, line) as { readonly type: string; readonly object: RawObject };
  switch (type) {
    case 'ADDED':
    case 'MODIFIED':
    case 'DELETED':
    case 'BOOKMARK':
      return { type, object };
    case 'ERROR':
      return { type, status: Number(object.code ?? 0), reason: String(object.message ?? '') };
    default:
      throw new ControllerError('KUBERNETES_ANSWER_INVALID', { path, reason: `an event of type ${type}` });
  }
}
