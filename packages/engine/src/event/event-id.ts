/**
 * Ids of events, under which a store keeps a document once. Made here and never taken from a message: who chooses the id of
 * a request could hide a second one behind the first.
 *
 * 128 bits in 26 characters of Crockford's base 32, which sort as the time does: 48 bits of milliseconds, 56 random bits of
 * the thread, and a counter of 24. Threads, processes, restarts and nodes differ in the random bits; within a thread no id
 * comes twice and each is greater than the one before, whatever the clock does.
 */
import { randomBytes } from 'node:crypto';

const ALPHABET = '0123456789ABCDEFGHJKMNPQRSTVWXYZ';
const BITS = 5;
const TIME_CHARACTERS = 10;
const SEED_BYTES = 7;
const COUNTER_MAX = 0xff_ffff;
/** Of the 80 bits behind the time the last: the counter, and the last bit of the seed before it. */
const COUNTED_CHARACTERS = 5;
const COUNTED_BITS = 25n;
const COUNTER_BITS = 24n;

export const EVENT_ID_CHARACTERS = 26;

function inBase32(number: bigint, characters: number): string {
  let text = '';
  let rest = number;
  for (let at = 0; at < characters; at++) {
    text = (ALPHABET[Number(rest & 31n)] ?? '') + text;
    rest >>= BigInt(BITS);
  }
  return text;
}

/** Of a number of up to 30 bits. */
function inFewBase32(number: number, characters: number): string {
  let text = '';
  for (let shift = (characters - 1) * BITS; shift >= 0; shift -= BITS) {
    text += ALPHABET[(number >>> shift) & 31] ?? '';
  }
  return text;
}

export class EventIds {
  /** Characters of the seed that no counter reaches, and what of it stands before the counter. */
  readonly #drawn: string;
  readonly #counterBase: number;
  readonly #now: () => number;
  #millis = 0;
  #time = '';
  #counter = -1;

  /**
   * @param seed 7 bytes that no other thread has
   * @param now milliseconds since the epoch
   */
  constructor(seed: Uint8Array = randomBytes(SEED_BYTES), now: () => number = Date.now) {
    const tail = BigInt(`0x${Buffer.from(seed).toString('hex')}`) << COUNTER_BITS;
    this.#drawn = inBase32(tail >> COUNTED_BITS, EVENT_ID_CHARACTERS - TIME_CHARACTERS - COUNTED_CHARACTERS);
    this.#counterBase = Number(tail & ((1n << COUNTED_BITS) - 1n));
    this.#now = now;
    this.#at(Math.max(0, now()));
  }

  next(): string {
    const now = this.#now();
    // A clock that was set back goes on from where it was, and a counter that is through takes the next millisecond.
    if (now > this.#millis) this.#at(now);
    else if (this.#counter >= COUNTER_MAX) this.#at(this.#millis + 1);
    this.#counter++;
    return this.#time + this.#drawn + inFewBase32(this.#counterBase | this.#counter, COUNTED_CHARACTERS);
  }

  #at(millis: number): void {
    this.#millis = millis;
    this.#time = inBase32(BigInt(millis), TIME_CHARACTERS);
    this.#counter = -1;
  }
}

const ids = new EventIds();

/** An id of this thread. */
export const makeEventId = (): string => ids.next();
