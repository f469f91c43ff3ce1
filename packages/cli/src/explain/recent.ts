/** What was, and what would have been, blocked of a Service's requests of late. */
import type { StoredDocument } from '@sluice/hub';
import { Measure } from '../events/measure.ts';
import { type EventsEnvironment, selectionOf, withStore } from '../events/session.ts';

export interface Recent {
  /** As it was asked for. */
  readonly from: string;
  readonly blocked: number;
  readonly wouldBlock: number;
  /** Those of would-blocks, most events first. */
  readonly rules: readonly { readonly id: string; readonly events: number }[];
  /** Would-blocks, newest first. */
  readonly events: readonly StoredDocument['document'][];
}

const RULES_MAX = 5;
const EVENTS_MAX = 5;
/** Rules that only add up what others have found. */
const SUMS = /^(949|959|980)/;

/** @param service `namespace/name`, both of letters that stand for themselves in a query */
export function recentOf(
  service: string,
  flags: { readonly store: string; readonly from: string },
  environment: EventsEnvironment,
): Promise<Recent> {
  const { store: address, from } = flags;
  const [namespace = '', name = ''] = service.split('/');
  const to = `"waf.destination.namespace" = "${namespace}" AND "waf.destination.services" = "${name}"`;
  const select = (query: string) => selectionOf(`${to}${query}`, { dataSet: 'waf', from }, environment.now());
  return withStore({ store: address }, environment, async (store) => {
    const wouldBlock = select(' AND "waf.would_block" = true AND NOT "event.type" = "denied"');
    const [blocked, would, measured, { documents }] = await Promise.all([
      store.count(select(' AND "event.type" = "denied"')),
      store.count(wouldBlock),
      new Measure(store, wouldBlock).waf(RULES_MAX * 2),
      store.search({ ...wouldBlock, size: EVENTS_MAX }),
    ]);
    const rules = measured.rules
      .map(({ key, count }) => ({ id: String(key), events: count }))
      .filter(({ id }) => !SUMS.test(id))
      .slice(0, RULES_MAX);
    return { from, blocked, wouldBlock: would, rules, events: documents.map(({ document }) => document) };
  });
}
