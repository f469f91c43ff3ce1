/** What a unit is told by, however often it is loaded: units that stay the same are not opened again. */
import { createHash } from 'node:crypto';
import { serialize } from 'node:v8';
import type { RuleUnit } from '@sluice/engine';
import type { PolicyRules, RuleSetGeneration } from '../rule-sets.ts';

/** The level that a unit was compiled for: rules of a policy's own are compiled for all. */
function levelOf(policies: ReadonlyMap<string, PolicyRules>, index: number): number {
  for (const { base, settings } of policies.values()) if (base === index) return settings.paranoia ?? 1;
  return 4;
}

/** The program holds all that was read, data files included; the same program at the same level has the same prefilter. */
const unitKey = ({ program }: RuleUnit, level: number): string =>
  createHash('sha256').update(`${level} `).update(serialize(program)).digest('hex');

/** One for each unit, in their order. */
export const unitKeys = ({
  units,
  policies,
}: Pick<RuleSetGeneration, 'units' | 'policies'>): readonly string[] =>
  units.map((unit, index) => unitKey(unit, levelOf(policies, index)));
