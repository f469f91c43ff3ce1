/** What the L7 view says of itself. */
import { Counter, Gauge, type Registry } from 'prom-client';
import { FOLDS, type Groups } from './groups.ts';

export class L7Metrics {
  readonly #documents: Counter<'outcome'>;

  constructor(registry: Registry, groups: Groups) {
    const registers = [registry];
    const told = { destinations: 0, templates: 0, sources: 0, groups: 0 };
    new Counter({
      name: 'sluice_l7_folded_total',
      help: 'Requests that count in a coarser group of the L7 view than their own, by the bound that was reached.',
      labelNames: ['bound'],
      registers,
      collect() {
        for (const bound of FOLDS) {
          this.inc({ bound }, groups.folds[bound] - told[bound]);
          told[bound] = groups.folds[bound];
        }
      },
    });
    new Gauge({
      name: 'sluice_l7_groups',
      help: 'Groups of requests in the running interval of the L7 view.',
      registers,
      collect() {
        this.set(groups.size);
      },
    });
    this.#documents = new Counter({
      name: 'sluice_l7_documents_total',
      help: 'Documents of the L7 view, by whether the sink took them.',
      labelNames: ['outcome'],
      registers,
    });
  }

  told(): void {
    this.#documents.inc({ outcome: 'told' });
  }

  lost(): void {
    this.#documents.inc({ outcome: 'lost' });
  }
}
