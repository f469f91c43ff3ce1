/** Errors of the console as answers, in the shape of the hub's. */
import { CodedError } from '@sluice/engine/coded-error';
import { failureOf, HubError } from '@sluice/hub';
import { ConsoleError, type ConsoleErrorCode } from '../errors.ts';
import { CONSOLE_LIMITS } from '../limits.ts';

const STATUS: Partial<Readonly<Record<ConsoleErrorCode, number>>> = {
  CONSOLE_SIGNED_OUT: 401,
  CONSOLE_CREDENTIALS: 401,
  CONSOLE_TOKEN: 401,
  CONSOLE_FORBIDDEN: 403,
  CONSOLE_CROSS_SITE: 403,
  CONSOLE_NAMESPACES: 403,
  CONSOLE_USER: 409,
  CONSOLE_NO_POLICIES: 409,
  CONSOLE_POLICIES: 409,
  CONSOLE_NOTHING: 409,
  CONSOLE_CHOICE: 409,
  CONSOLE_CONFIRMATION: 409,
  CONSOLE_SEARCH: 409,
  CONSOLE_ATTEMPTS: 429,
  CONSOLE_CLUSTER_TOKEN: 401,
  CONSOLE_NO_ROLE: 403,
  CONSOLE_NO_PERSON: 403,
  CONSOLE_NO_CLUSTER: 404,
  CONSOLE_NO_ALERTS: 404,
  CONSOLE_WORKLOAD: 404,
  CONSOLE_CLUSTER: 503,
};

/** Of what a cluster throws (cluster/cluster.ts), whose codes are not known here; all others are conflicts with what there is. */
const CLUSTER_STATUS: Readonly<Record<string, number>> = {
  CHANGE_FORBIDDEN: 403,
  QUARANTINE_RIGHTS_MISSING: 403,
  CHANGE_UNKNOWN: 404,
  QUARANTINE_POD_UNKNOWN: 404,
  KUBERNETES_REFUSED: 502,
  QUARANTINE_REFUSED: 502,
  KUBERNETES_ANSWER_INVALID: 502,
  KUBERNETES_UNREACHABLE: 503,
};

export function consoleFailure(thrown: unknown): ReturnType<typeof failureOf> {
  if (!(thrown instanceof CodedError) || thrown instanceof HubError)
    return failureOf(thrown, CONSOLE_LIMITS.bodyBytesMax);
  const { message, remedy, details } = thrown;
  const code = String(thrown.code);
  const status = thrown instanceof ConsoleError ? STATUS[thrown.code] : statusOfCluster(code);
  return { status: status ?? 500, body: { error: { code, message, remedy, details } } };
}

function statusOfCluster(code: string): number | undefined {
  const isOurs = /^(?:CHANGE|QUARANTINE|KUBERNETES|CLUSTER)_/.test(code);
  return isOurs ? (CLUSTER_STATUS[code] ?? 409) : undefined;
}
