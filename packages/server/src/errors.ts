/**
 * Every error that the server raises on purpose: a code that never changes its meaning, what it says, and the remedy.
 *
 * Codes are part of the interface: docs/errors.md lists the same ones (scripts/tidy.ts compares them), and a retired
 * code is never used again.
 */

/** Where in a configuration file something stands. Lines and columns count from 1. */
export interface ConfigPosition {
  readonly file: string;
  readonly line: number;
  readonly column: number;
}

/** A code's meaning and what to do about it; `{name}` is filled from the error's details. */
interface ErrorDefinition {
  readonly message: string;
  readonly remedy: string;
}

export const SERVER_ERRORS = {
  // Messages on the wire
  WIRE_MALFORMED: {
    message: 'malformed message at byte {offset}: {reason}',
    remedy: 'Let only Envoy speak to this socket.',
  },
  WIRE_LIMIT: {
    message: 'more than {limit} {what} at byte {offset}',
    remedy: 'Let only Envoy speak to this socket.',
  },
  CHECK_INCOMPLETE: {
    message: 'the check request has no {part}',
    remedy: 'Use ext_authz as an HTTP filter, with the gRPC service and API version 3.',
  },
  CONTEXT_INVALID: {
    message: 'context extension {name}: {reason}',
    remedy: "Correct context_extensions in Envoy's configuration of the route.",
  },
  POLICY_UNKNOWN: {
    message: 'no policy is named {name}',
    remedy: 'Add it to policies, or correct the context extension sluice.policy of the route.',
  },
  DESTINATION_UNKNOWN: {
    message: 'which policy applies depends on the {what}, which Envoy does not tell here (for {name})',
    remedy: 'Name the policy in the context extension sluice.policy of the route, or use ext_proc.',
  },
  // Inspection
  INSPECTION_INVALID: {
    message: 'the inspector answered {what}',
    remedy: 'This is a defect: please report it.',
  },
  POOL_FULL: {
    message: 'no room for one more exchange: {what}',
    remedy: 'Add processes, or raise limits of the pool in sluice.yaml.',
  },
  STEP_LATE: {
    message: 'no answer of the inspector within {millis} ms',
    remedy: 'Add processes, or raise limits.verdictMillisMax together with the time that Envoy gives.',
  },
  // Streams
  EXCHANGE_ORDER: {
    message: '{kind} came {when}',
    remedy: 'Let only Envoy speak to this socket.',
  },
  STREAM_CONTEXT_INVALID: {
    message: 'metadata {name} of the stream: {reason}',
    remedy:
      "Correct grpc_initial_metadata in Envoy's configuration of the route: sluice envoy config writes it.",
  },
  STREAM_MODE: {
    message: 'the stream has {what}, which profile {profile} does not work with',
    remedy: "Correct processing_mode in Envoy's configuration: sluice envoy config writes it.",
  },
  POOL_CLOSED: { message: 'the pool is closed', remedy: 'Make a new one.' },
  WORKER_LOST: {
    message: 'the worker that inspected this exchange is gone: {reason}',
    remedy: 'Look at the log for what ended it; report it where that is a defect.',
  },
  EVENT_THREAD_HANGS: {
    message: 'the thread that makes events has not answered for {millis} ms',
    remedy:
      'Look whether the machine has processor time left; if it has, this is a defect: please report it.',
  },
  WORKER_FAILED: {
    message: 'a step of inspection failed in a worker: {errorClass} {code} {at}',
    remedy: 'This is a defect: please report it with the log line of the same time.',
  },
  EXCHANGE_OVER: {
    message: 'the exchange is over',
    remedy: 'This is a defect: please report it.',
  },
  INSPECTION_LATE: {
    message: 'no worker came to this inspection before its deadline',
    remedy: 'Add processes or cores; the queue is longer than its deadline.',
  },
  // Rule sets at run time
  RULE_SET_RETIRED: {
    message: 'the rule set of this exchange was replaced too long ago',
    remedy: 'Nothing; exchanges this long outlive the rules that they began with.',
  },
  RULE_SETS_BUSY: {
    message: 'another generation of rule sets is being prepared',
    remedy: 'Use or discard it first.',
  },
  CAPTURE_KEY: {
    message: 'the capture cannot be opened with this key: {reason}',
    remedy: 'Give the private key that belongs to the public key of the configuration it was made with.',
  },
  CAPTURE_DAMAGED: {
    message: 'the capture cannot be read: {reason}',
    remedy: 'It was changed or damaged after it was written. Take it from where it was copied from.',
  },
  GENERATION_UNKNOWN: {
    message: 'no generation {id} is prepared',
    remedy: 'Prepare it before it is used.',
  },
  GENERATION_REFUSED: {
    message: 'a worker does not take generation {id}: {reason}',
    remedy: 'The rules in force stay; correct what the reason names.',
  },
  // Health
  HEALTH_SERVICE_UNKNOWN: {
    message: 'no service is named {name}',
    remedy: 'Ask for the empty name, or for envoy.service.auth.v3.Authorization.',
  },
  // Listening
  ADDRESS_INVALID: {
    message: 'address {address}: {reason}',
    remedy: 'Write unix:/absolute/path or tcp:host:port.',
  },
  ADDRESS_IN_USE: {
    message: '{address} is in use by a running server',
    remedy: 'Stop the other server, or listen elsewhere.',
  },
  LISTEN_FAILED: {
    message: 'cannot listen on {address}: {reason}',
    remedy: 'Check the path, its permissions and its owner.',
  },
  SERVER_STATE: { message: '{called} on a server that is {state}', remedy: 'Make a new server.' },
  // Reloading
  WORKLOADS_UNREADABLE: {
    message: 'the workloads of {path} cannot be read: {reason}',
    remedy: 'Events name no workloads until the file is there: look at what writes it, sluice node.',
  },
  WORKLOADS_INVALID: {
    message: 'not a file of workloads: {reason}',
    remedy: 'The former file stays in force. Let only sluice node write it, of the same version.',
  },
  RELOAD_REFUSED: {
    message: '{reason}',
    remedy: 'Correct it at the place shown. What was in force before stays in force.',
  },
  RELOAD_FAILED: {
    message: 'the rules could not be built: {reason}',
    remedy: 'What was in force before stays in force. The log has more; send SIGHUP to try again.',
  },
  SELF_TEST_FAILED: {
    message: 'the rules fail their self-test: {what}',
    remedy: 'Check rules.directory and the rule files: do they hold the whole CRS?',
  },
  // Configuration
  CONFIG_UNREADABLE: {
    message: 'cannot read {path}: {reason}',
    remedy: 'Check the path and its permissions.',
  },
  CONFIG_SYNTAX: { message: '{reason}', remedy: 'Correct the YAML at the place shown.' },
  CONFIG_INVALID: { message: '{reason}', remedy: 'Correct the setting at the place shown.' },
} as const satisfies Record<string, ErrorDefinition>;

