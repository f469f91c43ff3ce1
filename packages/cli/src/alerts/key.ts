/** Keys as people write them: `source.ip=192.0.2.1`, one argument for each field. */
import type { InstanceAnswer } from '@sluice/hub';
import { AlertsError } from './errors.ts';

type Key = InstanceAnswer['key'];

export const shownKey = (key: Key): string =>
  Object.entries(key)
    .map(([field, value]) => `${field}=${String(value)}`)
    .join(' ') || '-';

/**
 * The one that is meant among those that there are: it need not name all fields, where what it names is enough.
 * @throws AlertsError ALERTS_OPTION
 */
export function findKey(parts: readonly string[], known: readonly Key[]): Key {
  const named = parts.map(readPart);
  const found = known.filter((key) => named.every(([field, value]) => String(key[field]) === value));
  const [first] = found;
  const option = '--key';
  if (first === undefined) throw new AlertsError('ALERTS_OPTION', { option, reason: 'no such key' });
  if (found.length === 1) return first;
  throw new AlertsError('ALERTS_OPTION', { option, reason: `${found.length} keys are so: name more fields` });
}

function readPart(text: string): readonly [string, string] {
  const at = text.indexOf('=');
  if (at > 0) return [text.slice(0, at), text.slice(at + 1)];
  throw new AlertsError('ALERTS_OPTION', { option: '--key', reason: `${text} is not FIELD=VALUE` });
}
