/** Finds and reads the rules that are to be tested. */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { repositoryRoot } from '../setup/paths.ts';
import { RulesTestError, reasonOf } from './errors.ts';
import { fromBytes } from './latin1.ts';
import { CRS_SETUP_BEFORE, crsSetupAfter, OWN_RULES_SETUP } from './setup.ts';
import type { RuleSource } from './stage-engine.ts';

/**
 * The whole configuration for the CRS's tests, in its order.
 *
 * @param directory a module directory, with `rules/` and `tests/`
 * @throws RulesTestError NO_CORE_RULE_SET, RULES_UNREADABLE
 */
export function crsSources(directory: string, paranoia: number): RuleSource[] {
  const { folder, setup, files } = readCrs(directory);
  return [
    { name: '<set-up>', text: CRS_SETUP_BEFORE, directory: folder },
    setup,
    { name: '<test values>', text: crsSetupAfter(paranoia), directory: folder },
    ...files,
  ];
}

/** What own rules with own tests stand on, with the CRS: as `sluice serve` has it, switched on. Throws as `crsSources`. */
export function crsBase(directory: string): RuleSource[] {
  const { setup, files } = readCrs(directory);
  return [...ownBase(), setup, ...files];
}

/** The files of a module directory; the rules sorted by name. */
function readCrs(directory: string): { folder: string; setup: RuleSource; files: RuleSource[] } {
  const rules = resolve(directory, 'rules', '@owasp_crs');
  if (!existsSync(rules)) throw new RulesTestError('NO_CORE_RULE_SET', { path: directory });
  const files = readdirSync(rules)
    .filter((name) => name.endsWith('.conf'))
    .sort()
    .map((name) => readRules(join(rules, name)));
  const setup = readRules(join(directory, 'rules', '@crs-setup.conf.example'));
  return { folder: rules, setup, files };
}

/** What a user's own rules stand on where there is no CRS: what `sluice serve` sets before all rules, switched on. */
export const ownBase = (): RuleSource[] => [
  { name: '<set-up>', text: OWN_RULES_SETUP, directory: process.cwd() },
  readRules(join(repositoryRoot(), 'rules', 'sluice.conf')),
];

/** @throws RulesTestError RULES_UNREADABLE */
export function readRules(path: string): RuleSource {
  try {
    const name = resolve(path);
    return { name, text: fromBytes(readFileSync(name)), directory: dirname(name) };
  } catch (error) {
    throw new RulesTestError('RULES_UNREADABLE', { path, reason: reasonOf(error) }, { cause: error });
  }
}
