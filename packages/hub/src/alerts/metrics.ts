/** What alerts count, for /metrics. Labels are names of alerts and of webhooks: what people have written, never what a request has in it. */
import { Counter, Gauge, Histogram, type Metric } from 'prom-client';
import type { AlertNotice } from './notice.ts';

/** What is asked when somebody reads the metrics. */
export interface AlertFacts {
  /** Names of those in force. */
  inForce(): readonly string[];
  /** Keys that fire, by alert. */
  firing(): ReadonlyMap<string, number>;
  /** Deliveries that are on their way. */
  waiting(): number;
  /** Milliseconds by which the next evaluation of an alert is late; 0 where it is not due yet. */
  overdueMillis(alert: string): number;
}

/** Told of as it happens. */
export interface AlertCounts {
  evaluated(alert: string, outcome: 'done' | 'failed', seconds: number): void;
  noticed(notice: AlertNotice): void;
  delivered(target: string, outcome: 'told' | 'again' | 'given_up'): void;
}

const BUCKETS_SECONDS = [0.005, 0.025, 0.1, 0.5, 1, 5, 15, 60];
const MILLIS_A_SECOND = 1_000;

export class AlertMetrics implements AlertCounts {
  readonly #evaluations = new Counter({
    name: 'sluice_hub_alert_evaluations_total',
    help: 'Evaluations of alerts: done, or failed and tried again.',
    labelNames: ['alert', 'outcome'],
    registers: [],
  });
  readonly #seconds = new Histogram({
    name: 'sluice_hub_alert_evaluation_seconds',
    help: 'Time of an evaluation, with the periods that are looked at again.',
    buckets: BUCKETS_SECONDS,
    registers: [],
  });
  readonly #notices = new Counter({
    name: 'sluice_hub_alert_notices_total',
    help: 'Notifications, by what they tell: firing, resolved.',
    labelNames: ['alert', 'state'],
    registers: [],
  });
  readonly #deliveries = new Counter({
    name: 'sluice_hub_alert_deliveries_total',
    help: 'Attempts to tell a receiver: told, again (it is tried once more), given_up.',
    labelNames: ['target', 'outcome'],
    registers: [],
  });
  readonly #gauges: readonly Gauge[];

  constructor(facts: AlertFacts) {
    this.#gauges = [
      gauge('sluice_hub_alerts', 'Alerts in force.', () => facts.inForce().length),
      gauge('sluice_hub_alert_deliveries_waiting', 'Deliveries that are on their way.', () =>
        facts.waiting(),
      ),
      gaugeOfAlerts('sluice_hub_alert_firing', 'Keys of an alert that fire.', facts, () => {
        const firing = facts.firing();
        return (alert) => firing.get(alert) ?? 0;
      }),
      gaugeOfAlerts(
        'sluice_hub_alert_evaluation_lag_seconds',
        'How late the next evaluation of an alert is; 0 where it is not due yet.',
        facts,
        () => (alert) => facts.overdueMillis(alert) / MILLIS_A_SECOND,
      ),
    ];
  }

  /** In no registry yet. */
  get all(): readonly Metric[] {
    return [this.#evaluations, this.#seconds, this.#notices, this.#deliveries, ...this.#gauges];
  }

  evaluated(alert: string, outcome: 'done' | 'failed', seconds: number): void {
    this.#evaluations.inc({ alert, outcome });
    this.#seconds.observe(seconds);
  }

  noticed({ alert, state }: AlertNotice): void {
    this.#notices.inc({ alert, state });
  }

  delivered(target: string, outcome: 'told' | 'again' | 'given_up'): void {
    this.#deliveries.inc({ target, outcome });
  }
}

const gauge = (name: string, help: string, read: () => number): Gauge =>
  new Gauge({
    ...{ name, help, registers: [] },
    collect() {
      this.set(read());
    },
  });

/** Of those in force alone: what was taken away is in no gauge any more. */
const gaugeOfAlerts = (
  name: string,
  help: string,
  facts: AlertFacts,
  reader: () => (alert: string) => number,
): Gauge =>
  new Gauge({
    ...{ name, help, labelNames: ['alert'], registers: [] },
    collect() {
      const read = reader();
      this.reset();
      for (const alert of facts.inForce()) this.set({ alert }, read(alert));
    },
  });
