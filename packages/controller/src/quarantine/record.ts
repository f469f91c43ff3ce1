/** What is known of a quarantine: written on the pod itself, so that it lives and goes with it. */
import { QUARANTINE_LABEL } from '../kinds/names.ts';
import { QUARANTINED, RECORD } from './names.ts';

/** `person`: somebody at a terminal; `alert`: by itself. */
export type Origin = 'person' | 'alert';

export interface QuarantineRecord {
  readonly uid: string;
  /** Milliseconds since the epoch. */
  readonly since: number;
  readonly until: number;
  readonly reason: string;
  readonly actor: string;
  readonly origin: Origin;
  /** `''` where there is none. */
  readonly event: string;
}

interface Marked {
  readonly uid: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly annotations: Readonly<Record<string, string>>;
}

/**
 * - `free`: no label.
 * - `held`: label and record.
 * - `copied`: label and record of another pod: whoever made this one copied it.
 * - `unrecorded`: a label that somebody set by hand, or a record that somebody changed beyond reading. Nobody undoes it but people.
 */
export type QuarantineState =
  | { readonly kind: 'free' }
  | { readonly kind: 'held'; readonly record: QuarantineRecord }
  | { readonly kind: 'copied' }
  | { readonly kind: 'unrecorded' };

export function stateOf({ uid, labels, annotations }: Marked): QuarantineState {
  if (labels[QUARANTINE_LABEL] === undefined) return { kind: 'free' };
  const of = annotations[RECORD.uid];
  if (of !== undefined && of !== uid) return { kind: 'copied' };
  const since = Date.parse(annotations[RECORD.since] ?? '');
  const until = Date.parse(annotations[RECORD.until] ?? '');
  if (of === undefined || Number.isNaN(since) || Number.isNaN(until)) return { kind: 'unrecorded' };
  const origin: Origin = annotations[RECORD.origin] === 'alert' ? 'alert' : 'person';
  const {
    [RECORD.reason]: reason = '',
    [RECORD.actor]: actor = '',
    [RECORD.event]: event = '',
  } = annotations;
  return { kind: 'held', record: { uid, since, until, reason, actor, origin, event } };
}

/** Fields of the pod's metadata that make it so, for a merge patch. The UID lets the API server refuse another pod of that name. */
export function markOf(record: QuarantineRecord): object {
  return {
    uid: record.uid,
    labels: { [QUARANTINE_LABEL]: QUARANTINED },
    annotations: {
      [RECORD.uid]: record.uid,
      [RECORD.since]: new Date(record.since).toISOString(),
      [RECORD.until]: new Date(record.until).toISOString(),
      [RECORD.reason]: record.reason,
      [RECORD.actor]: record.actor,
      [RECORD.origin]: record.origin,
      [RECORD.event]: record.event === '' ? null : record.event,
    },
  };
}

/** The same that takes all of it away. */
export function unmarkOf(uid: string): object {
  return {
    uid,
    labels: { [QUARANTINE_LABEL]: null },
    annotations: Object.fromEntries(Object.values(RECORD).map((name) => [name, null])),
  };
}
