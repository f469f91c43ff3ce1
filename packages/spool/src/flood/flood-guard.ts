/**
 * Fairness under flood: a source that sends more than its share has the rest counted, not kept, so that its events cannot push
 * out those of others. Nothing is lost in silence: each event is kept, or is in the count of exactly one summary.
 */
import type { SpoolRecord } from '../record.ts';
import { DEFAULT_FLOOD_LIMITS, type FloodLimits, KINDS_MAX, SUMMARY_MILLIS } from './limits.ts';
import { sourceKey } from './source-key.ts';
import { kindOf, Tally } from './summary.ts';

export interface FloodGuardOptions {
  readonly limits?: Partial<FloodLimits>;
  /** Takes a record, or says that it has dropped it. */
  readonly append: (record: SpoolRecord) => boolean;
  /** Ids of summaries. */
  readonly makeId: () => string;
  /** Milliseconds of a clock that never goes back. */
  readonly now?: () => number;
}

export interface FloodStats {
  /** Events that were handed on, samples included; summaries not. */
  readonly kept: number;
  /** Events that are counted in summaries, or will be. */
  readonly summarised: number;
  readonly summaries: number;
  /** Sources with events that wait for their summary. */
  readonly flooding: number;
  /** Sources that are told apart at the moment. */
  readonly sources: number;
}

interface Source {
  /** Shown in summaries: the address that flooded; empty for the source that many share. */
  address: string;
  tokens: number;
  filledAt: number;
  passedOver: number;
  readonly tallies: Map<string, Tally>;
}

/** Of kinds beyond the bound. */
const OTHER_KINDS = '';

export class FloodGuard {
  readonly #limits: FloodLimits;
  readonly #append: (record: SpoolRecord) => boolean;
  readonly #makeId: () => string;
  readonly #now: () => number;
  readonly #sources = new Map<string, Source>();
  readonly #shared: Source;
  readonly #flooding = new Set<Source>();
  readonly #timer: NodeJS.Timeout;
  #stats = { kept: 0, summarised: 0, summaries: 0 };

  constructor({ limits, append, makeId, now = () => performance.now() }: FloodGuardOptions) {
    this.#limits = { ...DEFAULT_FLOOD_LIMITS, ...limits };
    this.#append = append;
    this.#makeId = makeId;
    this.#now = now;
    this.#shared = this.#newSource();
    this.#timer = setInterval(() => this.#tick(), SUMMARY_MILLIS).unref();
  }

  get stats(): FloodStats {
    return { ...this.#stats, flooding: this.#flooding.size, sources: this.#sources.size };
  }

  /** Hands an event on, or counts it. Records of other data sets than `waf` are nobody's flood. */
  accept(record: SpoolRecord): void {
    if (record.dataSet !== 'waf') {
      this.#append(record);
      return;
    }
    if (this.admits(record.source)) this.keep(record);
    else this.count(record);
  }

  /** Whether an event of this source is to be kept: takes its share. For those who ask before they make one. */
  admits(address: string): boolean {
    const source = this.#sourceOf(address);
    return this.#hasToken(source) || this.#isSample(source);
  }

  /** Hands on what was admitted. */
  keep(record: SpoolRecord): void {
    this.#stats.kept++;
    this.#append(record);
  }

  /** Counts what was not. Of its document only what summaries are made of is looked at. */
  count(record: Omit<SpoolRecord, 'id'>): void {
    const source = this.#sourceOf(record.source);
    this.#stats.summarised++;
    if (source.tallies.size === 0 && source !== this.#shared) source.address = record.source;
    this.#flooding.add(source);
    this.#tallyOf(source, record).add(record.document);
  }

  /** Writes what is counted. What nobody takes stays counted, for the next time. */
  flush(): void {
    for (const source of this.#flooding) {
      for (const [kind, tally] of source.tallies) {
        const id = this.#makeId();
        const document = tally.summary(id, source.address);
        if (!this.#append({ dataSet: 'waf', id, source: source.address, document })) continue;
        source.tallies.delete(kind);
        this.#stats.summaries++;
      }
      if (source.tallies.size === 0) this.#flooding.delete(source);
    }
  }

  /** Writes what is counted, and counts no more: to be called once nothing comes. */
  close(): void {
    clearInterval(this.#timer);
    this.flush();
  }

  #tick(): void {
    this.flush();
    // Whoever has been silent for as long as a full bucket takes is as good as new.
    if (this.#sources.size < this.#limits.sourcesMax / 2) return;
    const { burst, perSecond } = this.#limits;
    const full = this.#now() - (burst / perSecond) * 1_000;
    for (const [key, source] of this.#sources) {
      if (source.filledAt <= full && source.tallies.size === 0) this.#sources.delete(key);
    }
  }

  #sourceOf(address: string): Source {
    const key = sourceKey(address);
    const known = this.#sources.get(key);
    if (known !== undefined) return known;
    if (this.#sources.size >= this.#limits.sourcesMax) return this.#shared;
    const source = this.#newSource();
    this.#sources.set(key, source);
    return source;
  }

  #newSource(): Source {
    return {
      address: '',
      tokens: this.#limits.burst,
      filledAt: this.#now(),
      passedOver: 0,
      tallies: new Map(),
    };
  }

  #hasToken(source: Source): boolean {
    const { perSecond, burst } = this.#limits;
    const now = this.#now();
    source.tokens = Math.min(burst, source.tokens + ((now - source.filledAt) * perSecond) / 1_000);
    source.filledAt = now;
    if (source.tokens < 1) return false;
    source.tokens--;
    return true;
  }

  #isSample(source: Source): boolean {
    source.passedOver = (source.passedOver + 1) % this.#limits.sampleOneIn;
    return source.passedOver === 0;
  }

  #tallyOf(source: Source, { document }: Pick<SpoolRecord, 'document'>): Tally {
    const kind = kindOf(document);
    const known = source.tallies.get(kind);
    if (known !== undefined) return known;
    const isOther = source.tallies.size >= KINDS_MAX;
    const key = isOther ? OTHER_KINDS : kind;
    const other = source.tallies.get(key);
    if (other !== undefined) return other;
    const tally = new Tally(document, !isOther);
    source.tallies.set(key, tally);
    return tally;
  }
}