export type ServerErrorCode = keyof typeof SERVER_ERRORS;

export interface ServerErrorOptions {
  readonly position?: ConfigPosition;
  readonly cause?: unknown;
}

/** Fills `{name}` in a template from `details`; what is not given stays empty. */
const fill = (template: string, details: Readonly<Record<string, string | number>>): string =>
  template.replace(/\{(\w+)\}/g, (_, name: string) => String(details[name] ?? ''));

/** The only error class that the server throws. */
export class ServerError extends Error {
  override readonly name = 'ServerError';
  readonly code: ServerErrorCode;
  readonly details: Readonly<Record<string, string | number>>;
  readonly remedy: string;
  readonly position: ConfigPosition | undefined;

  constructor(
    code: ServerErrorCode,
    details: Readonly<Record<string, string | number>> = {},
    options: ServerErrorOptions = {},
  ) {
    const { position, cause } = options;
    const message = `${fill(SERVER_ERRORS[code].message, details)} [${code}]`;
    const place = position === undefined ? '' : `${position.file}:${position.line}:${position.column}: `;
    super(place + message, cause === undefined ? {} : { cause });
    this.code = code;
    this.details = details;
    this.remedy = fill(SERVER_ERRORS[code].remedy, details);
    this.position = position;
  }
}

/** The text of something thrown, for a message of ours. */
export const reasonOf = (thrown: unknown): string =>
  thrown instanceof Error ? thrown.message : String(thrown);
