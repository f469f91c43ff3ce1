/** Errors of the console as answers, in the shape of the hub's. */
import { failureOf } from '@sluice/hub';
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
  CONSOLE_ATTEMPTS: 429,
};

export function consoleFailure(thrown: unknown): ReturnType<typeof failureOf> {
  if (!(thrown instanceof ConsoleError)) return failureOf(thrown, CONSOLE_LIMITS.bodyBytesMax);
  const { code, message, remedy, details } = thrown;
  return { status: STATUS[code] ?? 500, body: { error: { code, message, remedy, details } } };
}
