/**
 * A request of which the shape of its head is known and nothing else: what rules read of it beside ends the attempt to fold
 * them.
 */
import type { HeadShape } from '../variables/head-shape.ts';
import { NO_PAIRS, type Pair } from '../variables/pair.ts';

/** A header of which the value differs from request to request. */
class NamedPair implements Pair {
  readonly key: string;
  readonly lowerKey: string;
  readonly #refuse: () => never;

  constructor(key: string, lowerKey: string, refuse: () => never) {
    this.key = key;
    this.lowerKey = lowerKey;
    this.#refuse = refuse;
  }

  get value(): never {
    return this.#refuse();
  }
}

/**
 * In place of the transaction's RequestData.
 *
 * @param refuse called for all that requests of this shape differ in; throws
 */
export function probedRequest(shape: HeadShape, refuse: () => never): unknown {
  const headers: readonly Pair[] = shape.names.map(
    (name, place) => new NamedPair(name, shape.lowerNames[place] ?? '', refuse),
  );
  const headersNamed = (lowerName: string): readonly Pair[] =>
    shape.placesOf(lowerName).length === 0 ? NO_PAIRS : headers.filter((pair) => pair.lowerKey === lowerName);
  const { method, protocol } = shape;
  const request: unknown = onlyOf(
    {
      attributes: onlyOf({ method, protocol }, refuse),
      shape,
      headers,
      headersNamed,
      header: (lowerName: string) => headersNamed(lowerName)[0]?.value,
      headPart: (_: number, make: (request: unknown) => readonly Pair[]) => make(request),
    },
    refuse,
  );
  return request;
}

/** As the state of a probe (probe.ts): what refuses stands behind what is known, and not in front of it. */
const onlyOf = (known: object, refuse: () => never): unknown =>
  Object.freeze(
    Object.setPrototypeOf(known, new Proxy(Object.create(null), { get: refuse, has: refuse, set: refuse })),
  );
