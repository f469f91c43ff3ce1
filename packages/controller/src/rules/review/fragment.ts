/** One fragment, directive by directive: what may stand in it, before anything of it is compiled. */
import type { RuleDocument } from '@sluice/engine';
import type { DirectiveNode } from '@sluice/engine/anatomy';
import { RULE_LIMITS } from '../limits.ts';
import { reviewActions } from './actions.ts';
import type { ReviewContext } from './context.ts';
import { DIRECTIVE_RIGHTS, OPERATOR_RIGHTS, type Right } from './language.ts';

const REMOVALS = { id: 'SecRuleRemoveById', tag: 'SecRuleRemoveByTag', msg: 'SecRuleRemoveByMsg' } as const;
const UPDATES = {
  id: 'SecRuleUpdateTargetById',
  tag: 'SecRuleUpdateTargetByTag',
  msg: 'SecRuleUpdateTargetByMsg',
} as const;

/** How a directive is called that the tree no longer names. */
export function directiveName(node: DirectiveNode): string {
  switch (node.kind) {
    case 'rule':
      return 'SecRule';
    case 'action':
      return 'SecAction';
    case 'marker':
      return 'SecMarker';
    case 'defaultAction':
      return 'SecDefaultAction';
    case 'removeRules':
      return REMOVALS[node.by.kind];
    case 'updateTargets':
      return UPDATES[node.by.kind];
    case 'updateActions':
      return 'SecRuleUpdateActionById';
    case 'setting':
      return node.name;
  }
}

const isAmendment = ({ kind }: DirectiveNode): boolean =>
  kind === 'removeRules' || kind === 'updateTargets' || kind === 'updateActions';

export function reviewFragment(context: ReviewContext, { directives }: RuleDocument): void {
  const { rulesMax, amendmentsMax } = RULE_LIMITS;
  const rules = directives.filter(({ kind }) => kind === 'rule' || kind === 'action');
  const amendments = directives.filter(isAmendment);
  for (const [nodes, max, what] of [
    [rules, rulesMax, 'rules'],
    [amendments, amendmentsMax, 'removals and updates of rules'],
  ] as const) {
    const over = nodes[max];
    if (over === undefined) continue;
    context.findings.refuse(over.position, {
      reason: 'TooLarge',
      what: `more than ${max} ${what}`,
      remedy: 'Make several RuleSets of it.',
    });
    return;
  }
  // From the end, so that each rule knows the markers behind it.
  const markersBehind = new Set<string>();
  for (const node of [...directives].reverse()) {
    reviewDirective(context, node, markersBehind);
    if (node.kind === 'marker') markersBehind.add(node.name);
  }
}

function reviewDirective(
  context: ReviewContext,
  node: DirectiveNode,
  markersBehind: ReadonlySet<string>,
): void {
  const name = directiveName(node);
  if (!isLetIn(context, DIRECTIVE_RIGHTS.get(name), name, node.position)) return;
  switch (node.kind) {
    case 'rule': {
      const { name: operator, position } = node.operator;
      isLetIn(context, OPERATOR_RIGHTS.get(operator), `@${operator}`, position);
      reviewActions(context, node.actions, { markersBehind });
      return;
    }
    case 'action':
    case 'defaultAction':
      reviewActions(context, node.actions, { markersBehind });
      return;
    case 'updateActions':
      // The rule may stand in front of other markers than the update does.
      reviewActions(context, node.actions, { markersBehind: new Set() });
      return;
    case 'marker':
      reviewMarker(context, node.name, node.position);
      return;
    case 'removeRules':
    case 'updateTargets':
    case 'setting':
      return;
  }
}

function isLetIn(
  { rights, findings }: ReviewContext,
  right: Right = 'nobody',
  name: string,
  position: DirectiveNode['position'],
): boolean {
  if (right === 'nobody') {
    findings.refuse(position, {
      reason: 'WeakerThanAllowed',
      what: `${name} is not for RuleSets: they may read no files`,
      remedy: 'Write out what stands in the file; word lists and addresses can be a SecDataset.',
    });
    return false;
  }
  if (right !== 'cluster' || rights.kind === 'cluster') return true;
  findings.refuse(position, {
    reason: 'WeakerThanAllowed',
    what: `${name} is not for RuleSets of namespaces`,
    remedy:
      'The WAFPolicy has settings for what its ClusterWAFPolicy allows: mode, body, responses, exclusions.',
  });
  return false;
}

/** Rules of others skip to their own markers: one of the same name that stands before it would catch them. */
function reviewMarker(
  { rights, around, findings }: ReviewContext,
  name: string,
  position: DirectiveNode['position'],
) {
  if (rights.kind === 'cluster' || !around.markers.has(name)) return;
  findings.refuse(position, {
    reason: 'ProtectedRule',
    what: `marker ${name} is one that rules of the CRS or the cluster skip to`,
    remedy: 'Take another name.',
  });
}
