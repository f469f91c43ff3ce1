/** Puts the parts together: transport, check, health, metrics, admin, drain. */
import { AUTHORIZATION_SERVICE, PROCESSOR_SERVICE } from '@sluice/envoy-config/contract';
import { type BoundAddress, formatAddress, isLocal } from './address.ts';
import { Admin } from './admin.ts';
import { Afterwards } from './afterwards.ts';
import { CHECK_PATH, createCheckHandler } from './check.ts';
import type { Config } from './config.ts';
import { drain } from './drain.ts';
import { ServerError } from './errors.ts';
import { EventKeeper } from './event-keeper.ts';
import { type EventOrigin, eventOrigin } from './event-origin.ts';
import { EventThread } from './event-thread/event-thread.ts';
import { addEventThreadMetrics } from './event-thread/metrics.ts';
import type { ExchangeInspector } from './exchange-inspector.ts';
import { createProcessHandler, PROCESS_PATH } from './ext-proc/service.ts';
import { HEALTH_CHECK_PATH, HEALTH_WATCH_PATH, Health } from './health.ts';
import type { EventSink, Inspector } from './inspector.ts';
import { type L7Options, L7View } from './l7/l7-view.ts';
import { describeFault, type Log, LogThrottle } from './log.ts';
import { Metrics } from './metrics.ts';
import { PoliciesInForce } from './policies/in-force.ts';
import { JudgedProbes } from './probe/judged-probes.ts';
import { RefusalEvents } from './refusal-events.ts';
import { createGrpcJsTransport } from './transport/grpc-js.ts';
import { createHttp2Transport } from './transport/http2.ts';
import type {
  DuplexHandler,
  Services,
  Transport,
  TransportFactory,
  TransportObserver,
} from './transport/transport.ts';
import type { Workloads } from './workloads/workloads.ts';

export interface ServerOptions {
  readonly config: Config;
  readonly inspector: Inspector;
  /** Who inspects what Envoy streams; without one, streams are refused. */
  readonly exchanges?: ExchangeInspector;
  readonly log: Log;
  /** Whether the inspector can inspect, for /readyz; without it, always. */
  readonly inspectorReady?: () => boolean;
  /** Ends what the inspector holds, when the server is closed. */
  readonly closeInspector?: () => Promise<void>;
  /** Where events go; without one they are dropped. */
  readonly events?: EventSink;
  /** Has a thread of its own make events, where the sink takes what is written. */
  readonly eventThread?: boolean;
  /** Of the events that the server makes by itself; without it, this process. */
  readonly origin?: EventOrigin;
  /** Where documents of the L7 view go; without it nothing is counted there. */
  readonly l7?: Pick<L7Options, 'sink' | 'workloadOf'>;
  /** Who stands behind addresses; without it nobody knows. */
  readonly workloads?: Workloads | null;
  /** Adds memory, CPU and event loop to /metrics. Once a process. */
  readonly processMetrics?: boolean;
}

const TRANSPORTS: Readonly<Record<Config['transport'], TransportFactory>> = {
  http2: createHttp2Transport,
  'grpc-js': createGrpcJsTransport,
};

type State = 'new' | 'starting' | 'running' | 'draining' | 'closed';

