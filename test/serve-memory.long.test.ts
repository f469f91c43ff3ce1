/** Memory of `sluice serve` beside many bodies at once stays below what docs/sizing.md adds up. */
import { afterEach, describe, expect, it } from 'vitest';
import type { BenchCase } from '../bench/engine/cases/case.ts';
import { coresByLoad } from '../bench/engine/machine.ts';
import { templatesOf } from '../bench/server/corpus.ts';
import { Load } from '../bench/server/load.ts';
import { FORM_MEGABYTE, UPLOAD } from '../bench/sizing/cases.ts';
import { placesOf } from '../bench/sizing/places.ts';
import { SizingStand } from '../bench/sizing/stand.ts';
import { TemporaryDirectory } from '../packages/cli/src/envoy/temporary.ts';
import { DEFAULT_LIMITS } from '../packages/server/src/limits.ts';

const MEBIBYTE = 1_048_576;
const UPLOADS = 200;

/** Of one exchange: chunks that wait, a message beyond that, and what the stream's window lets in. */
const IN_FLIGHT_BYTES_MAX = 3 * DEFAULT_LIMITS.waitingBytesMax;
const SLAB_BYTES = DEFAULT_LIMITS.slabs * DEFAULT_LIMITS.slabBytes + DEFAULT_LIMITS.slabWaitBytesMax;
/** Young generations, and what V8 has not collected yet, of two threads. */
const HEAP_BYTES = 64 * MEBIBYTE;
/** Resident bytes for each byte of a body that is kept for its judgement. */
const TIMES_KEPT = 5;

const open: (() => Promise<void> | void)[] = [];
afterEach(async () => {
  for (const close of open.splice(0).reverse()) await close();
});

/** What 200 bodies at once add at most to what the same one by one have left resident. */
async function growthBeside(
  benchCase: BenchCase,
  limits: Readonly<Record<string, number>> = {},
): Promise<{ readonly growth: number; readonly statuses: Readonly<Record<string, number>> }> {
  const directory = new TemporaryDirectory('sluice-memory-test-');
  open.push(() => directory.remove());
  const places = placesOf(await coresByLoad(), 1);
  const load = await Load.start(places.load, directory);
  open.push(() => load.close());
  const stand = await SizingStand.start(load, places, { cores: 1, paranoia: 1, limits });
  open.push(() => stand.stop());
  await load.use(templatesOf(benchCase, '1'), '1');
  await stand.run(1, 3);
  const before = stand.residentBytes();
  stand.forgetPeaks();
  // Each connection sends one at least, all of them at the beginning.
  const { statuses } = await stand.run(UPLOADS, 1);
  return { growth: stand.peakBytes() - before, statuses };
}

describe('200 bodies of 1 MB at once', () => {
  it('cost what is in flight where they are files, of which nothing is kept', async () => {
    const { growth, statuses } = await growthBeside(UPLOAD);
    expect(Object.keys(statuses)).toEqual(['200']);
    expect(growth).toBeLessThan(UPLOADS * IN_FLIGHT_BYTES_MAX + SLAB_BYTES + HEAP_BYTES);
  });

  it('cost some times what may be kept where they are fields, and what is beyond that is refused', async () => {
    const poolKeptBytesMax = 32 * MEBIBYTE;
    const { growth, statuses } = await growthBeside(FORM_MEGABYTE, { poolKeptBytesMax });
    const inFlight = UPLOADS * IN_FLIGHT_BYTES_MAX + SLAB_BYTES + HEAP_BYTES;
    expect(growth).toBeLessThan(TIMES_KEPT * poolKeptBytesMax + inFlight);
    expect(statuses['200']).toBeGreaterThan(0);
    // Closed: what is refused does not reach the workload.
    expect(Object.keys(statuses).filter((status) => status !== '200')).toEqual(['503']);
  });
});
