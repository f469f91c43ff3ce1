import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { describe, expect, it } from 'vitest';
import { judge, type Message, PROCESSORS, ruleSetOf } from './support.ts';

setFlagsFromString('--expose-gc');
const collect: (options?: { readonly type: 'minor' }) => void = runInNewContext('gc');

const ROUNDS = 1_000;

/** V8 compiles and gathers feedback meanwhile, which is promoted too: the least of some samples is the messages' own. */
const SAMPLES = 3;

/** Kilobytes that a message leaves behind collections of the young generation, and a full one takes. */
function promotedKilobytes(rules: string, message: Message): number {
  const ruleSet = ruleSetOf(rules);
  const inspectAll = (): void => {
    for (let round = 0; round < ROUNDS; round++) judge(ruleSet, message);
  };
  inspectAll();
  return Math.min(...Array.from({ length: SAMPLES }, () => sample(inspectAll)));
}

function sample(inspectAll: () => void): number {
  collect();
  inspectAll();
  // What survives two is not young any more.
  collect({ type: 'minor' });
  collect({ type: 'minor' });
  const grown = process.memoryUsage().heapUsed;
  collect();
  return (grown - process.memoryUsage().heapUsed) / ROUNDS / 1_000;
}

describe('a transaction that is over', () => {
  it('is gone with the young generation', () => {
    const rules = `SecRule ARGS "@rx x+" "id:1,phase:2,pass,setvar:tx.seen=1"
       SecRule REQUEST_HEADERS:Host "@contains shop" "id:2,phase:1,pass"`;
    expect(promotedKilobytes(rules, { uri: '/?a=xx&b=1' })).toBeLessThan(0.5);
  });

  it('is gone with the young generation where rules select nodes of XML', () => {
    const rules = `${PROCESSORS}SecRule XML:/a/b "@streq 2" "id:1,phase:2,pass"`;
    const headers = [['Content-Type', 'text/xml']] as const;
    expect(
      promotedKilobytes(rules, { method: 'POST', headers, body: `<a>${'<b>1</b>'.repeat(20)}</a>` }),
    ).toBeLessThan(0.5);
  });
});
