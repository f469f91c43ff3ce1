import { describe, expect, it } from 'vitest';
import type { Transaction } from '../../src/index.ts';
import { attributesOf, engine, refusalOf, ruleSetOf } from './support.ts';

const ruleSet = ruleSetOf('SecAction "id:1,phase:1,pass"');
const RESPONSE = { status: 200, protocol: 'HTTP/1.1', headers: [] };

const STEPS: Readonly<Record<string, (transaction: Transaction) => unknown>> = {
  requestHeaders: (transaction) => transaction.requestHeaders(),
  requestBody: (transaction) => transaction.requestBody(Buffer.from('x')),
  requestEnd: (transaction) => transaction.requestEnd(),
  responseHeaders: (transaction) => transaction.responseHeaders(RESPONSE),
  responseBody: (transaction) => transaction.responseBody(Buffer.from('x')),
  responseEnd: (transaction) => transaction.responseEnd(),
  finish: (transaction) => transaction.finish(),
};

/** Plays steps on a new transaction; the last may be refused. */
function play(names: string): void {
  const transaction = engine.transaction(ruleSet, attributesOf({}));
  for (const name of names.split(' ')) STEPS[name]?.(transaction);
}

describe('steps in order', () => {
  it.each([
    'requestHeaders requestBody requestBody requestEnd responseHeaders responseBody responseBody responseEnd finish',
    'requestHeaders requestEnd finish',
    'requestHeaders finish',
    'requestHeaders requestEnd responseHeaders finish',
    'finish',
  ])('%s', (names) => {
    expect(() => play(names)).not.toThrow();
  });
});

describe('steps out of order are PHASE_ORDER', () => {
  it.each([
    'requestBody',
    'requestEnd',
    'responseHeaders',
    'requestHeaders requestHeaders',
    'requestHeaders responseHeaders',
    'requestHeaders requestEnd requestEnd',
    'requestHeaders requestEnd requestBody',
    'requestHeaders requestEnd responseBody',
    'requestHeaders requestEnd responseEnd',
    'requestHeaders requestEnd responseHeaders responseEnd responseBody',
    'requestHeaders requestEnd responseHeaders responseHeaders',
    'finish finish',
    'finish requestHeaders',
  ])('%s', (names) => {
    const error = refusalOf(() => play(names));
    expect(error.code).toBe('PHASE_ORDER');
    expect(error.message).toContain(names.split(' ').at(-1));
  });
});
