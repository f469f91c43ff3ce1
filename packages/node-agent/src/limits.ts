/** Every bound and fixed number of the node agent: its unit last in the name, and why it is what it is. */

/** Ports that Envoy listens on inside pods, in turn: while one Envoy hands over to the next, both listen. */
export const REDIRECT_PORTS = [15_006, 15_007] as const;

/** Default of the SO_MARK of connections from Envoy to a workload, which their answers carry too. */
export const ORIGINAL_SOURCE_MARK = 1_338;

/** Priority of the routing rule and number of the routing table by which answers to clients' addresses stay in the pod. */
export const ROUTING_TABLE = 1_338;

/** Files that Envoy may open, below which the agent warns: two a connection, 32,768 connections for all pods of a node. */
export const OPEN_FILES_MIN = 65_536;

/** Bytes of a table: 250 pods take 200 KB. */
export const TABLE_BYTES_MAX = 16_777_216;
export const PODS_MAX = 2_000;
export const PORTS_PER_POD_MAX = 64;
export const RANGES_MAX = 256;
/** Problems that are told of a table, the first ones. */
export const PROBLEMS_MAX = 20;

/** A table that was replaced is looked at after this time even where no notice came: some file systems give none. */
export const TABLE_POLL_MILLIS = 2_000;

/** Commands run at once: each holds the kernel's lock on its namespaces for most of its time. */
export const COMMANDS_MAX = 8;
/** nft and ip take milliseconds; one that hangs must not hold up the others. */
export const COMMAND_MILLIS_MAX = 10_000;
/** Bytes of a command's output that are kept. A pod's own ruleset has 2 KB. */
export const COMMAND_OUTPUT_BYTES_MAX = 4_194_304;

/** Between looks at something that is under way: Envoy taking over a configuration, connections ending. */
export const TICK_MILLIS = 50;
/** Between looks at whether Envoy's process lives. */
export const PULSE_MILLIS = 100;
/** Between two pods whose rulesets are compared with what they should be: 12 ms of one core each. */
export const CHECK_MILLIS = 240;
/** All pods are compared no more often than this. */
export const SWEEP_MILLIS_MIN = 5_000;

/** After the last redirected connection request of a pod: Envoy has accepted by then what waits, and may stop listening. */
export const QUIET_MILLIS = 1_000;
/** Between looks at the connections of a pod that is being released. */
export const DRAIN_LOOK_MILLIS = 500;
/** Of a released pod's connections without HTTP: they count as at rest when none of them has moved a byte for so long, as a stream of HTTP does. */
export const OTHER_IDLE_MILLIS_MAX = 3_600_000;

/** Envoy with 250 pods of three inspected ports, in both IP families, is ready within 6 s on four busy cores. */
export const ENVOY_START_MILLIS_MAX = 30_000;
/** Between a death of Envoy and its next start, doubling with each that follows within a minute. */
export const ENVOY_RESTART_MILLIS_MIN = 100;
export const ENVOY_RESTART_MILLIS_MAX = 10_000;
/** An Envoy that lived this long is no part of a series of deaths. */
export const ENVOY_STEADY_MILLIS = 60_000;
export const ENVOY_STOP_MILLIS_MAX = 5_000;
export const ADMIN_MILLIS_MAX = 5_000;
export const LOG_TAIL_CHARACTERS_MAX = 4_000;

/** Default of how long connections may take to end by themselves where Envoy leaves them. */
export const DRAIN_SECONDS = 30;
/** Default of Envoy's worker threads. */
export const ENVOY_CONCURRENCY = 2;
