/** What speaks for an attack: of a source in all that it did, and of one request. Each has a name, which the report prints. */
import type { BlockedEvent } from './blocked-event.ts';
import { JUDGEMENT } from './limits.ts';
import { isCarried } from './targets.ts';
import type { Templates } from './templates.ts';

export type SignalName = 'scanner' | 'probing source' | 'several families' | 'high score' | 'several fields';

export interface Signal {
  readonly name: SignalName;
  readonly points: number;
}

/** CRS rules 913xxx know scanners by what they call themselves. */
const SCANNER_RULE = /^913\d{3}$/;

export const familiesOf = ({ hits }: BlockedEvent): readonly string[] => [
  ...new Set(hits.flatMap(({ family }) => family ?? [])),
];

/** What one source has met, over all of its events. */
class SourceRecord {
  readonly #templates = new Set<string>();
  readonly #groups = new Set<string>();
  readonly #familiesByField = new Map<string, Set<string>>();
  #isScanner = false;

  add({ hits }: BlockedEvent, template: string): void {
    for (const { rule, target, family } of hits) {
      this.#isScanner ||= SCANNER_RULE.test(rule);
      if (isCarried(target)) continue;
      this.#templates.add(template);
      const field = JSON.stringify([target, template]);
      this.#groups.add(`${rule} ${field}`);
      const families = this.#familiesByField.get(field) ?? new Set();
      this.#familiesByField.set(field, families);
      if (family !== null) families.add(family);
    }
  }

  /** A user meets the same few places again and again; who tries things goes from place to place, or from payload to payload. */
  get probes(): boolean {
    return (
      this.#isScanner ||
      this.#templates.size >= JUDGEMENT.probedTemplates ||
      this.#groups.size >= JUDGEMENT.probedGroups ||
      [...this.#familiesByField.values()].some((families) => families.size >= JUDGEMENT.probedFamilies)
    );
  }
}

/** Sources that try things, as no user does. */
export function probingSources(events: readonly BlockedEvent[], templates: Templates): ReadonlySet<string> {
  const records = new Map<string, SourceRecord>();
  for (const event of events) {
    const record = records.get(event.source) ?? new SourceRecord();
    records.set(event.source, record);
    record.add(event, templates.templateOf(event.path));
  }
  return new Set([...records].flatMap(([source, { probes }]) => (source !== '' && probes ? [source] : [])));
}

export function signalsOf(event: BlockedEvent, probing: ReadonlySet<string>): readonly Signal[] {
  const families = familiesOf(event).length;
  const fields = new Set(event.hits.map(({ target }) => target.replace(/^[A-Z_]+_RAW$/, 'REQUEST_URI'))).size;
  const times = event.scores.inbound / event.thresholds.inbound;
  const found: readonly (Signal | false)[] = [
    event.hits.some(({ rule }) => SCANNER_RULE.test(rule)) && { name: 'scanner', points: 2 },
    probing.has(event.source) && { name: 'probing source', points: 2 },
    families >= 2 && { name: 'several families', points: families >= JUDGEMENT.familiesInRequest ? 2 : 1 },
    times >= JUDGEMENT.highScoreTimes && { name: 'high score', points: 1 },
    fields >= 2 && { name: 'several fields', points: 1 },
  ];
  return found.filter((signal) => signal !== false);
}

export const looksLikeAttack = (signals: readonly Signal[]): boolean =>
  signals.reduce((sum, { points }) => sum + points, 0) >= JUDGEMENT.attackPoints;
