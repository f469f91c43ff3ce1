/** What people see of alerts, and do with them. */
import { HubError } from '../errors.ts';
import type { QueryValue } from '../query/tree.ts';
import type { EventStore } from '../store/event-store.ts';
import type { AlertBook, AlertStatus, LoggedDelivery, Silence } from './book.ts';
import { type AlertDefinition, defineAlert } from './definition.ts';
import { keyText } from './evaluation.ts';
import { type Instance, type InstanceState, stateOf } from './instance.ts';
import type { AlertMetrics } from './metrics.ts';
import { type Preview, preview } from './preview.ts';
import type { AlertRunner } from './runner.ts';

export type AlertKey = Readonly<Record<string, QueryValue>>;

export interface SeenAlert {
  readonly definition: AlertDefinition;
  readonly status: AlertStatus | null;
  readonly silence: Silence | null;
  readonly instances: readonly SeenInstance[];
}

export interface SeenInstance {
  readonly instance: Instance;
  readonly key: AlertKey;
  readonly state: InstanceState;
}

/** Which are meant: all that fire, where there is no key. */
export interface Meant {
  readonly alert: string;
  readonly key?: AlertKey | undefined;
  /** Who says so. */
  readonly by: string;
}

export interface PreviewRequest {
  readonly spec: unknown;
  readonly namespace?: string | undefined;
  /** Milliseconds since the epoch; the last day unless given. */
  readonly from?: number | undefined;
  readonly to?: number | undefined;
}

const DAY_MILLIS = 86_400_000;

export class AlertDesk {
  readonly #runner: AlertRunner;
  readonly #book: AlertBook;
  readonly #store: EventStore;

  constructor(
    runner: AlertRunner,
    { book, store }: { readonly book: AlertBook; readonly store: EventStore },
  ) {
    this.#runner = runner;
    this.#book = book;
    this.#store = store;
  }

  get metrics(): AlertMetrics {
    return this.#runner.metrics;
  }

  get faults(): readonly string[] {
    return this.#runner.faults;
  }

  /** Documents are in the store now; @param oldest time of the oldest of them, in milliseconds since the epoch */
  arrived(oldest: number): void {
    this.#runner.arrived(oldest);
  }

  list(): readonly SeenAlert[] {
    return this.#runner.alerts.definitions
      .toSorted((a, b) => (a.name < b.name ? -1 : 1))
      .map((definition) => this.#seen(definition));
  }

  /** @throws HubError HUB_NOT_FOUND */
  show(name: string): SeenAlert {
    return this.#seen(this.#definition(name));
  }

  /** What fires and is known: nobody is told of it again while it does. @throws HubError HUB_NOT_FOUND */
  acknowledge(meant: Meant): number {
    const at = this.#runner.now;
    return this.#change(meant, (instance) =>
      instance.state === 'firing' ? { ...instance, acknowledgedBy: meant.by, acknowledgedAt: at } : instance,
    );
  }

  /**
   * Nobody is told that it fires until then: the whole alert, or one key of it. 0 seconds end a silence.
   * @returns until when, in milliseconds since the epoch
   * @throws HubError HUB_NOT_FOUND
   */
  silence(meant: Meant, seconds: number): number {
    const until = this.#runner.now + seconds * 1_000;
    this.#definition(meant.alert);
    if (meant.key === undefined) this.#book.setSilence(meant.alert, { until, by: meant.by });
    else this.#change(meant, (instance) => ({ ...instance, silencedUntil: until }));
    return until;
  }

  /** The newest first. @throws HubError HUB_NOT_FOUND */
  deliveries(most: number, alert?: string): readonly LoggedDelivery[] {
    return this.#book.deliveries(most, alert);
  }

  /** @throws HubError ALERT_INVALID, QUERY_SYNTAX, HUB_REQUEST, STORE_UNAVAILABLE, STORE_REFUSED */
  preview(request: PreviewRequest, isLate?: () => boolean): Promise<Preview> {
    const { spec, namespace, to = this.#runner.now, from = to - DAY_MILLIS } = request;
    if (from >= to) throw new HubError('HUB_REQUEST', { reason: 'from is not before to' });
    const scope = namespace === undefined ? {} : { namespace };
    return preview(defineAlert('preview', spec, scope), this.#store, { from, to }, isLate);
  }

  #seen(definition: AlertDefinition): SeenAlert {
    const { name } = definition;
    const now = this.#runner.now;
    const silence = this.#book.silence(name, now);
    const instances = this.#book.instances(name).map((instance) => ({
      instance,
      key: JSON.parse(instance.key) as AlertKey,
      state: stateOf(instance, silence?.until ?? null, now),
    }));
    return { definition, status: this.#runner.alerts.status(name), silence, instances };
  }

  #definition(name: string): AlertDefinition {
    const definition = this.#runner.alerts.definition(name);
    if (definition === null) throw new HubError('HUB_NOT_FOUND', { what: `alert ${JSON.stringify(name)}` });
    return definition;
  }

  /** @returns how many were changed */
  #change({ alert, key }: Meant, by: (instance: Instance) => Instance): number {
    this.#definition(alert);
    if (key === undefined) {
      const firing = this.#book.instances(alert).filter(({ state }) => state === 'firing');
      for (const instance of firing) this.#book.change(alert, instance.key, by);
      return firing.length;
    }
    const changed = this.#book.change(alert, keyText(key), by);
    if (changed === null) throw new HubError('HUB_NOT_FOUND', { what: `key ${keyText(key)} of ${alert}` });
    return 1;
  }
}
