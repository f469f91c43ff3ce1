/** A running hub: nodes deliver to it, people and programs ask it, operators look after it. Three addresses, one store. */
import type { SpoolRecord } from '@sluice/spool';
import type { FastifyBaseLogger, FastifyInstance } from 'fastify';
import type { AlertDesk } from './alerts/desk.ts';
import { demandLoopbackName, demandToken, isLoopback, tokenOf } from './api/access.ts';
import { addAdminRoutes } from './api/admin.ts';
import { WatchedFiles } from './api/files.ts';
import type { NodeTokens } from './api/identity.ts';
import { Listener, type ListenerOptions } from './api/listener.ts';
import { HubMetrics } from './api/metrics.ts';
import { openApiDocument } from './api/openapi.ts';
import type { Route } from './api/routes.ts';
import { addAlertRoutes } from './api/routes-alerts.ts';
import { addQueryRoutes, type QueryParts, type View } from './api/routes-queries.ts';
import { addRecordsRoute } from './api/routes-records.ts';
import { Slots } from './api/slots.ts';
import { TailBoard } from './api/tail.ts';
import type { HubConfig } from './config/schema.ts';
import { HubError } from './errors.ts';
import { Ingest } from './ingest/ingest.ts';
import { type NodeState, Nodes } from './ingest/nodes.ts';
import { FILES_CHECK_MILLIS, TAIL_HEARTBEAT_MILLIS } from './limits.ts';
import type { AppendOutcome, EventStore } from './store/event-store.ts';

export interface HubOptions {
  readonly config: Pick<HubConfig, 'nodes' | 'queries' | 'admin' | 'limits'>;
  readonly store: EventStore;
  readonly log: FastifyBaseLogger;
  /** Absent: nobody is told anything. */
  readonly alerts?: AlertDesk;
  /** Needed where `nodes.tokens` of the configuration is set. */
  readonly nodeTokens?: NodeTokens;
  /** Milliseconds since the epoch. */
  readonly now?: () => number;
}

/** Where the hub listens; null where it does not. */
export interface HubAddresses {
  readonly nodes: number | null;
  readonly queries: number;
  readonly admin: number | null;
}

interface OwnParts {
  readonly routes: readonly Route[];
  readonly waitingMax: number;
}

export class Hub {
  readonly metrics: HubMetrics;
  readonly #options: HubOptions;
  readonly #now: () => number;
  readonly #batches: Slots;
  readonly #queries: Slots;
  readonly #finding: Slots;
  readonly #board: TailBoard;
  readonly #nodes: Nodes;
  readonly #ingest: Ingest;
  readonly #listeners: Listener[] = [];
  readonly #timers: NodeJS.Timeout[] = [];
  #token: WatchedFiles<'token'> | null = null;
  #draining = false;

