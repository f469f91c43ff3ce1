/** What a move has done, as documents of the store: beside the events that it followed from. */
import { createHash } from 'node:crypto';
import type { EventStore, StoredDocument } from '@sluice/hub';
import type { MovePlan } from '@sluice/hub/promote';
import type { Document } from '@sluice/spool';

type Line = MovePlan['history'][number];

/** The id follows from what is told, so that telling it twice stores it once. */
export function moveEvent({ policy, workload, began }: MovePlan, { at, what, says }: Line): StoredDocument {
  const digest = createHash('sha256')
    .update(JSON.stringify([policy, began, at, what]))
    .digest('hex');
  const id = `promote-${digest.slice(0, 32)}`;
  const document: Document = {
    '@timestamp': at,
    ecs: { version: '9.2.0' },
    event: {
      id,
      kind: 'event',
      category: ['configuration'],
      type: ['change'],
      action: `promote-${what.replaceAll(' ', '-')}`,
      outcome: 'success',
      dataset: 'sluice.waf',
      module: 'sluice',
      reason: says,
    },
    observer: { vendor: 'Sluice', product: 'sluice', type: 'waf' },
    waf: { schema: 1, policy, detail: `${workload}: ${says}` },
  };
  return { id, document };
}

/**
 * Tells what was not told yet. A store that does not take it is asked again at the next look.
 *
 * @returns the plan with what was told
 */
export async function tell(
  plan: MovePlan,
  store: Pick<EventStore, 'append'>,
  complain: (error: unknown) => void,
): Promise<MovePlan> {
  if (plan.history.every(({ told }) => told)) return plan;
  try {
    const records = plan.history
      .filter(({ told }) => !told)
      .map((line) => ({ ...moveEvent(plan, line), dataSet: 'waf' as const, source: '' }));
    await store.append(records);
  } catch (error) {
    complain(error);
    return plan;
  }
  return { ...plan, history: plan.history.map((line) => ({ ...line, told: true })) };
}
