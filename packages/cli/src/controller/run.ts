/** The life of `sluice controller run`: install, watch, lead or follow, answer the webhook, and drain on a signal. */
import { setTimeout as sleep } from 'node:timers/promises';
import {
  ApiClient,
  Controller,
  type KubeconfigChoice,
  type Log,
  loadKubeconfig,
  Mirror,
  Operators,
  processRegistry,
  type WebhookAddress,
} from '@sluice/controller';
import { pino } from 'pino';
import { endInAnyCase, toldToEnd } from '../process-end.ts';
import { LineSink } from '../serve/line-sink.ts';
import { version } from '../version.ts';
import { Admission } from './admission.ts';
import { installWhenUp } from './begin.ts';
import { deedsToHub, type HubFlags } from './deeds.ts';
import { ControllerRunError } from './errors.ts';
import { Judging } from './judging.ts';
import { keepQuarantines, plannerOf } from './term.ts';

const LOG_WAITING_BYTES_MAX = 1_048_576;
/** Beside the time of a drain: for what is on its way to the API server, and the last lines. */
const OVERDUE_MILLIS = 15_000;
/** Of a Service of Kubernetes' that leads to the webhook. */
const HTTPS = 443;

export interface ControllerFlags extends KubeconfigChoice, HubFlags {
  readonly namespace: string;
  readonly metricsPort: number;
  readonly webhookPort: number;
  readonly webhookService?: string;
  readonly webhookUrl?: string;
  readonly webhook: boolean;
  readonly calico: boolean;
  readonly quarantine: boolean;
  readonly rules?: string;
  readonly leaseName: string;
  readonly drainSeconds: number;
  readonly logLevel: string;
}

/**
 * Resolves when it has ended, by a signal.
 *
 * @throws ControllerRunError CONTROLLER_OPTION, ControllerError, ServeError, SetupError
 */
export async function runController(flags: ControllerFlags): Promise<void> {
  const ended = toldToEnd('SIGTERM', 'SIGINT');
  const address = flags.webhook ? webhookAddress(flags) : null;
  const client = new ApiClient(loadKubeconfig(flags));
  const lines = new LineSink(2, LOG_WAITING_BYTES_MAX);
  const base = { service: 'sluice-controller' };
  const log = pino({ level: flags.logLevel, base, timestamp: pino.stdTimeFunctions.isoTime }, lines);
  const process = new ControllerProcess(flags, address, { client, log });
  try {
    const started = process.start();
    const signal = await Promise.race([ended, started.then(() => ended)]);
    endInAnyCase(flags.drainSeconds * 1_000 + OVERDUE_MILLIS);
    log.info({ signal }, 'draining');
  } finally {
    await process.stop();
    client.close();
  }
  log.info('stopped');
  await lines.end();
}

type AddressOf = (port: number) => WebhookAddress;

function webhookAddress({ namespace, webhookService, webhookUrl }: ControllerFlags): AddressOf {
  const refuse = (option: string, reason: string): ControllerRunError =>
    new ControllerRunError('CONTROLLER_OPTION', { option, reason });
  if (webhookService !== undefined) {
    if (webhookUrl !== undefined) throw refuse('--webhook-url', 'it is reached by --webhook-service already');
    return () => ({ namespace, service: webhookService, port: HTTPS });
  }
  if (webhookUrl === undefined)
    throw refuse('--webhook-service', 'the API server has to be told how it reaches the webhook');
  if (!URL.canParse(webhookUrl) || !webhookUrl.startsWith('https://'))
    throw refuse('--webhook-url', `${webhookUrl} is no address with https`);
  // Port 0 stands for the one that it listens on.
  return (port) => ({ url: webhookUrl.replace(/\/$/, '').replace(/:0$/, `:${port}`) });
}

interface Tools {
  readonly client: ApiClient;
  readonly log: Log;
}

class ControllerProcess {
  readonly #flags: ControllerFlags;
  readonly #log: Log;
  readonly #client: ApiClient;
  readonly #mirror: Mirror;
  readonly #judging: Judging;
  readonly #controller: Controller;
  readonly #admission: Admission | null;
  readonly #operators: Operators;
  readonly #ending = new AbortController();
  #waiting = 'it has just started';
  #isWatching = false;

  constructor(flags: ControllerFlags, address: AddressOf | null, { client, log }: Tools) {
    const { namespace, calico, leaseName } = flags;
    const registry = processRegistry();
    this.#flags = flags;
    this.#log = log;
    this.#client = client;
    this.#mirror = new Mirror({ client, log, registry, calico, namespace });
    const onChange = (): void => this.#controller.changed();
    this.#judging = new Judging({ rules: flags.rules ?? null, log, onChange });
    const { judge } = this.#judging;
    const tools = { api: client, log, namespace };
    const keeping = { ...tools, version: version(), record: deedsToHub(flags, log) };
    this.#controller = new Controller({
      ...{ ...tools, registry, leaseName, source: this.#mirror },
      planner: plannerOf({ ...tools, verdicts: judge }),
      ...(flags.quarantine ? { duties: (signal) => keepQuarantines(keeping, signal) } : {}),
    });
    const world = () => this.#mirror.world();
    const webhook = { ...tools, judge, world, registry, port: flags.webhookPort };
    this.#admission = address === null ? null : new Admission({ ...webhook, address });
    const ready = () => this.#problems().length === 0;
    const details = () => [...this.#problems(), ...this.#controller.details()];
    this.#operators = new Operators({ registry, ready, details });
  }

  /** Why it is not ready. */
  #problems(): readonly string[] {
    if (this.#ending.signal.aborted) return ['it is being stopped'];
    if (this.#waiting !== '') return [this.#waiting];
    const unread = this.#mirror.statuses.filter(({ optional, state }) => !optional && state !== 'watching');
    const admission = this.#admission === null ? [] : [this.#admission.problem, this.#judging.problem];
    return [
      ...(this.#controller.ready ? [] : ['the cluster has not been read']),
      ...(this.#controller.ready
        ? []
        : unread.map(({ name, state, problem }) => `${name}: ${state} ${problem}`)),
      ...admission.filter((problem) => problem !== ''),
    ];
  }

  /** Resolves when it watches, and answers the API server; or was told to stop before. @throws ControllerError */
  async start(): Promise<void> {
    const { metricsPort, calico } = this.#flags;
    const { signal } = this.#ending;
    const metrics = await this.#operators.listen('', metricsPort);
    const webhook = (await this.#admission?.listen()) ?? null;
    this.#log.info({ metricsPort: metrics, webhookPort: webhook }, 'listening');
    const onWaiting = (reason: string): void => {
      this.#waiting = reason;
    };
    const begin = { api: this.#client, log: this.#log, calico, signal, onWaiting };
    if (!(await installWhenUp(begin))) return;
    this.#isWatching = true;
    this.#mirror.start();
    this.#controller.start();
    await Promise.all([this.#judging.start(signal), this.#admission?.start(signal)]);
  }

  /** The Lease is given back at once; the webhook goes on until the API server has learned that it should ask another. */
  async stop(): Promise<void> {
    this.#ending.abort();
    const { drainSeconds } = this.#flags;
    const notice = this.#isWatching && this.#admission !== null ? drainSeconds * 1_000 : 0;
    await Promise.all([this.#isWatching ? this.#controller.stop() : null, sleep(notice)]);
    await this.#admission?.close();
    await this.#mirror.stop();
    this.#judging.end();
    await this.#operators.close();
  }
}
