/**
 * Takes configuration and rules over while requests are answered. All of it or nothing: what is wrong anywhere leaves
 * everything as it was, and is told in the log, in the metrics and by /readyz.
 */
import { dirname } from 'node:path';
import type { Engine, RuleUnit } from '@sluice/engine';
import type { Config } from '../config.ts';
import { reasonOf, ServerError } from '../errors.ts';
import { describeFault, type Log } from '../log.ts';
import type { PoliciesInForce } from '../policies/in-force.ts';
import { PolicySelector } from '../policies/select.ts';
import type { RuleSetGeneration, RuleSetHost } from '../rule-sets.ts';
import { type Built, build } from './build.ts';
import type { BuildRequest } from './messages.ts';
import type { ReloadMetrics, ReloadOutcome } from './reload-metrics.ts';
import { generationVersion } from './unit-key.ts';

/** What a reload reads. */
export interface ReloadSource {
  readonly config: Config;
  /** Rule files of the base, in order: set-up, then the CRS. */
  readonly baseFiles: readonly string[];
}

export interface ReloaderOptions {
  readonly engine: Engine;
  /** Where compiled rules are kept: the way from the process that compiles to the server. */
  readonly cacheDirectory: string;
  readonly host: RuleSetHost;
  readonly policies: PoliciesInForce;
  /** What is in force, with the configuration that it came from; `unitKeys` of the generation. */
  readonly first: ReloadSource & { readonly generation: RuleSetGeneration; readonly keys: readonly string[] };
  /** Reads the files. Throws coded errors with places. */
  readonly read: () => ReloadSource;
  readonly metrics: ReloadMetrics;
  readonly log: Log;
  /** Told what came into force. Nothing waits for it. */
  readonly onApplied?: (config: Config, generation: RuleSetGeneration) => void;
  /** Told that `capture` is another, where rules and policies are the same. Nothing waits for it. */
  readonly onCapture?: (config: Config) => void;
  /** For tests: how rules are built. */
  readonly build?: typeof build;
}

export interface ReloadStatus {
  readonly version: string;
  /** Of the generation in force, in milliseconds since 1970. */
  readonly sinceMillis: number;
  /** What the last attempt met; null where there was none. */
  readonly last: {
    readonly outcome: ReloadOutcome;
    readonly atMillis: number;
    readonly reason: string;
    /** Of the configuration that was to come into force; null where it has none, or could not be read. */
    readonly revision: string | null;
  } | null;
  /** Of the configuration in force; null where it has none. */
  readonly revision: string | null;
  /** Settings of the file that only a restart takes over. */
  readonly restartNeeded: readonly string[];
}

/** Settings that are taken over once, when the server starts. */
const FIXED = [
  'listen',
  'transport',
  'admin',
  'log',
  'limits',
  'drain',
  'events',
  'l7',
] as const satisfies readonly (keyof Config)[];

export class Reloader {
  readonly #options: ReloaderOptions;
  readonly #startConfig: Config;
  #config: Config;
  #units: ReadonlyMap<string, RuleUnit>;
  #lastId: number;
  #status: ReloadStatus;
  #running: Promise<ReloadOutcome> | null = null;
  #waiting: Promise<ReloadOutcome> | null = null;
  #files: readonly string[];
  /** Of the configuration that is being taken over. */
  #revision: string | null = null;
  readonly #stop = new AbortController();
  #attempted: ReloadSource;

  constructor(options: ReloaderOptions) {
    this.#options = options;
    const { config, generation, keys } = options.first;
    this.#attempted = options.first;
    this.#startConfig = config;
    this.#config = config;
    this.#units = new Map(generation.units.map((unit, index) => [keys[index] ?? '', unit]));
    this.#files = generation.units.flatMap(({ program }) => program.sources.map(({ path }) => path));
    this.#lastId = generation.id;
    const version = generationVersion(keys);
    const { revision } = config;
    this.#status = { version, sinceMillis: Date.now(), last: null, restartNeeded: [], revision };
    options.metrics.inForce(version, Date.now());
  }

  get status(): ReloadStatus {
    return this.#status;
  }

  get config(): Config {
    return this.#config;
  }

