/** What the server asks of whoever inspects requests. The server knows no rule language; the adapter knows no Envoy. */
import type { EventEnds, HttpRequestAttributes } from '@sluice/engine';

/** What a policy does with what was found. */
export type Mode = 'Off' | 'Detect' | 'Block';

/**
 * Why a request could not be inspected: all of them a client can bring about, so a policy may name each (config.ts).
 * The list is closed: a cause is a metric's label and a key of the configuration.
 */
export const UNINSPECTABLE_CAUSES = [
  /** The body does not parse as what its Content-Type says. */
  'body_syntax',
  /** More arguments than the limit. */
  'body_arguments',
  /** JSON or XML nested deeper than the limit. */
  'body_depth',
  /** Compressed, or in a charset, in a way that is not undone. */
  'body_encoding',
  /** More multipart parts than the limit. */
  'body_parts',
  /** More bytes of body than the limit. */
  'body_size',
  /** Envoy gave a part of the body only. */
  'body_partial',
  /** More header lines than the limit. */
  'headers',
  /** A pattern's match limit was reached. */
  'match_limit',
  /** More arguments in the query than the limit. */
  'query_arguments',
  /** More bytes of a response's body than the limit. */
  'response_size',
  /** A rule could not be decided for another reason: a defect of the rule or of the engine. */
  'rule_failed',
  /** No verdict in time. */
  'deadline',
  /** The rule set was retired while the request was inspected. */
  'rule_set_retired',
  /** The inspector failed: a defect, not a limit. */
  'inspector_failed',
] as const;

export type UninspectableCause = (typeof UNINSPECTABLE_CAUSES)[number];

export type Scheme = 'http' | 'https';

export interface InspectionRequest {
  readonly attributes: HttpRequestAttributes;
  /** A view of the message received: valid until the inspection is over, not to be written to. */
  readonly body: Uint8Array;
  /** False where the workload may get bytes of the body that are not in `body`. */
  readonly bodyComplete: boolean;
  /** Name of a policy of the configuration. */
  readonly policy: string;
  /** The request calls itself a probe: for the event alone. */
  readonly probe: boolean;
  /** Between client and Envoy, where it is known: for the event alone. */
  readonly scheme?: Scheme;
  /** Who stands at both ends, where that is known: for the event alone. */
  readonly ends?: EventEnds;
}

export type Verdict =
  | { readonly kind: 'allow' }
  | { readonly kind: 'deny'; readonly status: number; readonly ruleId: number | null }
  | { readonly kind: 'uninspectable'; readonly cause: UninspectableCause };

export interface Inspection {
  /** What the rules say, whatever the mode. */
  readonly verdict: Verdict;
  /** The mode at the end of the transaction: rules may weaken the policy's for one request, never strengthen it. */
  readonly mode: Mode;
  /** True where the request would be denied if the mode were Block. */
  readonly wouldBlock: boolean;
  /** Ids of the rules that matched, in order. */
  readonly rules: readonly number[];
  /** The inbound anomaly score; null where the rules keep none, or nothing was inspected. */
  readonly score: number | null;
  /** The event to keep, a LateEvent that makes it, or null where nothing matched. Opaque to the server. */
  readonly event: unknown | null;
  readonly durationMicros: number;
}

/**
 * Must not keep `request.body` after its answer. Throwing, rejecting and answering nonsense are all taken as
 * `uninspectable` with cause `inspector_failed`: never as an allow.
 */
export interface Inspector {
  inspect(request: InspectionRequest): Inspection | Promise<Inspection>;
}

/** Takes the event after the reply was made. A failure is counted and logged; it never changes the reply. */
export interface EventSink {
  accept(event: unknown): void;
  /** Whether it takes events that are written already (WrittenEvent), as JSON; without it, it has to be given objects. */
  readonly takesWritten?: boolean;
  /** Where events of one source are kept up to its share: asked first, it spares the making of the others. */
  readonly shares?: EventShares;
}

export interface EventShares {
  /** Whether an event of this source is kept; takes its share. */
  admits(source: string): boolean;
  /** Takes an event that was admitted. */
  keep(event: unknown): void;
  /** Takes what sums are made of, of an event that was not. */
  count(event: unknown): void;
}
