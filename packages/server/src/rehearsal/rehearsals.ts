/** Begins and ends rehearsals as the configuration says: one candidate at a time. */
import type { Config } from '../config.ts';
import type { EventSink } from '../inspector.ts';
import type { Log } from '../log.ts';
import type { RuleSetGeneration } from '../rule-sets.ts';
import { Rehearsal, type RehearsalReport } from './rehearsal.ts';
import type { RehearsingInspector } from './rehearsing-inspector.ts';
import { ruleIds } from './rule-ids.ts';

export interface RehearsalsOptions {
  readonly inspector: RehearsingInspector;
  readonly cacheDirectory: string;
  /** Rule files of the candidate's base, in order. Throws coded errors. */
  readonly baseFilesOf: (directory: string) => readonly string[];
  readonly events: EventSink | null;
  readonly log: Log;
}

export class Rehearsals {
  readonly #options: RehearsalsOptions;
  #current: Rehearsal | null = null;

  constructor(options: RehearsalsOptions) {
    this.#options = options;
  }

  /** Of the candidate, or null where there is none. */
  get report(): RehearsalReport | null {
    return this.#current?.report ?? null;
  }

  /** What came into force: a candidate is compared with that, from the beginning. */
  async begin(config: Config, generation: RuleSetGeneration): Promise<void> {
    await this.close();
    const { inspector, cacheDirectory, baseFilesOf, events, log } = this.#options;
    const { candidate, crs } = config.rules;
    if (candidate === null) return;
    const { policies, select } = config;
    const idsInForce = ruleIds(generation);
    const make = (baseFiles: readonly string[]): Rehearsal =>
      new Rehearsal({
        request: { cacheDirectory, id: 1, crs, policies, select, baseFiles, idsInForce },
        directory: candidate,
        log,
        events,
      });
    let rehearsal: Rehearsal;
    try {
      rehearsal = make(baseFilesOf(candidate));
    } catch (error) {
      rehearsal = make([]);
      rehearsal.refuse(error);
    }
    this.#current = rehearsal;
    inspector.rehearsal = rehearsal;
    await rehearsal.start();
  }

  async close(): Promise<void> {
    const former = this.#current;
    this.#current = null;
    this.#options.inspector.rehearsal = null;
    await former?.close();
  }
}
