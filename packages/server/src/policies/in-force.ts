/** The policies in force, and how a request gets its own. A reload replaces them whole, in one turn of the event loop. */
import type { Config } from '../config.ts';
import type { Inspection } from '../inspector.ts';
import { PolicySelector, type Selection, type SelectionRequest } from './select.ts';

export class PoliciesInForce {
  #selector: PolicySelector;

  constructor(config: Pick<Config, 'policies' | 'select'>) {
    this.#selector = new PolicySelector(config.policies, config.select);
  }

  get selector(): PolicySelector {
    return this.#selector;
  }

  /** What opens from now on has these. Their rule sets must be in force in the same turn. */
  replace(selector: PolicySelector): void {
    this.#selector = selector;
  }

  /** @throws ServerError POLICY_UNKNOWN, DESTINATION_UNKNOWN */
  select(request: SelectionRequest): Selection {
    return this.#selector.select(request);
  }
}

/** HTTP status where an entry of `select.stricter` denies. */
const DENIED_STATUS = 403;

/** A client that is denied is, also where its rule set cannot tell: it may have no address. */
export function withDenial(selection: Selection, inspection: Inspection): Inspection {
  if (!selection.denied || inspection.verdict.kind === 'deny') return inspection;
  return { ...inspection, verdict: { kind: 'deny', status: DENIED_STATUS, ruleId: null } };
}
