/** Actions, wherever they stand: in rules, in default actions, in updates of other rules. */
import {
  type ActionNode,
  type CtlArgument,
  locateAll,
  parseCtl,
  parseIdRanges,
  parseMacro,
  parseSetvar,
  type RuleSelection,
} from '@sluice/engine/anatomy';
import { POLICY_IDS, RESERVED_IDS, within } from '../protected.ts';
import { mayChange, maySwitchOff, type ReviewContext, untouchable } from './context.ts';
import { ACTION_RIGHTS, CTL_RIGHTS } from './language.ts';
import { type OpenedRecord, reviewRecord, reviewSetvar, reviewWrite } from './setvar.ts';
import { writtenName } from './variables.ts';

/** What the review of a list of actions needs to know of where it stands. */
export interface ActionPlace {
  /** Markers that stand behind it in the same fragment. */
  readonly markersBehind: ReadonlySet<string>;
}

export function reviewActions(
  context: ReviewContext,
  actions: readonly ActionNode[],
  place: ActionPlace,
): void {
  for (const action of actions) reviewAction(context, action, place);
}

function reviewAction(context: ReviewContext, action: ActionNode, place: ActionPlace): void {
  const right = ACTION_RIGHTS.get(action.name) ?? 'nobody';
  const { rights, findings } = context;
  if (right === 'nobody' || (right === 'cluster' && rights.kind === 'namespace')) {
    findings.refuse(action.position, {
      reason: 'WeakerThanAllowed',
      what: `action ${action.name} is not for RuleSets${right === 'cluster' ? ' of namespaces' : ''}`,
      remedy:
        action.name === 'skip'
          ? 'Use skipAfter, with a SecMarker in the same fragment.'
          : 'Leave the action out.',
    });
    return;
  }
  if (right !== 'reviewed') return;
  if (action.name === 'id') reviewId(context, action);
  else if (rights.kind === 'namespace') reviewInNamespace(context, action, place);
}

function reviewId({ rights, findings }: ReviewContext, { argument, position }: ActionNode): void {
  const id = Number(argument);
  const reserved = rights.kind === 'cluster' ? POLICY_IDS : RESERVED_IDS;
  if (!within(id, reserved)) return;
  const ranges = reserved.map(([first, last]) => `${first}–${last}`).join(', ');
  findings.refuse(position, {
    reason: 'ProtectedRule',
    what: `rule id ${id} is reserved: ${ranges} are not for RuleSets${rights.kind === 'cluster' ? '' : ' of namespaces'}`,
    remedy: 'Take another: 1 to 99,999 are nobody’s.',
  });
}

function reviewInNamespace(context: ReviewContext, action: ActionNode, place: ActionPlace): void {
  const { findings } = context;
  const { name, position } = action;
  const argument = action.argument ?? '';
  switch (name) {
    case 'allow':
      if (maySwitchOff(context)) return;
      findings.refuse(position, {
        reason: 'WeakerThanAllowed',
        what: 'allow lets requests by all other rules, the cluster’s too',
        remedy: 'Exclude the rules that are in the way, by id and path, in the WAFPolicy’s exclusions.',
      });
      return;
    case 'ctl':
      reviewCtl(context, parseCtl(argument, position), action);
      return;
    case 'setvar':
      reviewSetvar(context, parseSetvar(argument, position), position);
      return;
    case 'setenv': {
      const variable = argument.replace(/^!/, '').split('=', 1)[0] ?? '';
      reviewWrite(
        context,
        { action: name, collection: 'ENV', name: writtenName(parseMacro(variable)) },
        position,
      );
      return;
    }
    case 'expirevar':
    case 'deprecatevar': {
      const [collection = '', variable = ''] = cutAt(cutAt(argument, '=')[0], '.');
      const written = writtenName(parseMacro(variable));
      reviewWrite(context, { action: name, collection: collection.toUpperCase(), name: written }, position);
      return;
    }
    case 'initcol':
    case 'setsid':
    case 'setuid':
    case 'setrsc':
      reviewRecord(context, recordOf(name, argument), position);
      return;
    case 'skipAfter':
      if (place.markersBehind.has(argument)) return;
      findings.refuse(position, {
        reason: 'WeakerThanAllowed',
        what: `skipAfter:${argument} leads out of this fragment, over rules that are not its own`,
        remedy: 'Put a SecMarker of that name behind the rules that are to be skipped, in the same fragment.',
      });
      return;
    case 'tag':
      if (!argument.toLowerCase().startsWith('sluice/')) return;
      findings.refuse(position, {
        reason: 'ProtectedRule',
        what: `tag ${argument} is one of Sluice’s own`,
        remedy: 'Take another tag.',
      });
      return;
    default:
      // A word that is said to be reviewed and is not would be let in unseen.
      findings.refuse(position, {
        reason: 'WeakerThanAllowed',
        what: `action ${name} is not for RuleSets of namespaces`,
        remedy: 'Leave the action out.',
      });
  }
}

