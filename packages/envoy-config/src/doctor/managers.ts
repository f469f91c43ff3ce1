/** One HTTP connection manager: its filters, its routes and how it reads requests. */
import { HEADER_LINES_MAX } from '../limits.ts';
import { type Finding, finding } from './codes.ts';
import type { Documented } from './document.ts';
import { checkGuard, clusterOf, type Guard, guardsAmong, isInvisible } from './guards.ts';
import type { Node } from './node.ts';
import { checkRoutes, type RouteReport } from './routes.ts';
import { type Table, tableOf } from './tables.ts';

export interface ManagerReport {
  readonly findings: readonly Finding[];
  readonly isGuarded: boolean;
  /** All its routes are declared to change nothing. */
  readonly isInvisible: boolean;
}

/**
 * @param http1 bytes that a connection buffers
 * @param asked gets the names of clusters that are asked
 */
export function checkManager(
  manager: Node,
  http1: number,
  document: Documented,
  asked: Set<string>,
): ManagerReport {
  const filters = manager.each('http_filters');
  const guards = guardsAmong(filters);
  const forUpgrades = upgradeGuards(manager);
  for (const { config } of [...guards, ...forUpgrades])
    if (clusterOf(config) !== '') asked.add(clusterOf(config));
  const table = tableOf(manager, document);
  const routes: RouteReport =
    table === null
      ? { findings: [], intents: [], policies: new Set(), refusedUpgrades: new Set() }
      : checkRoutes(table, guards, { http1, http2: http2Window(manager) });
  const invisible = routes.intents.length > 0 && routes.intents.every(isInvisible);
  const unseen = filters.filter((filter) => filter.at('config_discovery').exists);
  const findings = [
    ...unseen.map(({ place }) => finding('UNSEEN', place, { what: 'the configuration of a filter' })),
    ...(table === null ? [finding('UNSEEN', manager.place, { what: 'the table of routes' })] : []),
    ...routes.findings,
    ...[...guards, ...forUpgrades].flatMap(checkGuard),
    ...upgradeRoutes(table, forUpgrades),
    ...checkOrder(filters, guards),
    ...checkUpgrades(manager, guards, routes),
    ...checkReading(manager, routes, invisible),
  ];
  const needsGuard = routes.intents.some(({ mode }) => mode !== 'Off') || table === null;
  if (guards.length === 0 && unseen.length === 0 && needsGuard)
    return {
      findings: [finding('NO_GUARD', manager.at('http_filters').place)],
      isGuarded: false,
      isInvisible: false,
    };
  return { findings, isGuarded: guards.length > 0, isInvisible: invisible };
}

/** Filters that look and change nothing. */
const HARMLESS = [
  'Router',
  'Stats',
  'Fault',
  'HealthCheck',
  'GrpcStats',
  'FilterConfig',
  'Buffer',
  'Cors',
  'Compressor',
];

function checkOrder(filters: readonly Node[], guards: readonly Guard[]): readonly Finding[] {
  const last = filters.findLastIndex((filter) => guards.some(({ name }) => name === filter.at('name').text));
  const behind = filters
    .slice(last + 1)
    .filter((filter) => !HARMLESS.includes(filter.at('typed_config').message));
  const [first] = behind;
  if (last < 0 || first === undefined) return [];
  const names = behind.map((filter) => filter.at('name').text).join(', ');
  return [finding('GUARD_NOT_LAST', first.place, { names })];
}

function checkUpgrades(
  manager: Node,
  guards: readonly Guard[],
  { intents, refusedUpgrades }: RouteReport,
): readonly Finding[] {
  const declared = new Set(intents.flatMap(({ upgrades }) => upgrades));
  const blocks = intents.some((intent) => !isInvisible(intent));
  return manager.each('upgrade_configs').flatMap((upgrade) => {
    const type = upgrade.at('upgrade_type').text;
    if (upgrade.at('enabled').value === false) return [];
    if (type.toUpperCase() === 'CONNECT') return [finding('CONNECT', upgrade.place)];
    const own = upgrade.each('filters');
    if (own.length > 0 && guardsAmong(own).length === 0)
      return [finding('UPGRADE_UNGUARDED', upgrade.place, { type })];
    const asking = own.length === 0 ? guards : guardsAmong(own);
    if (asking.some(waitsForEnd)) return [finding('UPGRADE_HANGS', upgrade.place)];
    return blocks && !declared.has(type) && !refusedUpgrades.has(type)
      ? [finding('UPGRADE', upgrade.place, { type })]
      : [];
  });
}

/** A tunnel has no end to wait for. In `STREAMED` its bytes come as those of a body do, and Sluice answers each. */
const waitsForEnd = ({ config, kind }: Guard): boolean =>
  kind === 'ext_proc' && config.at('processing_mode.request_body_mode').text === 'BUFFERED';

/** Those of chains that upgrades have for themselves, of which ext_proc is another filter than the main chain's. */
const upgradeGuards = (manager: Node): readonly Guard[] =>
  manager
    .each('upgrade_configs')
    .flatMap((upgrade) => guardsAmong(upgrade.each('filters')))
    .filter(({ kind }) => kind === 'ext_proc')
    .map((guard) => ({ ...guard, isForUpgrades: true }));

function upgradeRoutes(table: Table | null, guards: readonly Guard[]): readonly Finding[] {
  if (table === null || guards.length === 0) return [];
  const nothing = { http1: 0, http2: 0 };
  // What is wrong with a route itself is found with the main chain.
  return checkRoutes(table, guards, nothing).findings.filter(
    ({ code }) => code === 'FAIL_OPEN' || code === 'SHADOW',
  );
}

/** Envoy's default, and the least that it takes. */
const ENVOYS_WINDOW_BYTES = 16_777_216;

const http2Window = (manager: Node): number =>
  manager.at('http2_protocol_options.initial_stream_window_size').number ?? ENVOYS_WINDOW_BYTES;

function checkReading(manager: Node, routes: RouteReport, invisible: boolean): readonly Finding[] {
  const found: Finding[] = [];
  const lines = manager.at('common_http_protocol_options.max_headers_count');
  if ((lines.number ?? 0) > HEADER_LINES_MAX)
    found.push(finding('HEADER_LINES', lines.place, { count: lines.number ?? 0 }));
  const detects = manager.each('original_ip_detection_extensions').length > 0;
  if (!manager.at('use_remote_address').isTrue && !detects)
    found.push(finding('CLIENT_FORGED', manager.at('use_remote_address').place));
  if (invisible || routes.intents.length === 0) return found;
  const paths = ['normalize_path', 'merge_slashes'].filter((name) => !manager.at(name).isTrue);
  if (paths.length > 0)
    found.push(
      finding('PATHS_DIFFER', manager.place, { what: paths.map((name) => `no ${name}`).join(', ') }),
    );
  const times = ['request_headers_timeout', 'request_timeout'].filter(
    (name) => !(manager.at(name).millis ?? 0),
  );
  if (times.length > 0)
    found.push(
      finding('SLOW_CLIENTS', manager.place, { missing: times.map((name) => `no ${name}`).join(', ') }),
    );
  return found;
}
