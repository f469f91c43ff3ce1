/** The ready alerts, over the demo's store: people see one fire for the attack that they have just seen. */
import { cpSync, mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { type AlertDesk, type EventStore, type HubConfig, HubError, parseQuery, schemaOf } from '@sluice/hub';
import type { Logger } from 'pino';
import { type HubAlerts, openAlerts } from '../hub/alerts.ts';
import { repositoryRoot } from '../setup/paths.ts';
import { DemoError } from './errors.ts';
import type { Run } from './runs.ts';

/** The one that the story's attack makes fire. */
export const STORY_ALERT = 'sqli-seen';

const FIRING_MILLIS_MAX = 60_000;
const FIRING_POLL_MILLIS = 20;

export interface FiringAlert {
  readonly name: string;
  readonly state: 'firing';
  readonly severity: number;
  readonly summary: string;
  /** Requests that it found. */
  readonly count: number;
  readonly firedAt: string;
  /** Id of the newest of their events. */
  readonly event: string | null;
  /** Id of the alert's own document in the same store. */
  readonly document: string;
}

export class DemoAlerts {
  readonly #alerts: HubAlerts;
  readonly #store: EventStore;
  readonly #folder: string;

  /** None is in force yet. A demo tells anew what an earlier one has told. */
  constructor(run: Run, config: HubConfig, store: EventStore, log: Logger) {
    const state = run.join('alerts-state');
    this.#store = store;
    this.#folder = run.join('alerts');
    for (const path of [state, this.#folder]) rmSync(path, { recursive: true, force: true });
    mkdirSync(this.#folder, { recursive: true });
    const alerts = { ...config.alerts, files: [this.#folder] };
    this.#alerts = openAlerts({ alerts, state, console: config.console }, store, log);
  }

  /** For the console, whose own alerts are beside the ready ones. */
  get hub(): Pick<HubAlerts, 'desk' | 'files' | 'refresh'> {
    return this.#alerts;
  }

  get desk(): AlertDesk {
    return this.#alerts.desk;
  }

  /**
   * Brings the ready alerts into force. Each is evaluated as soon as it is there, over what is stored, and once a period from then on.
   * @returns the story's, once its document is stored
   * @throws DemoError DEMO_ALERT_SILENT
   */
  async firing(): Promise<FiringAlert> {
    cpSync(join(repositoryRoot(), 'rules/alerts'), this.#folder, { recursive: true });
    this.#alerts.refresh();
    this.#alerts.start();
    const until = performance.now() + FIRING_MILLIS_MAX;
    for (;;) {
      const document = await this.#document();
      const firing = document === null ? null : this.#firing(document);
      if (firing !== null) return firing;
      if (performance.now() > until) throw new DemoError('DEMO_ALERT_SILENT', { alert: STORY_ALERT });
      await wait(FIRING_POLL_MILLIS);
    }
  }

  #firing(document: string): FiringAlert | null {
    const { definition, instances } = this.desk.show(STORY_ALERT);
    const found = instances.find(({ state }) => state === 'firing')?.instance;
    if (found === undefined) return null;
    const { severity, summary } = definition;
    const firedAt = new Date(found.firedAt).toISOString();
    const event = found.sample?.event ?? null;
    return {
      name: STORY_ALERT,
      state: 'firing',
      severity,
      summary,
      count: found.count,
      firedAt,
      event,
      document,
    };
  }

  async #document(): Promise<string | null> {
    const query = parseQuery(`"alert.name" = "${STORY_ALERT}"`, schemaOf('alert'));
    try {
      const { documents } = await this.#store.search({ dataSet: 'alert', query, size: 1 });
      return documents[0]?.id ?? null;
    } catch (error) {
      // An index that was just made cannot be asked yet.
      if (error instanceof HubError && error.code === 'STORE_UNAVAILABLE') return null;
      throw error;
    }
  }

  /** Also where it never began. */
  async stop(): Promise<void> {
    await this.#alerts.stop();
  }
}
