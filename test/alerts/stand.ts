/** A book, a clock and alerts over a store, for tests. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { AlertBook, type AlertNotice, Alerts, defineAlert, type EventStore } from '@sluice/hub';
import type { DataSet, Json } from '@sluice/spool';
import { record } from '../event-store/fixtures.ts';
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
  #alerts: Alerts;
  #specs: Readonly<Record<string, unknown>> = {};
  #holders = 0;
  #events = 0;

  constructor(store: EventStore) {
    this.store = store;
    this.#book = AlertBook.open(join(this.folder, 'alerts.db'));
    this.#alerts = this.#make();
  }

  #make(): Alerts {
    const now = (): number => BASE_MILLIS + this.time;
    const holder = `hub-${++this.#holders}`;
    return new Alerts({
      store: this.store,
      book: this.#book,
      log: SILENT,
      holder,
      now,
      targetsOf: () => ['test'],
    });
  }

  get book(): AlertBook {
    return this.#book;
  }

  use(specs: Readonly<Record<string, unknown>>): void {
    this.#specs = specs;
    this.#alerts.use(Object.entries(specs).map(([name, spec]) => defineAlert(name, spec)));
  }

  /** Another process on the same files; the lease of the former has run out. */
  restart(): void {
    this.#book.close();
    this.#book = AlertBook.open(join(this.folder, 'alerts.db'));
    this.time += MINUTE;
    this.#alerts = this.#make();
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
    await this.#alerts.run();
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
