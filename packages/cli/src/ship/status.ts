/** `sluice ship status`: what the shipper that runs says of itself. */
import type { ShipStatus, SinkStatus } from '@sluice/shipper';
import { loadShipConfig } from './config.ts';
import { ShipError } from './errors.ts';

const WAIT_MILLIS_MAX = 5_000;

/**
 * @returns the exit code: 1 while a sink does not take what it is given
 * @throws ShipError
 */
export async function showShipStatus(path: string, json: boolean): Promise<number> {
  const { admin } = loadShipConfig(path);
  if (admin === false) {
    throw new ShipError('SHIP_NOT_RUNNING', { address: 'nowhere', reason: '`admin` is false' });
  }
  const host = admin.host.includes(':') ? `[${admin.host}]` : admin.host;
  const status = await ask(`http://${host}:${admin.port}/status`);
  process.stdout.write(json ? `${JSON.stringify(status)}\n` : status.sinks.map(render).join('\n'));
  return status.ready ? 0 : 1;
}

async function ask(address: string): Promise<ShipStatus> {
  try {
    const answer = await fetch(address, { signal: AbortSignal.timeout(WAIT_MILLIS_MAX) });
    // The page is this program's own.
    return (await answer.json()) as ShipStatus;
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new ShipError('SHIP_NOT_RUNNING', { address, reason }, cause);
  }
}

function render(sink: SinkStatus): string {
  const { trouble, stored, storedPerSecond, retried, deadLetterFiles, deadLetterBytes, dead } = sink;
  const codes = Object.entries(dead).map(([code, times]) => `${times} ${code}`);
  const state =
    trouble === null
      ? 'takes what it is given'
      : `${trouble.reason}, since ${new Date(trouble.since).toISOString()}`;
  return `${[
    `${sink.name}: ${state}`,
    `  stored ${stored} (${storedPerSecond} a second), given again ${retried}`,
    `  dead letters: ${codes.length === 0 ? 'none' : codes.join(', ')} since it began; ` +
      `${deadLetterFiles} files, ${deadLetterBytes} bytes are there`,
    ...sink.spools.map(
      ({ directory, records, bytes, ageMillis, lost }) =>
        `  ${directory}: ${records} records behind, ${bytes} bytes, ${Math.round(ageMillis / 1_000)} s` +
        `${lost === 0 ? '' : `; ${lost} were lost`}`,
    ),
  ].join('\n')}\n`;
}
