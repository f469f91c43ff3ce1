/** Errors as answers: the code with its meaning, and a status. */
import { HubError, type HubErrorCode } from '../errors.ts';

const STATUS: Partial<Readonly<Record<HubErrorCode, number>>> = {
  QUERY_SYNTAX: 400,
  QUERY_FIELD: 400,
  QUERY_CURSOR: 400,
  QUERY_SIZE: 400,
  HUB_REQUEST: 400,
  ALERT_INVALID: 400,
  BATCH_MALFORMED: 400,
  HUB_UNAUTHORIZED: 401,
  NODE_FORBIDDEN: 403,
  HUB_NOT_FOUND: 404,
  ALERT_ELSEWHERE: 409,
  ALERT_STALE: 409,
  HUB_TOO_LARGE: 413,
  BATCH_TYPE: 415,
  HUB_HOST: 421,
  NODE_UNKNOWN: 503,
  STORE_UNAVAILABLE: 503,
  HUB_BUSY: 503,
  QUERY_TIMEOUT: 504,
};

/** As it is sent: `{"error": …}`. */
export interface FailureBody {
  readonly error: {
    readonly code: string;
    readonly message: string;
    readonly remedy: string;
    readonly details: Readonly<Record<string, string | number>>;
  };
}

export interface Failure {
  readonly status: number;
  readonly body: FailureBody;
}

/**
 * Of an error that is not ours nothing is told but that there was one: its message may hold anything.
 * @param bodyBytesMax what was allowed, where a body was longer
 */
export function failureOf(thrown: unknown, bodyBytesMax = 0): Failure {
  const error = hubErrorOf(thrown, bodyBytesMax);
  const { code, message, remedy, details } = error;
  return { status: STATUS[code] ?? 500, body: { error: { code, message, remedy, details } } };
}

function hubErrorOf(thrown: unknown, bodyBytesMax: number): HubError {
  if (thrown instanceof HubError) return thrown;
  const status = statusOf(thrown);
  if (status === 413) return new HubError('HUB_TOO_LARGE', { limit: bodyBytesMax, unit: 'bytes' }, thrown);
  // Fastify's own: a body that is no JSON, a media type that it does not know, a length that is wrong.
  if (status >= 400 && status < 500 && thrown instanceof Error) {
    return new HubError('HUB_REQUEST', { reason: thrown.message }, thrown);
  }
  return new HubError('HUB_FAILED', { reason: 'an unexpected error' }, thrown);
}

const statusOf = (thrown: unknown): number =>
  thrown instanceof Error && 'statusCode' in thrown && typeof thrown.statusCode === 'number'
    ? thrown.statusCode
    : 0;
