/** Routes: which filter asks Sluice on each, and what the route makes of it. */
import { CONTEXT_BODY_BYTES_MAX, CONTEXT_POLICY, STREAM_POLICY } from '../contract.ts';
import { type Finding, finding } from './codes.ts';
import { checkEffect, type Guard, type Intent, intentOf, isInvisible } from './guards.ts';
import { LayeredNode, Node } from './node.ts';
import { type Buffers, checkProcessing } from './processing.ts';
import type { Table } from './tables.ts';

export interface RouteReport {
  readonly findings: readonly Finding[];
  readonly intents: readonly Intent[];
  /** Names of the policies of its routes. */
  readonly policies: ReadonlySet<string>;
  /** HTTP upgrades that every route of a policy that blocks switches off. */
  readonly refusedUpgrades: ReadonlySet<string>;
}

/** All routes of a table that lead to a workload. */
export function checkRoutes(table: Table, guards: readonly Guard[], buffers: Buffers): RouteReport {
  const found = new Map<string, Finding>();
  const intents: Intent[] = [];
  const policies = new Set<string>();
  const refused: ReadonlySet<string>[] = [];
  for (const levels of destinations(table)) {
    const intent = intentOf(levels);
    intents.push(intent);
    if (!isInvisible(intent)) refused.push(refusedBy(levels));
    for (const one of checkDestination({ levels, guards, intent, buffers }, policies)) {
      // The same filter is looked at for each route: what is wrong with it is said once.
      found.set(`${one.code} ${one.place}`, one);
    }
  }
  const [first = new Set<string>(), ...rest] = refused;
  const refusedUpgrades = new Set([...first].filter((type) => rest.every((one) => one.has(type))));
  return { findings: [...found.values()], intents, policies, refusedUpgrades };
}

const refusedBy = (levels: readonly Node[]): ReadonlySet<string> =>
  new Set(
    levels
      .flatMap((level) => level.each('route.upgrade_configs'))
      .filter((upgrade) => upgrade.at('enabled').value === false)
      .map((upgrade) => upgrade.at('upgrade_type').text),
  );

/** Each way to a workload as the levels that configure it, most specific first. */
function destinations({ node, hosts }: Table): readonly (readonly Node[])[] {
  return hosts.flatMap((host) =>
    host.each('routes').flatMap((route) => {
      if (!route.at('route').exists) return [];
      const weighted = route.each('route.weighted_clusters.clusters');
      const levels = [route, host, node];
      return weighted.length === 0 ? [levels] : weighted.map((cluster) => [cluster, ...levels]);
    }),
  );
}

interface Destination {
  readonly levels: readonly Node[];
  readonly guards: readonly Guard[];
  readonly intent: Intent;
  readonly buffers: Buffers;
}

function checkDestination(destination: Destination, policies: Set<string>): readonly Finding[] {
  const { levels, guards, intent } = destination;
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
    } else found.push(...checkStream(destination, guard, settings, policies));
  }
  return found;
}

function checkStream(
  { levels, intent, buffers }: Destination,
  { name, config, isForUpgrades }: Guard,
  settings: Node,
  policies: Set<string>,
): readonly Finding[] {
  const metadata = new Map<string, string>();
  const given = [
    ...config.each('grpc_service.initial_metadata'),
    ...levelsOf(levels, name)
      .toReversed()
      .flatMap((level) => level.each('overrides.grpc_initial_metadata')),
  ];
  for (const one of given) metadata.set(one.at('key').text, one.at('value').text);
  policies.add(metadata.get(STREAM_POLICY) ?? '');
  if (isForUpgrades) return [];
  const own = settings.at('processing_mode');
  const mode = own.exists ? own : config.at('processing_mode');
  return checkProcessing({ config, mode, metadata, levels, isInvisible: isInvisible(intent), buffers });
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

/** What the levels say of a filter. */
const wrappedOf = (levels: readonly Node[], name: string): readonly Node[] =>
  levels.map((level) => level.at('typed_per_filter_config').key(name)).filter(({ exists }) => exists);

const levelsOf = (levels: readonly Node[], name: string): readonly Node[] =>
  wrappedOf(levels, name).map((one) => (one.message === 'FilterConfig' ? one.at('config') : one));

function overrides(levels: readonly Node[], { name, kind, waits }: Guard): Overrides {
  const [first] = wrappedOf(levels, name);
  const unwrapped = levelsOf(levels, name);
  // Of check settings the most specific ones count, of overrides each field by itself.
  const settings =
    kind === 'ext_authz'
      ? (unwrapped[0]?.at('check_settings') ?? new Node(undefined, ''))
      : new LayeredNode(unwrapped.map((one) => one.at('overrides')));
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
