/** A cluster as the planner sees it, kept by watches. */
import type { Registry } from 'prom-client';
import type { ApiClient } from '../cluster/client.ts';
import type { KindStatus, ReflectorTimes } from '../cluster/reflector.ts';
import type { Log } from '../log.ts';
import type { World } from '../world.ts';
import { Assembly } from './assembly.ts';
import { CalicoMirror } from './calico.ts';
import { GatewayMirror } from './gateway.ts';
import { ClusterKinds } from './kinds.ts';
import { SETTLE_MILLIS_MAX } from './limits.ts';
import { SecretMirror } from './secrets.ts';
import { type View, Watches } from './watches.ts';

export interface MirrorOptions {
  readonly client: ApiClient;
  readonly log: Log;
  readonly registry?: Registry;
  readonly times?: Partial<ReflectorTimes>;
  /** Whether Calico's kinds are read, as far as they are there. Default: true. */
  readonly calico?: boolean;
  /** That Sluice runs in. */
  readonly namespace?: string;
  /** Of somebody who only looks. Secrets are not asked for then. */
  readonly view?: View;
}

export class Mirror {
  readonly #watches: Watches;
  readonly #kinds: ClusterKinds;
  readonly #secrets: SecretMirror;
  readonly #assembly: Assembly;
  readonly #asksSecrets: boolean;
  readonly #callbacks = new Set<() => void>();
  readonly #synced = Promise.withResolvers<void>();
  #isSynced = false;
  #isStopped = false;
  /** Something has changed that nobody has been told of. */
  #isTelling = false;
  /** The last world that had all that its objects ask for. */
  #settled: World | null = null;
  #timer: NodeJS.Timeout | undefined;

  constructor({ client, log, registry, times, calico = true, namespace, view }: MirrorOptions) {
    this.#asksSecrets = view === undefined;
    this.#watches = new Watches({
      ...{ client, log, changed: () => this.#changed() },
      ...(registry !== undefined && { registry }),
      ...(times !== undefined && { times }),
      ...(view !== undefined && { view }),
    });
    this.#kinds = new ClusterKinds(this.#watches);
    this.#secrets = new SecretMirror(this.#watches, log);
    const calicoKinds = calico ? new CalicoMirror(this.#watches, namespace) : null;
    const gateway = new GatewayMirror(this.#watches);
    this.#assembly = new Assembly(this.#kinds, gateway, calicoKinds, this.#secrets);
  }

  start(): void {
    this.#watches.start();
  }

  async stop(): Promise<void> {
    this.#isStopped = true;
    clearTimeout(this.#timer);
    await this.#watches.stop();
  }

  /** Resolves when everything has been read once. A kind that must be there and is not, or is hidden, holds it up: see statuses. */
  synced(): Promise<void> {
    return this.#synced.promise;
  }

  /** What is said of each kind. */
  get statuses(): readonly KindStatus[] {
    return this.#watches.statuses;
  }

  /** Does not change any more. Maps and objects are the same ones as before where nothing of them has changed; so is the whole. */
  world(): World {
    // Until the Secret that a new policy names has been asked for, there is no such policy.
    const isWaiting = this.#isTelling || this.#timer !== undefined;
    return isWaiting && this.#settled !== null ? this.#settled : this.#assembly.world();
  }

  /** All that changes at one time is told once; what nobody needs to act on (a node that is heard) is not. @returns what ends it */
  onChange(callback: () => void): () => void {
    this.#callbacks.add(callback);
    return () => this.#callbacks.delete(callback);
  }

  #changed(): void {
    if (this.#isTelling || this.#isStopped) return;
    this.#isTelling = true;
    setImmediate(() => {
      this.#isTelling = false;
      if (!this.#isStopped) this.#settle();
    });
  }

  #settle(): void {
    if (this.#asksSecrets) this.#secrets.follow(this.#kinds.policies.valid.values());
    const isWhole = this.#watches.areAnswered;
    if (!isWhole && !this.#isSynced) return;
    if (!isWhole) {
      this.#timer ??= setTimeout(() => this.#tell(), SETTLE_MILLIS_MAX);
      return;
    }
    this.#isSynced = true;
    this.#tell();
    this.#synced.resolve();
  }

  #tell(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#settled = this.#assembly.world();
    for (const callback of this.#callbacks) callback();
  }
}
