import type { SpoolRecord } from '@sluice/spool';
import { describe, expect, it } from 'vitest';
import { DEFAULT_PIPELINE_LIMITS, type PipelineLimits } from '../src/limits.ts';
import type { DeadRecord } from '../src/pipeline/batch.ts';
import { Pipeline } from '../src/pipeline/pipeline.ts';
import { Window } from '../src/pipeline/window.ts';
import { type Outcome, STORED } from '../src/sink.ts';
import { ListSource, record, records } from './fixtures/list-source.ts';
import { SimulatedClock } from './fixtures/simulated-clock.ts';
import { StoreSink } from './fixtures/store-sink.ts';

const HOUR = 3_600_000;
const AGAIN: Outcome = { kind: 'again', reason: 'busy' };

interface Stand {
  readonly clock: SimulatedClock;
  readonly source: ListSource;
  readonly sink: StoreSink;
  readonly dead: DeadRecord[];
  readonly logged: string[];
  readonly pipeline: Pipeline<number>;
}

function stand(
  count: number,
  sink: StoreSink,
  limits: Partial<PipelineLimits> = {},
  { once = true, committed = 0 } = {},
): Stand {
  const clock = new SimulatedClock();
  const source = new ListSource(clock, records(count), { committed });
  const dead: DeadRecord[] = [];
  const logged: string[] = [];
  const tell = (_: object, message: string): void => void logged.push(message);
  const pipeline = new Pipeline({
    sink,
    sources: [source],
    limits: { ...DEFAULT_PIPELINE_LIMITS, batchRecordsMax: 10, ...limits },
    deadLetters: { put: async (letters) => void dead.push(...letters) },
    log: { info: tell, warn: tell },
    once,
    clock,
    random: () => 0.5,
  });
  return { clock, source, sink, dead, logged, pipeline };
}

