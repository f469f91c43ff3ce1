/** `sluice alerts preview`: how often an alert of a file would have fired, and for what. */
import { type PreviewAnswer, readAlertSpecs } from '@sluice/hub';
import { oneLine } from '../events/text.ts';
import { parseTime } from '../events/time.ts';
import { AlertsError } from './errors.ts';
import { shownKey } from './key.ts';
import { type AlertsEnvironment, type HubFlags, printJson, withHub } from './session.ts';

export interface PreviewFlags extends HubFlags {
  readonly from?: string;
  readonly to?: string;
  readonly alert?: string;
}

/** @returns 4 where it would not have fired @throws HubError ALERT_INVALID, HUB_FILE, AlertsError ALERTS_OPTION */
export async function runPreview(
  path: string,
  flags: PreviewFlags,
  environment: AlertsEnvironment,
): Promise<number> {
  const { name, namespace, spec } = choose(path, flags.alert);
  const now = environment.now();
  const time = (option: 'from' | 'to') => {
    const text = flags[option];
    return text === undefined ? {} : { [option]: parseTime(`--${option}`, text, now) };
  };
  const scope = namespace === null ? {} : { namespace };
  const request = { spec, ...scope, ...time('from'), ...time('to') };
  const answer = await withHub(flags, environment, (client) => client.preview(request));
  if (flags.json === true) printJson(environment, { alert: name, ...answer });
  else environment.stdout.write(text(name, answer));
  return answer.firings === 0 ? 4 : 0;
}

function choose(path: string, name: string | undefined) {
  const all = readAlertSpecs(path);
  const found = name === undefined ? all : all.filter((each) => each.name === name);
  const [first] = found;
  if (first !== undefined && found.length === 1) return first;
  const names = all.map((each) => each.name).join(', ');
  const reason = first === undefined ? `there is none; there are: ${names}` : `which of ${names}?`;
  throw new AlertsError('ALERTS_OPTION', { option: '--alert', reason });
}

function text(name: string, { from, to, firings, shown, shortened, evaluations }: PreviewAnswer): string {
  const times = firings === 1 ? '1 time' : `${firings} times`;
  const lines = shown.map(({ firedAt, resolvedAt, count, summary, key }) =>
    oneLine(`  ${firedAt} to ${resolvedAt ?? 'the end'}  ${count}  ${summary}  ${shownKey(key)}`, 400),
  );
  const head = `${oneLine(name, 300)} would have fired ${times} from ${from} to ${to} (${evaluations} evaluations)`;
  const short = shortened ? ['the time was shortened: so many evaluations are made at once'] : [];
  const more = firings > shown.length ? [`  and ${firings - shown.length} more`] : [];
  return `${[head, ...lines, ...more, ...short].join('\n')}\n`;
}
