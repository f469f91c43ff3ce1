/**
 * What heads of requests have in common: method, protocol, and the names of the headers in their order. A client sends the
 * same ones with each of its requests, so that what follows from them alone is worked out once. Values are no part of it.
 *
 * A thread keeps a bounded number. Heads are compared in full: the digest only says where to look.
 */
import { randomInt } from 'node:crypto';
import { areBytes } from '../attributes/bytes-only.ts';
import type { HeaderList, HttpRequestAttributes } from '../attributes/http-attributes.ts';
import { asciiLower } from '../bytes.ts';
import { SHAPE_LIMITS } from '../limits.ts';
import { makePair, nameOf, type Pair } from './pair.ts';

const NO_PLACES: readonly number[] = [];

export class HeadShape {
  readonly method: string;
  readonly protocol: string;
  /** As sent, in their order. */
  readonly names: readonly string[];
  readonly lowerNames: readonly string[];
  /** Whether all names hold one byte a character. */
  readonly hasByteNames: boolean;
  /** REQUEST_HEADERS_NAMES. */
  readonly namePairs: readonly Pair[];
  /** By lower-case name, where in the list of headers it stands. */
  readonly #places = new Map<string, number[]>();

  constructor(method: string, protocol: string, names: readonly string[]) {
    this.method = method;
    this.protocol = protocol;
    this.names = names;
    this.hasByteNames = areBytes(names);
    this.lowerNames = names.map(asciiLower);
    this.namePairs = Object.freeze(names.map((name) => nameOf(makePair(name, ''))));
    for (const [place, name] of this.lowerNames.entries()) {
      const known = this.#places.get(name);
      if (known === undefined) this.#places.set(name, [place]);
      else known.push(place);
    }
  }

  /** Where headers of a name stand, ascending. */
  placesOf(lowerName: string): readonly number[] {
    return this.#places.get(lowerName) ?? NO_PLACES;
  }

  isOf(method: string, protocol: string, headers: HeaderList): boolean {
    const { names } = this;
    if (names.length !== headers.length || this.method !== method || this.protocol !== protocol) return false;
    for (let at = 0; at < names.length; at++) if (headers[at]?.[0] !== names[at]) return false;
    return true;
  }
}

/** Where shapes of one remainder are kept: one, and the digest of the head that came last and has none. */
interface Slot {
  shape: HeadShape | null;
  /** Heads of other shapes that came here since one of this shape did. */
  misses: number;
  asked: number;
}

export class HeadShapes {
  readonly #slots: readonly Slot[] = Array.from({ length: SHAPE_LIMITS.shapesMax }, () => ({
    shape: null,
    misses: 0,
    asked: -1,
  }));
  /** Nobody outside knows which heads share a slot. */
  readonly #seed = randomInt(1 << 30);

  /**
   * The shape of a head. Null for a head that is new, too long to be kept, or in the place of another that comes more often.
   *
   * @param isFirst whether a head is kept when it comes for the first time
   */
  find(method: string, protocol: string, headers: HeaderList, isFirst: boolean): HeadShape | null {
    const digest = this.#digestOf(method, protocol, headers);
    const slot = this.#slots[(digest >>> 8) % SHAPE_LIMITS.shapesMax];
    if (slot === undefined) return null;
    if (slot.shape?.isOf(method, protocol, headers) === true) {
      slot.misses = 0;
      return slot.shape;
    }
    slot.misses++;
    const isAgain = slot.asked === digest;
    slot.asked = digest;
    if (!isFirst && (!isAgain || (slot.shape !== null && slot.misses < SHAPE_LIMITS.missesMin))) return null;
    if (!isShort(method, protocol, headers)) return null;
    slot.shape = new HeadShape(
      method,
      protocol,
      headers.map(([name]) => name),
    );
    slot.misses = 0;
    return slot.shape;
  }

  /** Of lengths, and the first and last byte of each name. */
  #digestOf(method: string, protocol: string, headers: HeaderList): number {
    let digest = Math.imul(this.#seed ^ (method.length << 8) ^ protocol.length, 0x9e3779b1);
    digest ^= method.charCodeAt(0) << 16;
    for (let at = 0; at < headers.length; at++) {
      const name = headers[at]?.[0] ?? '';
      const last = name.length - 1;
      const word = (name.length << 16) ^ (name.charCodeAt(0) << 8) ^ name.charCodeAt(last);
      digest = Math.imul(digest ^ word, 0x85ebca6b);
      digest ^= digest >>> 13;
    }
    return digest >>> 0;
  }
}

function isShort(method: string, protocol: string, headers: HeaderList): boolean {
  const { headersMax, nameBytesMax } = SHAPE_LIMITS;
  return (
    headers.length <= headersMax &&
    method.length <= nameBytesMax &&
    protocol.length <= nameBytesMax &&
    headers.every(([name]) => name.length <= nameBytesMax)
  );
}

/** Of this thread. */
const shapes = new HeadShapes();
let usesMin: number = SHAPE_LIMITS.usesMin;

/**
 * How many requests of a shape a rule set judges before it is folded for it, in this thread. 0: each shape is kept, and folded
 * for, at once; Infinity: none is kept. For tests and measurements.
 */
export function foldHeadsAfter(uses: number = SHAPE_LIMITS.usesMin): void {
  usesMin = uses;
}

export const usesToFold = (): number => usesMin;

/** The shape of a request's head; null where it is not kept. */
export const shapeOf = ({ method, protocol, headers }: HttpRequestAttributes): HeadShape | null =>
  usesMin === Number.POSITIVE_INFINITY ? null : shapes.find(method, protocol, headers, usesMin === 0);
