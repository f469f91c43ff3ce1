/** What reloading counts. */
import { Counter, Gauge, type Registry } from 'prom-client';

/**
 * `applied`: in force. `unchanged`: nothing to do. `refused`: the files have a mistake. `failed`: they may be right, and could
 * not be taken over. In the last two cases what was in force stays so.
 */
export const RELOAD_OUTCOMES = ['applied', 'unchanged', 'refused', 'failed'] as const;
export type ReloadOutcome = (typeof RELOAD_OUTCOMES)[number];

export class ReloadMetrics {
  readonly #reloads: Counter<'outcome'>;
  readonly #version: Gauge<'version'>;
  readonly #succeeded: Gauge;
  readonly #lastSuccess: Gauge;

  constructor(registry: Registry) {
    const registers = [registry];
    this.#reloads = new Counter({
      name: 'sluice_reloads_total',
      help: 'Reloads of configuration and rules, by outcome.',
      labelNames: ['outcome'],
      registers,
    });
    this.#version = new Gauge({
      name: 'sluice_rule_set_info',
      help: 'The rule sets in force, by their version.',
      labelNames: ['version'],
      registers,
    });
    this.#succeeded = new Gauge({
      name: 'sluice_last_reload_successful',
      help: '1 where the last reload was applied or changed nothing, else 0.',
      registers,
    });
    this.#lastSuccess = new Gauge({
      name: 'sluice_last_reload_success_timestamp_seconds',
      help: 'When rules last came into force, in seconds since 1970.',
      registers,
    });
    for (const outcome of RELOAD_OUTCOMES) this.#reloads.inc({ outcome }, 0);
    this.#succeeded.set(1);
  }

  ended(outcome: ReloadOutcome): void {
    this.#reloads.inc({ outcome });
    this.#succeeded.set(outcome === 'applied' || outcome === 'unchanged' ? 1 : 0);
  }

  inForce(version: string, nowMillis: number): void {
    this.#version.reset();
    this.#version.set({ version }, 1);
    this.#lastSuccess.set(Math.floor(nowMillis / 1_000));
  }
}
