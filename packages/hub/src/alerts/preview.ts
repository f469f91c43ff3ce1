/** When an alert would have fired, had it been there: the same evaluations, over a time that is past. */
import type { EventStore } from '../store/event-store.ts';
import { BUCKETS_MAX } from '../store/limits.ts';
import type { AlertDefinition } from './definition.ts';
import { holds, type Window } from './evaluate.ts';
import { Evaluator, windowAt } from './evaluation.ts';
import { ALERT_LIMITS } from './limits.ts';
import type { AlertNotice } from './notice.ts';

export interface Preview {
  readonly from: number;
  readonly to: number;
  readonly evaluations: number;
  /** How often people would have been told that it fires. */
  readonly firings: number;
  /** The first of them, each with the one that tells that it is over; null where it would fire still. */
  readonly shown: readonly { readonly firing: AlertNotice; readonly resolvedAt: string | null }[];
  /** The time was shortened to as many evaluations as are made. */
  readonly shortened: boolean;
}

/** @throws HubError STORE_UNAVAILABLE, STORE_REFUSED */
export async function preview(
  definition: AlertDefinition,
  store: EventStore,
  { from, to }: Window,
  isLate: () => boolean = () => false,
): Promise<Preview> {
  const { period } = definition;
  const wanted = Math.max(1, Math.floor((to - from) / period));
  const count = Math.min(wanted, ALERT_LIMITS.previewEvaluationsMax);
  const begin = to - count * period;
  const mayFind = await emptyTimes(definition, store, { from: begin - definition.lookback, to });
  const evaluator = new Evaluator(definition, store, { instances: [], silencedUntil: null });
  let made = 0;
  for (let index = 1; index <= count && !isLate(); index++) {
    const at = begin + index * period;
    await evaluator.at(at, mayFind(windowAt(definition, at)));
    made = index;
  }
  const { notices } = evaluator.evaluation;
  const firings = notices.filter(({ state }) => state === 'firing');
  const endOf = ({ id }: AlertNotice): string | null =>
    notices.find((each) => each.id === id.replace(/firing$/, 'resolved'))?.at ?? null;
  return {
    from: begin,
    to: begin + made * period,
    evaluations: made,
    firings: firings.length,
    shown: firings
      .slice(0, ALERT_LIMITS.previewFiringsMax)
      .map((firing) => ({ firing, resolvedAt: endOf(firing) })),
    shortened: count < wanted || made < count,
  };
}

/** @returns whether something may be found in a time; most of them have nothing, and one question tells which */
async function emptyTimes(
  definition: AlertDefinition,
  store: EventStore,
  { from, to }: Window,
): Promise<(window: Window) => boolean> {
  const { period, dataSet, query } = definition;
  if (holds(definition, 0) || (to - from) / period + 1 > BUCKETS_MAX) return () => true;
  const { buckets } = await store.aggregate({
    ...{ dataSet, query, from, to },
    kind: 'date_histogram',
    intervalMillis: period,
  });
  const times = buckets.filter(({ count }) => count > 0).map(({ key: [begin] }) => Number(begin));
  return (window) => times.some((begin) => begin < window.to && begin + period > window.from);
}
