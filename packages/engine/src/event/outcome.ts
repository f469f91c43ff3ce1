/** What became of a request whose event was made before that was known: the adapter decides, by its policy. */
import { known } from './absent.ts';
import type { BriefEvent } from './brief-event.ts';
import type { EventAction, WafEvent } from './waf-event.ts';

export interface Outcome {
  /** What was found, in the adapter's words, which may know of more than rules see. */
  readonly action: EventAction;
  /** Why it could not be inspected; null where it could. */
  readonly cause: string | null;
  readonly isDenied: boolean;
  /** Whether Block refuses such a request. */
  readonly wouldBlock: boolean;
  /** HTTP status of the refusal, or of what it would be; null where nothing is refused. */
  readonly status: number | null;
}

export function withOutcome(event: WafEvent, outcome: Outcome): WafEvent {
  const { isDenied, wouldBlock, status } = outcome;
  const { status: _status, cause: causeOfEvent, ...waf } = event.waf;
  const cause = isExplained(event, outcome) ? causeOfEvent : outcome.cause;
  const response = isDenied
    ? { response: { ...event.http.response, ...known('status_code', status) } }
    : known('response', event.http.response);
  return {
    ...event,
    event: { ...event.event, ...told(event, outcome) },
    http: { ...event.http, ...response },
    waf: { ...waf, would_block: wouldBlock, ...known('status', status), ...known('cause', cause) },
  };
}

/** The same for an event that has no more than sums need. */
export const briefWithOutcome = (event: BriefEvent, outcome: Outcome): BriefEvent => ({
  ...event,
  event: { ...event.event, ...told(event, outcome) },
  waf: { ...event.waf, would_block: outcome.wouldBlock },
});

/** Who denies without a rule has said in the event why it could not be inspected. */
const isExplained = (event: WafEvent | BriefEvent, outcome: Outcome): boolean =>
  event.event.action === 'uninspectable' && outcome.action === 'deny';

function told(
  event: WafEvent | BriefEvent,
  outcome: Outcome,
): Pick<WafEvent['event'], 'type' | 'action' | 'outcome'> {
  const action = isExplained(event, outcome) ? event.event.action : outcome.action;
  return {
    type: [outcome.isDenied ? 'denied' : 'allowed'],
    action,
    outcome: action === 'uninspectable' ? 'failure' : event.event.outcome,
  };
}