  /** What the rules in force were read from, and those of the last attempt: files, and folders for patterns of files. */
  get watched(): readonly string[] {
    const { config, baseFiles } = this.#attempted;
    const own = Object.values(config.policies).flatMap(({ ruleFiles }) => [
      ...ruleFiles.before,
      ...ruleFiles.after,
    ]);
    return [...this.#files, ...own, ...baseFiles.map((path) => (path.includes('*') ? dirname(path) : path))];
  }

  /** Ends what is being built. */
  close(): void {
    this.#stop.abort();
  }

  /** Begins a reload, or one more behind the one that runs: its files may be the former ones. Never rejects. */
  reload(reason: string): Promise<ReloadOutcome> {
    if (this.#running === null) {
      this.#running = this.#attempt(reason).finally(() => {
        this.#running = null;
      });
      return this.#running;
    }
    this.#waiting ??= this.#running.then(() => {
      this.#waiting = null;
      return this.reload(reason);
    });
    return this.#waiting;
  }

  async #attempt(reason: string): Promise<ReloadOutcome> {
    const { log, metrics } = this.#options;
    log.info({ reason }, 'reloading');
    const startedAt = performance.now();
    let outcome: ReloadOutcome;
    let told = '';
    this.#revision = null;
    try {
      outcome = await this.#take();
      const millis = Math.round(performance.now() - startedAt);
      log.info({ outcome, millis, version: this.#status.version }, 'reloaded');
    } catch (error) {
      outcome = isMistake(error) ? 'refused' : 'failed';
      told = reasonOf(error);
      log.error(
        { outcome, error: told, ...describeFault(error) },
        'not reloaded: what was in force stays so',
      );
    }
    metrics.ended(outcome);
    this.#status = {
      ...this.#status,
      last: { outcome, atMillis: Date.now(), reason: told, revision: this.#revision },
    };
    return outcome;
  }

  async #take(): Promise<ReloadOutcome> {
    const { engine, cacheDirectory, host, policies, log } = this.#options;
    this.#attempted = this.#options.read();
    const { config, baseFiles } = this.#attempted;
    this.#revision = config.revision;
    this.#noteFixed(config);
    const selector = new PolicySelector(config.policies, config.select);
    const request: BuildRequest = {
      cacheDirectory,
      id: this.#lastId + 1,
      baseFiles,
      crs: config.rules.crs,
      policies: config.policies,
      select: config.select,
    };
    const built = await (this.#options.build ?? build)(engine, request, this.#units, this.#stop.signal);
    this.#files = built.files;
    if (this.#isSame(built, config)) return this.#takeBeside(config);
    this.#lastId = request.id;
    for (const warning of built.warnings) log.warn(warning);
    await host.prepare(built.generation);
    // Rule sets and policies change in one turn: a request has both of before or both of after.
    host.use(built.generation.id);
    policies.replace(selector);
    this.#config = config;
    this.#units = built.units;
    const { version } = built.generation;
    this.#status = { ...this.#status, version, sinceMillis: Date.now(), revision: config.revision };
    this.#options.metrics.inForce(version, Date.now());
    this.#options.onApplied?.(config, built.generation);
    return 'applied';
  }

  /** What comes into force without rules: who switches a capture off, or takes its key away, is obeyed at once. */
  #takeBeside(config: Config): ReloadOutcome {
    this.#status = { ...this.#status, revision: config.revision };
    const isSame = JSON.stringify(config.capture) === JSON.stringify(this.#config.capture);
    if (isSame) return 'unchanged';
    this.#config = config;
    this.#options.onCapture?.(config);
    return 'applied';
  }

  #isSame(built: Built, config: Config): boolean {
    const isSameRules =
      built.units.size === this.#units.size && [...built.units.keys()].every((key) => this.#units.has(key));
    const settings = ({ policies, select, rules }: Config) => JSON.stringify([policies, select, rules]);
    return isSameRules && settings(config) === settings(this.#config);
  }

  #noteFixed(config: Config): void {
    const restartNeeded = FIXED.filter(
      (key) => JSON.stringify(config[key]) !== JSON.stringify(this.#startConfig[key]),
    );
    if (restartNeeded.join() !== this.#status.restartNeeded.join() && restartNeeded.length > 0) {
      this.#options.log.warn({ settings: restartNeeded }, 'these settings are taken over at the next start');
    }
    this.#status = { ...this.#status, restartNeeded };
  }
}

/** Whoever wrote the files can put it right; anything else is the server's affair. */
const isMistake = (error: unknown): boolean =>
  error instanceof Error &&
  'code' in error &&
  !(error instanceof ServerError && NOT_MISTAKES.has(error.code));

const NOT_MISTAKES: ReadonlySet<string> = new Set([
  'RELOAD_FAILED',
  'RULE_SETS_BUSY',
  'GENERATION_UNKNOWN',
  'WORKER_LOST',
  'POOL_CLOSED',
]);

/** For /readyz: a line each. */
export function statusLines({ version, sinceMillis, last, restartNeeded }: ReloadStatus): readonly string[] {
  return [
    `rule sets ${version} since ${new Date(sinceMillis).toISOString()}`,
    ...(last === null || last.reason === ''
      ? []
      : [`last reload ${last.outcome} at ${new Date(last.atMillis).toISOString()}: ${last.reason}`]),
    ...(restartNeeded.length === 0 ? [] : [`taken over at the next start: ${restartNeeded.join(', ')}`]),
  ];
}
