/** Runs the non-disruptive actions of a link, in order, once for each value that it matched. */
import { unreachable } from '../assert.ts';
import { FOLDED_VARIABLES, SHAPED_VARIABLES } from '../link/folded.ts';
import type { LinkedAction } from '../link/linked.ts';
import type { PolicyMode } from '../link/rule-set.ts';
import { applyRecordAction } from './records.ts';
import { applySetvar } from './setvar.ts';
import type { ActionState } from './state.ts';

const MODES = { On: 'Block', DetectionOnly: 'Detect', Off: 'Off' } as const;
const STRENGTH: Readonly<Record<PolicyMode, number>> = { Off: 0, Detect: 1, Block: 2 };

/** Returns what the actions added to anomaly scores. */
export function applyActions(state: ActionState, actions: readonly LinkedAction[]): number {
  let score = 0;
  for (const action of actions) score += applyAction(state, action);
  return score;
}

function applyAction(state: ActionState, action: LinkedAction): number {
  switch (action.kind) {
    case 'setvar':
      return applySetvar(state, action);
    case 'initcol':
    case 'expirevar':
    case 'deprecatevar':
    case 'setenv':
    case 'sanitise':
      applyRecordAction(state, action);
      return 0;
    case 'removeRules':
      for (const rule of state.ruleSet.selections.rules(action.by)) state.removedRules.add(rule);
      state.isUnfolded ||= state.removedRules.size > 0;
      return 0;
    case 'removeTargets':
      removeTargets(state, action);
      return 0;
    case 'ruleEngine':
      state.mode = weaker(MODES[action.mode], state.policyMode);
      return 0;
    case 'requestBodyProcessor':
      state.request.processor = action.processor;
      return 0;
    case 'responseBodyProcessor':
      state.responseProcessor = action.processor;
      return 0;
    case 'parseXmlIntoArgs':
      state.request.xmlArguments = action.mode;
      return 0;
    case 'forceRequestBodyVariable':
      state.request.forceBodyVariable = action.on;
      return 0;
    case 'forceResponseBodyVariable':
      state.forceResponseBody = action.on;
      return 0;
    case 'requestBodyLimit':
      state.requestBodyBytesMax = action.bytes;
      return 0;
    case 'responseBodyLimit':
      state.responseBodyBytesMax = action.bytes;
      return 0;
    case 'requestBodyAccess':
      state.requestBodyAccess = action.on;
      return 0;
    case 'responseBodyAccess':
      state.responseBodyAccess = action.on;
      return 0;
    case 'logging':
      return 0;
    default:
      return unreachable(action);
  }
}

/** A rule may relax the policy's mode for a request, and never exceed it: Detect must not block. */
const weaker = (wished: PolicyMode, policy: PolicyMode): PolicyMode =>
  STRENGTH[wished] < STRENGTH[policy] ? wished : policy;

function removeTargets(state: ActionState, action: Extract<LinkedAction, { kind: 'removeTargets' }>): void {
  if (FOLDED_VARIABLES.has(action.exclusion.variable)) state.isUnfolded = true;
  if (SHAPED_VARIABLES.has(action.exclusion.variable) && state.isShaped) state.isMarked = true;
  // Once, however many values the action ran for: each entry costs every later rule a look at every value.
  if (state.removedTargets.some(({ exclusion }) => exclusion === action.exclusion)) return;
  const rules = state.ruleSet.selections.rules(action.by);
  if (rules.size > 0) state.removedTargets.push({ rules, exclusion: action.exclusion });
}
