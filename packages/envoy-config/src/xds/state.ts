/** Whether Envoy runs what was written for it. It tells nobody of its own accord: a rejected file changes only statistics. */
import { EnvoyConfigError } from '../errors.ts';
import { askJson, list, member } from './admin.ts';
import type { XdsVersions } from './files.ts';

export interface XdsUpdates {
  /** `version_info` of the last update that was taken over whole; empty before the first. */
  readonly version: string;
  /** Counted since Envoy's start. */
  readonly succeeded: number;
  readonly rejected: number;
}

export interface XdsRejection {
  /** The listener; empty where Envoy names none, as for clusters. */
  readonly resource: string;
  /** Envoy's own words. */
  readonly details: string;
}

export interface XdsState {
  readonly listeners: XdsUpdates;
  readonly clusters: XdsUpdates;
  /** Of tables of routes that listeners have asked for, by name. */
  readonly routes: ReadonlyMap<string, XdsUpdates>;
  /** Nothing that Envoy has left is still being taken up or drained: nobody needs what is not written any more. */
  readonly isDrained: boolean;
  /** Listeners whose last version Envoy refused. The others of the same file run. */
  readonly rejections: readonly XdsRejection[];
}

const UNDER_WAY = ['listeners_warming', 'listeners_draining', 'filter_chains_draining'].map(
  (what) => `listener_manager.total_${what}`,
);

const FILTER = String.raw`^(listener_manager\.(lds|total_.*ing$)|cluster_manager\.cds|http\..*\.rds\..*\.(version_text|update_success|update_rejected)$)`;

/** Envoy has them once for each listener that asks. */
const ROUTES = /^http\..*?\.rds\.(.*)\.version_text$/;

const SOURCES = { listeners: 'listener_manager.lds', clusters: 'cluster_manager.cds' } as const;

/**
 * @param admin `host:port`, or the path of a Unix socket
 * @throws EnvoyConfigError ENVOY_ADMIN; rejects with the socket's own error where nobody listens
 */
export async function readXdsState(admin: string): Promise<XdsState> {
  const answer = await askJson(admin, `/stats?format=json&filter=${encodeURIComponent(FILTER)}`);
  const stats = new Map(
    list(answer, 'stats').map((stat) => [String(member(stat, 'name')), member(stat, 'value')]),
  );
  const updates = (source: string): XdsUpdates => {
    const version = stats.get(`${source}.version_text`);
    return {
      version: typeof version === 'string' ? version : '',
      succeeded: count(stats.get(`${source}.update_success`)),
      rejected: count(stats.get(`${source}.update_rejected`)),
    };
  };
  const [listeners, clusters] = [updates(SOURCES.listeners), updates(SOURCES.clusters)];
  const routes = new Map(
    [...stats.keys()].flatMap((stat) => {
      const name = ROUTES.exec(stat)?.[1];
      return name === undefined ? [] : [[name, updates(stat.slice(0, -'.version_text'.length))] as const];
    }),
  );
  // The dump has every listener in it, so it is asked for only where there is something to find.
  const rejections = listeners.rejected > 0 ? await readRejections(admin) : [];
  const isDrained = UNDER_WAY.every((name) => count(stats.get(name)) === 0);
  return { listeners, clusters, routes, isDrained, rejections };
}

/** Whether Envoy runs these versions. */
export const isAccepted = (state: XdsState, wanted: XdsVersions): boolean =>
  state.listeners.version === wanted.listeners &&
  state.clusters.version === wanted.clusters &&
  [...state.routes].every(([name, { version }]) => version === (wanted.routes.get(name) ?? version));

/**
 * The updates that were refused between two looks, as an error to report; null where there are none.
 * @param before the state before the files were written
 */
export function rejectionBetween(before: XdsState, after: XdsState): EnvoyConfigError | null {
  const refused = (['clusters', 'listeners'] as const).filter(
    (kind) => after[kind].rejected > before[kind].rejected,
  );
  if (refused.length === 0) return null;
  const told = after.rejections.map(({ resource, details }) => `${resource}: ${details}`);
  const reason = told.length === 0 ? "Envoy's log has the reason" : told.join('; ');
  return new EnvoyConfigError('ENVOY_XDS_REJECTED', { what: refused.join(' and '), reason });
}

const count = (value: unknown): number => (typeof value === 'number' ? value : 0);

async function readRejections(admin: string): Promise<readonly XdsRejection[]> {
  const dump = await askJson(admin, '/config_dump?resource=dynamic_listeners');
  // Envoy lists a listener that it never had a second time, without a name of its own.
  const found = new Map<string, XdsRejection>();
  for (const listener of list(dump, 'configs')) {
    const failure = member(listener, 'error_state');
    const details = member(failure, 'details');
    if (typeof details !== 'string') continue;
    const own = member(listener, 'name');
    const name =
      own !== undefined && own !== '' ? own : member(member(failure, 'failed_configuration'), 'name');
    const resource = typeof name === 'string' ? name : '';
    found.set(`${resource} ${details}`, { resource, details });
  }
  return [...found.values()];
}
