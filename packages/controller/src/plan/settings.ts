/** Settings: how they are inherited, and what they come to where nobody says anything. */
import type { GuardPolicy } from '@sluice/envoy-config';
import type { PolicySettings } from '../kinds/objects.ts';
import { ordered } from './order.ts';
import type { PlannedPolicy } from './plan.ts';

type Value = unknown;
type Fields = Readonly<Record<string, Value>>;

/** Lists that are appended, those of the cluster first; every other list replaces what is inherited. */
const APPENDED: ReadonlySet<string> = new Set([
  'exclusions',
  'addresses.deny',
  'addresses.allow',
  'events.mask.names',
  'events.mask.headers',
]);

const isFields = (value: Value): value is Fields =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** Field by field: `over` has the word where it says anything. */
export function inherit(base: PolicySettings, over: PolicySettings): PolicySettings {
  return mergeFields(base as Fields, over as Fields, '') as PolicySettings;
}

function mergeFields(base: Fields, over: Fields, path: string): Fields {
  const merged = new Map<string, Value>(Object.entries(base));
  for (const [name, value] of Object.entries(over)) {
    if (value === undefined) continue;
    merged.set(name, mergeValue(merged.get(name), value, path === '' ? name : `${path}.${name}`));
  }
  return Object.fromEntries(merged);
}

function mergeValue(base: Value, over: Value, path: string): Value {
  if (isFields(base) && isFields(over)) return mergeFields(base, over, path);
  if (APPENDED.has(path) && Array.isArray(base) && Array.isArray(over))
    return [...new Set([...base, ...over])];
  return over;
}

/** As sluice.yaml and the table have them, keys in order. */
export function plannedSettings(settings: PolicySettings): Pick<PlannedPolicy, 'settings' | 'table'> {
  const { dataPath, uninspected, paths, ...own } = settings;
  const table = ordered({ dataPath, uninspected, paths });
  return {
    settings: ordered(own) as PlannedPolicy['settings'],
    ...(Object.keys(table).length === 0 ? {} : { table: table as NonNullable<PlannedPolicy['table']> }),
  };
}

/** The way back. */
export const settingsIn = ({
  settings,
  table,
}: Pick<PlannedPolicy, 'settings' | 'table'>): PolicySettings => ({
  ...(settings as PolicySettings),
  ...table,
});

/** Envoy shows responses, and parts of bodies, in a stream only. */
export function dataPathOf({ dataPath, responses, profile }: PolicySettings): 'ext_authz' | 'ext_proc' {
  return dataPath ?? (responses?.inspect === true || profile !== undefined ? 'ext_proc' : 'ext_authz');
}

/** What a node's table says of a policy. */
export function guardOf(settings: PolicySettings): GuardPolicy {
  const { mode = 'Detect', unavailable = 'Closed', profile, responses } = settings;
  if (dataPathOf(settings) === 'ext_authz') return { mode, unavailable };
  return {
    ...{ mode, unavailable, dataPath: 'ext_proc' },
    ...(profile === undefined ? {} : { profile }),
    ...(responses?.inspect === true ? { responses: true } : {}),
  };
}
