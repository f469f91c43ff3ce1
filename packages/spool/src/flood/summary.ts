/** What is said of events that are not kept one by one: how many of a kind, from when to when, by which rules. */
import { textAt, valueAt } from '../document.ts';
import type { Document, Json } from '../record.ts';
import { SUMMARY_RULES_MAX } from './limits.ts';

/** What is the same for all events that one summary stands for. */
export const kindOf = (document: Document): string =>
  [
    textAt(document, 'waf', 'policy'),
    textAt(document, 'waf', 'mode'),
    textAt(document, 'event', 'action'),
    textAt(document, 'event', 'outcome'),
    String(valueAt(document, 'waf', 'would_block')),
    String(valueAt(document, 'event', 'type')),
  ].join('\n');

/** Parts of an event that its summary has, too, where it stands for one kind of events. */
const KIND_PARTS: readonly (readonly [string, string])[] = [
  ['event', 'type'],
  ['event', 'action'],
  ['event', 'outcome'],
  ['waf', 'policy'],
  ['waf', 'mode'],
  ['waf', 'would_block'],
];

/** Parts that all events of a process have alike. */
const COMMON_PARTS: readonly string[] = ['ecs', 'observer', 'host'];

export class Tally {
  readonly #first: Document;
  readonly #isOfOneKind: boolean;
  readonly #rules = new Set<string>();
  #count = 0;
  #from = '';
  #to = '';

  /** @param isOfOneKind whether all events are of the kind of the first */
  constructor(first: Document, isOfOneKind: boolean) {
    this.#first = first;
    this.#isOfOneKind = isOfOneKind;
  }

  get count(): number {
    return this.#count;
  }

  add(document: Document): void {
    this.#count++;
    const time = textAt(document, '@timestamp');
    // Texts of this form sort as the times do.
    if (this.#from === '' || time < this.#from) this.#from = time;
    if (time > this.#to) this.#to = time;
    const rules = valueAt(document, 'waf', 'rules');
    if (!Array.isArray(rules)) return;
    for (const rule of rules) {
      if (this.#rules.size >= SUMMARY_RULES_MAX) return;
      const id = textAt(rule as Document, 'id');
      if (id !== '') this.#rules.add(id);
    }
  }

  /** @param source shown as `source.ip`; empty where the events are of several */
  summary(id: string, source: string): Document {
    const first = this.#first;
    const document: Record<string, Json> = { '@timestamp': this.#from };
    for (const name of COMMON_PARTS) {
      const value = first[name];
      if (value !== undefined) document[name] = value;
    }
    const parts: Record<string, Record<string, Json>> = {
      event: {
        id,
        kind: 'event',
        category: ['web'],
        dataset: 'sluice.waf',
        module: 'sluice',
        reason: `${this.#count} events of ${source === '' ? 'many sources' : 'one source'}, summed up`,
      },
      waf: {
        schema: 1,
        rules: [...this.#rules].map((rule) => ({ id: rule })),
        flood: { count: this.#count, from: this.#from, to: this.#to },
      },
    };
    for (const [part, name] of this.#isOfOneKind ? KIND_PARTS : []) {
      const value = valueAt(first, part, name);
      if (value !== undefined) parts[part]![name] = value;
    }
    return {
      ...document,
      ...parts,
      ...(source === '' ? {} : { source: { ip: source }, related: { ip: [source] } }),
    };
  }
}
