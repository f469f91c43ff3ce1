/** Rules that never run: something before them always ends the phase or jumps over them. */
import type { RuleSet } from '@sluice/engine';
import { isUnconditional } from './conditions.ts';
import type { Warning } from './warning.ts';

type Item = RuleSet['phases'][number]['items'][number];
type Linked = Extract<Item, { kind: 'rule' }>;

/** @param isOwn whether a rule is of the files that are checked */
export function unreachableRules(ruleSet: RuleSet, isOwn: (id: number) => boolean): readonly Warning[] {
  return ruleSet.phases.flatMap(({ items }, phase) => {
    const reached = new Array<Linked | null>(items.length).fill(null);
    items.forEach((item, at) => {
      // What is jumped over cannot jump.
      if (item.kind !== 'rule' || reached[at] !== null || !isUnconditional(item.data)) return;
      const end = endOfJump(items, item, at, phase);
      for (let over = at + 1; over < end; over++) reached[over] ??= item;
    });
    return items.flatMap((item, at): readonly Warning[] => {
      const cause = reached[at] ?? null;
      if (item.kind !== 'rule' || cause === null || !isOwn(item.data.id)) return [];
      const { file, line } = cause.data.position;
      return [
        {
          kind: 'unreachable',
          position: item.data.position,
          message: `rule ${item.data.id} never runs: rule ${cause.data.id} at ${file}:${line} always ${effectOf(cause)}`,
          remedy: 'Move the rule before it, or give that one a condition.',
        },
      ];
    });
  });
}

/** The index of the first item behind the rule that runs again. */
function endOfJump(items: readonly Item[], { data }: Linked, at: number, phase: number): number {
  const { disruption, skipAfter, skip } = data;
  // Phase 5 ends for nothing.
  if (disruption.kind !== 'pass' && phase < 5) return items.length;
  if (skipAfter !== null) {
    const marker = items.findIndex(
      (item, index) => index > at && item.kind === 'marker' && item.name === skipAfter,
    );
    return marker < 0 ? at + 1 : marker;
  }
  let end = at + 1;
  for (let left = skip; left > 0 && end < items.length; end++) if (items[end]?.kind === 'rule') left--;
  return end;
}

function effectOf({ data }: Linked): string {
  if (data.disruption.kind !== 'pass') return `ends the phase (${data.disruption.kind})`;
  return data.skipAfter === null ? 'skips it' : `skips to ${data.skipAfter}`;
}
