import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { loadStages, parseStages } from '../../src/rules-test/load.ts';
import { renderReport, summarize } from '../../src/rules-test/report.ts';
import { runStages } from '../../src/rules-test/run.ts';
import type { StageEngine, StageOutcome } from '../../src/rules-test/stage-engine.ts';
import { crsDirectory } from '../../src/setup/paths.ts';

const log = (...ids: number[]) => ids.map((ruleId) => ({ ruleId, text: `[id "${ruleId}"]` }));

/** Logs the ids that the query names, and denies with 403 where it names `deny`, after the response where it names `late`. */
const SCRIPTED: StageEngine = {
  run(request, backend) {
    const words = (request.uri.split('?')[1] ?? '').split(',').filter((word) => word !== '');
    const ids = words.filter((word) => /^\d+$/.test(word)).map(Number);
    if (words.includes('throw')) throw new RangeError('no\nmore');
    if (words.includes('deny')) return { status: 403, log: log(...ids) };
    const { status } = backend(request);
    return { status: words.includes('late') ? 403 : status, log: log(...ids) };
  },
};

const STAGES = (uri: string, output: string) =>
  parseStages(
    'a.yaml',
    `rule_id: 7\ntests: [{test_id: 1, stages: [{input: {uri: "${uri}", headers: {Host: a}}, output: ${output}}]}]`,
  );

function run(uri: string, output: string, engine = SCRIPTED, exclusions = new Map<string, string>()) {
  const [result] = runStages({ stages: STAGES(uri, output), engines: [engine], exclusions });
  return result;
}

const fixed = (outcome: Partial<StageOutcome>): StageEngine => ({
  run: () => ({ status: 200, log: [], ...outcome }),
});

describe('running stages', () => {
  it('passes and fails by what the engine answers', () => {
    expect(run('/?1,2', '{log: {expect_ids: [1, 2], no_expect_ids: [3]}}')).toMatchObject({
      verdict: 'passed',
      why: '',
    });
    expect(run('/?1', '{log: {expect_ids: [1, 2]}}')).toMatchObject({ verdict: 'failed' });
    expect(run('/?deny', '{status: 403}')?.verdict).toBe('passed');
    expect(run('/?deny', '{status: 200}')?.why).toBe('status 403, not 200');
  });

  it('fails a stage that expects nothing', () => {
    expect(run('/', '{}')).toMatchObject({
      verdict: 'failed',
      why: expect.stringMatching(/expects nothing/),
    });
  });

  it('finds text in the response of the backend, not in that of the engine', () => {
    expect(run('/', '{response_contains: "^HTTP/1.1 200"}')?.verdict).toBe('passed');
    expect(run('/?deny', '{response_contains: "^HTTP/1.1"}')?.verdict).toBe('failed');
    expect(run('/?late', '{response_contains: "^HTTP/1.1"}')?.verdict).toBe('failed');
  });

  it('fails a stage on which the engine throws, also where it is excluded, and goes on', () => {
    const stages = [...STAGES('/?throw', '{status: 200}'), ...STAGES('/', '{status: 200}')];
    const results = runStages({ stages, engines: [SCRIPTED], exclusions: new Map() });
    expect(results.map(({ verdict }) => verdict)).toEqual(['failed', 'passed']);
    expect(results[0]?.why).toBe('the engine failed: no more');
    expect(run('/?throw', '{status: 200}', SCRIPTED, new Map([['7-1', 'known']]))?.verdict).toBe('failed');
  });

  it('never shows the engine a request that the parser refuses', () => {
    const refused = run('/#a', '{log: {no_expect_ids: [1]}}', fixed({}));
    expect(refused).toMatchObject({ verdict: 'failed', refusal: { status: 400 } });
    expect(run('/#a', '{status: 400}', fixed({}))).toMatchObject({
      verdict: 'passed',
      refusal: { status: 400 },
    });
  });

  it('counts an excluded stage apart, and fails it once it passes', () => {
    const exclusions = new Map([['7-1', 'known']]);
    expect(run('/', '{status: 403}', SCRIPTED, exclusions)).toMatchObject({
      verdict: 'excluded',
      why: 'known',
    });
    expect(run('/', '{status: 200}', SCRIPTED, exclusions)).toMatchObject({
      verdict: 'failed',
      why: 'excluded but passes',
    });
  });

  it('tries again once, and only where the stage asks for it', () => {
    const flaky = (): StageEngine => {
      let calls = 0;
      return { run: () => ({ status: 200, log: log(...(calls++ === 0 ? [] : [1])) }) };
    };
    expect(run('/', '{log: {expect_ids: [1]}}', flaky())?.verdict).toBe('failed');
    expect(run('/', '{retry_once: true, log: {expect_ids: [1]}}', flaky())?.verdict).toBe('passed');
    expect(run('/', '{retry_once: true, log: {expect_ids: [2]}}', flaky())?.verdict).toBe('failed');
  });

  it.each<[string, Partial<StageOutcome>, RegExp]>([
    ['status', { status: 403 }, /differ: status 200 and 403/],
    ['log', { log: log(1) }, /differ in log at 1: nothing and \[id "1"\]/],
    ['trace', { trace: ['a', 'c'] }, /differ in trace at 2: b and c/],
    ['length of the trace', { trace: ['a'] }, /differ in trace at 2: b and nothing/],
  ])('fails a stage on which two evaluations differ in %s, excluded or not', (_, outcome, why) => {
    const engines = [fixed({ trace: ['a', 'b'] }), fixed({ trace: ['a', 'b'], ...outcome })] as const;
    const [result] = runStages({
      stages: STAGES('/', '{status: 500}'),
      engines,
      exclusions: new Map([['7-1', 'known']]),
    });
    expect(result).toMatchObject({ verdict: 'failed', why: expect.stringMatching(why) });
  });

  it('fails a comparison without traces', () => {
    const [result] = runStages({
      stages: STAGES('/', '{status: 200}'),
      engines: [fixed({}), fixed({ trace: [] })],
      exclusions: new Map(),
    });
    expect(result?.why).toBe('there is no trace to compare');
  });

  it('reads HTTP/0.9 as an error of the client, after the engine', () => {
    const text = `rule_id: 7\ntests: [{stages: [{input: {version: "", uri: "/?1"}, output: {expect_error: true, log: {expect_ids: [1]}}}]}]`;
    const [result] = runStages({
      stages: parseStages('a', text),
      engines: [SCRIPTED],
      exclusions: new Map(),
    });
    expect(result?.verdict).toBe('passed');
  });

  it('says how far it is', () => {
    const seen: string[] = [];
    const stages = [...STAGES('/', '{status: 200}'), ...STAGES('/', '{status: 200}')];
    const onProgress = (done: number, total: number) => seen.push(`${done}/${total}`);
    runStages({ stages, engines: [SCRIPTED], exclusions: new Map(), onProgress });
    expect(seen).toEqual(['1/2', '2/2']);
  });
});

