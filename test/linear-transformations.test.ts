/**
 * What no count shows: work within a transformation. Each is given four megabytes of what makes each of them work; one that
 * went back over its value for every byte, however fast, would need longer for one of these texts than a test has.
 */
import { expect, it } from 'vitest';
import { decoderSeeds } from '../bench/linear/decoders.ts';
import { grow } from '../bench/linear/seed.ts';
import { findTransformation, transformationNames } from '../packages/engine/src/transformations/registry.ts';

const BYTES = 4_000_000;
/** Two bytes of UTF-8 become `%u00e9`; hexEncode and urlEncode grow less. */
const GROWTH_MAX = 4;

it.each(decoderSeeds)('every transformation ends on four megabytes: $name', (seed) => {
  const value = Buffer.from(grow(seed, BYTES), 'latin1').toString('latin1');
  for (const name of transformationNames()) {
    const apply = findTransformation(name)?.apply ?? expect.fail(name);
    expect(apply(value).length, name).toBeLessThanOrEqual(GROWTH_MAX * BYTES);
  }
});
