/** Where rules and directives speak of other rules. */
import { type DirectiveNode, printDirective, type ruleSelector, type SourcePosition } from '@sluice/engine';
import { isUnconditional, type Rule } from './conditions.ts';

export type Selection = Parameters<typeof ruleSelector>[0];

export interface Mention {
  /** `SecRuleRemoveById`, `ctl:ruleRemoveById`. */
  readonly what: string;
  readonly by: Selection;
  readonly position: SourcePosition;
  /** What becomes of the rules it names. */
  readonly effect: 'removes' | 'disarms' | 'changes';
  /** Whether it holds for each request. */
  readonly always: boolean;
  /** The rule whose action it is; null for a directive. */
  readonly rule: Rule | null;
  /** As it is written: the directive, or the value of the action. Latin1. */
  readonly text: string;
}

const SUFFIX = { id: 'ById', tag: 'ByTag', msg: 'ByMsg' } as const;

export function directiveMentions(node: DirectiveNode): readonly Mention[] {
  const shared = { position: node.position, always: true, rule: null };
  const text = () => printDirective(node);
  switch (node.kind) {
    case 'removeRules':
      return [
        {
          ...shared,
          what: `SecRuleRemove${SUFFIX[node.by.kind]}`,
          by: node.by,
          effect: 'removes',
          text: text(),
        },
      ];
    case 'updateTargets': {
      // Scores are in TX: a rule that may not look there compares nothing.
      const disarms = node.targets.some(({ exclude, variable }) => exclude && variable === 'TX');
      const effect = disarms ? 'disarms' : 'changes';
      return [
        { ...shared, what: `SecRuleUpdateTarget${SUFFIX[node.by.kind]}`, by: node.by, effect, text: text() },
      ];
    }
    case 'updateActions': {
      const by = { kind: 'id', ranges: [[node.id, node.id]] } as const;
      const disarms = node.actions.some(({ name }) => name === 'pass' || name === 'allow');
      return [
        {
          ...shared,
          what: 'SecRuleUpdateActionById',
          by,
          effect: disarms ? 'disarms' : 'changes',
          text: text(),
        },
      ];
    }
    default:
      return [];
  }
}

/** What a rule's ctl actions say of others. */
export function ruleMentions(rule: Rule): readonly Mention[] {
  return rule.links.flatMap((link) =>
    link.actions.flatMap((action): readonly Mention[] => {
      if (action.kind !== 'ctl' || !action.ctl.option.startsWith('ruleRemove')) return [];
      const { option, value, target } = action.ctl;
      const ofTarget = option.startsWith('ruleRemoveTarget');
      const disarms = ofTarget && target?.variable === 'TX';
      return [
        {
          what: `ctl:${option}`,
          by: selectionOf(option, value),
          position: link.position,
          effect: !ofTarget ? 'removes' : disarms ? 'disarms' : 'changes',
          always: isUnconditional(rule),
          rule,
          text: value,
        },
      ];
    }),
  );
}

function selectionOf(option: string, value: string): Selection {
  if (option.endsWith('ByTag')) return { kind: 'tag', pattern: value };
  if (option.endsWith('ByMsg')) return { kind: 'msg', pattern: value };
  const ranges = value
    .split(/[\s,]+/)
    .filter((range) => range !== '')
    .map((range): [number, number] => {
      const [first = '', last = first] = range.split('-');
      return [Number(first), Number(last)];
    });
  return { kind: 'id', ranges };
}
