/** Quarantine without a person: what an alert asks for becomes a proposal, or an act where the installation says so. */
import type { Api } from '../apply/api.ts';
import { tellCluster } from './audit.ts';
import { QuarantineError, type QuarantineErrorCode } from './errors.ts';
import { reserveAct } from './ledger.ts';
import { QUARANTINE_LIMITS } from './limits.ts';
import { type Proposal, propose } from './proposals.ts';
import { Quarantine, type QuarantineResult } from './quarantine.ts';
import { stateOf } from './record.ts';
import { refuseNever } from './refusals.ts';
import { readSettings } from './settings.ts';
import { type EventSource, resolveTarget, targetOf } from './target.ts';

export interface AutomaticOptions {
  readonly api: Api;
  readonly systemNamespace: string;
  readonly now?: () => number;
  readonly instance?: string;
}

export interface Trigger {
  /** The alert's name. */
  readonly alert: string;
  readonly reason: string;
  readonly source: EventSource;
  /** Propose: never by itself, whatever the installation says. Default: what that says. */
  readonly automatic?: 'Propose' | 'Act';
  /** How long; what the installation says where absent. */
  readonly seconds?: number;
}

export type AutomaticOutcome =
  | { readonly kind: 'acted'; readonly result: QuarantineResult }
  | { readonly kind: 'proposed'; readonly proposal: Proposal };

/** Refusals that a person may decide otherwise about: these become proposals. All others are final. */
const FOR_PEOPLE: readonly QuarantineErrorCode[] = [
  'QUARANTINE_LAST_READY',
  'QUARANTINE_RIGHTS_MISSING',
  'QUARANTINE_TOO_MANY',
];

export class AutomaticQuarantine {
  readonly #options: Required<AutomaticOptions>;

  constructor(options: AutomaticOptions) {
    this.#options = { now: Date.now, instance: 'sluice', ...options };
  }

  /** @throws QuarantineError where the source is nobody whom quarantine takes, proposed or not */
  async handle({ alert, reason, source, automatic, seconds }: Trigger): Promise<AutomaticOutcome> {
    const { api, systemNamespace, now, instance } = this.#options;
    const target = targetOf(source);
    const settings = await readSettings(api);
    const actor = `alert ${alert}`.slice(0, QUARANTINE_LIMITS.actorCharactersMax);
    const request = { reason: reason.slice(0, QUARANTINE_LIMITS.reasonCharactersMax), event: source.id };
    if (settings.automatic === 'Propose')
      return this.#propose(source, actor, request, 'quarantine.automatic is Propose');
    if (automatic === 'Propose') return this.#propose(source, actor, request, 'the alert only proposes');
    const perWorkload = settings.podsPerWorkloadAndHour;
    try {
      const quarantine = new Quarantine({ api, actor, origin: 'alert', now, instance });
      const result = await quarantine.put(target, {
        ...request,
        ...(seconds === undefined ? {} : { seconds }),
        before: (pod) => reserveAct(api, pod, perWorkload, { systemNamespace, now: now() }),
      });
      return { kind: 'acted', result };
    } catch (error) {
      if (!(error instanceof QuarantineError) || !FOR_PEOPLE.includes(error.code)) throw error;
      return this.#propose(source, actor, request, error.message);
    }
  }

  async #propose(
    source: EventSource,
    actor: string,
    { reason, event }: { readonly reason: string; readonly event: string },
    because: string,
  ): Promise<AutomaticOutcome> {
    const { api, systemNamespace, now, instance } = this.#options;
    const pod = await resolveTarget(api, targetOf(source));
    refuseNever(pod, await readSettings(api));
    const state = stateOf(pod);
    if (state.kind === 'held')
      return {
        kind: 'acted',
        result: { outcome: 'unchanged', pod, record: state.record, objects: [], warnings: [] },
      };
    const place = { systemNamespace, now: now() };
    const proposal = await propose(api, pod, { reason, actor, event, because }, place);
    if (proposal.count === 1) {
      const deed = { act: 'proposed' as const, pod, at: proposal.firstAt, actor, reason, until: null, event };
      await tellCluster(api, deed, instance);
    }
    return { kind: 'proposed', proposal };
  }
}
