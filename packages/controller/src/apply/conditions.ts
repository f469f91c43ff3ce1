/** Conditions as they are written: what is said now, with the time since when it is so. */
import type { Condition, ConditionFact } from '../conditions.ts';
import { CONDITION_MESSAGE_CHARACTERS_MAX } from './limits.ts';

/** metav1.Time knows seconds. */
export const timeText = (date: Date): string => `${date.toISOString().slice(0, 19)}Z`;

function cut(message: string): string {
  const most = CONDITION_MESSAGE_CHARACTERS_MAX;
  return message.length <= most ? message : `${message.slice(0, most - 1)}…`;
}

/** The time stays where the status does. @param previous conditions of the same object, as they stand and as they are on their way */
export function conditionsOf(
  facts: readonly ConditionFact[],
  generation: number,
  previous: readonly (readonly Condition[])[],
  now: Date,
): readonly Condition[] {
  return facts.map(({ type, status, reason, message }) => {
    const isSame = (condition: Condition): boolean => condition.type === type && condition.status === status;
    const former = previous.flatMap((conditions) => conditions.find(isSame) ?? [])[0];
    const lastTransitionTime = former?.lastTransitionTime ?? timeText(now);
    return {
      type,
      status,
      reason,
      message: cut(message),
      observedGeneration: generation,
      lastTransitionTime,
    };
  });
}

/** In the order of types, by their fields, so that what the API server reorders is the same. */
export const sameOrder = (conditions: readonly Condition[]): readonly Condition[] =>
  conditions
    .map(({ type, status, reason, message, observedGeneration, lastTransitionTime }) => ({
      ...{ type, status, reason, message, observedGeneration, lastTransitionTime },
    }))
    .sort((left, right) => (left.type < right.type ? -1 : 1));

/** Whether nothing differs but messages and the generation. */
export function sameButMessages(left: readonly Condition[], right: readonly Condition[]): boolean {
  const text = (conditions: readonly Condition[]): string =>
    JSON.stringify(sameOrder(conditions).map(({ type, status, reason }) => [type, status, reason]));
  return text(left) === text(right);
}

export interface ConditionChange {
  readonly type: 'Normal' | 'Warning';
  readonly reason: string;
  readonly note: string;
}

/** Reasons that pass by themselves, of which an Event would be noise. */
const PASSING: readonly string[] = ['Pending', 'NotProbed', 'NodesBehind'];

/** What is worth an Event: that a status or a reason is another one; of a new object, what is wrong with it. */
export function changesBetween(
  previous: readonly Condition[],
  next: readonly Condition[],
): readonly ConditionChange[] {
  return next.flatMap(({ type, status, reason, message }) => {
    const former = previous.find((condition) => condition.type === type);
    const same = former?.status === status && former.reason === reason;
    const isPassing = PASSING.includes(reason) || status === 'Unknown';
    if (same || isPassing || (former === undefined && status === 'True')) return [];
    return [
      {
        type: status === 'False' ? 'Warning' : 'Normal',
        reason,
        note: `${type}=${status}: ${message}`,
      } as const,
    ];
  });
}
