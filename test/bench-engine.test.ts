import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import type { BenchCase } from '../bench/engine/cases/case.ts';
import { casesNamed } from '../bench/engine/cases/index.ts';
import { renderChart } from '../bench/engine/chart.ts';
import type { BenchVerdict, Contender, ContenderName } from '../bench/engine/contender.ts';
import { Corpus, Sent } from '../bench/engine/corpus.ts';
import { LineProcess } from '../bench/engine/line-process.ts';
import { Measurement } from '../bench/engine/measure.ts';
import { percentile } from '../bench/engine/percentile.ts';
import { openSluiceProcess } from '../bench/engine/process-contender.ts';
import { type BenchReport, caseJson } from '../bench/engine/report.ts';
import { renderReport } from '../bench/engine/table.ts';
import { writeHar } from '../packages/cli/src/demo/har.ts';
import { repositoryRoot } from '../packages/cli/src/setup/paths.ts';
import { createBodyProcessor } from '../packages/engine/src/body/select.ts';
import { DEFAULT_LIMITS, toBytes } from '../packages/engine/src/index.ts';

const directory = mkdtempSync(join(tmpdir(), 'sluice-bench-test-'));
afterAll(() => rmSync(directory, { recursive: true }));

const SIMPLE = join(repositoryRoot(), 'bench/engine/simple.conf');

/** Takes so many microseconds, and denies whatever `denies` says. */
function scripted(
  name: ContenderName,
  micros: number,
  denies: (index: number) => boolean = () => false,
): Contender {
  let asked = 0;
  return {
    name,
    version: '1',
    loadMillis: 1,
    inspect: async (requests) => ({
      verdicts: requests.map((): BenchVerdict => (denies(asked++) ? 'deny' : 'allow')),
      wallMicros: requests.map(() => micros),
      cpuMicros: micros * requests.length,
    }),
    rssBytes: () => 1,
    close: async () => undefined,
  };
}

async function measured(contenders: readonly Contender[], name = 'get', change: Partial<BenchCase> = {}) {
  const benchCase = { ...(casesNamed(name)[0] as BenchCase), ...change };
  const measurement = new Measurement(benchCase, new Corpus(benchCase, '1', new Sent()), contenders);
  await measurement.cold();
  return measurement.run({ seconds: 1, requests: 40 });
}

describe('a measurement', () => {
  it('gives all engines the same requests, and compares their medians', async () => {
    const result = await measured([scripted('sluice', 100), scripted('coraza', 400)]);
    expect(result).toMatchObject({ requests: 40, denied: 0, dissent: [] });
    expect(caseJson(result, undefined)).toMatchObject({
      sluice: { p50Us: 100, p99Us: 100, cpuUs: 100, coldUs: 100 },
      ratio: { coraza: 4 },
      ratioCpu: { coraza: 4 },
    });
  });

  it('trips where one engine says otherwise about one request', async () => {
    const { dissent } = await measured([
      scripted('sluice', 100),
      scripted('coraza', 100, (index) => index === 20),
    ]);
    expect(dissent).toHaveLength(1);
    expect(dissent[0]).toMatchObject({
      case: 'get',
      contender: 'coraza',
      verdict: 'deny',
      expected: 'allow',
    });
    expect(dissent[0]?.request).toMatch(/^GET \/products/);
  });

  it('trips where all engines say otherwise than the case expects', async () => {
    const { dissent } = await measured([scripted('sluice', 100), scripted('coraza', 100)], 'sqli');
    expect(dissent).toMatchObject([
      { case: 'sqli', verdict: 'allow', expected: 'deny', request: '40 of 40 requests' },
    ]);
  });

  it('expects nothing of what nobody knows', async () => {
    const { dissent } = await measured([scripted('sluice', 100, () => true)], 'get', { verdict: null });
    expect(dissent).toEqual([]);
  });

  it('times engines that are known to differ, and gives no ratio of them', async () => {
    const differs = { contenders: ['coraza'] as const, reason: 'it reads this otherwise' };
    const result = await measured([scripted('sluice', 100), scripted('coraza', 100, () => true)], 'get', {
      differs,
    });
    expect(result.dissent).toEqual([]);
    expect(caseJson(result, undefined)).toMatchObject({
      ratio: {},
      note: 'it reads this otherwise',
      coraza: { p50Us: 100 },
    });
  });

  it('takes percentiles by the nearest rank', () => {
    const hundred = Array.from({ length: 100 }, (_, index) => index + 1);
    expect([0, 0.5, 0.99, 1].map((part) => percentile(hundred, part))).toEqual([1, 50, 99, 100]);
    expect(percentile([7], 0.99)).toBe(7);
  });
});

