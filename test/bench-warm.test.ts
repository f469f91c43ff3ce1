import { describe, expect, it } from 'vitest';
import type { BenchCase } from '../bench/engine/cases/case.ts';
import { casesNamed } from '../bench/engine/cases/index.ts';
import type { BenchVerdict, Contender, ContenderName } from '../bench/engine/contender.ts';
import { Corpus, Sent } from '../bench/engine/corpus.ts';
import { Measurement } from '../bench/engine/measure.ts';
import { digestOf } from '../bench/engine/request.ts';
import { warmUp } from '../bench/engine/warm.ts';

interface Asked {
  readonly lead: readonly string[];
  readonly requests: readonly string[];
}

/** Takes what `micros` says for the n-th request, and notes what it was asked. */
function noting(name: ContenderName, micros: (index: number) => number) {
  const asked: Asked[] = [];
  let count = 0;
  const contender: Contender = {
    name,
    version: '1',
    loadMillis: 1,
    inspect: async (requests, lead = []) => {
      asked.push({ lead: lead.map(digestOf), requests: requests.map(digestOf) });
      const wallMicros = requests.map(() => micros(count++));
      return { verdicts: requests.map((): BenchVerdict => 'allow'), wallMicros, cpuMicros: 1 };
    },
    rssBytes: () => 1,
    close: async () => undefined,
  };
  return { contender, asked };
}

const GET = casesNamed('get')[0] as BenchCase;
const corpus = () => new Corpus(GET, '1', new Sent());
const countOf = (asked: readonly Asked[]) => asked.reduce((sum, { requests }) => sum + requests.length, 0);

describe('warming up', () => {
  it('goes on while an engine becomes faster, and ends soon after', async () => {
    const { contender, asked } = noting('sluice', (index) => (index < 5_000 ? 200 - index / 50 : 100));
    const { medianMicros } = await warmUp(contender, corpus(), 60);
    expect(medianMicros).toBe(100);
    expect(countOf(asked)).toBeGreaterThan(5_000);
    expect(countOf(asked)).toBeLessThan(8_000);
  });

  it('ends early for an engine that is as fast from the beginning', async () => {
    const { contender, asked } = noting('coraza', () => 4_000);
    expect((await warmUp(contender, corpus(), 60)).medianMicros).toBe(4_000);
    expect(countOf(asked)).toBeLessThan(100);
  });

  it('ends for one that never settles, and asks once where no time is given', async () => {
    const { contender, asked } = noting('sluice', (index) => 1e6 * 0.9 ** index);
    await warmUp(contender, corpus(), 2);
    expect(countOf(asked)).toBeLessThan(10);
    const once = noting('sluice', () => 100);
    await warmUp(once.contender, corpus(), 0);
    expect(countOf(once.asked)).toBe(1);
  });
});

describe('what goes before a batch', () => {
  const FAST = 100;
  const SLOW = 2_000;

  async function measured() {
    const fast = noting('sluice', () => FAST);
    const slow = noting('coraza', () => SLOW);
    const measurement = new Measurement(GET, corpus(), [fast.contender, slow.contender]);
    const result = await measurement.run({ seconds: 1, requests: 60 });
    const led = ({ asked }: typeof fast) => asked.filter(({ lead }) => lead.length > 0);
    return { result, fast: led(fast), slow: led(slow) };
  }

  it('takes each engine as long, whatever a request takes it', async () => {
    const { fast, slow } = await measured();
    const times = [
      ...fast.map(({ lead }) => lead.length * FAST),
      ...slow.map(({ lead }) => lead.length * SLOW),
    ];
    expect(times).toEqual(Array.from({ length: 2 * fast.length }, () => 10_000));
  });

  it('is not counted, and holds no request that came before or is measured', async () => {
    const { result, fast, slow } = await measured();
    expect(result.requests).toBe(60);
    expect(countOf(fast)).toBe(60);
    expect(fast.map(({ requests }) => requests)).toEqual(slow.map(({ requests }) => requests));
    const all = [...fast, ...slow]
      .flatMap(({ lead }) => lead)
      .concat(fast.flatMap(({ requests }) => requests));
    expect(new Set(all).size).toBe(all.length);
  });
});
