/** One thing that an alert is about, and what becomes of it from evaluation to evaluation. Pure. */
import type { Finding } from './evaluate.ts';

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
  readonly silencedUntil: number | null;
  readonly count: number;
  readonly value: number;
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
}

/**
 * - It fires when it is found and did not fire before: people are told, unless it is silenced or was told of less than the cooldown ago. Then
 *   they are told when that is over, if it still fires and nobody has acknowledged it.
 * - While it fires nobody is told again, however much is found.
 * - It is resolved when it is not found any more: those who were told are told that, too.
 *
 * @returns null where there is nothing to know
 */
export function step(
  before: Instance | null,
  found: Pick<Finding, 'count' | 'value'> | null,
  rules: StepRules,
): Step | null {
  if (found !== null)
    return before?.state === 'firing' ? goOn(before, found, rules) : begin(before, found, rules);
  return before?.state === 'firing' ? resolve(before, rules) : null;
}

function begin(
  before: Instance | null,
  { count, value }: Pick<Finding, 'count' | 'value'>,
  rules: StepRules,
): Step {
  const { alert, key, at } = rules;
  return told(
    {
      ...{ alert, key, state: 'firing', episode: (before?.episode ?? 0) + 1 },
      ...{ firedAt: at, seenAt: at, resolvedAt: null, notifiedAt: null, toldAt: before?.toldAt ?? null },
      ...{ acknowledgedBy: null, silencedUntil: before?.silencedUntil ?? null, count, value },
    },
    rules,
  );
}

const goOn = (before: Instance, { count, value }: Pick<Finding, 'count' | 'value'>, rules: StepRules): Step =>
  told({ ...before, seenAt: rules.at, count: Math.max(before.count, count), value }, rules);

function told(instance: Instance, { at, cooldown }: StepRules): Step {
  const { notifiedAt, toldAt, acknowledgedBy } = instance;
  const isTold = notifiedAt !== null || acknowledgedBy !== null;
  const isEarly = toldAt !== null && at - toldAt < cooldown;
  if (isTold || isEarly || isSilent(instance, at)) return { instance, notice: null };
  return { instance: { ...instance, notifiedAt: at, toldAt: at }, notice: 'firing' };
}

function resolve(before: Instance, { at }: StepRules): Step {
  const isToldOf = before.notifiedAt !== null && !isSilent(before, at);
  const instance: Instance = { ...before, state: 'resolved', resolvedAt: at };
  return { instance, notice: isToldOf ? 'resolved' : null };
}

const isSilent = ({ silencedUntil }: Instance, at: number): boolean =>
  silencedUntil !== null && at < silencedUntil;
