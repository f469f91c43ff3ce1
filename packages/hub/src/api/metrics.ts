/** What the hub counts. Labels come from closed sets, never from a request. */
import type { DataSet } from '@sluice/spool';
import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client';
import type { IngestCounts } from '../ingest/ingest.ts';

export interface Gauges {
  batches(): number;
  queries(): number;
  tailClients(): number;
  nodes(): number;
}

const BUCKETS_SECONDS = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30];

export class HubMetrics implements IngestCounts {
  readonly registry = new Registry();
  readonly #own = { registers: [this.registry] };
  readonly #records = new Counter({
    name: 'sluice_hub_records_total',
    help: 'Records that came, by data set and by what became of them.',
    labelNames: ['data_set', 'outcome'],
    ...this.#own,
  });
  readonly #failures = new Counter({
    name: 'sluice_hub_request_failures_total',
    help: 'Requests that failed, by the code of the error.',
    labelNames: ['code'],
    ...this.#own,
  });
  readonly #refusedConnections = new Counter({
    name: 'sluice_hub_refused_connections_total',
    help: 'Connections that TLS refused: no certificate, one of another authority, one that has run out.',
    ...this.#own,
  });
  readonly #seconds = new Histogram({
    name: 'sluice_hub_request_seconds',
    help: 'Time of requests, by what was asked.',
    labelNames: ['what'],
    buckets: BUCKETS_SECONDS,
    ...this.#own,
  });

  constructor(gauges: Gauges) {
    this.#gauge('sluice_hub_batches_in_flight', 'Batches that are being read or stored.', gauges.batches);
    this.#gauge('sluice_hub_queries_in_flight', 'Queries that the store works on.', gauges.queries);
    this.#gauge('sluice_hub_tail_clients', 'Clients that follow live.', gauges.tailClients);
    this.#gauge('sluice_hub_nodes', 'Nodes that have delivered since the hub began.', gauges.nodes);
  }

  /** Adds the process's own: memory, CPU, event loop. Its observer lives as long as the process: call it once. */
  addProcessMetrics(): void {
    collectDefaultMetrics({ register: this.registry });
  }

  stored(dataSet: DataSet): void {
    this.#records.inc({ data_set: dataSet, outcome: 'stored' });
  }

  duplicate(dataSet: DataSet): void {
    this.#records.inc({ data_set: dataSet, outcome: 'duplicate' });
  }

  /** Of which data set is not known where the record is none. */
  refused(): void {
    this.#records.inc({ data_set: '', outcome: 'refused' });
  }

  failed(code: string): void {
    this.#failures.inc({ code });
  }

  connectionRefused(): void {
    this.#refusedConnections.inc();
  }

  took(what: string, seconds: number): void {
    this.#seconds.observe({ what }, seconds);
  }

  #gauge(name: string, help: string, read: () => number): void {
    new Gauge({
      name,
      help,
      ...this.#own,
      collect() {
        this.set(read());
      },
    });
  }
}
