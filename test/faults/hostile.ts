/**
 * Defects for worker threads of a `sluice serve`, which it is started with: `node --import` brings this into its threads too. The
 * request's header `x-fault` says what befalls it there and at which step: `exit@requestEnd`, `hold:FILE@requestHeaders`.
 */
import { isMainThread } from 'node:worker_threads';
import { Engine, type Transaction } from '@sluice/engine';
import { befall, faultOf } from '../../packages/server/test/pool/fixtures/befall.ts';

type Step = 'requestHeaders' | 'requestBody' | 'requestEnd';

if (!isMainThread) {
  const begin = Engine.prototype.transaction;
  Engine.prototype.transaction = function transaction(ruleSet, attributes, options) {
    const begun = begin.call(this, ruleSet, attributes, options);
    const fault = faultOf(attributes);
    if (fault !== undefined) befallAt(begun, fault);
    return begun;
  };
}

/** @param fault kind, argument and step */
function befallAt(transaction: Transaction, fault: string): void {
  const [what = '', step = ''] = fault.split('@', 2);
  const name = STEPS.find((known) => known === step);
  if (name === undefined) throw new TypeError(`no step: ${step}`);
  const own: (...given: never[]) => unknown = transaction[name];
  Object.defineProperty(transaction, name, {
    value: (...given: never[]) => {
      befall(what);
      return own.apply(transaction, given);
    },
  });
}

const STEPS: readonly Step[] = ['requestHeaders', 'requestBody', 'requestEnd'];
