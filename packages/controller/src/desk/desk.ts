/**
 * A cluster for people who look at it through a console: what there is, seen as the console itself, and changes that are made
 * as those people:
 *
 *     const desk = new ClusterDesk({ config: loadKubeconfig(), audiences: [] });
 *     const draft = await desk.draft({ kind: 'inspect', service: 'shop/web', inspect: true }, person);
 *     await desk.apply({ kind: 'inspect', service: 'shop/web', inspect: true }, draft.version, person);
 */
import type { KubeConfig } from '@kubernetes/client-node';
import { ApiClient } from '../cluster/client.ts';
import { ControllerError } from '../errors.ts';
import { SYSTEM_NAMESPACE } from '../kinds/names.ts';
import type { Log } from '../log.ts';
import { ClusterView } from '../view/cluster-view.ts';
import type { Seen } from '../view/look.ts';
import { type AlertChange, draftOfAlert, madeAlert, type ShownAlert, shownAlerts } from './alerts.ts';
import { type Change, type Draft, draftOf, made } from './changes.ts';
import { DeskError } from './errors.ts';
import { DESK_LIMITS } from './limits.ts';
import { type Access, clientOf, type Person, reviewAccess, reviewToken, type Subject } from './people.ts';
import type { InNameOf } from './requests.ts';
import { shownServices, shownStory } from './workloads.ts';

export interface ClusterDeskOptions {
  /** As whom the console itself asks. */
  readonly config: KubeConfig;
  /** As in console.kubernetes of hub.yaml. */
  readonly audiences: readonly string[];
  readonly systemNamespace?: string;
  readonly log: Log;
  /** Milliseconds since the epoch. */
  readonly now?: () => number;
}

export class ClusterDesk {
  readonly #options: Required<ClusterDeskOptions>;
  readonly #client: ApiClient;
  #view: Promise<ClusterView> | null = null;
  #seen: { readonly at: number; readonly seen: Promise<Seen> } | null = null;

  /** Reaches nobody yet. */
  constructor(options: ClusterDeskOptions) {
    this.#options = { systemNamespace: SYSTEM_NAMESPACE, now: Date.now, ...options };
    this.#client = new ApiClient(options.config);
  }

  async stop(): Promise<void> {
    this.#client.close();
    const view = await this.#view?.catch(
      () => null, // It never began.
    );
    await view?.stop();
  }

  async review(token: string): Promise<Person | null> {
    const { audiences } = this.#options;
    const user = await reviewToken(this.#client, token, audiences);
    // One for the console alone opens nothing at the API server.
    return user === null ? null : { user, token: audiences.length === 0 ? token : null };
  }

  allows(user: Subject, accesses: readonly Access[]): Promise<readonly boolean[]> {
    return reviewAccess(this.#client, user, accesses);
  }

  async namespaces(): Promise<readonly string[]> {
    const { world } = await this.#look();
    return [...world.namespaces.keys()].sort();
  }

  async workloads(isSeen: (namespace: string) => boolean) {
    return shownServices(await this.#look(), isSeen);
  }

  async story(service: string) {
    return shownStory(await this.#look(), service);
  }

  /** Without a person nothing is tried, and it is as the console itself sees it. */
  async draft(change: Change, person: Person | null): Promise<Draft> {
    const seen = await this.#look();
    return this.#as(person, (api) => draftOf(change, { api, seen, ...this.#acting(person) }));
  }

  async apply(change: Change, version: string, person: Person): Promise<readonly string[]> {
    const seen = await this.#look();
    return this.#as(person, (api) => made(change, version, { api, seen, ...this.#acting(person) }));
  }

  /** Alerts as who looks may see them, for a console that lets people write them. */
  get alerts() {
    const as = <T>(person: Person | null, act: (acting: InNameOf) => Promise<T>): Promise<T> =>
      this.#as(person, (api) => act({ api, actor: person?.user.name ?? null }));
    return {
      list: (namespaces: readonly string[] | null, person: Person | null): Promise<readonly ShownAlert[]> =>
        as(person, (acting) => shownAlerts(namespaces, acting)),
      draft: (change: AlertChange, person: Person | null): Promise<Draft> =>
        as(person, (acting) => draftOfAlert(change, acting)),
      /** Nobody whom the cluster knows changes nothing. @throws DeskError CHANGE_FORBIDDEN */
      apply: async (
        change: AlertChange,
        version: string,
        person: Person | null,
      ): Promise<readonly string[]> => {
        const forbidden = { target: 'alerts', user: 'nobody', reason: 'no user' };
        if (person === null) throw new DeskError('CHANGE_FORBIDDEN', forbidden);
        return as(person, (acting) => madeAlert(change, version, acting));
      },
    };
  }

  #acting(person: Person | null) {
    return { actor: person?.user.name ?? null, now: this.#options.now };
  }

  async #as<T>(person: Person | null, act: (api: ApiClient) => Promise<T>): Promise<T> {
    if (person === null) return act(this.#client);
    const client = clientOf(this.#options.config, person);
    try {
      return await act(client);
    } finally {
      client.close();
    }
  }

  /** Several questions of one page are one look. */
  async #look(): Promise<Seen> {
    const view = await this.#started();
    const now = performance.now();
    if (this.#seen === null || now - this.#seen.at > DESK_LIMITS.lookMillis)
      this.#seen = { at: now, seen: view.seen() };
    return this.#seen.seen;
  }

  /** When it is first asked for: a cluster that is away does not keep the console from starting. */
  async #started(): Promise<ClusterView> {
    this.#view ??= this.#begin();
    try {
      return await this.#view;
    } catch (error) {
      this.#view = null;
      if (error instanceof ControllerError)
        this.#options.log.warn({ code: error.code, reason: error.message }, 'the cluster cannot be read');
      throw error;
    }
  }

  async #begin(): Promise<ClusterView> {
    const { config, systemNamespace, now } = this.#options;
    const client = new ApiClient(config);
    const view = new ClusterView({ client, namespace: null, systemNamespace, now });
    await view.start();
    return view;
  }
}
