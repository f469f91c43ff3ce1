/** What an event says that no engine knows: whoever has asked it tells. All of it may be absent, and is absent then. */
import type { EventCoverage } from './coverage.ts';
import type { EventEnds } from './waf-event.ts';

/** Who made the event: the same for all events of a process. */
export interface EventObserver {
  /** The node, or the machine. */
  readonly hostname?: string;
  /** Version of Sluice. */
  readonly version?: string;
  readonly process?: string;
}

/** What a policy wants masked beside what always is, and whether masked values get a hash. */
export interface EventMasking {
  /** Arguments, cookies and members of JSON by their names, or by a part between dots or brackets; case does not count. */
  readonly names: readonly string[];
  /** Headers in lower case of which the whole value is masked. */
  readonly headers: readonly string[];
  /** Key of the hashes; null: there are none. */
  readonly hashKey: Uint8Array | null;
}

export const MASKING_DEFAULT: EventMasking = Object.freeze({ names: [], headers: [], hashKey: null });

/** Facts that are the same in the event of a judged request and in that of a refused one. */
export interface EventContext extends EventEnds {
  readonly observer?: EventObserver;
  /** Content of the rules in force: equal digests, equal rules. */
  readonly ruleSet?: string;
  /** Between client and Envoy. */
  readonly scheme?: 'http' | 'https';
  readonly gateway?: { readonly name: string; readonly namespace: string };
  /** The request calls itself a probe of enforcement. */
  readonly probe?: boolean;
  readonly masking?: EventMasking;
}

export interface EventOptions extends EventContext {
  /** What went by, as the adapter has counted it; without it, what the engine saw. */
  readonly coverage?: EventCoverage;
  /** Nothing was found, and there is an event all the same. */
  readonly sample?: 'clean';
  /** Microseconds of inspection; without it, those since the transaction began. */
  readonly latencyMicros?: number;
}
