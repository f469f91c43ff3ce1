/** Routes: which filter asks Sluice on each, and what the route makes of it. */
import { CONTEXT_BODY_BYTES_MAX, CONTEXT_POLICY } from '../contract.ts';
import { type Finding, finding } from './codes.ts';
import { checkEffect, type Guard, type Intent, intentOf, isInvisible } from './guards.ts';
import { Node } from './node.ts';

export interface RouteReport {
  readonly findings: readonly Finding[];
  readonly intents: readonly Intent[];
  /** Names of the policies of its routes. */
  readonly policies: ReadonlySet<string>;
}

/** All routes of a table that lead to a workload. */
export function checkRoutes(table: Node, guards: readonly Guard[]): RouteReport {
  const found = new Map<string, Finding>();
  const intents: Intent[] = [];
  const policies = new Set<string>();
  for (const levels of destinations(table)) {
    const intent = intentOf(levels);
    intents.push(intent);
    for (const one of checkDestination(levels, guards, intent, policies)) {
      // The same filter is looked at for each route: what is wrong with it is said once.
      found.set(`${one.code} ${one.place}`, one);
    }
  }
  return { findings: [...found.values()], intents, policies };
}

/** Each way to a workload as the levels that configure it, most specific first. */
function destinations(table: Node): readonly (readonly Node[])[] {
  return table.each('virtual_hosts').flatMap((host) =>
    host.each('routes').flatMap((route) => {
      if (!route.at('route').exists) return [];
      const weighted = route.each('route.weighted_clusters.clusters');
      const levels = [route, host, table];
      return weighted.length === 0 ? [levels] : weighted.map((cluster) => [cluster, ...levels]);
    }),
  );
}

function checkDestination(
  levels: readonly Node[],
  guards: readonly Guard[],
  intent: Intent,
  policies: Set<string>,
): readonly Finding[] {
  const [route = new Node(undefined, '')] = levels;
  const connect = levels.map((level) => level.at('match.connect_matcher')).find(({ exists }) => exists);
  const found: Finding[] = connect === undefined ? [] : [finding('CONNECT', connect.place)];
  found.push(...checkUpgrades(levels, intent));
  const active = guards.map((guard) => ({ guard, ...overrides(levels, guard) })).filter(({ isOn }) => isOn);
  if (guards.length > 0 && active.length === 0 && intent.mode !== 'Off') {
    const disabled = guards.map((guard) => overrides(levels, guard).place).find((place) => place !== '');
    found.push(finding('ROUTE_UNGUARDED', disabled ?? route.place));
  }
  for (const { guard, settings, extensions } of active) {
    found.push(...checkEffect(guard, settings, intent));
    if (guard.kind === 'ext_authz') {
      policies.add(extensions.get(CONTEXT_POLICY) ?? '');
      found.push(...checkExtensions(guard, settings, extensions, route));
    }
  }
  return found;
}

/** Those that a route has for itself; the listener's are seen to where it is. */
function checkUpgrades(levels: readonly Node[], intent: Intent): readonly Finding[] {
  if (isInvisible(intent)) return [];
  const own = levels.flatMap((level) => level.each('route.upgrade_configs'));
  return own.flatMap((upgrade) => {
    const type = upgrade.at('upgrade_type').text;
    const isOff = upgrade.at('enabled').value === false;
    return isOff || intent.upgrades.includes(type) ? [] : [finding('UPGRADE', upgrade.place, { type })];
  });
}

interface Overrides {
  readonly isOn: boolean;
  /** Check settings, or overrides of ext_proc; the most specific ones. */
  readonly settings: Node;
  /** Merged over all levels; the most specific one wins. */
  readonly extensions: ReadonlyMap<string, string>;
  /** Of what switches it off; empty where nothing does. */
  readonly place: string;
}

function overrides(levels: readonly Node[], { name, kind, waits }: Guard): Overrides {
  const all = levels
    .map((level) => level.at('typed_per_filter_config').key(name))
    .filter(({ exists }) => exists);
  const [first] = all;
  const unwrapped = all.map((one) => (one.message === 'FilterConfig' ? one.at('config') : one));
  const field = kind === 'ext_authz' ? 'check_settings' : 'overrides';
  const settings = unwrapped[0]?.at(field) ?? new Node(undefined, '');
  const extensions = new Map<string, string>();
  for (const one of unwrapped.toReversed()) {
    const given = one.at('check_settings.context_extensions');
    for (const key of given.keys) extensions.set(key, given.key(key).text);
  }
  const isDisabled =
    first !== undefined && (first.at('disabled').isTrue || (unwrapped[0]?.at('disabled').isTrue ?? false));
  const isOn = first === undefined ? !waits : !isDisabled;
  return { isOn, settings, extensions, place: isDisabled ? first.place : '' };
}

/** What a dump of a running Envoy has in place of context extensions. */
const REDACTED = '[redacted]';

function checkExtensions(
  guard: Guard,
  settings: Node,
  extensions: ReadonlyMap<string, string>,
  route: Node,
): readonly Finding[] {
  const found: Finding[] = [];
  if (!extensions.has(CONTEXT_POLICY)) found.push(finding('POLICY_UNNAMED', route.place));
  const own = settings.at('with_request_body.max_request_bytes').number;
  const bytes = own ?? guard.config.at('with_request_body.max_request_bytes').number;
  const told = extensions.get(CONTEXT_BODY_BYTES_MAX) ?? 'no number of';
  if (told === REDACTED) return found;
  if (bytes !== undefined && told !== String(bytes) && !settings.at('disable_request_body_buffering').isTrue)
    found.push(finding('BODY_LIMIT_UNTOLD', route.place, { told, bytes }));
  return found;
}