export class SluiceServer {
  readonly metrics: Metrics;
  readonly policies: PoliciesInForce;
  readonly #config: Config;
  readonly #closeInspector: () => Promise<void>;
  readonly #refusals: RefusalEvents;
  readonly #probes = new JudgedProbes();
  readonly #afterwards = new Afterwards();
  readonly #eventThread: EventThread | null;
  readonly #log: Log;
  readonly #health = new Health([AUTHORIZATION_SERVICE, PROCESSOR_SERVICE]);
  readonly #transport: Transport;
  readonly #l7: L7View | null;
  readonly #admin: Admin | null;
  /** Pages of JSON for operators, by path: whoever composes the server may add some. */
  readonly pages = new Map<string, () => object>([['/probes', () => this.#probes.page]]);
  /** Lines for /readyz. */
  details: () => readonly string[] = () => [];
  #state: State = 'new';
  #addresses: readonly BoundAddress[] = [];
  #adminAddress: { readonly host: string; readonly port: number } | null = null;
  #drained: Promise<number> | null = null;

  constructor(options: ServerOptions) {
    const { config, inspector, exchanges = null, log, events = null } = options;
    this.#closeInspector = options.closeInspector ?? (() => Promise.resolve());
    const isReady = options.inspectorReady ?? (() => true);
    this.#config = config;
    this.#refusals = new RefusalEvents(options.origin ?? eventOrigin());
    this.#log = log;
    this.policies = new PoliciesInForce(config);
    this.metrics = new Metrics(() => this.#transport.callsInFlight);
    if (options.processMetrics === true) this.metrics.addProcessMetrics();
    this.#l7 = l7Of(options, this.metrics);
    this.#eventThread = this.#eventThreadOf(options);
    const check = createCheckHandler({
      policies: this.policies,
      limits: config.limits,
      inspector,
      metrics: this.metrics,
      log,
      events,
      afterwards: this.#afterwards,
      thread: this.#eventThread,
      refusals: this.#refusals,
      l7: this.#l7,
      workloads: options.workloads ?? null,
      probes: this.#probes,
    });
    const services: Services = {
      unary: new Map([
        [CHECK_PATH, check],
        [HEALTH_CHECK_PATH, this.#health.check],
      ]),
      streams: new Map([[HEALTH_WATCH_PATH, this.#health.watch]]),
      duplex: new Map(exchanges === null ? [] : [[PROCESS_PATH, this.#processor(exchanges, options)]]),
    };
    const observer = observe(this.metrics, log);
    this.#transport = TRANSPORTS[config.transport]({ services, limits: config.limits, observer });
    this.#admin =
      config.admin === false
        ? null
        : new Admin({
            metrics: this.metrics,
            ready: () => this.#health.serving && isReady(),
            details: () => this.details(),
            pages: this.pages,
          });
  }

  #eventThreadOf({ eventThread, events, log }: ServerOptions): EventThread | null {
    if (eventThread !== true || events?.takesWritten !== true) return null;
    const thread = new EventThread({ log, afterwards: this.#afterwards });
    addEventThreadMetrics(this.metrics.registry, () => thread.stats);
    return thread;
  }

  #processor(inspector: ExchangeInspector, options: ServerOptions): DuplexHandler {
    const { config, log, events } = options;
    const { metrics, policies } = this;
    const keeper = new EventKeeper({
      events: events ?? null,
      metrics,
      log,
      afterwards: this.#afterwards,
      thread: this.#eventThread,
    });
    return createProcessHandler({
      policies,
      limits: config.limits,
      inspector,
      metrics,
      log,
      events: keeper,
      refusals: this.#refusals,
      l7: this.#l7,
      workloads: options.workloads ?? null,
      probes: this.#probes,
    });
  }

  /** Where the server listens, port 0 resolved. Empty before `start`. */
  get addresses(): readonly BoundAddress[] {
    return this.#addresses;
  }

  /** Where the operators' HTTP listens, or null. */
  get adminAddress(): { readonly host: string; readonly port: number } | null {
    return this.#adminAddress;
  }

  /**
   * Listens on every address, or on none.
   * @throws ServerError ADDRESS_IN_USE, LISTEN_FAILED, SERVER_STATE
   */
  async start(): Promise<void> {
    if (this.#state !== 'new')
      throw new ServerError('SERVER_STATE', { called: 'start()', state: this.#state });
    this.#state = 'starting';
    const { listen, admin } = this.#config;
    try {
      const bound: BoundAddress[] = [];
      for (const address of listen) bound.push(await this.#transport.listen(address));
      this.#addresses = bound;
      if (this.#admin !== null && admin !== false) {
        this.#adminAddress = await this.#admin.listen(admin.host, admin.port);
      }
    } catch (error) {
      await this.close();
      throw error;
    }
    if (this.#state !== 'starting') {
      // Stopped while it was starting: what came to listen after that must not stay.
      const state = this.#state;
      await this.close();
      throw new ServerError('SERVER_STATE', { called: 'start()', state });
    }
    this.#state = 'running';
    this.#health.setServing(true);
    for (const address of this.#addresses) {
      const shown = formatAddress(address);
      this.#log.info({ address: shown, transport: this.#config.transport }, 'listening');
      if (!isLocal(address))
        this.#log.warn({ address: shown }, 'checks are taken from other machines, unencrypted');
    }
  }

  /** Stops without cutting calls off, within the configured times. Resolves to the number of calls cut off. */
  drain(): Promise<number> {
    this.#drained ??= this.#drain();
    return this.#drained;
  }

  /** Ends everything at once. Can be called again. */
  async close(): Promise<void> {
    this.#state = 'closed';
    this.#health.setServing(false);
    await this.#transport.close();
    this.#afterwards.close();
    await this.#eventThread?.close();
    await this.#l7?.close();
    await this.#admin?.close();
    await this.#closeInspector();
  }

  async #drain(): Promise<number> {
    this.#state = 'draining';
    const parts = { health: this.#health, transport: this.#transport, log: this.#log };
    const cut = await drain(parts, this.#config.drain);
    await this.close();
    return cut;
  }
}

function l7Of(options: ServerOptions, { registry }: Metrics): L7View | null {
  const { config, log, l7, origin = eventOrigin(), workloads = null } = options;
  if (config.l7 === false || l7 === undefined) return null;
  const known = workloads === null ? {} : { workloadOf: (address: string) => workloads.workloadOf(address) };
  return new L7View({ ...known, ...l7, settings: config.l7, observer: origin.observer, registry, log });
}

/** Lines about broken calls: ten in ten seconds. */
const LOG_LINES_MAX = 10;
const LOG_PERIOD_MILLIS = 10_000;

function observe(metrics: Metrics, log: Log): TransportObserver {
  const throttle = new LogThrottle(LOG_LINES_MAX, LOG_PERIOD_MILLIS);
  return {
    handlerFailed(path, error, refusal) {
      metrics.callFailed(error instanceof ServerError ? error.code : 'other');
      const suppressed = throttle.admit(performance.now());
      if (suppressed === null) return;
      log.error({ path, grpcStatus: refusal.status, suppressed, ...describeFault(error) }, 'a call failed');
    },
    refused(refusal) {
      metrics.callRefused(refusal.status);
      log.debug({ grpcStatus: refusal.status, reason: refusal.message }, 'a call was refused');
    },
    connectionFailed(error) {
      metrics.connectionFailed();
      log.debug(describeFault(error), 'a connection or a stream broke');
    },
  };
}

export const createServer = (options: ServerOptions): SluiceServer => new SluiceServer(options);