describe('a pipeline', () => {
  it('stores every record once and commits the end', async () => {
    const { clock, source, sink, pipeline } = stand(95, new StoreSink());
    await clock.through(pipeline.run());
    expect([...sink.stored.values()]).toEqual(Array(95).fill(1));
    expect(source.committed).toBe(95);
    expect(pipeline.progress.stored).toBe(95);
    expect(pipeline.ahead).toEqual({ records: 0, bytes: 0 });
  });

  it('commits in the order of the spool, whatever ends first', async () => {
    const release = new Map<number, () => void>();
    const sink = new StoreSink(async (given, delivery) => {
      if (delivery > 4) await new Promise<void>((resolve) => release.set(delivery, resolve));
      return given.map(() => STORED);
    });
    const { clock, source, pipeline } = stand(100, sink);
    const ended = pipeline.run();
    await clock.until(() => release.size >= 3);
    const before = source.committed;
    release.get(6)?.();
    release.get(7)?.();
    await clock.until(() => sink.deliveries.length >= 9);
    expect(source.committed).toBe(before);
    sink.rule = (given) => given.map(() => STORED);
    for (const go of release.values()) go();
    await clock.through(ended);
    expect(source.commits).toEqual(source.commits.toSorted((a, b) => a - b));
    expect(source.committed).toBe(100);
  });

  it('fills a batch for no longer than its first record may wait', async () => {
    const { clock, source, sink, pipeline } = stand(
      0,
      new StoreSink(),
      { batchAgeMillisMax: 1_000 },
      { once: false },
    );
    const ended = pipeline.run();
    source.push(record(1), record(2));
    const began = clock.now();
    await clock.until(() => sink.deliveries.length > 0);
    expect(clock.now() - began).toBe(1_000);
    expect(sink.deliveries[0]?.ids).toHaveLength(2);
    pipeline.stop(0);
    await clock.through(ended);
  });

  it('sends a full batch at once', async () => {
    const { clock, sink, pipeline } = stand(10, new StoreSink(), {}, { once: false });
    const began = clock.now();
    const ended = pipeline.run();
    await clock.until(() => sink.deliveries.length > 0);
    expect(clock.now()).toBe(began);
    pipeline.stop(0);
    await clock.through(ended);
  });

  it('has nothing that waits once it has ended, however long what is on its way could have had', async () => {
    const { clock, sink, pipeline } = stand(10, new StoreSink(), {}, { once: false });
    const ended = pipeline.run();
    await clock.until(() => sink.deliveries.length > 0);
    pipeline.stop(10_000);
    await clock.through(ended);
    expect(clock.sleepers).toBe(0);
  });

  it('gives what was not taken again, and nothing else', async () => {
    const sink = new StoreSink((given, delivery) =>
      delivery === 1 ? given.map((_, index) => (index % 2 === 0 ? STORED : AGAIN)) : given.map(() => STORED),
    );
    const { clock, source, pipeline } = stand(10, sink);
    await clock.through(pipeline.run());
    expect(sink.deliveries.map(({ ids }) => ids.length)).toEqual([10, 5]);
    expect(source.committed).toBe(10);
  });

  it('waits twice as long before each attempt, up to the longest wait', async () => {
    const at: number[] = [];
    const clock = new SimulatedClock();
    const sink = new StoreSink((given, delivery) => {
      at.push(clock.now());
      return given.map(() => (delivery < 12 ? AGAIN : STORED));
    });
    const { pipeline } = standWith(clock, sink);
    await clock.through(pipeline.run());
    const waits = at.slice(1).map((time, index) => time - (at[index] ?? 0));
    // Half of the wait is chance, which is a half here.
    expect(waits.slice(0, 4)).toEqual([150, 300, 600, 1_200]);
    expect(waits.at(-1)).toBe(22_500);
  });

  it('halves what is on its way when the sink is busy, and adds while it is not', async () => {
    const { clock, sink, pipeline } = stand(2_000, new StoreSink(), { inFlightMax: 4 });
    const taking = async (given: readonly SpoolRecord[]): Promise<readonly Outcome[]> => {
      await clock.sleep(10, new AbortController().signal);
      return sink.take(given);
    };
    sink.rule = taking;
    const ended = pipeline.run();
    await clock.until(() => pipeline.window.concurrency === 4);
    sink.rule = (given) => given.map(() => AGAIN);
    await clock.until(() => pipeline.window.concurrency === 1);
    await clock.until(() => pipeline.window.batchBytes < DEFAULT_PIPELINE_LIMITS.batchBytesMax);
    sink.rule = taking;
    await clock.through(ended);
    expect([...sink.stored.values()]).toEqual(Array(2_000).fill(1));
    expect(pipeline.window.concurrency).toBe(4);
    expect(sink.atOnceMax).toBeLessThanOrEqual(4);
  });

  it('fills its window in rounds that double until the sink is busy, then one place a round', () => {
    const window = new Window({ inFlightMax: 8, batchBytesMax: 1_000_000 });
    const rounds = (count: number): readonly number[] =>
      Array.from({ length: count }, () => {
        for (let left = window.concurrency; left > 0; left -= 1) window.took();
        return window.concurrency;
      });
    expect(rounds(4)).toEqual([2, 4, 8, 8]);
    window.busy(0);
    expect(window.concurrency).toBe(4);
    expect(rounds(3)).toEqual([4, 5, 6]);
  });

  it('has as many batches on their way as it may, of batches as large as they may be', async () => {
    const sink = new StoreSink();
    const { heldBytesMax, inFlightMax, batchBytesMax } = DEFAULT_PIPELINE_LIMITS;
    expect(heldBytesMax).toBeGreaterThanOrEqual(inFlightMax * batchBytesMax);
    const { clock, pipeline } = stand(2_000, sink, { inFlightMax: 8, batchRecordsMax: 10 });
    sink.rule = async (given) => {
      await clock.sleep(10, new AbortController().signal);
      return sink.take(given);
    };
    await clock.through(pipeline.run());
    expect(sink.atOnceMax).toBe(8);
  });

  it('survives a sink that is away for hours, and catches up', async () => {
    const sink = new StoreSink(() => Promise.reject(new Error('connection refused')));
    const { clock, source, logged, pipeline } = stand(500, sink, { aheadBytesMax: 5_000 }, { once: false });
    const ended = pipeline.run();
    await clock.until(() => sink.deliveries.length > 0);
    for (let hour = 0; hour < 5; hour += 1) {
      await clock.pass(HOUR);
      source.push(...records(100, source.all.length));
    }
    expect(source.committed).toBe(0);
    expect(pipeline.ahead.bytes).toBeLessThanOrEqual(6_000);
    // A wait of at most 30 s for each batch on its way, not a loop.
    expect(sink.deliveries.length).toBeLessThan(5 * 120 * 2 * 4);
    expect(pipeline.progress.trouble?.reason).toBe('connection refused');
    sink.rule = (given) => sink.take(given);
    await clock.until(() => source.committed === 1_000);
    expect([...sink.stored.values()]).toEqual(Array(1_000).fill(1));
    expect(pipeline.progress.trouble).toBeNull();
    expect(logged).toEqual([
      'the sink takes nothing; the spool keeps what comes',
      'the sink takes what it is given again',
    ]);
    pipeline.stop(0);
    await clock.through(ended);
  });

  it('says of records that they may have been given before: those of a lost answer, and those there at the start', async () => {
    const sink = new StoreSink((given, delivery) =>
      delivery === 3 ? Promise.reject(new Error('cut')) : given.map(() => STORED),
    );
    const { clock, source, pipeline } = stand(20, sink, {}, { once: false });
    const ended = pipeline.run();
    await clock.until(() => source.committed === 20);
    source.push(...records(20, 20));
    await clock.until(() => source.committed === 40);
    const repeated = new Map<string, boolean[]>();
    for (const { ids, repeated: may } of sink.deliveries) {
      for (const id of ids) repeated.set(id, [...(repeated.get(id) ?? []), may]);
    }
    expect(repeated.get(record(0).id)).toEqual([true]);
    expect(repeated.get(record(19).id)).toEqual([true]);
    expect(repeated.get(record(20).id)).toEqual([false, true]);
    expect(repeated.get(record(39).id)).toEqual([false]);
    pipeline.stop(0);
    await clock.through(ended);
  });

  it('puts dead records aside before it commits, and lets the others pass', async () => {
    const sink = new StoreSink((given) =>
      given.map(({ document }) =>
        Number(document.number) % 7 === 0 ? { kind: 'dead', reason: 'no', code: 'poison' } : STORED,
      ),
    );
    const { clock, source, dead, pipeline } = stand(50, sink);
    await clock.through(pipeline.run());
    expect(
      dead.map(({ record: { document } }) => document.number).toSorted((a, b) => Number(a) - Number(b)),
    ).toEqual([0, 7, 14, 21, 28, 35, 42, 49]);
    expect([...pipeline.progress.dead]).toEqual([['poison', 8]]);
    expect(pipeline.progress.stored).toBe(42);
    expect(source.committed).toBe(50);
  });

  it('does not commit what is neither stored nor with the dead letters', async () => {
    const sink = new StoreSink((given) => given.map(() => ({ kind: 'dead', reason: 'no' }) as const));
    const clock = new SimulatedClock();
    let full = true;
    const letters: DeadRecord[] = [];
    const { source, pipeline } = standWith(clock, sink, {
      put: async (some) => {
        if (full) throw new Error('no space left');
        letters.push(...some);
      },
    });
    const ended = pipeline.run();
    await clock.until(() => sink.deliveries.length === 3);
    expect(source.committed).toBe(0);
    full = false;
    await clock.through(ended);
    expect(letters).toHaveLength(10);
    expect(source.committed).toBe(10);
  });

  it('gives up on a record that the sink answers with errors of its own', async () => {
    const poison: Outcome = {
      kind: 'again',
      reason: 'null_pointer_exception',
      suspect: true,
      uncertain: true,
    };
    const sink = new StoreSink((given) =>
      given.map(({ document }) => (document.number === 3 ? poison : STORED)),
    );
    const { clock, source, dead, pipeline } = stand(10, sink, { refusalsMax: 4 });
    await clock.through(pipeline.run());
    expect(sink.deliveries.map(({ ids }) => ids.length)).toEqual([10, 1, 1, 1]);
    expect(sink.deliveries.at(-1)?.repeated).toBe(true);
    expect(dead).toMatchObject([{ code: 'gave_up', reason: 'null_pointer_exception' }]);
    expect(source.committed).toBe(10);
  });

  it('never gives up on a record because the sink is busy', async () => {
    const sink = new StoreSink((given, delivery) => given.map(() => (delivery < 100 ? AGAIN : STORED)));
    const { clock, dead, pipeline } = stand(1, sink, { refusalsMax: 2 });
    await clock.through(pipeline.run());
    expect(dead).toEqual([]);
    expect(pipeline.progress.stored).toBe(1);
  });

  it('lets the others go on while one batch is stuck, so far as it may be ahead', async () => {
    const sink = new StoreSink((given) =>
      given.map(({ document }) => (document.number === 25 ? AGAIN : STORED)),
    );
    const { clock, source, pipeline } = stand(1_000, sink, { aheadBytesMax: 20_000 }, { once: false });
    const ended = pipeline.run();
    await clock.until(() => pipeline.ahead.bytes >= 20_000);
    await clock.pass(HOUR);
    expect(source.committed).toBe(20);
    expect(pipeline.ahead.bytes).toBeLessThanOrEqual(21_000);
    sink.rule = (given) => given.map(() => STORED);
    await clock.until(() => source.committed === 1_000);
    pipeline.stop(0);
    await clock.through(ended);
  });

  it('tries a commit again that failed', async () => {
    const { clock, source, logged, pipeline } = stand(10, new StoreSink());
    source.failingCommits = 3;
    await clock.through(pipeline.run());
    expect(source.committed).toBe(10);
    expect(logged.filter((line) => line === 'the position cannot be written')).toHaveLength(3);
  });

  it('takes an answer about too few records for none', async () => {
    const sink = new StoreSink((given, delivery) => given.slice(delivery === 1 ? 1 : 0).map(() => STORED));
    const { clock, source, pipeline } = stand(10, sink);
    await clock.through(pipeline.run());
    expect(sink.deliveries).toHaveLength(2);
    expect(source.committed).toBe(10);
  });

  it('waits for what is on its way when it is stopped, and reads no more', async () => {
    let release: (() => void) | undefined;
    const sink = new StoreSink(async (given) => {
      await new Promise<void>((resolve) => {
        release = resolve;
      });
      return given.map(() => STORED);
    });
    const { clock, source, pipeline } = stand(100, sink, { heldBytesMax: 1_500 }, { once: false });
    const ended = pipeline.run();
    await clock.until(() => release !== undefined);
    pipeline.stop(HOUR);
    const { records: read } = pipeline.ahead;
    sink.rule = (given) => given.map(() => STORED);
    release?.();
    await clock.through(ended, 0);
    expect(source.committed).toBe(read);
    expect(read).toBeLessThan(100);
  });

  it('gives up what is on its way when the grace is over; it is there for the next one', async () => {
    const sink = new StoreSink(() => Promise.reject(new Error('away')));
    const { clock, source, pipeline } = stand(100, sink, {}, { once: false });
    const ended = pipeline.run();
    await clock.until(() => sink.deliveries.length > 2);
    const began = clock.now();
    pipeline.stop(5_000);
    await clock.through(ended);
    expect(clock.now() - began).toBeLessThanOrEqual(5_000);
    expect(source.committed).toBe(0);
  });

  it('reads several spools, each with its own position', async () => {
    const clock = new SimulatedClock();
    const sources = [0, 1, 2].map(
      (index) => new ListSource(clock, records(30, index * 100), { directory: `/spool/${index}` }),
    );
    const sink = new StoreSink();
    const log = { info: () => undefined, warn: () => undefined };
    const pipeline = new Pipeline({
      sink,
      sources,
      limits: { ...DEFAULT_PIPELINE_LIMITS, batchRecordsMax: 7 },
      deadLetters: { put: async () => undefined },
      log,
      once: true,
      clock,
    });
    await clock.through(pipeline.run());
    expect(sources.map(({ committed }) => committed)).toEqual([30, 30, 30]);
    expect(sink.stored.size).toBe(90);
  });
});

function standWith(
  clock: SimulatedClock,
  sink: StoreSink,
  deadLetters: { put(letters: readonly DeadRecord[]): Promise<void> } = { put: async () => undefined },
): { readonly source: ListSource; readonly pipeline: Pipeline<number> } {
  const source = new ListSource(clock, records(10));
  const log = { info: () => undefined, warn: () => undefined };
  const limits = { ...DEFAULT_PIPELINE_LIMITS, batchRecordsMax: 10 };
  const options = { sink, sources: [source], limits, deadLetters, log, once: true, clock, random: () => 0.5 };
  return { source, pipeline: new Pipeline(options) };
}
