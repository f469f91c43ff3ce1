/** Small generators that hostile bodies are put together from. */
import fc from 'fast-check';

/** `usual` in most cases: a body with one oddity tells more than one of oddities only, which everybody refuses. */
export const mostly = (usual: string, ...odd: readonly string[]): fc.Arbitrary<string> =>
  fc.oneof({ weight: 60, arbitrary: fc.constant(usual) }, { weight: 1, arbitrary: fc.constantFrom(...odd) });

export const oneOf = (...values: readonly string[]): fc.Arbitrary<string> => fc.constantFrom(...values);

/** Strings of the given generators, one after the other. */
export const sequence = (...parts: readonly (fc.Arbitrary<string> | string)[]): fc.Arbitrary<string> =>
  fc
    .tuple(...parts.map((part) => (typeof part === 'string' ? fc.constant(part) : part)))
    .map((strings) => strings.join(''));

/** Up to `max` of them in a row. */
export const several = (part: fc.Arbitrary<string>, max: number, min = 0): fc.Arbitrary<string> =>
  fc.array(part, { minLength: min, maxLength: max }).map((strings) => strings.join(''));

/** A text with up to two of `snippets` put in, or put in place of a few bytes. Mostly it stays as it is. */
export const edited = (text: fc.Arbitrary<string>, ...snippets: readonly string[]): fc.Arbitrary<string> =>
  fc
    .tuple(
      text,
      fc.oneof(
        { weight: 3, arbitrary: fc.constant([]) },
        {
          weight: 2,
          arbitrary: fc.array(
            fc.record({ at: fc.nat(2_000), remove: fc.nat(3), insert: fc.constantFrom('', ...snippets) }),
            { minLength: 1, maxLength: 2 },
          ),
        },
      ),
    )
    .map(([whole, edits]) =>
      edits.reduce((before, { at, remove, insert }) => {
        const place = at % (before.length + 1);
        return before.slice(0, place) + insert + before.slice(place + remove);
      }, whole),
    );
