/** Where rule files say something else than the policy: the policy holds, and whoever wrote the file is told. */
import { asciiLower } from '../bytes.ts';
import type { CompiledRule, RuleProgram } from '../rule-set/program.ts';
import type { Overlay, PolicyMode, RuleUnit } from './rule-set.ts';

const MODES: Readonly<Record<string, PolicyMode>> = { On: 'Block', DetectionOnly: 'Detect', Off: 'Off' };

/** One sentence a contradiction, with both places. */
export function overlayWarnings(base: RuleUnit, overlay: Overlay): readonly string[] {
  const programs = [...overlay.before, base, ...overlay.after].map((unit) => unit.program);
  return programs.flatMap((program) => [
    ...engineWarnings(program, overlay),
    ...program.items.flatMap((item) => (item.kind === 'rule' ? setvarWarnings(item, overlay) : [])),
  ]);
}

function engineWarnings(program: RuleProgram, overlay: Overlay): readonly string[] {
  const { ruleEngine } = program.settings;
  if (ruleEngine === undefined || overlay.mode === null || MODES[ruleEngine] === overlay.mode) return [];
  const file = program.sources[0]?.path ?? 'a rule file';
  return [
    `SecRuleEngine ${ruleEngine} in or below ${file} is overruled: policy ${overlay.name} is in mode ${overlay.mode}`,
  ];
}

/** Unconditional assignments only: CRS sets its own defaults where nothing is set yet. */
function setvarWarnings(rule: CompiledRule, overlay: Overlay): readonly string[] {
  const { file, line } = rule.position;
  return rule.links
    .filter((link) => link.operator === null)
    .flatMap((link) => link.actions)
    .flatMap((action) => {
      if (action.kind !== 'setvar' || action.setvar.collection !== 'TX') return [];
      const name = asciiLower(action.setvar.name.filter((part) => typeof part === 'string').join(''));
      const value = action.setvar.value.filter((part) => typeof part === 'string').join('');
      const pinned = overlay.pinned.get(name);
      if (pinned === undefined || pinned === value) return [];
      return [`tx.${name}=${value} at ${file}:${line} is overruled: policy ${overlay.name} says ${pinned}`];
    });
}
