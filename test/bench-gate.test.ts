import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, describe, expect, it } from 'vitest';
import { casesNamed } from '../bench/engine/cases/index.ts';
import { countCases } from '../bench/engine/count-process.ts';
import { type Baseline, type BaselineCase, readBaseline, writeBaseline } from '../bench/gate/baseline.ts';
import { compare, renderGate } from '../bench/gate/compare.ts';
import { repositoryRoot } from '../packages/cli/src/setup/paths.ts';

const directory = mkdtempSync(join(tmpdir(), 'sluice-gate-test-'));
afterAll(() => rmSync(directory, { recursive: true }));

const measured = (change: Partial<BaselineCase> = {}): BaselineCase => ({
  work: { nativeCalls: 20, bytesScanned: 5_000, candidates: 0 },
  heapBytes: 100_000,
  ratio: { coraza: 4, libmodsecurity: 2 },
  ...change,
});

const baseline: Baseline = {
  written: '2026-01-01',
  versions: { sluice: '0.1.0' },
  paranoia: 1,
  seed: 'gate',
  cases: { get: measured() },
};

const against = (now: BaselineCase) => compare(baseline, { get: now }, 0.25);

describe('the gate', () => {
  it('finds nothing where nothing changed', () => {
    expect(against(measured())).toEqual({ worse: [], better: [], skipped: [] });
    expect(renderGate(against(measured()))).toBe('nothing is worse than the baseline\n');
  });

  it.each([
    ['more bytes scanned', { work: { ...measured().work, bytesScanned: 5_100 } }, 'bytesScanned'],
    ['a native call more', { work: { ...measured().work, nativeCalls: 21 } }, 'nativeCalls'],
    ['candidates where there were none', { work: { ...measured().work, candidates: 1 } }, 'candidates'],
    ['more heap', { heapBytes: 104_000 }, 'heapBytes'],
    ['a ratio that shrank', { ratio: { coraza: 2.9, libmodsecurity: 2 } }, 'ratio to coraza'],
  ])('says that %s is worse', (_, change, figure) => {
    const { worse, better } = against(measured(change));
    expect(worse.map((each) => each.figure)).toEqual([figure]);
    expect(better).toEqual([]);
    expect(renderGate(against(measured(change)))).toContain(`get: ${figure}`);
  });

  it('says what is better, which is no failure', () => {
    const now = measured({
      work: { ...measured().work, nativeCalls: 2 },
      ratio: { coraza: 8, libmodsecurity: 2 },
    });
    const { worse, better } = against(now);
    expect(worse).toEqual([]);
    expect(better.map(({ figure }) => figure)).toEqual(['nativeCalls', 'ratio to coraza']);
  });

  it('says what it could not compare', () => {
    const { skipped, worse } = against(
      measured({ ratio: {}, work: { nativeCalls: 20, bytesScanned: 5_000 } }),
    );
    expect(worse).toEqual([]);
    expect(skipped).toEqual([
      'get: candidates is not counted any more',
      'get: no ratio to coraza',
      'get: no ratio to libmodsecurity',
    ]);
    expect(compare(baseline, {}, 0.25).skipped).toEqual(['get was not measured']);
  });

  it('never calls the same change both worse and better', () => {
    const figures = fc.record({ before: fc.nat(1e6), now: fc.nat(1e6) });
    fc.assert(
      fc.property(figures, ({ before, now }) => {
        const old = { ...baseline, cases: { get: measured({ work: { figure: before } }) } };
        const { worse, better } = compare(old, { get: measured({ work: { figure: now } }) }, 0.25);
        expect(worse.length + better.length).toBeLessThan(2);
        if (now < before) expect(worse).toEqual([]);
        if (now > before) expect(better).toEqual([]);
      }),
    );
  });
});

describe('a baseline', () => {
  it('is read as it was written', () => {
    const path = join(directory, 'a.json');
    writeBaseline(path, baseline);
    expect(readBaseline(path)).toEqual(baseline);
  });

  it('is asked for where there is none, and refused where it is something else', () => {
    expect(() => readBaseline(join(directory, 'none.json'))).toThrow('BENCH_NO_BASELINE');
    const cases = { get: { ...measured(), heapBytes: 'many' } };
    for (const text of ['', '[]', '{}', JSON.stringify({ ...baseline, cases })]) {
      const path = join(directory, 'bad.json');
      writeFileSync(path, text);
      expect(() => readBaseline(path)).toThrow('BENCH_NOT_BASELINE');
    }
  });

  it('is there for this checkout, with the five cases that are timed', () => {
    const path = join(repositoryRoot(), 'bench/baseline.json');
    const { cases } = readBaseline(path);
    expect(Object.keys(cases)).toEqual(expect.arrayContaining(['get', 'form', 'json', 'sqli', 'text100k']));
    expect(readFileSync(path, 'utf8')).not.toMatch(/"(?:p50|p99|cpu)/);
  });
});

describe('counts', () => {
  const rules = {
    crs: false,
    paranoia: 1,
    files: [join(repositoryRoot(), 'bench/engine/simple.conf')],
  } as const;

  // V8 allocates something of its own now and then: 740 bytes in a batch of 40 requests of 14 KB were seen, 2,100 of 67 KB.
  it('are the same in each run, bytes on the heap to two thousandths', async () => {
    const cases = casesNamed('get,json,text1k');
    const first = await countCases(cases, rules, '1');
    const again = await countCases(cases, rules, '1');
    expect([...again.keys()]).toEqual([...first.keys()]);
    for (const [name, { work, heapBytes }] of first) {
      expect(again.get(name)?.work, name).toEqual(work);
      const ratio = (again.get(name)?.heapBytes ?? 0) / (heapBytes ?? 0);
      expect(Math.abs(ratio - 1), name).toBeLessThan(0.002);
    }
    expect([...first.keys()]).toEqual(['get', 'json', 'text1k']);
    for (const { work, heapBytes } of first.values()) {
      expect(heapBytes).toBeGreaterThan(1_000);
      // What holds nothing that a pattern needs is classified and not scanned: a call, no bytes.
      expect(work.nativeCalls).toBeGreaterThan(0);
    }
  });
});