  constructor(options: HubOptions) {
    const { store, config, alerts } = options;
    const { batchesMax, queriesMax, tailClientsMax, tailWaitingBytesMax, nodesMax } = config.limits;
    this.#options = options;
    this.#now = options.now ?? (() => Date.now());
    this.#batches = new Slots('batch', batchesMax);
    this.#queries = new Slots('query', queriesMax);
    this.#finding = new Slots('query', queriesMax);
    this.#board = new TailBoard(tailClientsMax, tailWaitingBytesMax);
    this.#nodes = new Nodes(nodesMax, this.#now);
    this.metrics = new HubMetrics({
      batches: () => this.#batches.taken,
      queries: () => this.#queries.taken + this.#finding.taken,
      tailClients: () => this.#board.clients,
      nodes: () => this.#nodes.list().length,
    });
    for (const metric of alerts?.metrics.all ?? []) this.metrics.registry.registerMetric(metric);
    const follower = this.#board.tell.bind(this.#board);
    const arrived = (oldest: number): void => alerts?.arrived(oldest);
    const onFailure = (code: string): void => this.metrics.failed(code);
    this.#ingest = new Ingest({
      ...{ store, nodes: this.#nodes, counts: this.metrics, follower, arrived, onFailure },
      now: this.#now,
      tellsRefused: alerts !== undefined,
    });
  }

  /** @throws HubError HUB_OPEN, HUB_FILE, HUB_LISTEN; then nothing listens */
  async start(): Promise<HubAddresses> {
    try {
      const queries = await this.#listenQueries();
      const nodes = await this.#listenNodes();
      const admin = await this.#listenAdmin();
      this.#every(FILES_CHECK_MILLIS, () => this.refreshFiles());
      this.#every(TAIL_HEARTBEAT_MILLIS, () => this.#board.beat());
      return { nodes: nodes?.port ?? null, queries: queries.port, admin: admin?.port ?? null };
    } catch (error) {
      await this.close();
      throw error;
    }
  }

  /**
   * What a spool of this machine holds.
   * @throws HubError STORE_UNAVAILABLE
   */
  append(records: readonly SpoolRecord[]): Promise<readonly AppendOutcome[]> {
    return this.#ingest.append(records, null);
  }

  /** Certificates, keys and the token that have changed. What cannot be read is said, and what was there stays. */
  refreshFiles(): void {
    const { log } = this.#options;
    try {
      for (const listener of this.#listeners) {
        if (listener.refreshTls()) log.info('certificates were read again');
      }
      const { tokenFile } = this.#options.config.queries;
      if (this.#token?.refresh() === true && tokenFile !== undefined) {
        tokenOf(this.#token, tokenFile);
        log.info('the token was read again');
      }
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      log.error({ reason }, 'files that changed cannot be used');
    }
  }

  /** No new requests; those under way have `limits.drainMillisMax` for their end. The store stays open. */
  async close(): Promise<void> {
    this.#draining = true;
    for (const timer of this.#timers.splice(0)) clearInterval(timer);
    this.#board.endAll();
    const millis = this.#options.config.limits.drainMillisMax;
    await Promise.all(this.#listeners.splice(0).map((listener) => listener.close(millis)));
  }

  async #listenQueries(): Promise<Listener> {
    const { config, store } = this.#options;
    const { listen, tls, tokenFile } = config.queries;
    const local = isLoopback(listen.host);
    if (!local && (tls === undefined || tokenFile === undefined)) {
      const missing = tls === undefined ? 'queries.tls' : 'queries.tokenFile';
      throw new HubError('HUB_OPEN', { address: `${listen.host}:${listen.port}`, missing });
    }
    const secrets =
      tls === undefined ? null : { files: new WatchedFiles(tls), clients: false, onRefused: () => undefined };
    const { queryBytesMax, queryConnectionsMax } = config.limits;
    const listener = this.#listener({
      tls: secrets,
      bodyBytesMax: queryBytesMax,
      connectionsMax: queryConnectionsMax,
    });
    if (tokenFile === undefined) demandLoopbackName(listener.app);
    else this.#demandToken(listener, tokenFile);
    const everything: View = {
      store,
      only: () => ({ kind: 'all' }),
      nodes: () => this.nodes,
      allowed: () => true,
    };
    addQueryRoutes(listener.app, await this.queryParts(() => everything));
    this.addAlerts(listener.app);
    await listener.listen(listen);
    return listener;
  }

  /**
   * For whoever else answers queries, with the room, the counts and the followers of this hub.
   * @param own routes that they have beside the hub's, and how many of their queries may wait for room
   */
  async queryParts(
    viewOf: QueryParts['viewOf'],
    { routes, waitingMax }: OwnParts = { routes: [], waitingMax: 0 },
  ): Promise<QueryParts> {
    return {
      viewOf,
      slots: this.#queries,
      finding: this.#finding,
      waitingMax,
      board: this.#board,
      limits: this.#options.config.limits,
      openApi: await openApiDocument(routes),
      took: (what, seconds) => this.metrics.took(what, seconds),
    };
  }

  /** Routes of alerts, where this hub evaluates any. */
  addAlerts(app: FastifyInstance): void {
    const { alerts, config } = this.#options;
    if (alerts === undefined) return;
    const { queryMillisMax } = config.limits;
    addAlertRoutes(app, { desk: alerts, slots: this.#queries, queryMillisMax });
  }

  /** Those that have delivered since the hub began. */
  get nodes(): readonly NodeState[] {
    return this.#nodes.list();
  }

  #demandToken(listener: Listener, path: string): void {
    const files = new WatchedFiles({ token: path });
    let token = tokenOf(files, path);
    this.#token = files;
    demandToken(listener.app, () => {
      token = lastGood(files, path, token);
      return token;
    });
  }

  async #listenNodes(): Promise<Listener | null> {
    const { config, nodeTokens } = this.#options;
    if (config.nodes === false) return null;
    const { tls, allow, listen, tokens } = config.nodes;
    if (tokens !== false && nodeTokens === undefined)
      throw new HubError('HUB_FAILED', { reason: 'nodes.tokens is set, and nobody reviews tokens' });
    const shared =
      tokens === false || nodeTokens === undefined
        ? null
        : { certificates: tokens.certificates, tokens: nodeTokens };
    const { batchBytesMax, nodeConnectionsMax } = config.limits;
    const onRefused = (): void => this.metrics.connectionRefused();
    const listener = this.#listener({
      tls: { files: new WatchedFiles(tls), clients: true, onRefused },
      bodyBytesMax: batchBytesMax,
      connectionsMax: nodeConnectionsMax,
    });
    addRecordsRoute(listener.app, {
      ingest: this.#ingest,
      slots: this.#batches,
      limits: config.limits,
      deliverers: { allow, shared },
      now: this.#now,
      took: (what, seconds) => this.metrics.took(what, seconds),
    });
    await listener.listen(listen);
    return listener;
  }

  async #listenAdmin(): Promise<Listener | null> {
    const { config, store } = this.#options;
    if (config.admin === false) return null;
    const listener = this.#listener({ tls: null, bodyBytesMax: 1_024, connectionsMax: 64 });
    addAdminRoutes(listener.app, { metrics: this.metrics, store, draining: () => this.#draining });
    await listener.listen(config.admin.listen);
    return listener;
  }

  #listener(options: Pick<ListenerOptions, 'tls' | 'bodyBytesMax' | 'connectionsMax'>): Listener {
    const { log, config } = this.#options;
    const onFailure = (code: string): void => this.metrics.failed(code);
    const { requestMillisMax } = config.limits;
    const listener = new Listener({ ...options, log, requestMillisMax, onFailure });
    this.#listeners.push(listener);
    return listener;
  }

  #every(millis: number, act: () => void): void {
    this.#timers.push(setInterval(act, millis).unref());
  }
}

/** A token file that is being written, or was emptied, does not let anybody in nor lock everybody out. */
function lastGood(files: WatchedFiles<'token'>, path: string, former: string): string {
  try {
    return tokenOf(files, path);
  } catch {
    // refreshFiles has said it.
    return former;
  }
}
