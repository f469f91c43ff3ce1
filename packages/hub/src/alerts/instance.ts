/** One thing that an alert is about, and what becomes of it from evaluation to evaluation. Pure. */
import type { Finding } from './evaluate.ts';

/** One end of the requests, as the newest of them told when it fired. */
export interface InstanceEnd {
  readonly ip: string | null;
  readonly namespace: string | null;
  readonly pod: string | null;
  /** The pod's, not a later one's of its name. */
  readonly uid: string | null;
  readonly owner: string | null;
  readonly labels: readonly string[];
}

export interface InstanceSample {
  /** Id of the newest document, and ids of the rules that matched there. */
  readonly event: string | null;
  readonly rules: readonly string[];
  readonly source: InstanceEnd;
  readonly destination: InstanceEnd;
}

/** Milliseconds since the epoch, all of them. */
export interface Instance {
  readonly alert: string;
  /** The finding's key as JSON. */
  readonly key: string;
  readonly state: 'firing' | 'resolved';
  /** Of which time it is that it fires; from 1. With alert and key it names what a notification is about. */
  readonly episode: number;
  readonly firedAt: number;
  /** The last evaluation that found it. */
  readonly seenAt: number;
  readonly resolvedAt: number | null;
  /** When somebody was told that it fires, in this episode. */
  readonly notifiedAt: number | null;
  /** When somebody was told last, in whatever episode. */
  readonly toldAt: number | null;
  readonly acknowledgedBy: string | null;
  readonly acknowledgedAt: number | null;
  readonly silencedUntil: number | null;
  /** The most of this episode. */
  readonly count: number;
  readonly value: number;
  /** Null where there was no document: a condition that nothing meets. */
  readonly sample: InstanceSample | null;
}

/** What people are to be told. */
export type Notice = 'firing' | 'resolved' | null;

export interface Step {
  readonly instance: Instance;
  readonly notice: Notice;
}

export interface StepRules {
  readonly alert: string;
  readonly key: string;
  readonly at: number;
  readonly cooldown: number;
  /** Of the whole alert. */
  readonly silencedUntil: number | null;
}

type Found = Pick<Finding, 'count' | 'value'>;

/**
 * - It fires when it is found and did not fire before: people are told, unless it is silenced or was told of less than the cooldown ago. Then
 *   they are told when that is over, if it still fires and nobody has acknowledged it.
 * - While it fires nobody is told again, however much is found.
 * - It is resolved when it is not found any more: those who were told are told that, too.
 *
 * @returns null where there is nothing to know
 */
export function step(before: Instance | null, found: Found | null, rules: StepRules): Step | null {
  if (found !== null)
    return before?.state === 'firing' ? goOn(before, found, rules) : begin(before, found, rules);
  return before?.state === 'firing' ? resolve(before, rules) : null;
}

function begin(before: Instance | null, { count, value }: Found, rules: StepRules): Step {
  const { alert, key, at } = rules;
  return told(
    {
      ...{ alert, key, state: 'firing', episode: (before?.episode ?? 0) + 1 },
      ...{ firedAt: at, seenAt: at, resolvedAt: null, notifiedAt: null, toldAt: before?.toldAt ?? null },
      ...{ acknowledgedBy: null, acknowledgedAt: null, silencedUntil: before?.silencedUntil ?? null },
      ...{ count, value, sample: null },
    },
    rules,
  );
}

const goOn = (before: Instance, { count, value }: Found, rules: StepRules): Step =>
  told({ ...before, seenAt: rules.at, count: Math.max(before.count, count), value }, rules);

function told(instance: Instance, rules: StepRules): Step {
  const { at, cooldown } = rules;
  const { notifiedAt, toldAt, acknowledgedBy } = instance;
  const isTold = notifiedAt !== null || acknowledgedBy !== null;
  const isEarly = toldAt !== null && at - toldAt < cooldown;
  if (isTold || isEarly || isSilent(instance, rules)) return { instance, notice: null };
  return { instance: { ...instance, notifiedAt: at, toldAt: at }, notice: 'firing' };
}

/** Who was told that it fires is told that it does not any more, silence or not: nobody is left looking at what is over. */
function resolve(before: Instance, { at }: StepRules): Step {
  const isToldOf = before.notifiedAt !== null;
  const instance: Instance = { ...before, state: 'resolved', resolvedAt: at };
  return { instance, notice: isToldOf ? 'resolved' : null };
}

const isSilent = (instance: Instance, { at, silencedUntil }: StepRules): boolean =>
  [instance.silencedUntil, silencedUntil].some((until) => until !== null && at < until);

export type InstanceState = 'firing' | 'acknowledged' | 'silenced' | 'resolved';

/** As people are shown it. @param alertSilencedUntil of the whole alert */
export function stateOf(instance: Instance, alertSilencedUntil: number | null, now: number): InstanceState {
  if (instance.state === 'resolved') return 'resolved';
  const rules = { alert: '', key: '', at: now, cooldown: 0, silencedUntil: alertSilencedUntil };
  if (isSilent(instance, rules)) return 'silenced';
  return instance.acknowledgedBy === null ? 'firing' : 'acknowledged';
}
