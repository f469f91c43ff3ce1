import fc from 'fast-check';
import { describe, expect, it, vi } from 'vitest';
import { type KindStatus, Reflector, type ReflectorTimes } from '../../src/cluster/reflector.ts';
import type { RawObject } from '../../src/cluster/source.ts';
import { ModelSource } from './model-source.ts';

const SILENT = { info: () => undefined, warn: () => undefined, error: () => undefined };
const QUICK: Partial<ReflectorTimes> = { retryMillisMin: 0, retryMillisMax: 0, absentMillis: 0 };

type Step = (source: ModelSource) => void;

const name = fc.constantFrom('a', 'b', 'c', 'd', 'e', 'f', 'g', 'h');
const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 4,
    arbitrary: fc.tuple(name, fc.nat(9)).map(
      ([of, data]): Step =>
        (source) =>
          source.put(of, data),
    ),
  },
  {
    weight: 2,
    arbitrary: name.map(
      (of): Step =>
        (source) =>
          source.remove(of),
    ),
  },
  fc.constant<Step>((source) => source.bookmark()),
  fc.constant<Step>((source) => source.compact()),
  fc.nat(3).map(
    (after): Step =>
      (source) =>
        source.cut(after),
  ),
  fc.constantFrom(null, 400, 401, 403, 404, 410, 429, 500, 503).map(
    (status): Step =>
      (source) =>
        source.refuse(status),
  ),
);
/** Steps with as many turns of the event loop between them: what is under way gets on by so much. */
const course = fc.array(fc.tuple(step, fc.nat(4)), { maxLength: 40 });

const data = (objects: Iterable<readonly [string, number]>): object =>
  Object.fromEntries([...objects].sort());
const listed = (source: ModelSource): object =>
  data([...source.objects].map(([key, raw]) => [key, raw.data as number]));

function reflect(source: ModelSource, times: Partial<ReflectorTimes> = {}, changed = () => undefined) {
  const project = (raw: RawObject): number => raw.data as number;
  const kind = { name: 'Model', source, project };
  return new Reflector<number>(kind, { log: SILENT, changed }, { ...QUICK, ...times });
}

describe('a reflector', () => {
  it('comes to what a fresh list gives, whatever has happened to its watches', async () => {
    await fc.assert(
      fc.asyncProperty(course, async (steps) => {
        const source = new ModelSource();
        const reflector = reflect(source);
        reflector.start();
        for (const [act, turns] of steps) {
          act(source);
          for (let turn = 0; turn < turns; turn += 1) await new Promise((done) => setImmediate(done));
        }
        await vi.waitFor(() => expect(data(reflector.snapshot())).toEqual(listed(source)), { interval: 1 });
        await reflector.stop();
      }),
      { numRuns: 200 },
    );
  });

  it('gives snapshots that do not change, and the same one until something does', async () => {
    const source = new ModelSource();
    source.put('a', 1);
    const reflector = reflect(source);
    reflector.start();
    await vi.waitFor(() => expect(reflector.isAnswered).toBe(true));
    const first = reflector.snapshot();
    expect(reflector.snapshot()).toBe(first);
    source.put('a', 1);
    source.put('b', 2);
    await vi.waitFor(() => expect(reflector.snapshot().size).toBe(2));
    expect(data(first)).toEqual({ a: 1 });
    await reflector.stop();
  });

  it('is quiet about what changes nothing that is kept', async () => {
    const source = new ModelSource();
    source.put('a', 1);
    const changed = vi.fn();
    const reflector = reflect(source, {}, changed);
    reflector.start();
    await vi.waitFor(() => expect(changed).toHaveBeenCalledTimes(1));
    source.put('a', 1);
    source.cut(0);
    source.put('b', 1);
    await vi.waitFor(() => expect(changed).toHaveBeenCalledTimes(2));
    await reflector.stop();
  });

  it('keeps what it knows where a kind seems to be gone, until that is so for long', async () => {
    let now = 0;
    const source = new ModelSource();
    source.put('a', 1);
    const reflector = reflect(source, { now: () => now, absentConfirmMillis: 1_000 });
    const status = (): KindStatus => reflector.status;
    reflector.start();
    await vi.waitFor(() => expect(status()).toMatchObject({ state: 'watching', objects: 1 }));
    const gone = setInterval(() => source.refuse(404), 0);
    await vi.waitFor(() => expect(status().state).toBe('behind'));
    expect(status().objects).toBe(1);
    now = 1_001;
    await vi.waitFor(() => expect(status()).toMatchObject({ state: 'absent', objects: 0 }));
    clearInterval(gone);
    await reflector.stop();
  });

  it('keeps what it knows where there are more objects than it takes, and says so', async () => {
    const source = new ModelSource();
    for (const of of ['a', 'b', 'c', 'd']) source.put(of, 1);
    const reflector = reflect(source, { objectsMax: 4, retryMillisMin: 5, retryMillisMax: 5 });
    reflector.start();
    await vi.waitFor(() => expect(reflector.status.state).toBe('watching'));
    source.put('e', 1);
    await vi.waitFor(() => expect(reflector.status.problem).toContain('WATCH_LIMIT'));
    expect(reflector.status.objects).toBe(4);
    source.remove('a');
    await vi.waitFor(() => expect(data(reflector.snapshot())).toEqual(listed(source)));
    await reflector.stop();
  });
});
