/** Conditions from what was found. */
import type { ConditionFact, Reason } from '../../conditions.ts';
import { listed } from '../order.ts';
import type { Finding, RulesInForce } from '../rules.ts';

/** What is told first where several things are wrong; the message has all of them. */
const SEVERITY: readonly Reason[] = [
  ...([
    'SystemNamespace',
    'ManagedByCalico',
    'Invalid',
    'NotSupported',
    'RefNotPermitted',
    'TargetNotFound',
    'TargetNotSelected',
  ] as const),
  ...([
    'Conflicted',
    'ProtectedRule',
    'WeakerThanAllowed',
    'RuleSetNotFound',
    'SecretNotFound',
    'TooLarge',
  ] as const),
];

const rank = ({ reason }: Finding): number => {
  const at = SEVERITY.indexOf(reason);
  return at < 0 ? SEVERITY.length : at;
};

/** @param good said where nothing was found */
export function accepted(findings: readonly Finding[], good: string): ConditionFact {
  const [first, ...others] = findings.toSorted((a, b) => rank(a) - rank(b));
  if (first === undefined) return { type: 'Accepted', status: 'True', reason: 'Accepted', message: good };
  const message = [first, ...others].map((finding) => finding.message).join(' ');
  return { type: 'Accepted', status: 'False', reason: first.reason, message };
}

export function validated({ missing, refused, pending, newest }: RulesInForce): ConditionFact {
  const type = 'Validated';
  const [first] = [...refused, ...missing];
  if (first !== undefined) {
    const message = [...refused, ...missing].map((finding) => finding.message).join(' ');
    return { type, status: 'False', reason: first.reason, message };
  }
  if (pending.length > 0) {
    const message = `${listed(pending)} is being compiled; what was in force stays until then.`;
    return { type, status: 'Unknown', reason: 'Pending', message };
  }
  const message =
    newest.length === 0
      ? 'It has no SecLang of its own.'
      : `${listed(newest)} compiled, and passed its tests.`;
  return { type, status: 'True', reason: 'Compiled', message };
}

/** Where an object has no effect there is nothing to be programmed. */
export const idle = (message: string): readonly [ConditionFact, ConditionFact] => [
  { type: 'Programmed', status: 'False', reason: 'NothingSelected', message },
  { type: 'Enforcing', status: 'False', reason: 'NothingSelected', message },
];