/** The record that an action opens. */
function recordOf(name: string, argument: string): OpenedRecord {
  switch (name) {
    case 'setsid':
      return { collection: 'SESSION', key: argument, sets: 'SESSIONID' };
    case 'setuid':
      return { collection: 'USER', key: argument, sets: 'USERID' };
    case 'setrsc':
      return { collection: 'RESOURCE', key: argument, sets: null };
    default: {
      const [collection, key] = cutAt(argument, '=');
      return { collection: collection.toUpperCase(), key, sets: null };
    }
  }
}

function cutAt(text: string, sign: string): readonly [string, string] {
  const at = text.indexOf(sign);
  return at < 0 ? [text, ''] : [text.slice(0, at), text.slice(at + 1)];
}

const MODES: Readonly<Record<string, number>> = { Off: 0, DetectionOnly: 1, Detect: 1, On: 2, Block: 2 };

function reviewCtl(context: ReviewContext, ctl: CtlArgument, { position }: ActionNode): void {
  const { rights, findings } = context;
  const { option, value } = ctl;
  const right = CTL_RIGHTS.get(option) ?? { kind: 'off' };
  const remedy = 'The WAFPolicy has settings for what its ClusterWAFPolicy allows: mode, exclusions, body.';
  switch (right.kind) {
    case 'values':
      if (right.values.includes(value) || maySwitchOff(context)) return;
      findings.refuse(position, {
        reason: 'WeakerThanAllowed',
        what: `ctl:${option}=${value} is not for RuleSets of namespaces, only ${right.values.join(' or ')}`,
        remedy,
      });
      return;
    case 'off':
      if (maySwitchOff(context)) return;
      findings.refuse(position, {
        reason: 'WeakerThanAllowed',
        what: `ctl:${option} changes what is inspected, and is not for RuleSets of namespaces`,
        remedy,
      });
      return;
    case 'mode': {
      const weakest = rights.kind === 'namespace' ? (MODES[rights.allow.mode ?? 'Block'] ?? 2) : 0;
      if ((MODES[value] ?? 0) >= weakest) return;
      findings.refuse(position, {
        reason: 'WeakerThanAllowed',
        what: `ctl:${option}=${value} is weaker than the namespace may be`,
        remedy,
      });
      return;
    }
    case 'reach':
      reviewReach(context, ctl, position);
  }
}

/** Which rules a ctl speaks of: ids, a tag’s pattern or a message’s. */
export function selectionOf({ option, value }: CtlArgument, position: ActionNode['position']): RuleSelection {
  if (option.endsWith('ById')) {
    return { kind: 'id', ranges: parseIdRanges(value, `ctl:${option}`, locateAll(position)) };
  }
  return { kind: option.endsWith('ByTag') ? 'tag' : 'msg', pattern: value };
}

function reviewReach(context: ReviewContext, ctl: CtlArgument, position: ActionNode['position']): void {
  const { around, findings, selector } = context;
  const reached = selector.select(selectionOf(ctl, position), around.rules);
  const ids = reached.map(({ id }) => id).filter((id) => !mayChange(context, id));
  if (ids.length === 0) return;
  const does = ctl.option.startsWith('ruleRemoveTarget') ? 'keeps a target from' : 'removes';
  findings.refuse(position, untouchable(context, `ctl:${ctl.option} ${does}`, ids));
}
