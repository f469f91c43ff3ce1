/** Every bound that the configuration sets: its unit last in the name, and why it is what it is. docs/envoy.md has them too. */

/** HTTP/2 streams of one client connection: with a body of 1 MiB each, one connection holds 100 MiB at most. */
export const STREAMS_PER_CLIENT_CONNECTION_MAX = 100;

/** What may be on its way unread on one HTTP/2 stream: a round trip of 20 ms at 100 Mbit/s, and no more memory than that. */
export const STREAM_WINDOW_BYTES = 262_144;

/** The same for all streams of one HTTP/2 connection: four streams at full speed. */
export const CONNECTION_WINDOW_BYTES = 1_048_576;

/** Read and write buffer of a connection. Bodies that Sluice inspects have their own bound (maxRequestBytes). */
export const CONNECTION_BUFFER_BYTES_MAX = 262_144;

/**
 * One message with a part of a body: what Envoy reads at once from a connection (its buffer, and a read more), or takes up at once from
 * an HTTP/2 stream that had to wait (its window).
 */
export const CHUNK_BYTES_MAX = Math.max(CONNECTION_BUFFER_BYTES_MAX, STREAM_WINDOW_BYTES) + 16_384;

/** Sluice's answers are a block page at most; 65,535 is the smallest window that HTTP/2 starts with. */
export const ANSWER_WINDOW_BYTES = 65_535;
export const ANSWER_CONNECTION_WINDOW_BYTES = 1_048_576;

/** Calls at once on one connection to a Sluice process: its own `streamsPerConnectionMax`. More open another connection. */
export const CALLS_PER_CONNECTION_MAX = 1_024;

/** Each request holds one of these while it waits: Envoy's default of 1,024 would turn a crowd into errors. */
export const REQUESTS_MAX = 100_000;

/** Requests of a cluster that wait for another connection at once. */
export const RETRIES_MAX = 1_024;

/**
 * Further connections that are tried for a request. Envoy's have the client's address, and may have a port from which the client
 * has a connection of its own, made before the pod was selected: the workload cannot take that one. Two in a row are one in a million.
 */
export const RECONNECTIONS_MAX = 2;

/** Client connections of the whole Envoy, above which new ones are refused rather than memory used up. */
export const CLIENT_CONNECTIONS_MAX = 100_000;

/** KiB of all header lines: Envoy's default. Workloads take less (Node 16, Tomcat 8), so they would refuse it themselves. */
export const HEADERS_KIB_MAX = 60;

/** Header lines: what Sluice's server reads (its `headerLinesMax`). Envoy's default of 100 refuses what workloads take. */
export const HEADER_LINES_MAX = 1_000;

/** In Block, for all header lines of a request: a client that drips them holds a connection no longer. */
export const HEADERS_MILLIS_MAX = 60_000;

/** In Block, for a whole request: one that is dripped holds its buffer no longer. */
export const REQUEST_MILLIS_MAX = 300_000;

/** The same where bodies may be longer than what is held of them: 1 GiB at 2.4 Mbit/s. */
export const LONG_REQUEST_MILLIS_MAX = 3_600_000;

/** A stream on which nothing moves: long polls and quiet event streams may take their time, forgotten ones end. */
export const STREAM_IDLE_MILLIS = 3_600_000;

/** A kept client connection without a request. */
export const CONNECTION_IDLE_MILLIS = 3_600_000;

/**
 * A kept connection to a workload. Envoy closes none of them when its client leaves, so there are as many idle ones as clients come in this time: at 250 a
 * second and 4 s a workload that may open 1,024 files had no more. Also less than the 5 s after which Node's and uvicorn's servers close theirs, or requests
 * would fall into the gap.
 */
export const WORKLOAD_IDLE_MILLIS = 1_000;

/** Time to connect, to a Sluice process (a Unix socket) or a workload (the same node). */
export const CONNECT_MILLIS = 1_000;

/** Between health checks of a Sluice process, and for one. */
export const HEALTH_MILLIS = 1_000;

/** Health checks that fail in a row before a process is left aside, and that succeed before it is asked again. */
export const UNHEALTHY_CHECKS = 2;
export const HEALTHY_CHECKS = 1;

/** Errors in a row after which a process is left aside: one that was killed would draw most requests to it. */
export const ERRORS_MAX = 3;
/** For how long. */
export const EJECTION_MILLIS = 2_000;
/** Of the processes at once; with more gone, all are tried. */
export const EJECTED_PERCENT_MAX = 67;

/** In Detect, for the first bytes of a connection; a client that waits for the server to speak first goes through after it. */
export const SNIFF_MILLIS_MAX = 5_000;

/** Defaults of what a table may set. */
export const DEFAULTS = Object.freeze({
  /** Bytes of a request's body: Envoy's own default for a buffer. */
  maxRequestBytes: 1_048_576,
  /** A verdict takes a millisecond, and the server gives up after 150 (verdictMillisMax). */
  verdictMillis: 500,
  statusOnError: 503,
  accessLog: null,
});

/** Bytes of a gRPC message that Sluice takes (its `messageBytesMax`), less what headers and framing may take of it. */
export const MESSAGE_BODY_BYTES_MAX = 16_777_216 - 65_536;

export const PORT_MAX = 65_535;
export const MARK_MAX = 4_294_967_295;
