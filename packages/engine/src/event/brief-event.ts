/**
 * Of an event what a sum of many is made of, for a fraction of its price: nothing that came with the request but who sent it, so that
 * there is nothing to mask. Each field is as in the whole event.
 */
import type { TransactionResult } from '../transaction/transaction.ts';
import { known } from './absent.ts';
import { isCutShort, shownCoverage, verdictOfGone } from './coverage.ts';
import type { EventOptions } from './event-options.ts';
import { addressOf, observerFields } from './message-fields.ts';
import type { WafEvent } from './waf-event.ts';

export type BriefEvent = {
  readonly '@timestamp': string;
  readonly ecs: WafEvent['ecs'];
  readonly event: Pick<
    WafEvent['event'],
    'kind' | 'category' | 'type' | 'action' | 'outcome' | 'dataset' | 'module'
  >;
  readonly observer: WafEvent['observer'];
  readonly host?: string;
  readonly source: { readonly ip?: string };
  readonly waf: Pick<WafEvent['waf'], 'schema' | 'policy' | 'mode' | 'would_block'> & {
    readonly rules: readonly { readonly id: string }[];
  };
};

export function buildBriefEvent(result: TransactionResult, options: EventOptions = {}): BriefEvent {
  const { state, mode, told } = result;
  const verdict = verdictOfGone(result.verdict, options);
  const { skipped } = shownCoverage(result, options.coverage);
  const isIncomplete = verdict.kind === 'uninspectable' || result.failures.length > 0 || isCutShort(skipped);
  return {
    '@timestamp': new Date(state.startedAtMillis).toISOString(),
    ecs: { version: '9.2.0' },
    event: {
      kind: 'event',
      category: ['web'],
      type: [mode === 'Block' && verdict.kind !== 'allow' ? 'denied' : 'allowed'],
      action: verdict.kind,
      outcome: isIncomplete ? 'failure' : 'success',
      dataset: 'sluice.waf',
      module: 'sluice',
    },
    observer: observerFields(options.observer),
    ...known('host', options.observer?.hostname),
    source: known('ip', sourceOf(result)),
    waf: {
      schema: 1,
      policy: state.ruleSet.name,
      mode,
      would_block: verdict.kind !== 'allow',
      rules: told.map(({ rule }) => ({ id: String(rule.data.id) })),
    },
  };
}

/** The client's address, as `source.ip` has it; null where it is none. */
export const sourceOf = ({ state }: TransactionResult): string | null =>
  addressOf(state.request.attributes.client);
