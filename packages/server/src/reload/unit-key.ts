/** What a unit is told by, however often it is loaded: units that stay the same are not opened again. */
import { createHash } from 'node:crypto';
import type { RuleUnit } from '@sluice/engine';
import type { PolicyRules, RuleSetGeneration } from '../rule-sets.ts';

/** The level that a unit was compiled for: rules of a policy's own are compiled for all. */
function levelOf(policies: ReadonlyMap<string, PolicyRules>, index: number): number {
  for (const { base, settings } of policies.values()) if (base === index) return settings.paranoia ?? 1;
  return 4;
}

/**
 * The program holds all that was read, data files included; the same program at the same level has the same prefilter. As
 * JSON, for a program is the same whether it was compiled here or read back: only its text tells.
 */
const unitKey = ({ program }: RuleUnit, level: number): string =>
  createHash('sha256').update(`${level} `).update(JSON.stringify(program, canonical)).digest('hex');

/** JSON knows no maps and sets, and keeps the order in which properties were made. */
function canonical(_: string, value: unknown): unknown {
  if (value instanceof Map) return { map: [...value] };
  if (value instanceof Set) return { set: [...value] };
  if (typeof value === 'bigint') return { bigint: String(value) };
  if (value instanceof Uint8Array) return { bytes: Buffer.from(value).toString('base64') };
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return value;
  return Object.fromEntries(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1)));
}

/** One for each unit, in their order. */
export const unitKeys = ({
  units,
  policies,
}: Pick<RuleSetGeneration, 'units' | 'policies'>): readonly string[] =>
  units.map((unit, index) => unitKey(unit, levelOf(policies, index)));

const VERSION_CHARACTERS = 12;

/** What operators call it: the same for the same rules, on every node. */
export const generationVersion = (keys: readonly string[]): string =>
  createHash('sha256').update(keys.join()).digest('hex').slice(0, VERSION_CHARACTERS);
