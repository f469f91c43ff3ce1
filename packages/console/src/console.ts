/** A running console: pages and an interface for those who are signed in, on an address of its own beside the hub's. */
import { dirname, join } from 'node:path';
import cookie from '@fastify/cookie';
import {
  addQueryRoutes,
  type ConsoleConfig,
  type EventStore,
  FILES_CHECK_MILLIS,
  HUB_ROUTES,
  type Hub,
  HubError,
  type HubRoute,
  isLoopback,
  Listener,
  type View,
  WatchedFiles,
} from '@sluice/hub';
import type { FastifyBaseLogger, FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { AlertPlaces } from './alerts/place.ts';
import { Access } from './api/access.ts';
import { addAlertGuard } from './api/alert-guard.ts';
import { addAlertRoutes } from './api/alert-routes.ts';
import { atOnce } from './api/at-once.ts';
import { consoleFailure } from './api/failure.ts';
import { addPolicyRoutes } from './api/policy-routes.ts';
import { CONSOLE_ROUTES } from './api/routes.ts';
import { addSearchRoutes } from './api/search-routes.ts';
import { SessionAnswers } from './api/session-answer.ts';
import { addSessionRoutes } from './api/session-routes.ts';
import { addStrangerRoutes } from './api/stranger-routes.ts';
import { addWorkloadRoutes } from './api/workload-routes.ts';
import type { Cluster } from './cluster/cluster.ts';
import { Grants } from './cluster/grants.ts';
import { ConsoleError } from './errors.ts';
import { Attempts } from './identity/attempts.ts';
import { Audit } from './identity/audit.ts';
import { Bootstrap } from './identity/bootstrap.ts';
import { Sessions } from './identity/sessions.ts';
import { Users } from './identity/users.ts';
import { Welcome } from './identity/welcome.ts';
import { CONSOLE_LIMITS } from './limits.ts';
import { Provider } from './oidc/provider.ts';
import type { Pages } from './pages.ts';
import type { PolicyDesk } from './policies/desk.ts';
import { onlyOf, scopedStore } from './scope.ts';
import { SearchBook } from './searches/book.ts';

/** Beside the users, where nothing else is said. */
const SEARCHES_FILE = 'console-searches.json';

export interface ConsoleOptions {
  readonly config: ConsoleConfig;
  readonly hub: Hub;
  readonly store: EventStore;
  readonly pages: Pages;
  /** Policies and rules; without it, pages that need them say so. */
  readonly desk?: PolicyDesk;
  readonly log: FastifyBaseLogger;
  /** Milliseconds for a request to come whole. */
  readonly requestMillisMax: number;
  /** Of console.kubernetes; absent where there is none. */
  readonly cluster?: Cluster;
  /** Where alerts can be written; nowhere unless given. */
  readonly alertPlaces?: AlertPlaces;
}

export class Console {
  readonly #options: ConsoleOptions;
  readonly #listener: Listener;
  readonly #users: Users;
  readonly #searches: SearchBook;
  readonly #bootstrap = new Bootstrap();
  readonly #access: Access;
  readonly #sessions: Sessions;
  readonly #welcome: Welcome;
  #watching: NodeJS.Timeout | null = null;
  readonly #routes: string[] = [];
  #reports = 0;

  /** @throws ConsoleError CONSOLE_OPEN, CONSOLE_USERS; HubError HUB_FILE */
  constructor(options: ConsoleOptions) {
    const { config, log, requestMillisMax } = options;
    const { listen, tls, users, sessions, welcome, trustedProxies } = config;
    if (tls === undefined && !isLoopback(listen.host)) {
      throw new ConsoleError('CONSOLE_OPEN', { address: `${listen.host}:${listen.port}` });
    }
    this.#options = options;
    this.#users = new Users(users);
    this.#searches = new SearchBook(config.searches ?? join(dirname(users), SEARCHES_FILE));
    this.#sessions = new Sessions(sessions);
    this.#welcome = new Welcome(welcome ?? null);
    const grants = options.cluster === undefined ? null : new Grants(options.cluster);
    this.#access = new Access(this.#sessions, this.#users, tls !== undefined, grants);
    const secrets =
      tls === undefined ? null : { files: new WatchedFiles(tls), clients: false, onRefused: () => undefined };
    this.#listener = new Listener({
      log,
      tls: secrets,
      bodyBytesMax: CONSOLE_LIMITS.bodyBytesMax,
      connectionsMax: CONSOLE_LIMITS.connectionsMax,
      requestMillisMax,
      trustedProxies,
      onFailure: () => undefined,
    });
  }

  /**
   * @returns the port, and a token as `invite` has it
   * @throws HubError HUB_LISTEN, ConsoleError CONSOLE_WELCOME
   */
  async start(): Promise<{ readonly port: number; readonly token: string | null }> {
    await this.#listener.app.register(async (app) => this.#addAll(app));
    await this.#listener.listen(this.#options.config.listen);
    this.#watching = setInterval(() => this.#look(), FILES_CHECK_MILLIS).unref();
    try {
      return { port: this.#listener.port, token: this.invite() };
    } catch (error) {
      await this.close(0);
      throw error;
    }
  }

  /**
   * A token for the first user, in place of any before it; null where there is one, or none is wanted. It is for the eyes of who starts this.
   * @throws ConsoleError CONSOLE_WELCOME
   */
  invite(): string | null {
    const token = this.#needsFirst ? this.#bootstrap.issue() : null;
    if (token === null) this.#welcome.remove();
    else this.#welcome.write(`${this.url}#${token}`);
    return token;
  }

  /** Where others let people in, that nobody is local is no reason to keep a door open for whoever reads a token. */
  get #needsFirst(): boolean {
    const { oidc, kubernetes, firstUser } = this.#options.config;
    return this.#users.none && (firstUser ?? (oidc === false && kubernetes === false));
  }

  /** A certificate that was renewed, and an invitation that is over. */
  #look(): void {
    this.refreshTls();
    if (this.#bootstrap.isOpen) return;
    try {
      this.#welcome.remove();
    } catch (error) {
      if (!(error instanceof ConsoleError)) throw error;
      this.#options.log.warn({ code: error.code, reason: error.message }, 'a token that opens nothing stays');
    }
  }

  /** Where its pages are: as browsers have them, where hub.yaml says it. Of a console that has started. */
  get url(): string {
    const { address, listen, tls } = this.#options.config;
    if (address !== undefined) return new URL(address).href;
    const host = listen.host.includes(':') ? `[${listen.host}]` : listen.host;
    return `${tls === undefined ? 'http' : 'https'}://${host}:${this.#listener.port}/`;
  }

  /** Breaches of the pages' policy that browsers have told: none is expected. */
  get policyReports(): number {
    return this.#reports;
  }

  /** Method and address of everything that is answered. */
  get routes(): readonly string[] {
    return this.#routes;
  }

  /** A certificate that has changed. What cannot be read is said, and what was there stays. */
  refreshTls(): void {
    const { log } = this.#options;
    try {
      if (this.#listener.refreshTls()) log.info('the certificate of the console was read again');
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      log.error({ reason }, 'the certificate of the console has changed and cannot be used');
    }
  }

  /** @throws ConsoleError CONSOLE_WELCOME */
  async close(millis: number): Promise<void> {
    if (this.#watching !== null) clearInterval(this.#watching);
    await this.#listener.close(millis);
    this.#welcome.remove();
  }

  async #addAll(app: FastifyInstance): Promise<void> {
    const { hub, pages, config, log } = this.#options;
    app.setErrorHandler((error, request, reply) => {
      const { status, body } = consoleFailure(error);
      if (status >= 500)
        log.error({ code: body.error.code, path: request.routeOptions.url }, 'a request failed');
      void reply.code(status).header('cache-control', 'no-store').send(body);
    });
    app.addHook('onRoute', ({ method, url }) => {
      for (const each of [method].flat()) this.#routes.push(`${each} ${url}`);
    });
    if (config.tls === undefined) demandLocalName(app);
    await app.register(cookie);
    app.addHook('onRequest', async (request, reply) => this.#settle(request, reply));
    const audit = new Audit(config.audit, log);
    this.#addSignIn(app, audit);
    // Each reads as many as 100,000 events, whichever page asks.
    const analyses = atOnce('analysis', CONSOLE_LIMITS.analysesMax);
    addWorkloadRoutes(app, {
      ...{ access: this.#access, audit, store: this.#options.store, analyses },
      ...{ cluster: this.#options.cluster ?? null, now: Date.now },
    });
    addPolicyRoutes(app, {
      access: this.#access,
      audit,
      store: this.#options.store,
      desk: this.#options.desk ?? null,
      analyses,
    });
    addAlertRoutes(app, { access: this.#access, audit, places: this.#options.alertPlaces ?? {} });
    const own = {
      routes: Object.values<HubRoute>(CONSOLE_ROUTES),
      waitingMax: CONSOLE_LIMITS.queriesWaitingMax,
    };
    addQueryRoutes(app, await hub.queryParts((request) => this.#viewOf(request), own));
    await app.register(async (child) => {
      addAlertGuard(child, this.#access, audit);
      hub.addAlerts(child);
    });
    this.#addReports(app);
    pages.add(app);
  }

  #addSignIn(app: FastifyInstance, audit: Audit): void {
    const { oidc, kubernetes } = this.#options.config;
    const cluster = this.#options.cluster ?? null;
    const provider = oidc === false ? null : new Provider(oidc);
    const ways = { oidc: oidc === false ? null : oidc.label, token: cluster !== null };
    const common = {
      ...{ access: this.#access, attempts: new Attempts(), audit, provider },
      answers: new SessionAnswers(ways, cluster !== null, () => this.#needsFirst),
    };
    const { users, sessions, searches } = {
      ...{ users: this.#users, sessions: this.#sessions, searches: this.#searches },
    };
    const welcome = this.#welcome;
    addSessionRoutes(app, { ...common, bootstrap: this.#bootstrap, welcome, sessions, users, searches });
    addSearchRoutes(app, { access: this.#access, audit, searches });
    addStrangerRoutes(app, { ...common, oidc, kubernetes, cluster });
  }

  /** Pages and their parts are the same for everybody. */
  async #settle(request: FastifyRequest, reply: FastifyReply): Promise<void> {
    const url = request.routeOptions.url ?? '';
    if (/^\/(?:api|v1)\//.test(url)) await this.#access.settle(request);
    if (url !== HUB_ROUTES.tail.url) return;
    // What somebody may see is asked once a request: this one would never end.
    const timer = setTimeout(() => reply.raw.end(), CONSOLE_LIMITS.tailMillis);
    reply.raw.once('close', () => clearTimeout(timer));
  }

  /** @throws ConsoleError CONSOLE_SIGNED_OUT, CONSOLE_CROSS_SITE */
  #viewOf(request: FastifyRequest): View {
    const { store, hub } = this.#options;
    const signedIn = this.#access.demand(request, 'viewer');
    const { namespaces } = signedIn.identity;
    return {
      store: scopedStore(store, namespaces),
      only: (dataSet) => onlyOf(namespaces, dataSet),
      // Which nodes there are, and how much they deliver, is nobody's but those who see all.
      nodes: () => (namespaces === null ? hub.nodes : []),
      allowed: () => this.#access.goesOn(signedIn),
    };
  }

  #addReports(app: FastifyInstance): void {
    const { log } = this.#options;
    let quietUntil = 0;
    app.addContentTypeParser('application/csp-report', { parseAs: 'string' }, (_, body, done) =>
      done(null, body),
    );
    app.post('/csp-report', { schema: { hide: true } }, (_, reply) => {
      this.#reports += 1;
      void reply.code(204).send();
      // Anybody can send them, as many as they like: each is counted, and that does not fill the log.
      const now = performance.now();
      if (now < quietUntil) return;
      quietUntil = now + CONSOLE_LIMITS.reportMillis;
      // Its text comes from whoever sends it; that there was one is enough to look.
      log.warn({ reports: this.#reports }, 'a browser reports a breach of the policy of pages');
    });
  }
}

/** A page elsewhere can let a name of its own point at this machine: it is not one of ours. */
function demandLocalName(app: FastifyInstance): void {
  app.addHook('onRequest', async (request) => {
    const host = (request.headers.host ?? '').replace(/:\d*$/, '').replace(/^\[(.*)\]$/, '$1');
    if (!isLoopback(host)) throw new HubError('HUB_HOST', { host: host.slice(0, 100) });
  });
}
