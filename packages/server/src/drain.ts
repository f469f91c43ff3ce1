/**
 * A stop that cuts nobody off: say NOT_SERVING, give probes the time to see it, stop accepting, wait for calls up to a
 * bound, close. Measured with Envoy: health checks with outlier detection and this order lose no request.
 */
import type { Health } from './health.ts';
import type { Log } from './log.ts';
import { pause } from './transport/in-flight.ts';
import type { Transport } from './transport/transport.ts';

export interface DrainOptions {
  /** Time between NOT_SERVING and the end of accepting. */
  readonly noticeMillis: number;
  /** Time that calls have for their end. */
  readonly waitMillis: number;
}

export interface DrainParts {
  readonly health: Health;
  readonly transport: Transport;
  readonly log: Log;
}

/** Resolves when every connection is closed, to the number of calls that were cut off. */
export async function drain(parts: DrainParts, options: DrainOptions): Promise<number> {
  const { health, transport, log } = parts;
  log.info({ callsInFlight: transport.callsInFlight, ...options }, 'draining');
  health.setServing(false);
  await pause(options.noticeMillis);
  health.endWatches();
  const cut = await transport.drain(options.waitMillis);
  if (cut > 0) log.warn({ cut }, 'calls were cut off');
  log.info('drained');
  return cut;
}
