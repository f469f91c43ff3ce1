/** `sluice alerts list`, `show` and `deliveries`: what there is, what fires, and who was told. */
import type { DeliveriesAnswer, InstanceAnswer, SeenAlertAnswer } from '@sluice/hub';
import { textTable } from '../cluster/text-table.ts';
import { oneLine } from '../events/text.ts';
import { styleFor } from '../inspect/render-value.ts';
import { AlertsError } from './errors.ts';
import { shownKey } from './key.ts';
import { type AlertsEnvironment, type HubFlags, printJson, withHub } from './session.ts';

/** @returns 4 where there is no alert */
export async function runList(flags: HubFlags, environment: AlertsEnvironment): Promise<number> {
  const answer = await withHub(flags, environment, (client) => client.list());
  const status = answer.alerts.length === 0 ? 4 : 0;
  if (flags.json === true) {
    printJson(environment, answer);
    return status;
  }
  const { stdout } = environment;
  const { alerts, instances, faults } = answer;
  if (alerts.length === 0) stdout.write('no alerts\n');
  else {
    const head = ['ALERT', 'SEVERITY', 'STATE', 'FIRING', 'PERIOD', 'EVALUATED', 'SUMMARY'];
    write(environment, head, alerts.map(alertRow));
  }
  if (instances.length > 0) {
    stdout.write('\nfiring:\n');
    write(environment, INSTANCE_HEAD, instances.map(instanceRow));
  }
  for (const fault of faults) stdout.write(`not in force: ${oneLine(fault, 1_000)}\n`);
  return status;
}

/** @returns 0 */
export async function runShow(
  name: string,
  flags: HubFlags,
  environment: AlertsEnvironment,
): Promise<number> {
  const answer = await withHub(flags, environment, (client) => client.show(name));
  if (flags.json === true) {
    printJson(environment, answer);
    return 0;
  }
  const { alert, instances } = answer;
  const lines: readonly (readonly [string, string])[] = [
    ['alert', alert.name],
    ['severity', String(alert.severity)],
    ['summary', alert.summary],
    ['description', alert.description],
    ['data set', alert.dataSet],
    ['query', alert.query === '' ? 'all' : alert.query],
    ['key', alert.key.join(', ') || 'one for all'],
    ['period', `${alert.periodSeconds} s, looking back ${alert.lookbackSeconds} s`],
    ['cooldown', `${alert.cooldownSeconds} s`],
    ['owner', alert.owner ?? '-'],
    ['receivers', alert.receivers?.join(', ') ?? 'all'],
    ['evaluated', alert.status?.lastExecuted ?? 'never'],
    ['silenced', alert.silence === null ? 'no' : `until ${alert.silence.until} by ${alert.silence.by}`],
    ...(alert.status?.errorConditions ?? []).map(({ type, message }) => [type, message] as const),
  ];
  const { stdout } = environment;
  for (const [title, text] of lines) stdout.write(`${title.padEnd(12)}${oneLine(text, 2_000)}\n`);
  if (instances.length > 0) {
    stdout.write('\n');
    write(environment, INSTANCE_HEAD, instances.map(instanceRow));
  }
  return 0;
}

export interface DeliveriesFlags extends HubFlags {
  readonly size: string;
}

const DELIVERIES_MAX = 1_000;

/** @returns 4 where there are none @throws AlertsError ALERTS_OPTION */
export async function runDeliveries(
  name: string | undefined,
  flags: DeliveriesFlags,
  environment: AlertsEnvironment,
): Promise<number> {
  const size = Number(flags.size);
  if (!Number.isInteger(size) || size < 1 || size > DELIVERIES_MAX) {
    throw new AlertsError('ALERTS_OPTION', { option: '--size', reason: `1 to ${DELIVERIES_MAX}` });
  }
  const answer = await withHub(flags, environment, (client) => client.deliveries(size, name));
  const { deliveries } = answer;
  if (flags.json === true) printJson(environment, answer);
  else if (deliveries.length === 0) environment.stdout.write('nobody was told anything\n');
  else {
    const head = ['LAST ATTEMPT', 'ALERT', 'TOLD', 'RECEIVER', 'STATE', 'ATTEMPTS', 'STATUS', 'REASON'];
    write(environment, head, deliveries.map(deliveryRow));
  }
  return deliveries.length === 0 ? 4 : 0;
}

function write(
  { stdout, variables }: AlertsEnvironment,
  head: readonly string[],
  rows: readonly (readonly string[])[],
): void {
  stdout.write(textTable(head, rows, styleFor(stdout, variables), stdout.columns));
}

const alertRow = (alert: SeenAlertAnswer): readonly string[] => {
  const { status, silence, firing } = alert;
  const state = status?.healthy === false ? 'failing' : silence === null ? 'watching' : 'silenced';
  const last = status?.lastExecuted ?? '-';
  return [
    ...[alert.name, String(alert.severity), firing > 0 && state === 'watching' ? 'firing' : state],
    ...[String(firing), `${alert.periodSeconds} s`, last, alert.summary],
  ];
};

const INSTANCE_HEAD = ['ALERT', 'STATE', 'COUNT', 'SINCE', 'CLIENT', 'WORKLOAD', 'RULES', 'KEY'];

const instanceRow = ({ alert, state, count, firedAt, sample, key }: InstanceAnswer): readonly string[] => [
  ...[alert, state, String(count), firedAt],
  ...[endText(sample?.source), endText(sample?.destination), sample?.rules.slice(0, 5).join(' ') || '-'],
  shownKey(key),
];

type End = NonNullable<InstanceAnswer['sample']>['source'];

const endText = (end: End | undefined): string => {
  if (end === undefined) return '-';
  const { namespace, owner, pod, ip } = end;
  const name = owner ?? pod ?? ip ?? '-';
  return namespace === null ? name : `${namespace}/${name}`;
};

const deliveryRow = (delivery: DeliveriesAnswer['deliveries'][number]): readonly string[] => [
  ...[delivery.at, delivery.alert, delivery.told, delivery.target, delivery.state],
  ...[String(delivery.attempts), String(delivery.status ?? '-'), delivery.reason || '-'],
];
