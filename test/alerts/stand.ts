/** A book, a clock and alerts over a store, for tests. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  AlertBook,
  AlertDesk,
  type AlertNotice,
  AlertRunner,
  type AlertStatus,
  type DefineOptions,
  defineAlert,
  type EventStore,
} from '@sluice/hub';
import type { DataSet, Json } from '@sluice/spool';
import { isoOf, record } from '../event-store/fixtures.ts';
import { BASE_MILLIS } from '../event-store/generate.ts';

export const SILENT = { info: () => undefined, warn: () => undefined };
const TOLD = { state: 'told', attempts: 1, nextAt: 0, status: 200, reason: '' } as const;
export const MINUTE = 60_000;

export class AlertStand {
  readonly folder = mkdtempSync(join(tmpdir(), 'sluice-alerts-'));
  readonly store: EventStore;
  /** Milliseconds after BASE_MILLIS. */
  time = 0;
  #book: AlertBook;
  #runner: AlertRunner;
  #specs: Readonly<Record<string, unknown>> = {};
  #holders = 0;
  #events = 0;

  constructor(store: EventStore) {
    this.store = store;
    this.#book = AlertBook.open(join(this.folder, 'alerts.db'));
    this.#runner = this.#make();
  }

  #make(): AlertRunner {
    const now = (): number => BASE_MILLIS + this.time;
    const holder = `hub-${++this.#holders}`;
    return new AlertRunner({ store: this.store, book: this.#book, log: SILENT, holder, now, webhooks: {} });
  }

  get desk(): AlertDesk {
    return new AlertDesk(this.#runner, { book: this.#book, store: this.store });
  }

  get book(): AlertBook {
    return this.#book;
  }

  use(specs: Readonly<Record<string, unknown>>, options: DefineOptions = {}): void {
    this.#specs = specs;
    const definitions = Object.entries(specs).map(([name, spec]) => defineAlert(name, spec, options));
    this.#runner.use('test', { definitions, faults: [] });
  }

  /** @param at milliseconds after BASE_MILLIS */
  isoAt(at: number): string {
    return isoOf(BASE_MILLIS + at);
  }

  /** As the hub notes it when a batch comes; @param oldest milliseconds after BASE_MILLIS */
  arrived(oldest: number): void {
    this.#runner.arrived(BASE_MILLIS + oldest);
  }

  status(name: string): AlertStatus | null {
    return this.#runner.alerts.status(name);
  }

  /** Another process on the same files; the lease of the former has run out. */
  restart(): void {
    this.#book.close();
    this.#book = AlertBook.open(join(this.folder, 'alerts.db'));
    this.time += MINUTE;
    this.#runner = this.#make();
    this.use(this.#specs);
  }

  /** @param at milliseconds after BASE_MILLIS; now unless given */
  async event(
    fields: { readonly [name: string]: Json } = {},
    { at = this.time, dataSet = 'waf' as DataSet } = {},
  ): Promise<void> {
    const [outcome] = await this.store.append([record(`e${++this.#events}`, fields, { at, dataSet })]);
    if (outcome?.kind !== 'stored') throw new Error(`not stored: ${JSON.stringify(outcome)}`);
  }

  /** Time goes on, and what is due is evaluated. */
  async pass(millis: number): Promise<void> {
    this.time += millis;
    await this.#runner.alerts.run();
  }

  /** What people are to be told, in order, and takes it as told. */
  told(): readonly AlertNotice[] {
    const told: AlertNotice[] = [];
    for (;;) {
      const due = this.#book.due(Number.MAX_SAFE_INTEGER, 1_000);
      if (due.length === 0) return told;
      for (const waiting of due) {
        told.push(waiting.notice);
        this.#book.settle(waiting, { ...TOLD, at: BASE_MILLIS + this.time });
      }
    }
  }

  get states(): readonly string[] {
    return this.told().map(({ state }) => state);
  }

  close(): void {
    this.#book.close();
    rmSync(this.folder, { recursive: true, force: true });
  }
}
