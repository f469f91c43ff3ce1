/** One reflector a kind, all by one client. */
import type { Registry } from 'prom-client';
import type { ApiClient } from '../cluster/client.ts';
import { type Kind, type KindStatus, Reflector, type ReflectorTimes } from '../cluster/reflector.ts';
import { ApiSource, type Resource } from '../cluster/source.ts';
import type { Log } from '../log.ts';
import { watchMetrics } from './metrics.ts';

/** Of somebody who looks, and may not see everything: what is not shown is as what is not there, and told by the statuses. */
export interface View {
  /** The only one whose objects are asked for; null for all. */
  readonly namespace: string | null;
}

export interface WatchesOptions {
  readonly client: ApiClient;
  readonly log: Log;
  readonly registry?: Registry;
  readonly times?: Partial<ReflectorTimes>;
  readonly view?: View;
  /** Something that was told has changed. */
  changed(): void;
}

export type WatchedKind<T> = Omit<Kind<T>, 'source'> & Resource & { readonly namespaced?: true };

/** `/api/v1/pods` of one namespace: `/api/v1/namespaces/shop/pods`. */
const within = (path: string, namespace: string): string =>
  path.replace(/\/([^/]+)$/, `/namespaces/${encodeURIComponent(namespace)}/$1`);

export class Watches {
  readonly #options: WatchesOptions;
  readonly #all = new Set<Reflector<unknown>>();
  #isStarted = false;

  constructor(options: WatchesOptions) {
    this.#options = options;
    if (options.registry !== undefined) watchMetrics(options.registry, () => [...this.#all]);
  }

  /** Begun at once where the others are. */
  add<T>(kind: WatchedKind<T>): Reflector<T> {
    const { client, log, changed, times, view } = this.#options;
    const { path, metadataOnly, fieldSelector, labelSelector, namespaced, ...given } = kind;
    const namespace = namespaced === true ? (view?.namespace ?? null) : null;
    const rest = view === undefined ? given : { ...given, optional: true };
    const source = new ApiSource(client, {
      path: namespace === null ? path : within(path, namespace),
      ...(metadataOnly !== undefined && { metadataOnly }),
      ...(fieldSelector !== undefined && { fieldSelector }),
      ...(labelSelector !== undefined && { labelSelector }),
    });
    const reflector = new Reflector<T>({ ...rest, source }, { log, changed }, times);
    this.#all.add(reflector as Reflector<unknown>);
    if (this.#isStarted) reflector.start();
    return reflector;
  }

  async remove(reflector: Reflector<unknown>): Promise<void> {
    this.#all.delete(reflector);
    await reflector.stop();
  }

  start(): void {
    this.#isStarted = true;
    for (const reflector of this.#all) reflector.start();
  }

  async stop(): Promise<void> {
    await Promise.all([...this.#all].map((reflector) => reflector.stop()));
  }

  /** Whether all of them have had their first answer. */
  get areAnswered(): boolean {
    return [...this.#all].every(({ isAnswered }) => isAnswered);
  }

  get statuses(): readonly KindStatus[] {
    return [...this.#all].map(({ status }) => status);
  }
}