describe('Sluice in a process of its own', () => {
  it('is pinned with all its threads', async () => {
    const script = `const { readdirSync, readFileSync } = require('fs');
      const status = (task) => readFileSync('/proc/self/task/' + task + '/status', 'utf8');
      const cores = readdirSync('/proc/self/task').map((task) => /Cpus_allowed_list:\\s*(.*)/.exec(status(task))[1]);
      console.log(JSON.stringify(cores))`;
    const child = new LineProcess('node', [process.execPath, '-e', script], 0);
    const cores = await child.next();
    await child.close();
    expect(cores).toEqual(expect.arrayContaining(['0']));
    expect(new Set(cores as string[]).size).toBe(1);
    expect((cores as string[]).length).toBeGreaterThan(1);
  });

  it('judges as asked', async () => {
    const contender = await openSluiceProcess({ crs: false, paranoia: 1, files: [SIMPLE] }, 0);
    try {
      const [request] = new Corpus(casesNamed('get')[0] as BenchCase, '1', new Sent()).take(1);
      if (request === undefined) throw new TypeError('no request');
      const attack = { ...request, uri: '/x?a=invoice-drop' };
      const { verdicts, wallMicros, cpuMicros } = await contender.inspect([request, attack]);
      expect(verdicts).toEqual(['allow', 'deny']);
      expect((await contender.inspect([attack], [request, request])).verdicts).toEqual(['deny']);
      expect(wallMicros.every((each) => each > 0)).toBe(true);
      expect(cpuMicros).toBeGreaterThanOrEqual(0);
      expect(contender.rssBytes()).toBeGreaterThan(1e6);
    } finally {
      await contender.close();
    }
  });
});

describe('a process that is asked', () => {
  const said = (script: string) => new LineProcess('engine', [process.execPath, '-e', script], null).next();

  it.each([
    ['ends, with what it said', "process.stderr.write('sorry'); process.exitCode = 3", /status 3; sorry/],
    ['talks, but no JSON', "console.log('hello'); setTimeout(() => {}, 60_000)", /not JSON/],
    ['is not there', null, /ENOENT/],
  ])('and %s is an error with a code', async (_, script, reason) => {
    const answer = script === null ? new LineProcess('engine', ['/nosuch'], null).next() : said(script);
    await expect(answer).rejects.toMatchObject({
      code: 'BENCH_CONTENDER',
      message: expect.stringMatching(reason),
    });
  });
});

const run = (...args: readonly string[]) =>
  spawnSync(process.execPath, [join(repositoryRoot(), 'bench/main.ts'), ...args], { encoding: 'utf8' });

const TINY = ['--requests', '2', '--no-crs', '--rules', SIMPLE];

