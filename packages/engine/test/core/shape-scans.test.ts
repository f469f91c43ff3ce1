/** What is found in the values that all heads of a shape have is found once, and counts for each of them. */
import { expect, it } from 'vitest';
import { type HeaderList, work, workSince } from '../../src/index.ts';
import { judge, judgeShaped, type Message, ruleSetOf, run } from './support.ts';

const HEADERS: HeaderList = [
  ['Host', 'shop.example'],
  ['X-Evil-Name', 'b'],
  ['Accept', 'evil'],
];
const RULES = `SecRule REQUEST_HEADERS_NAMES "@contains evil" "id:1,phase:1,pass,t:lowercase,setvar:'tx.names=+1'"
  SecRule REQUEST_HEADERS_NAMES|ARGS "@rx (?i)^x-e.il" "id:2,phase:2,pass,capture,setvar:'tx.last=%{tx.0}'"
  SecRule REQUEST_METHOD|REQUEST_PROTOCOL "@rx (?:^PUT|/0)" "id:3,phase:2,pass,setvar:'tx.line=+1'"
  SecRule ARGS|REQUEST_HEADERS "@rx evil" "id:4,phase:2,pass,setvar:'tx.values=+1'"`;

const MESSAGES: readonly Message[] = [
  { headers: HEADERS, uri: '/?a=b' },
  { headers: HEADERS, uri: '/?a=evil&b=x-evil' },
  { headers: HEADERS, uri: '/?a=b', method: 'PUT' },
  { headers: HEADERS, uri: '/?a=b', protocol: 'HTTP/0.9' },
  { headers: [['Host', 'shop.example']], uri: '/?a=x-evil' },
];

it('holds for the first request of a shape and for each that follows, and for no other shape', () => {
  const set = ruleSetOf(RULES);
  for (const message of [...MESSAGES, ...MESSAGES, ...MESSAGES.toReversed()]) {
    const expected = judge(set, message, 'reference');
    const shaped = judgeShaped(set, message);
    expect([shaped.ids, shaped.trace, shaped.tx]).toEqual([expected.ids, expected.trace, expected.tx]);
  }
  expect(run(RULES, MESSAGES[0]).ids).toEqual([1, 2, 4]);
});

it('holds where the first request is passed over in phase 1', () => {
  const rules = `SecRule ARGS:go "@streq on" "id:9,phase:1,allow:phase"\n${RULES}`;
  const set = ruleSetOf(rules);
  for (const go of ['on', 'off', 'on', 'off']) {
    const message = { headers: HEADERS, uri: `/?go=${go}` };
    const expected = judge(set, message, 'reference');
    expect(judgeShaped(set, message).trace).toEqual(expected.trace);
  }
});

it('holds where a set judges only what a policy lets it from phase 2 on', () => {
  const rules = `SecRule REQUEST_URI "@contains /all" "id:9,phase:1,allow:request"\n${RULES}`;
  const set = ruleSetOf(rules);
  for (const path of ['/all', '/some', '/all', '/some']) {
    const message = { headers: HEADERS, uri: `${path}?a=x-evil` };
    expect(judgeShaped(set, message).trace).toEqual(judge(set, message, 'reference').trace);
  }
});

it('spares the look at names', () => {
  const set = ruleSetOf(RULES);
  const lookedUp = (): number => {
    const before = { ...work };
    judgeShaped(set, { headers: HEADERS });
    return workSince(before).valuesLookedUp;
  };
  const first = lookedUp();
  expect(first).toBeGreaterThan(lookedUp() + 3);
});
