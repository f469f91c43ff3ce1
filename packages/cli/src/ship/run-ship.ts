/** The life of `sluice ship`: open, ship, and drain on a signal. */
import { keepMemorySmall, ShipAdmin, Shipper } from '@sluice/shipper';
import { destination, pino, stdTimeFunctions } from 'pino';
import { endInAnyCase, toldToEnd } from '../process-end.ts';
import { loadShipConfig } from './config.ts';

/** Beside the time of a drain: to commit, and to write the last lines. */
const OVERDUE_MILLIS = 5_000;

export interface ShipFlags {
  readonly once: boolean;
  readonly check: boolean;
}

/** @throws ShipError, ShipperError, SpoolError */
export async function runShip(path: string, flags: ShipFlags): Promise<void> {
  const config = loadShipConfig(path);
  if (flags.check) {
    process.stdout.write(`${path} is good: ${config.sinks.map(({ name }) => name).join(', ')}\n`);
    return;
  }
  keepMemorySmall();
  const options = {
    level: config.log.level,
    base: { service: 'sluice-ship' },
    timestamp: stdTimeFunctions.isoTime,
  };
  const log = pino(options, destination({ dest: 2, sync: true }));
  const shipper = await Shipper.open({ config, log, once: flags.once });
  const admin = config.admin === false ? null : new ShipAdmin(() => shipper.status());
  try {
    if (admin !== null && config.admin !== false) {
      const address = await admin.listen(config.admin.host, config.admin.port);
      log.info({ admin: `${address.host}:${address.port}` }, 'listening');
    }
    void toldToEnd('SIGTERM', 'SIGINT').then((signal) => {
      log.info({ signal }, 'draining');
      endInAnyCase(config.drain.waitMillis + OVERDUE_MILLIS);
      shipper.stop();
    });
    await shipper.run();
    for (const { sink, pipeline } of shipper.lanes) {
      const { stored, dead, retried } = pipeline.progress;
      log.info({ sink: sink.name, stored, retried, dead: Object.fromEntries(dead) }, 'stopped');
    }
  } finally {
    await admin?.close();
    await shipper.close();
  }
}
