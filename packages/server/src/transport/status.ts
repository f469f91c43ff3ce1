/** gRPC statuses, and which of them an error becomes. An error never becomes OK. */
import { ServerError, type ServerErrorCode } from '../errors.ts';

export const GrpcStatus = {
  OK: 0,
  CANCELLED: 1,
  INVALID_ARGUMENT: 3,
  DEADLINE_EXCEEDED: 4,
  NOT_FOUND: 5,
  RESOURCE_EXHAUSTED: 8,
  FAILED_PRECONDITION: 9,
  UNIMPLEMENTED: 12,
  INTERNAL: 13,
  UNAVAILABLE: 14,
} as const;

export type GrpcStatus = (typeof GrpcStatus)[keyof typeof GrpcStatus];

/** A call that ends without a message. */
export interface Refusal {
  readonly status: Exclude<GrpcStatus, 0>;
  readonly message: string;
}

const STATUSES: Readonly<Partial<Record<ServerErrorCode, Refusal['status']>>> = {
  WIRE_MALFORMED: GrpcStatus.INVALID_ARGUMENT,
  WIRE_LIMIT: GrpcStatus.INVALID_ARGUMENT,
  CHECK_INCOMPLETE: GrpcStatus.INVALID_ARGUMENT,
  CONTEXT_INVALID: GrpcStatus.FAILED_PRECONDITION,
  POLICY_UNKNOWN: GrpcStatus.FAILED_PRECONDITION,
  STREAM_CONTEXT_INVALID: GrpcStatus.FAILED_PRECONDITION,
  STREAM_MODE: GrpcStatus.FAILED_PRECONDITION,
  EXCHANGE_ORDER: GrpcStatus.INVALID_ARGUMENT,
  POOL_FULL: GrpcStatus.UNAVAILABLE,
  HEALTH_SERVICE_UNKNOWN: GrpcStatus.NOT_FOUND,
};

/** Strangers learn what they sent wrong; of our own failures they learn that there was one. */
export function refusalOf(thrown: unknown): Refusal {
  const status = thrown instanceof ServerError ? STATUSES[thrown.code] : undefined;
  if (status === undefined) return { status: GrpcStatus.INTERNAL, message: 'internal error' };
  return { status, message: thrown instanceof ServerError ? thrown.message : '' };
}
