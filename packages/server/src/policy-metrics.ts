/**
 * Metrics that every request counts in. prom-client makes a string of the labels of each observation and looks it up; here
 * the policy's numbers are found by its name, and prom-client is told when somebody reads.
 */
import type { Counter, Metric, Registry } from 'prom-client';

interface Buckets {
  /** By bound; the last is above all of them. */
  readonly counts: Float64Array;
  sum: number;
}

export interface PolicyHistogramOptions {
  readonly name: string;
  readonly help: string;
  /** Upper bounds, in rising order. */
  readonly buckets: readonly number[];
  readonly registers: readonly Registry[];
}

/** A histogram with the one label `policy`, as a registry of prom-client reads it. */
export class PolicyHistogram {
  readonly name: string;
  readonly help: string;
  readonly type = 'histogram';
  readonly aggregator = 'sum';
  readonly #bounds: readonly number[];
  readonly #policies = new Map<string, Buckets>();

  constructor({ name, help, buckets, registers }: PolicyHistogramOptions) {
    this.name = name;
    this.help = help;
    this.#bounds = buckets;
    // A registry asks a metric for its name and for `get`; prom-client's types know its own classes alone.
    for (const registry of registers) registry.registerMetric(this as unknown as Metric<string>);
  }

  observe(policy: string, value: number): void {
    const bounds = this.#bounds;
    let found = this.#policies.get(policy);
    if (found === undefined) {
      found = { counts: new Float64Array(bounds.length + 1), sum: 0 };
      this.#policies.set(policy, found);
    }
    let at = 0;
    while (at < bounds.length && value > (bounds[at] ?? 0)) at++;
    found.counts[at] = (found.counts[at] ?? 0) + 1;
    found.sum += value;
  }

  async get(): Promise<object> {
    const { name, help, type, aggregator } = this;
    const values = [...this.#policies].flatMap(([policy, buckets]) => this.#valuesOf(policy, buckets));
    return { name, help, type, aggregator, values };
  }

  reset(): void {
    this.#policies.clear();
  }

  #valuesOf(policy: string, { counts, sum }: Buckets): readonly object[] {
    let count = 0;
    const values: object[] = [...counts].map((more, at) => {
      count += more;
      const le = this.#bounds[at] ?? '+Inf';
      return { metricName: `${this.name}_bucket`, labels: { le, policy }, value: count };
    });
    values.push({ metricName: `${this.name}_sum`, labels: { policy }, value: sum });
    values.push({ metricName: `${this.name}_count`, labels: { policy }, value: count });
    return values;
  }
}

export interface RequestLabels {
  readonly policy: string;
  readonly outcome: string;
  readonly verdict: string;
  readonly mode: string;
  readonly action: string;
}

interface Tally {
  readonly labels: RequestLabels;
  count: number;
}

/** Counts requests for a counter that is told when it is read (`flush`). */
export class RequestTallies {
  /** A policy has few kinds of outcome. */
  readonly #policies = new Map<string, Tally[]>();

  add(policy: string, outcome: string, verdict: string, mode: string, action: string): void {
    let tallies = this.#policies.get(policy);
    if (tallies === undefined) {
      tallies = [];
      this.#policies.set(policy, tallies);
    }
    for (const tally of tallies) {
      const { labels } = tally;
      if (labels.outcome !== outcome || labels.verdict !== verdict) continue;
      if (labels.mode !== mode || labels.action !== action) continue;
      tally.count++;
      return;
    }
    tallies.push({ labels: { policy, outcome, verdict, mode, action }, count: 1 });
  }

  flush(counter: Counter<keyof RequestLabels>): void {
    for (const tallies of this.#policies.values()) {
      for (const tally of tallies) {
        if (tally.count === 0) continue;
        counter.inc({ ...tally.labels }, tally.count);
        tally.count = 0;
      }
    }
  }
}
