/** The comparison of body-readers.test.ts on hundreds of thousands of bodies, other ones each time. */
import { afterAll, beforeAll, expect, it } from 'vitest';
import { tally } from './body-readers/check.ts';
import { type OpenReaders, openReaders } from './body-readers/open.ts';
import { BODY_FORMATS } from './body-readers/reader.ts';
import { SluiceReader } from './body-readers/sluice.ts';

const BODIES = 100_000;
const RUN_MILLIS = 3_600_000;
/** Seeds of batches follow each other, so that they must lie further apart than there are batches. */
const SEEDS = 1_000_000;

let readers: OpenReaders;

beforeAll(async () => {
  readers = await openReaders();
  for (const line of readers.missing) process.stderr.write(`${line}\n`);
}, RUN_MILLIS);

afterAll(async () => {
  await Promise.all(readers.hosts.map((host) => host.close()));
});

it.each(BODY_FORMATS)(
  'hostile bodies of %s are refused, or shown as every server reads them',
  async (format) => {
    const seed = Number(process.env.SLUICE_TEST_SEED ?? Date.now() % SEEDS);
    const { bodies, refused, read, accepted, open } = await tally(readers, new SluiceReader(), format, {
      seed,
      count: BODIES,
    });
    const explained = [...accepted].map(([name, count]) => `${count} ${name}`).join(', ');
    process.stderr.write(
      `${format}: ${bodies} bodies of seed ${seed} (SLUICE_TEST_SEED), ${refused} refused, ${read} read; accepted: ${explained || 'none'}\n`,
    );
    expect(open).toEqual([]);
  },
  RUN_MILLIS,
);
