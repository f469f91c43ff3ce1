/** What is legal, and most likely not what was meant. */
import type { RuleDocument, SourcePosition } from '@sluice/engine';
import {
  type ActionNode,
  type DirectiveNode,
  parseCtl,
  parseSetvar,
  type Selector,
} from '@sluice/engine/anatomy';
import type { Side } from '../sources.ts';
import { selectionOf } from './actions.ts';
import type { Surroundings } from './context.ts';

export interface Doubt {
  readonly position: SourcePosition;
  readonly message: string;
}

export function doubts(
  side: Side,
  { directives }: RuleDocument,
  around: Surroundings,
  selector: Selector,
): readonly Doubt[] {
  return directives.flatMap((node): readonly Doubt[] => {
    if (node.kind === 'rule' || node.kind === 'action') return actionDoubts(side, node, around, selector);
    if (node.kind !== 'removeRules' && node.kind !== 'updateTargets') return [];
    if (selector.select(node.by, around.rules).length > 0) return [];
    return [{ position: node.position, message: 'it names no rule that is there' }];
  });
}

const phaseOf = (actions: readonly ActionNode[]): string | null =>
  actions.find(({ name }) => name === 'phase')?.argument ?? null;

function actionDoubts(
  side: Side,
  node: Extract<DirectiveNode, { kind: 'rule' | 'action' }>,
  around: Surroundings,
  selector: Selector,
): readonly Doubt[] {
  const phase = phaseOf(node.actions);
  return node.actions.flatMap(({ name, argument, position }): readonly Doubt[] => {
    if (name === 'setvar' && side === 'before' && (phase === '1' || phase === 'request')) {
      const { collection, name: variable, operation } = parseSetvar(argument ?? '', position);
      const isScore =
        collection === 'TX' && operation === 'add' && /_score(?:_pl[1-4])?$/i.test(String(variable[0]));
      if (!isScore) return [];
      return [
        {
          position,
          message: 'a score that is raised in phase 1 before the CRS is set to 0 by it: use phase 2',
        },
      ];
    }
    if (name !== 'ctl' || !(argument ?? '').toLowerCase().startsWith('ruleremove')) return [];
    const ctl = parseCtl(argument ?? '', position);
    const reached = selector.select(selectionOf(ctl, position), around.rules);
    if (reached.length === 0) return [{ position, message: `ctl:${ctl.option} names no rule that is there` }];
    if (side === 'before') return [];
    return [
      { position, message: `ctl:${ctl.option} behind the CRS comes after the rules of its phase have run` },
    ];
  });
}
