/** What the server counts. Labels come from closed sets and from the configuration, never from a request. */
import { Counter, collectDefaultMetrics, Gauge, Registry } from 'prom-client';
import type { Coverage } from './exchange-inspector.ts';
import type { Mode, UninspectableCause, Verdict } from './inspector.ts';
import { PolicyHistogram, RequestTallies } from './policy-metrics.ts';
import { RuleLabels } from './rule-labels.ts';

/** Seconds. The budget of a check is a few milliseconds, Envoy's default time-out 200. */
const DURATION_BUCKETS_SECONDS = [
  0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 1,
];

/** One check that was answered. */
export interface CheckObservation {
  readonly policy: string;
  readonly verdict: Verdict['kind'];
  readonly mode: Mode;
  readonly action: 'allow' | 'deny';
  /** Let through, and Block would have denied it. */
  readonly wouldBlock: boolean;
  readonly durationSeconds: number;
  readonly bodyBytes: number;
  readonly bodyComplete: boolean;
  /** Null where the request was inspected. */
  readonly cause: UninspectableCause | null;
  /** Ids of the rules that matched and log. */
  readonly rules: readonly number[];
  /** The inbound anomaly score; null where the rules keep none. */
  readonly score: number | null;
}

/** As other engines count: what a client saw of it, or would have seen. */
const outcomeOf = ({ action, wouldBlock, verdict }: CheckObservation): string => {
  if (action === 'deny') return 'block';
  if (wouldBlock) return 'detect';
  return verdict === 'uninspectable' ? 'error' : 'pass';
};

const SCORE_BUCKETS = [0, 5, 10, 15, 20, 30, 40, 50, 75, 100];

export class Metrics {
  readonly registry = new Registry();
  readonly #options = { registers: [this.registry] };
  readonly #requests = new RequestTallies();
  readonly #ruleLabels = new RuleLabels();
  readonly #ruleHits = new Counter({
    name: 'sluice_rule_hits_total',
    help: 'Requests in which a rule matched, by rule (the first 200, the rest is "other") and by what was done.',
    labelNames: ['rule_id', 'outcome'],
    ...this.#options,
  });
  readonly #score = new PolicyHistogram({
    name: 'sluice_request_anomaly_score',
    help: 'Inbound anomaly score of requests, as the CRS adds it up.',
    buckets: SCORE_BUCKETS,
    ...this.#options,
  });
  readonly #duration = new PolicyHistogram({
    name: 'sluice_check_duration_seconds',
    help: 'Time from a whole message to its reply.',
    buckets: DURATION_BUCKETS_SECONDS,
    ...this.#options,
  });
  readonly #bodyBytes = new Counter({
    name: 'sluice_request_body_bytes_total',
    help: 'Bytes of request bodies received.',
    ...this.#options,
  });
  readonly #partialBodies = new Counter({
    name: 'sluice_partial_bodies_total',
    help: 'Requests whose body was not given whole.',
    labelNames: ['policy'],
    ...this.#options,
  });
  readonly #uninspectable = new Counter({
    name: 'sluice_uninspectable_total',
    help: 'Requests that could not be inspected, by cause and by what was done.',
    labelNames: ['policy', 'cause', 'action'],
    ...this.#options,
  });
  readonly #failures = new Counter({
    name: 'sluice_call_failures_total',
    help: 'Calls that ended in an error, by its code.',
    labelNames: ['code'],
    ...this.#options,
  });
  readonly #refusals = new Counter({
    name: 'sluice_call_refusals_total',
    help: 'Calls that the transport refused, by gRPC status.',
    labelNames: ['grpc_status'],
    ...this.#options,
  });
  readonly #connectionFailures = new Counter({
    name: 'sluice_connection_failures_total',
    help: 'Connections and streams that broke.',
    ...this.#options,
  });
  readonly #eventFailures = new Counter({
    name: 'sluice_event_failures_total',
    help: 'Events that the sink did not take.',
    ...this.#options,
  });

  readonly #streamBytes = new Counter({
    name: 'sluice_stream_body_bytes_total',
    help: 'Bytes of bodies on streams, by direction: those that came, and those that were let on.',
    labelNames: ['policy', 'direction', 'what'],
    ...this.#options,
  });
  readonly #skipped = new Counter({
    name: 'sluice_skipped_total',
    help: 'Exchanges of which something was not inspected, by what and why.',
    labelNames: ['policy', 'what'],
    ...this.#options,
  });

  /** @param callsInFlight read at each scrape */
  constructor(callsInFlight: () => number) {
    const requests = this.#requests;
    new Counter({
      name: 'sluice_requests_total',
      help: 'Requests checked, by what was found and what was done.',
      labelNames: ['policy', 'outcome', 'verdict', 'mode', 'action'],
      ...this.#options,
      collect() {
        requests.flush(this);
      },
    });
    new Gauge({
      name: 'sluice_calls_in_flight',
      help: 'Calls that have no end yet.',
      ...this.#options,
      collect() {
        this.set(callsInFlight());
      },
    });
  }

  /** Adds the process's own: memory, CPU, event loop. Its observer lives as long as the process: call it once. */
  addProcessMetrics(): void {
    collectDefaultMetrics({ register: this.registry });
  }

  observeCheck(check: CheckObservation): void {
    const { policy, verdict, mode, action, cause, score } = check;
    const outcome = outcomeOf(check);
    this.#requests.add(policy, outcome, verdict, mode, action);
    for (const rule of check.rules) {
      this.#ruleHits.inc({ rule_id: this.#ruleLabels.labelOf(rule), outcome });
    }
    if (score !== null) this.#score.observe(policy, score);
    this.#duration.observe(policy, check.durationSeconds);
    if (check.bodyBytes > 0) this.#bodyBytes.inc(check.bodyBytes);
    if (!check.bodyComplete) this.#partialBodies.inc({ policy });
    if (cause !== null) this.#uninspectable.inc({ policy, cause, action });
  }

  /** Once an exchange, when its stream is over. */
  observeCoverage(policy: string, coverage: Coverage): void {
    this.#addBytes(policy, 'request', 'seen', coverage.requestBytesSeen);
    this.#addBytes(policy, 'request', 'passed', coverage.requestBytesPassed);
    this.#addBytes(policy, 'response', 'seen', coverage.responseBytesSeen);
    this.#addBytes(policy, 'response', 'passed', coverage.responseBytesPassed);
    for (const what of coverage.skipped) this.#skipped.inc({ policy, what });
  }

  #addBytes(policy: string, direction: 'request' | 'response', what: 'seen' | 'passed', count: number): void {
    if (count > 0) this.#streamBytes.inc({ policy, direction, what }, count);
  }

  /** @param code of a ServerError, or `other` */
  callFailed(code: string): void {
    this.#failures.inc({ code });
  }

  callRefused(grpcStatus: number): void {
    this.#refusals.inc({ grpc_status: String(grpcStatus) });
  }

  connectionFailed(): void {
    this.#connectionFailures.inc();
  }

  eventFailed(): void {
    this.#eventFailures.inc();
  }
}
