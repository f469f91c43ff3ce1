import { describe, expect, it } from 'vitest';
import { type Exchange, judge } from '../../src/rules-test/judge.ts';
import type { StageExpectation } from '../../src/rules-test/stage.ts';

const NOTHING: StageExpectation = {
  status: null,
  responseContains: null,
  expectIds: [],
  noExpectIds: [],
  matchRegex: null,
  noMatchRegex: null,
  expectError: false,
  retryOnce: false,
  isolated: false,
};

const line = (ruleId: number, rest = '') => ({ ruleId, text: `[id "${ruleId}"] ${rest}` });

const ANSWERED: Exchange = {
  refusal: null,
  status: 200,
  readable: true,
  response: 'HTTP/1.1 200\r\n\r\nhello',
  log: [line(1, '[data "x"]'), line(2)],
};
const REFUSED: Exchange = {
  ...ANSWERED,
  refusal: { status: 400, reason: 'bad' },
  status: 400,
  response: '',
  log: [],
};
const UNREADABLE: Exchange = { ...ANSWERED, readable: false };

const reasons = (expected: Partial<StageExpectation>, exchange: Exchange = ANSWERED): string[] =>
  judge({ ...NOTHING, ...expected }, exchange);

describe('judging a stage', () => {
  it.each<[string, Partial<StageExpectation>, Exchange]>([
    ['the status asked for', { status: 200 }, ANSWERED],
    ['every id asked for', { expectIds: [1, 2] }, ANSWERED],
    ['no id that is not to log', { noExpectIds: [3] }, ANSWERED],
    ['a line that matches', { matchRegex: /data "x"/ }, ANSWERED],
    ['no line that matches', { noMatchRegex: /data "y"/ }, ANSWERED],
    ['a response that matches', { responseContains: /^HTTP.*200\s+hello$/ }, ANSWERED],
    ['an error that was asked for', { expectError: true, expectIds: [1] }, UNREADABLE],
    ['one rule alone', { expectIds: [1], isolated: true }, { ...ANSWERED, log: [line(1), line(1)] }],
    ['a refusal that was asked for', { status: 400 }, REFUSED],
    [
      'a refusal that was asked for, with ids that are not to log',
      { status: 400, noExpectIds: [1] },
      REFUSED,
    ],
  ])('passes %s', (_, expected, exchange) => {
    expect(reasons(expected, exchange)).toEqual([]);
  });

  it.each<[string, Partial<StageExpectation>, Exchange, RegExp]>([
    ['no expectation', {}, ANSWERED, /expects nothing/],
    ['only flags', { retryOnce: true }, ANSWERED, /expects nothing/],
    ['no expectation of a refused request', {}, REFUSED, /expects nothing/],
    ['another status', { status: 403 }, ANSWERED, /status 200, not 403/],
    ['another status with the right ids', { status: 403, expectIds: [1] }, ANSWERED, /status 200, not 403/],
    ['a missing id', { expectIds: [1, 3] }, ANSWERED, /not logged: 3 \(logged: 1 2\)/],
    ['an unwanted id', { noExpectIds: [2, 3] }, ANSWERED, /against expectation: 2$/],
    ['no line that matches', { matchRegex: /data "y"/ }, ANSWERED, /no log line matches/],
    ['a line that must not match', { noMatchRegex: /data "x"/ }, ANSWERED, /rule 1 matches/],
    ['another response', { responseContains: /bye/ }, ANSWERED, /does not match/],
    ['a response for an error', { expectError: true }, ANSWERED, /was read, not an error/],
    ['an error without the right ids', { expectError: true, expectIds: [9] }, UNREADABLE, /not logged: 9/],
    ['an error that nobody asked for', { status: 200 }, UNREADABLE, /no status line/],
    ['a second rule', { expectIds: [1], isolated: true }, ANSWERED, /not the only one to log: 1 2/],
    ['a refusal without a status', { noExpectIds: [1] }, REFUSED, /never reached the engine: 400, bad/],
    ['a refusal with no match wanted', { noMatchRegex: /x/ }, REFUSED, /never reached the engine/],
    ['a refusal with another status', { status: 403 }, REFUSED, /status 400, not 403/],
    ['a refusal of a stage that expects ids', { status: 400, expectIds: [1] }, REFUSED, /never reached/],
    ['a refusal for an error', { expectError: true }, REFUSED, /never reached the engine/],
    [
      'a log without the id',
      { status: 200 },
      { ...ANSWERED, log: [{ ruleId: 1, text: 'x' }] },
      /not one line/,
    ],
    [
      'a log of two lines',
      { status: 200 },
      { ...ANSWERED, log: [{ ruleId: 1, text: '[id "1"]\n' }] },
      /not one line/,
    ],
  ])('fails %s', (_, expected, exchange, why) => {
    expect(reasons(expected, exchange).join('; ')).toMatch(why);
  });
});
