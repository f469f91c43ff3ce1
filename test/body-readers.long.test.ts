/** The comparison of body-readers.test.ts with a fresh seed for as long as the budget lasts. */
import { afterAll, beforeAll, expect, it } from 'vitest';
import { type Finding, tally } from './body-readers/check.ts';
import { type OpenReaders, openReaders } from './body-readers/open.ts';
import { BODY_FORMATS } from './body-readers/reader.ts';
import { SluiceReader } from './body-readers/sluice.ts';
import { longBudgetSeconds, longSeed, longTimeoutMillis, reportCases } from './long/budget.ts';

const NAME = 'body-readers';
/** Bodies of a format before the next has its turn: a tenth as many seeds. */
const BODIES = 2_000;
/** Go is fetched where it is missing, and compiles the reader. */
const OPEN_MILLIS = 600_000;

let readers: OpenReaders;

beforeAll(async () => {
  readers = await openReaders();
  for (const line of readers.missing) process.stderr.write(`${line}\n`);
}, OPEN_MILLIS);

afterAll(async () => {
  await Promise.all(readers.hosts.map((host) => host.close()));
});

it(
  'hostile bodies are refused, or shown as every server reads them',
  async () => {
    const [seconds, first] = [longBudgetSeconds(NAME), longSeed()];
    const end = performance.now() + 1_000 * seconds;
    const sluice = new SluiceReader();
    const open: Finding[] = [];
    const counts = { bodies: 0, refused: 0, read: 0, accepted: 0 };
    for (let seed = first; open.length === 0 && performance.now() < end; seed += BODIES) {
      for (const format of BODY_FORMATS) {
        const found = await tally(readers, sluice, format, { seed, count: BODIES });
        counts.bodies += found.bodies;
        counts.refused += found.refused;
        counts.read += found.read;
        for (const count of found.accepted.values()) counts.accepted += count;
        open.push(...found.open);
      }
    }
    const note = `${counts.refused} refused, ${counts.read} read, ${counts.accepted} differences that are accepted`;
    reportCases(NAME, { cases: counts.bodies, failures: open.length, seed: first, seconds, note });
    expect(open).toEqual([]);
    expect(counts.read).toBeGreaterThan(0);
  },
  longTimeoutMillis(NAME),
);