describe('reporting', () => {
  const results = [
    ...runStages({ stages: STAGES('/', '{status: 200}'), engines: [SCRIPTED], exclusions: new Map() }),
    ...runStages({ stages: STAGES('/#', '{status: 400}'), engines: [SCRIPTED], exclusions: new Map() }),
    ...runStages({
      stages: STAGES('/', '{status: 403}'),
      engines: [SCRIPTED],
      exclusions: new Map([['7-1', 'known']]),
    }),
    ...runStages({
      stages: STAGES('/', '{response_contains: "\\x1b2Jé"}'),
      engines: [SCRIPTED],
      exclusions: new Map(),
    }),
  ];

  it('sums up for programs', () => {
    expect(summarize(results)).toEqual({
      stages: 4,
      passed: 2,
      failed: [{ id: '7-1', why: expect.any(String) }],
      excluded: [{ id: '7-1', reason: 'known' }],
      refused: [{ id: '7-1', status: 400, reason: 'the target holds a fragment' }],
      passedByParser: 1,
    });
  });

  it('shows people what failed and where, without steering their terminal', () => {
    const report = renderReport(results);
    expect(report).toMatch(/^0xxx +4 +2 +1 +1$/m);
    expect(report).toMatch(/ {2}7-1 {2}the response does not match .* \(a\.yaml:2\)/);
    expect(report).toContain('4 stages: 2 passed, 1 failed, 1 excluded.');
    expect(report).not.toMatch(/[^\x20-\x7e\n]/);
  });
});

describe("the CRS's tests in front of the parser", () => {
  const refused = () => {
    const stages = loadStages([join(crsDirectory(), 'tests')]);
    const results = runStages({ stages, engines: [fixed({})], exclusions: new Map() });
    return results.filter(({ refusal }) => refusal !== null);
  };

  it('lets every stage that expects a rule reach the engine, and loses three that expect none', () => {
    const results = refused();
    expect(results.filter(({ stage }) => stage.expected.expectIds.length > 0)).toEqual([]);
    expect(results.filter(({ verdict }) => verdict === 'failed').map(({ stage }) => stage.id)).toEqual([
      '920100-7',
      '920181-1',
      '920290-2',
    ]);
  });

  it('refuses all that the suite wants refused, with the status that it wants', () => {
    const passed = refused().filter(({ verdict }) => verdict === 'passed');
    expect(passed).toHaveLength(22);
    expect(new Set(passed.map(({ stage }) => stage.expected.status))).toEqual(new Set([400]));
  });
});
