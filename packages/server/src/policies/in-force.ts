/** The policies in force, and how a request gets its own. A reload replaces them whole, in one turn of the event loop. */
import type { HttpRequestAttributes } from '@sluice/engine';
import type { Config } from '../config.ts';
import { kindOf } from '../ext-proc/kinds.ts';
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

/**
 * A client that is denied is, also where its rule set cannot tell: it may have no address. So is an upgrade that the policy denies.
 *
 * @param request as Envoy tells of it, `:method` apart
 */
export function withDenial(
  { denied, policy }: Selection,
  inspection: Inspection,
  request: Pick<HttpRequestAttributes, 'method' | 'headers'>,
): Inspection {
  if (inspection.verdict.kind === 'deny') return inspection;
  if (!denied && !(policy.upgrades === 'Deny' && isTunnel(request))) return inspection;
  return { ...inspection, verdict: { kind: 'deny', status: DENIED_STATUS, ruleId: null } };
}

const isTunnel = ({ method, headers }: Pick<HttpRequestAttributes, 'method' | 'headers'>): boolean =>
  method === 'CONNECT' || kindOf(headers).isTunnel;
