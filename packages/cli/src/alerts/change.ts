/** `sluice alerts ack` and `silence`. */
import type { AlertsClient } from '@sluice/hub';
import { AlertsError } from './errors.ts';
import { findKey } from './key.ts';
import { type AlertsEnvironment, type HubFlags, printJson, withHub } from './session.ts';

export interface MeantFlags extends HubFlags {
  readonly key?: readonly string[];
  readonly by?: string;
}

export interface SilenceFlags extends MeantFlags {
  readonly for?: string;
  readonly end?: true;
}

/** @returns 4 where nothing fires */
export async function runAcknowledge(
  alert: string,
  flags: MeantFlags,
  environment: AlertsEnvironment,
): Promise<number> {
  const acknowledged = await withHub(flags, environment, async (client) =>
    client.acknowledge(await meantBy(alert, flags, client, environment)),
  );
  if (flags.json === true) printJson(environment, { acknowledged });
  else environment.stdout.write(`${acknowledged} acknowledged\n`);
  return acknowledged === 0 ? 4 : 0;
}

/** @throws AlertsError ALERTS_OPTION */
export async function runSilence(
  alert: string,
  flags: SilenceFlags,
  environment: AlertsEnvironment,
): Promise<number> {
  const seconds = flags.end === true ? 0 : secondsOf(flags.for);
  const until = await withHub(flags, environment, async (client) =>
    client.silence(await meantBy(alert, flags, client, environment), seconds),
  );
  if (flags.json === true) printJson(environment, { until });
  else environment.stdout.write(seconds === 0 ? 'the silence is over\n' : `silent until ${until}\n`);
  return 0;
}

async function meantBy(
  alert: string,
  { key: parts, by }: MeantFlags,
  client: AlertsClient,
  { user }: AlertsEnvironment,
) {
  const who = { alert, by: by ?? user };
  if (parts === undefined) return who;
  const { instances } = await client.show(alert);
  return {
    ...who,
    key: findKey(
      parts,
      instances.map(({ key }) => key),
    ),
  };
}

const UNIT_SECONDS: Readonly<Record<string, number>> = { s: 1, m: 60, h: 3_600, d: 86_400 };

function secondsOf(text = ''): number {
  const [, number, unit = ''] = /^(\d{1,9})([smhd])$/.exec(text) ?? [];
  const seconds = Number(number) * (UNIT_SECONDS[unit] ?? Number.NaN);
  if (seconds > 0) return seconds;
  throw new AlertsError('ALERTS_OPTION', { option: '--for', reason: 'a time such as 90s, 15m, 1h, 2d' });
}
