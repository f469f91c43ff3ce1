/** Rules whose pattern no scan rules out, or that only an engine which backtracks can decide. */
import { patternCost, type RuleProgram } from '@sluice/engine';
import type { Warning } from './warning.ts';

export function expensiveRules(program: RuleProgram): readonly Warning[] {
  return program.items.flatMap((item): readonly Warning[] => {
    if (item.kind === 'marker') return [];
    const { unscanned, backtracking } = patternCost(item);
    const position = item.links[0]?.position ?? item.position;
    const warn = (message: string, remedy: string): Warning => ({
      kind: 'expensive',
      position,
      message: `rule ${item.id}: ${message}`,
      remedy,
    });
    return [
      ...(backtracking === null
        ? []
        : [
            warn(
              `only PCRE2 can decide its pattern (${backtracking}); SecPcreMatchLimit bounds it, and a request that reaches the limit cannot be inspected`,
              'Write the pattern without look-around, back-references and possessive repeats.',
            ),
          ]),
      ...(unscanned === null
        ? []
        : [
            warn(
              `Hyperscan cannot scan for its pattern (${unscanned}); each value is given to the pattern by itself`,
              'Make the pattern smaller, or split it into several rules.',
            ),
          ]),
    ];
  });
}
