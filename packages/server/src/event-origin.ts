/** Who makes events, and what policies say of them: facts that neither a message nor a rule knows. */
import { readFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { type EventContext, type EventMasking, type EventObserver, MASKING_DEFAULT } from '@sluice/engine';

/** The same for all events of a process. Structured cloning keeps it whole. */
export interface EventOrigin {
  readonly observer: EventObserver;
  /** Of the hashes of masked values; null where the configuration names none. */
  readonly hashKey: Uint8Array | null;
}

export interface EventOriginOptions {
  /** Default: the machine's name. */
  readonly node?: string;
  readonly hashKey?: Uint8Array | null;
}

const MANIFEST = new URL('../package.json', import.meta.url);

/** Of this process, whichever of its threads asks. */
export const eventOrigin = ({ node = hostname(), hashKey = null }: EventOriginOptions = {}): EventOrigin => ({
  observer: { hostname: node, version: ownVersion(), process: String(process.pid) },
  hashKey,
});

let version: string | null = null;

function ownVersion(): string {
  version ??= /"version": "([^"]+)"/.exec(readFileSync(MANIFEST, 'utf8'))?.[1] ?? 'unknown';
  return version;
}

/** What a policy says of its events. */
export interface EventsPolicy {
  /** One of so many requests in which nothing was found makes an event all the same; 0: none. */
  readonly sampleClean: number;
  /** Masked values get a keyed hash. */
  readonly hash: boolean;
  readonly mask: { readonly names: readonly string[]; readonly headers: readonly string[] };
}

export const EVENTS_DEFAULT: EventsPolicy = Object.freeze({
  sampleClean: 0,
  hash: false,
  mask: { names: [], headers: [] },
});

/** One for each policy's settings, by which what is compiled of it is found again. */
const maskings = new WeakMap<EventsPolicy, EventMasking>();

export function maskingOf(policy: EventsPolicy, { hashKey }: EventOrigin): EventMasking {
  let masking = maskings.get(policy);
  if (masking === undefined) {
    const isPlain = policy.mask.names.length === 0 && policy.mask.headers.length === 0 && !policy.hash;
    masking = isPlain ? MASKING_DEFAULT : { ...policy.mask, hashKey: policy.hash ? hashKey : null };
    maskings.set(policy, masking);
  }
  return masking;
}

/** Takes one of `every`, beginning with the first; none where that is 0. */
export class Sampler {
  readonly #every: number;
  #passed = 0;

  constructor(every: number) {
    this.#every = every;
  }

  take(): boolean {
    if (this.#every === 0) return false;
    const isTaken = this.#passed === 0;
    this.#passed = (this.#passed + 1) % this.#every;
    return isTaken;
  }
}

/** Of a request's event, what its policy and its process know. */
export const eventContext = (
  origin: EventOrigin,
  policy: EventsPolicy = EVENTS_DEFAULT,
  ruleSet = '',
): EventContext => ({
  observer: origin.observer,
  masking: maskingOf(policy, origin),
  ...(ruleSet === '' ? {} : { ruleSet }),
});
