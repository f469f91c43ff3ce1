/** Errors of the hub. docs/errors.md lists the same codes. */
import { CodedError, type ErrorDetails } from '@sluice/engine/coded-error';

export const HUB_ERRORS = {
  QUERY_SYNTAX: {
    message: 'column {column}: {reason}\n{query}\n{caret}',
    remedy: 'Correct the query at the place shown; docs/query.md has the language.',
  },
  QUERY_FIELD: {
    message: 'the field {field} of {dataSet} {reason}',
    remedy: 'docs/events.md has the fields of each data set.',
  },
  QUERY_CURSOR: {
    message: 'the cursor is not one of this request',
    remedy: 'Give the cursor of the page before, with the same query, times, sort and fields.',
  },
  QUERY_SIZE: {
    message: '{what} is {given}; {allowed}',
    remedy: 'Ask for less at once, and for the rest page by page.',
  },
  QUERY_TIME: {
    message: 'the query was given up after {seconds} s',
    remedy: 'Narrow its time, or ask for a field that is indexed (docs/query.md, "What is fast").',
  },
  STORE_FILE: {
    message: 'the store {path} cannot be used: {reason}',
    remedy: 'Name another file; one that is damaged can be looked at with sqlite3 (".recover").',
  },
  STORE_UNAVAILABLE: {
    message: 'the store {store} cannot be reached: {reason}',
    remedy: 'Check that it runs and that its address is right; what waits in the spool is kept.',
  },
  STORE_REFUSED: {
    message: 'the store {store} refuses a request: {reason}',
    remedy:
      'Where the query has long patterns with wildcards, make them shorter; otherwise this is a defect: please report it.',
  },
  HUB_CONFIG_UNREADABLE: {
    message: 'the configuration {path} cannot be read: {reason}',
    remedy: 'Name a file that this user may read.',
  },
  HUB_CONFIG_INVALID: {
    message: '{place}: {reason}',
    remedy: 'Correct the setting at the place shown; docs/hub.md has all of them.',
  },
  HUB_OPEN: {
    message: 'queries on {address} would be answered to whoever reaches it: {missing} is missing',
    remedy: 'Set queries.tls and queries.tokenFile, or listen on a loopback address.',
  },
  HUB_LISTEN: {
    message: 'cannot listen on {address}: {reason}',
    remedy: 'Choose an address of this machine and a free port.',
  },
  HUB_FILE: {
    message: 'the file {path} cannot be used: {reason}',
    remedy: 'Correct the path, what is in the file, or its rights.',
  },
  HUB_BUSY: {
    message: 'no room for one more {what}',
    remedy: 'Try again later; limits of the hub say how many there may be.',
  },
  HUB_REQUEST: {
    message: 'the request is wrong: {reason}',
    remedy: 'Correct it; /v1/openapi.json describes every request.',
  },
  HUB_NOT_FOUND: {
    message: 'there is no {what}',
    remedy: 'Check the address; /v1/openapi.json lists all of them.',
  },
  HUB_UNAUTHORIZED: {
    message: 'no valid token came with the request',
    remedy:
      'Send the header Authorization: Bearer, with the token that stands in queries.tokenFile of the hub.',
  },
  HUB_HOST: {
    message: 'the name {host} is not one of this hub',
    remedy: 'Ask by a loopback address or localhost; for other names set queries.tls and queries.tokenFile.',
  },
  HUB_FAILED: {
    message: 'the hub failed at this request: {reason}',
    remedy: "The hub's log has more. Where it comes again, please report it.",
  },
  HUB_ANSWER: {
    message: 'the hub {address} answers what is not understood: {reason}',
    remedy: 'Check that the address is that of a hub, and the versions of both.',
  },
  NODE_FORBIDDEN: {
    message: 'the node {node} may not deliver: {reason}',
    remedy:
      'Give it a certificate with a name that nodes.allow of the hub has, or, where the hub has nodes.tokens, a token of a service account that these name.',
  },
  NODE_UNKNOWN: {
    message: 'which node delivers cannot be found out now: {reason}',
    remedy:
      'Nothing is lost: nodes try again by themselves. Check that the hub reaches the API server, and may create TokenReviews.',
  },
  HUB_TOO_LARGE: {
    message: 'what was sent has more than {limit} {unit}',
    remedy: 'Send it in parts.',
  },
  BATCH_MALFORMED: {
    message: 'the batch is not one: {reason}',
    remedy: 'Let only the shipper of the same version send to this address.',
  },
  BATCH_TYPE: {
    message: 'batches are {expected}, not {given}',
    remedy: 'Let only the shipper of the same version send to this address.',
  },
  QUERY_TIMEOUT: {
    message: 'no answer of the store within {millis} ms',
    remedy: 'Ask for less time, fewer documents or fewer buckets, or raise limits.queryMillisMax of the hub.',
  },
  WEBHOOK_ADDRESS: {
    message: 'a webhook may not call {host}: it is at {address}',
    remedy: 'Name a receiver elsewhere, or say allowLocal: true for this webhook in hub.yaml.',
  },
  ALERT_INVALID: {
    message: 'the alert {alert} cannot be used: {reason}',
    remedy: 'Correct it; docs/alerts.md has every field.',
  },
  ALERT_ELSEWHERE: {
    message: 'the alert {alert} cannot be changed here: {reason}',
    remedy: 'Change it where it is written.',
  },
  ALERT_STALE: {
    message: 'the alert {alert} has changed since it was looked at: nothing was written',
    remedy: 'Look at it anew, and save that.',
  },
} as const;

export type HubErrorCode = keyof typeof HUB_ERRORS;

export class HubError extends CodedError<HubErrorCode> {
  override readonly name = 'HubError';

  constructor(code: HubErrorCode, details: ErrorDetails = {}, cause?: unknown) {
    super(HUB_ERRORS, code, details, cause);
  }
}
