/** A phase that cannot be run at all, which no request brings about: whoever goes on must not hear "allow". */
import { afterEach, expect, it, vi } from 'vitest';
import { ScanResults } from '../../src/evaluate/scan.ts';
import { attributesOf, engine, ruleSetOf } from './support.ts';

afterEach(() => vi.restoreAllMocks());

it.each([1, 2, 3, 4])('phase %i that fails leaves a verdict that is no allow', (failing) => {
  vi.spyOn(ScanResults.prototype, 'scanAhead').mockImplementation((_, phase) => {
    if (phase === failing) throw new RangeError('no memory');
  });
  const ruleSet = ruleSetOf('SecResponseBodyAccess On\nSecRule ARGS "@streq evil" "id:1,phase:2,deny"');
  // Too many arguments: a cause that a policy may let pass must not stand in front.
  const uri = `/?${'a&'.repeat(1_100)}`;
  const transaction = engine.transaction(ruleSet, attributesOf({ uri }));
  const steps = [
    () => transaction.requestHeaders(),
    () => transaction.requestEnd(),
    () => transaction.responseHeaders({ status: 200, protocol: 'HTTP/1.1', headers: [] }),
    () => transaction.responseEnd(),
  ];
  for (const step of steps.slice(0, failing - 1)) step();
  expect(() => steps[failing - 1]?.()).toThrow('no memory');
  const expected = { kind: 'uninspectable', cause: 'rule_failed', detail: `phase ${failing}: no memory` };
  expect(transaction.verdict).toEqual(expected);
  expect(transaction.finish().verdict).toEqual(expected);
});
