/** What quarantine has done, for the hub: as documents beside those of requests. */
import { join } from 'node:path';
import type { Log } from '@sluice/controller';
import type { RecordDeeds } from '@sluice/controller/quarantine';
import { HubClient } from '@sluice/hub';
import { recordOf } from '@sluice/spool';
import { ControllerRunError } from './errors.ts';

/** The next sweep tries again: it is not to hold up what is due. */
const DELIVERY_MILLIS_MAX = 5_000;

export interface HubFlags {
  /** Where nodes deliver: `https://…:7443`. */
  readonly hub?: string;
  /** Folder with ca.crt, tls.crt and tls.key: a certificate of a node. */
  readonly hubTls?: string;
  /** File with a token that is for the hub. */
  readonly hubToken?: string;
}

/**
 * Rejects where the hub is away; what it refuses for good is told and given up.
 * @returns undefined where there is no hub
 * @throws ControllerRunError CONTROLLER_OPTION, ShipperError SHIPPER_OPTION, SINK_FILE
 */
export function deedsToHub({ hub, hubTls, hubToken }: HubFlags, log: Log): RecordDeeds | undefined {
  if (hub === undefined && hubTls === undefined) return undefined;
  if (hub === undefined || hubTls === undefined)
    throw new ControllerRunError('CONTROLLER_OPTION', {
      option: hub === undefined ? '--hub' : '--hub-tls',
      reason: 'the address of the hub and a certificate of a node belong together',
    });
  const tls = { ca: join(hubTls, 'ca.crt'), cert: join(hubTls, 'tls.crt'), key: join(hubTls, 'tls.key') };
  const client = new HubClient({
    url: hub,
    deliver: { url: hub, tls, ...(hubToken !== undefined && { tokenFile: hubToken }) },
    requestMillisMax: DELIVERY_MILLIS_MAX,
  });
  return async (documents) => {
    const records = documents.map(recordOf).filter((record) => record !== null);
    for (const [at, outcome] of (await client.append(records)).entries())
      if (outcome.kind === 'refused')
        log.error({ id: records[at]?.id, reason: outcome.reason }, 'the hub refuses what quarantine did');
  };
}