describe('sluice bench', () => {
  it('prints one object with all engines that there are, and draws a chart that is XML', () => {
    const svg = join(directory, 'chart.svg');
    const { stdout, stderr, status } = run('engine', ...TINY, '--cases', 'get,json', '--json', '--svg', svg);
    expect(stderr).toContain('json:');
    expect(status).toBe(0);
    const report: BenchReport = JSON.parse(stdout);
    expect(report.cases.map(({ name }) => name)).toEqual(['get', 'json']);
    const present = Object.keys(report.versions);
    expect(present[0]).toBe('sluice');
    // A peer is measured, or left out with a word.
    expect(present.length - 1 + report.leftOut.length).toBe(3);
    for (const each of report.cases) {
      expect(each).toMatchObject({ requests: 2, denied: 0 });
      expect(each.sluice.heapBytes).toBeGreaterThan(0);
      expect(each.sluice.work?.nativeCalls).toBeGreaterThan(0);
      expect(Object.keys(each.ratio)).toEqual(present.slice(1));
      for (const name of present)
        for (const figure of ['p50Us', 'p99Us', 'cpuUs', 'coldUs', 'nsPerByte'])
          expect(each).toHaveProperty([name, figure], expect.any(Number));
    }
    expect(report.memory.rssBytes.pl1).toBeGreaterThan(1e6);
    expect(Object.keys(report.memory.byContender)).toEqual(present);
    expect(report.start.sluice?.firstVerdictMs).toBeGreaterThan(report.start.sluice?.loadMs ?? 0);
    expect(report.machine.core).not.toBeNull();
    expect(report.dissent).toEqual([]);
    const drawn = readFileSync(svg, 'utf8');
    expect(drawn).toContain('prefers-color-scheme: dark');
    expect(wellFormed(drawn)).toBe(true);
    expect(renderReport(report)).toContain('json');
  });

  it('ends with 1 and says so where engines disagree', async () => {
    const result = await measured([scripted('sluice', 100), scripted('coraza', 100, () => true)]);
    const report = { ...EMPTY, cases: [caseJson(result, undefined)], dissent: result.dissent };
    expect(renderReport(report)).toMatch(/ENGINES DISAGREE[\s\S]*coraza says deny instead of allow/);
  });

  it('times Sluice alone in its own process', () => {
    const { stdout, status } = run(...TINY, '--cases', 'sqli', '--peers', 'none', '--json');
    expect(status).toBe(0);
    const report: BenchReport = JSON.parse(stdout);
    expect(report.machine.core).toBeNull();
    expect(report.cases[0]).toMatchObject({ name: 'sqli', ratio: {} });
  });

  it("times the demo's traffic, which is a HAR file", () => {
    const path = join(directory, 'demo.har');
    writeHar(path, 8080, ['/', "/?q=1' union select name from users--"]);
    const { stdout, status } = run('engine', '--har', path, '--requests', '4', '--peers', 'none', '--json');
    expect(status).toBe(0);
    const report: BenchReport = JSON.parse(stdout);
    expect(report.cases).toMatchObject([{ name: 'demo.har', requests: 4, denied: 2 }]);
  });

  it('runs a part of the engine by itself', () => {
    const { stdout, status } = run('bodies', '--only', 'XML', '--seconds', '0.01', '--json');
    expect(status).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject({
      suite: 'bodies',
      rows: [{ name: 'XML (xml)', p50Us: expect.any(Number) }],
    });
  });

  it.each([
    [['--help'], 0, 'Suites:'],
    [['gate', '--help'], 0, 'baseline'],
    [['nosuch'], 1, ''],
    [['--core', '4000', ...TINY], 1, ''],
    [['gate', '--baseline', '/nosuch'], 1, ''],
    [['scan', '--seconds', 'x'], 1, ''],
  ] as const)('answers %j', (args, status, said) => {
    const result = run(...args);
    expect(result.status).toBe(status);
    expect(result.stdout).toContain(said);
    if (status !== 0) expect(result.stderr).toMatch(/\[BENCH_[A-Z_]+\]\nRemedy: /);
  });
});

describe('a chart', () => {
  it('is XML whatever names there are', async () => {
    const result = await measured([scripted('sluice', 100)], 'get', { name: '<&">\x01', about: 'a & b' });
    const report = { ...EMPTY, cases: [caseJson(result, undefined)], versions: { sluice: '"<1>"' } };
    expect(wellFormed(renderChart(report))).toBe(true);
  });
});

const EMPTY: BenchReport = {
  date: '2026-01-01T00:00:00Z',
  seed: '1',
  seconds: 1,
  rules: { crs: true, paranoia: 1, files: [] },
  machine: { cpu: 'a & b', cores: 1, core: 0, memoryBytes: 1, kernel: '1', loadAverage: 0 },
  versions: {},
  cases: [],
  rows: [],
  memory: { rssBytes: {}, byContender: {} },
  start: {},
  leftOut: [],
  dissent: [],
};

/** As the engine's own reader of XML sees it. */
function wellFormed(text: string): boolean {
  let errors = 0;
  const ignore = (): void => undefined;
  const sink = {
    argument: ignore,
    file: ignore,
    partHeader: ignore,
    xmlText: ignore,
    xmlAttribute: ignore,
    xmlNode: ignore,
    multipartFlag: ignore,
    urlencodedError: ignore,
    error: () => {
      errors++;
    },
  };
  const parser = createBodyProcessor('XML', sink, { contentType: 'text/xml', limits: DEFAULT_LIMITS });
  parser.push(toBytes(Buffer.from(text).toString('latin1')));
  parser.end();
  return errors === 0;
}
